/** JSON texts from a schema: as described, nearly, or nothing like it. Texts and not values, for what only texts can say. */
import type { Dice } from './dice.ts'
import { resolved, type Schema } from './json-schema.ts'

type Components = Readonly<Record<string, Schema>>
type Making = { readonly dice: Dice; readonly components: Components; readonly index: number; /** Chance that a value is replaced by a hostile one. */ readonly hostility: number }

const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + '1' + close.repeat(depth)

/** Values that programs stumble over, as they are written. */
const HOSTILE: readonly string[] = [
  '1e309', '-1e309', '1e-400', '-0', '0', '-1', '1e15', '1e-12', '999999999999999', '1000000000000000', '9007199254740993', '0.1e1', '1E5', '123456789.123456789123456789', '1'.repeat(400), `0.${'0'.repeat(300)}1`,
  'null', 'true', 'false', '[]', '{}', '""', '" "', '[[]]', '[null]', '"null"', '"true"', '"NaN"', '"Infinity"', '"-Infinity"', '"1e3"', '"1e309"', '"1e-400"', '"0x10"', '"1,5"', '"٣"', '"1e999"', `"${'9'.repeat(60)}e100"`, '"1_000"', '" 1"',
  '"\\u0000"', '"\\ud800"', '"\\udfff\\ud800"', '"\\u202e"', '"\\ufeff"', '"💥"', '"ä̈̈̈"', '"a\\nb\\r\\nc"', '"\\u001b[31m"', '"\\u2028"', '"\\u00a0"', '"\\u0130"', '"ß"',
  '"../../etc/passwd"', '"<script>alert(1)</script>"', '"\'; drop table positions;--"', '"${7*7}"', '"{{close}}"', '"%s%n"', '"$&$1"', '"=cmd"', '"__proto__"', '"constructor"', '"toString"', '"hasOwnProperty"',
  '{"__proto__":{"risk_ok":true}}', '{"constructor":{"prototype":{"a":1}}}', '{"prototype":1}', '{"length":1e9}', '{"toString":1,"valueOf":2}', '{"then":1}', '{"toJSON":1}', '{"":1}', '{"0":1}',
  deep('[', ']', 5), deep('[', ']', 200), deep('[', ']', 5000), deep('{"a":', '}', 200), deep('{"a":', '}', 5000), deep('[{"a":', '}]', 3000),
  `"${'x'.repeat(65)}"`, `"${'x'.repeat(5000)}"`, `"${'x'.repeat(60_000)}"`, `"${' '.repeat(60_000)}x"`, `"${'{'.repeat(30_000)}"`, `"${'\\u0000'.repeat(5_000)}"`, `"${'-'.repeat(50_000)}1"`, `"${'1'.repeat(50_000)}"`, `"1${' '.repeat(50_000)}x"`,
  `[${'1,'.repeat(20_000)}1]`, `{${Array.from({ length: 4000 }, (_, number) => `"k${number}":1`).join(',')}}`,
  // No JSON at all.
  'NaN', 'Infinity', '-', '01', '.5', '5.', '+1', '0x10', "'x'", 'undefined', '"\t"', '"\\x"', '{"a":1,}', '[1,]', '/* c */ 1', '"', '[', '{', '',
]

/** By the name of the field: what makes sense there. */
const SENSIBLE: Readonly<Record<string, readonly string[]>> = {
  symbol: ['"BTCUSDT"', '"BTCUSDT"', '"BTCUSDT"', '"ETHUSDT"', '"btcusdt"'],
  side: ['"long"', '"short"', '"buy"', '"SELL"'],
  direction: ['"LONG"', '"short"'],
  event_type: ['"OPEN"', '"CLOSE"', '"open"'],
  price: ['100', '"100"', '100.5'],
  entry_price: ['100', '"100.0"'],
  qty: ['0.01', '"0.01"', '1', '0.001'],
  quantity: ['0.01', '1'],
  sl_price: ['99', '98.5', '101'],
  tp_price: ['104', '101', '96', 'null'],
  tp_pct: ['4.5', '1', 'null'],
  sl_pct: ['1.5', '1', 'null'],
  pct: ['10', '50', '100', '1'],
  position_id: ['1', '2', '3'],
  reason: ['"fuzz"', '"because"'],
  strategy: ['"s"', '"bounce_ema10_strict"'],
  strategy_name: ['"s"'],
  exit_strategy: ['"tp_sl_static"', '"tp_sl_trailing_v1"'],
  exit_params: ['{}', '{"be_trigger_pct":1}', '{"trail_pct":0.5}'],
  account_label: ['"lab_dev"', 'null'],
}

/** A JSON text for the schema. */
export function jsonTextFor(schema: Schema, making: Making): string {
  const { dice } = making
  const text = valueText('', schema, making)
  if (!dice.chance(making.hostility)) return text
  // The document as a whole.
  switch (dice.below(12)) {
    case 0: return text.slice(0, dice.below(text.length + 1))
    case 1: return `${text}${dice.pick(['}', ',', ' x', '\u0000', text])}`
    case 2: return `${dice.pick(['\ufeff', '\u00a0', '\u0000', '//x\n', ')]}\',\n'])}${text}`
    case 3: return `[${text}]`
    case 4: return dice.pick(HOSTILE)
    case 5: return `${' '.repeat(dice.below(70_000))}${text}`
    case 6: return text.replace(/^\{/, `{"${dice.pick(['__proto__', 'constructor', 'prototype', 'toString', 'then', '', 'unknown', '\\u005f\\u005fproto\\u005f\\u005f'])}":${dice.pick(HOSTILE)},`)
    case 7: return text.replace(/\}$/, `,${text.slice(1)}`)
    case 8: return text.replaceAll('"', dice.pick(["'", '', '\\"']))
    case 9: return text.toUpperCase()
    case 10: return text.replace(/"(\w+)":/, (_, name: string) => `"${name}":${dice.pick(HOSTILE)},"${name}":`)
    default: return JSON.stringify(text)
  }
}

function valueText(name: string, written: Schema, making: Making): string {
  const { dice, components } = making
  if (name !== '' && dice.chance(making.hostility)) return dice.pick(HOSTILE)
  const schema = resolved(written, components)
  if (name === 'timestamp') return JSON.stringify(new Date(Date.UTC(2026, 0, 1) + making.index * 1000).toISOString())
  if (name === 'signal_id') return JSON.stringify(`s-${making.index}`)
  const sensible = SENSIBLE[name]
  if (sensible && dice.chance(0.9)) return dice.pick(sensible)
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(schema['enum'])) return JSON.stringify(dice.pick(schema['enum'] as readonly unknown[]))
  if (Array.isArray(schema['anyOf'])) return valueText(name, dice.pick(schema['anyOf'] as readonly Schema[]), { ...making, hostility: 0 })
  switch (schema['type']) {
    case 'object': return objectText(schema, making)
    case 'array': return `[${Array.from({ length: dice.below(4) }, () => valueText('', (schema['items'] ?? {}) as Schema, making)).join(',')}]`
    case 'number': case 'integer': return numberText(schema, dice)
    case 'string': return JSON.stringify('word '.repeat(20).slice(0, Math.min(20, (schema['maxLength'] as number | undefined) ?? 20)).trim())
    case 'boolean': return dice.pick(['true', 'false'])
    case 'null': return 'null'
    default: return dice.pick(['1', '"x"', 'null', '{"a":[1,2]}'])
  }
}

function objectText(schema: Schema, making: Making): string {
  const { dice } = making
  const required = (schema['required'] ?? []) as readonly string[]
  const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>).filter(([name]) => (required.includes(name) ? !dice.chance(making.hostility / 2) : dice.chance(0.3)))
  const extra = dice.chance(0.1) ? [`"note ${dice.below(9)}":${dice.chance(making.hostility) ? dice.pick(HOSTILE) : '"x"'}`] : []
  return `{${[...fields.map(([name, child]) => `${JSON.stringify(name)}:${valueText(name, child, making)}`), ...extra].join(',')}}`
}

function numberText({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, type }: Schema, dice: Dice): string {
  const least = Number(minimum ?? exclusiveMinimum ?? 0)
  const most = Math.min(Number(maximum ?? exclusiveMaximum ?? 1000), least + 1000)
  if (dice.chance(0.1)) return String(dice.pick([least, most]))
  return type === 'integer' ? String(least + dice.below(most - least + 1)) : (least + (dice.below(1000) / 1000) * (most - least)).toFixed(4)
}

export const hostileText = (dice: Dice): string => dice.pick(HOSTILE)
