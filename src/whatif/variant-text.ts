/** Variants as they are typed: `NAME:KEY=VALUE,KEY=VALUE`, a value may be a grid `FROM..TO/STEP`. */
import { add, atMost, decimal, isPositive, parseDecimal, type Decimal } from '../domain/decimal.ts'
import { BASELINE, CHANGEABLE, type Variant } from './variant.ts'

export type VariantsRead = { readonly ok: true; readonly variants: readonly Variant[] } | { readonly ok: false; readonly problems: readonly string[] }

/** More would rather be a slip of a step than meant. */
const MOST_VARIANTS = 10_000
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$/
const KEY = /^([a-z][a-z0-9_]*|[A-Z][A-Z0-9_]*)$/
const GRID = 'a grid is FROM..TO/STEP, such as 0.4..1.2/0.1'

type Change = { readonly key: string; readonly values: readonly (string | null)[]; readonly grid: boolean }
type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string }
const refused = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem })

/** Every variant of every text, grids spread out (several grids: every combination, the last one fastest). One line per mistake. */
export function readVariants(texts: readonly string[]): VariantsRead {
  const variants: Variant[] = []
  const problems: string[] = []
  for (const text of texts) {
    const read = readVariant(text)
    if (!read.ok) problems.push(`--variant ${text}: ${read.problem}`)
    else variants.push(...read.value)
  }
  const names = variants.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) problems.push(`two variants are called ${twice}; give each a name of its own`)
  return problems.length > 0 ? { ok: false, problems } : { ok: true, variants }
}

function readVariant(text: string): Read<readonly Variant[]> {
  const colon = text.indexOf(':')
  const name = text.slice(0, Math.max(colon, 0))
  if (!NAME.test(name)) return refused('write NAME:KEY=VALUE,…; the name is 1 to 40 letters, digits or _ . -')
  if (name === BASELINE.name) return refused(`${BASELINE.name} stands for the signals as they are; choose another name`)
  const changes: Change[] = []
  for (const part of text.slice(colon + 1).split(',')) {
    const change = readChange(part.trim())
    if (!change.ok) return change
    if (changes.some(({ key }) => key === change.value.key)) return refused(`${change.value.key} is given twice`)
    changes.push(change.value)
  }
  const count = changes.reduce((product, { values }) => product * values.length, 1)
  if (count > MOST_VARIANTS) return refused(`${count} variants; allowed are ${MOST_VARIANTS}, so take a larger step`)
  return { ok: true, value: spread(name, changes) }
}

function readChange(part: string): Read<Change> {
  const equals = part.indexOf('=')
  const key = part.slice(0, Math.max(equals, 0)).trim()
  const text = part.slice(equals + 1).trim()
  if (!KEY.test(key) || text === '') return refused(`${part === '' ? 'nothing' : part} stands where KEY=VALUE is expected, such as trail_distance_pct=0.8 or MAX_OPEN_POSITIONS=5`)
  if (/^[a-z]/.test(key) && !CHANGEABLE.includes(key)) return refused(`${key} cannot be changed; allowed are ${CHANGEABLE.join(', ')} and settings in capitals`)
  if (text.includes('..')) {
    const values = gridValues(text)
    return values.ok ? { ok: true, value: { key, values: values.value, grid: true } } : refused(`${key}=${text}: ${values.problem}`)
  }
  if (text !== 'null') return { ok: true, value: { key, values: [text], grid: false } }
  // A signal's null means the default of the settings; nobody who writes it here means that.
  return ['exit_strategy', 'tp_pct', 'sl_pct'].includes(key) ? refused(`${key} cannot be switched off`) : { ok: true, value: { key, values: [null], grid: false } }
}

function gridValues(text: string): Read<readonly string[]> {
  const match = /^(.+?)\.\.(.+?)\/(.+)$/.exec(text)
  if (!match) return refused(GRID)
  const [from, to, step] = match.slice(1).map((each) => parseDecimal(each))
  if (from === undefined || to === undefined || step === undefined) return refused(`${GRID}; all three are numbers`)
  if (!isPositive(step)) return refused('the step must be above 0')
  if (!atMost(from, to)) return refused(`it ends (${to}) before it begins (${from})`)
  const values: Decimal[] = []
  for (let value = from; atMost(value, to) && values.length <= MOST_VARIANTS; value = add(value, step)) values.push(value)
  return values.length > MOST_VARIANTS ? refused(`more than ${MOST_VARIANTS} values; take a larger step than ${decimal(step)}`) : { ok: true, value: values }
}

/** Every combination. A variant out of a grid carries its place in the grid in its name. */
function spread(name: string, changes: readonly Change[]): readonly Variant[] {
  const combinations = changes.reduce<readonly (readonly (readonly [string, string | null])[])[]>(
    (before, { key, values }) => before.flatMap((chosen) => values.map((value) => [...chosen, [key, value] as const])),
    [[]],
  )
  const onGrid = new Set(changes.filter(({ grid }) => grid).map(({ key }) => key))
  return combinations.map((chosen) => {
    const place = chosen.filter(([key]) => onGrid.has(key)).map(([key, value]) => `${key}=${value}`)
    return { name: place.length === 0 ? name : `${name}:${place.join(',')}`, changes: Object.fromEntries(chosen) }
  })
}
