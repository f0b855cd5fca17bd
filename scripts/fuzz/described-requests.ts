/** Requests to what the service describes and to what it serves besides, from well-formed to hostile. */
import { ROUTES } from '../../src/http/routes.ts'
import type { Dice } from './dice.ts'
import { hostileText, jsonTextFor } from './json-text.ts'
import { resolved, type Schema } from './json-schema.ts'

export type Parameter = { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly schema: Schema }
export type Operation = {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
  /** By status, then by content type. */
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>> | null
}
export type Description = { readonly operations: readonly Operation[]; readonly components: Readonly<Record<string, Schema>> }

export type FuzzRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  /** What it was made from; null where method or path were changed. */
  readonly operation: Operation | null
}

/** All routes; those that OpenAPI describes with their schemas. */
export function descriptionOf(openApi: unknown): Description {
  const { paths, components } = openApi as { readonly paths: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>; readonly components: { readonly schemas: Readonly<Record<string, Schema>> } }
  const operations = ROUTES.map(({ method, path }): Operation => {
    const described = paths[path]?.[method.toLowerCase()]
    const content = (described?.['requestBody'] as { readonly content: Readonly<Record<string, { readonly schema: Schema }>> } | undefined)?.content
    return {
      method, path,
      parameters: (described?.['parameters'] ?? [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', schema: {} }))) as readonly Parameter[],
      body: content?.['application/json']?.schema ?? null,
      responses: (described?.['responses'] ?? null) as Operation['responses'],
    }
  })
  return { operations, components: components.schemas }
}

export type Keys = Readonly<Record<'read' | 'signal' | 'trade' | 'admin' | 'all', string>>

const PATH_PIECES = [
  '0', '-1', '1e3', '1.0', '01', '999999999999999', '9999999999999999', '%00', '%ZZ', '%', '%2e%2e', '..%2f..%2f', '%F0%9F%92%A5', '%ED%A0%80', '%C0%AE', 'null', 'NaN', 'Infinity', '1e400', '1%2C5', '+1', '__proto__', 'constructor', 'x'.repeat(3000), '1;x', '*', '1%20', '0x1', '~',
]
const QUERY_VALUES = ['', '1', '0', '-1', '1e3', 'NaN', '%00', '%ZZ', '%', '[]', '{}', 'null', 'true', 'x'.repeat(200), '%F0%9F%92%A5', '2026-01-31', '2026-02-30', '9e99', 'after:1', 'YWZ0ZXI6MQ', '__proto__', '..%2f', '100001', '+', '%20'.repeat(400), '1%00']
const SUFFIXES = ['#x', '?', '&', '/', '//', '/.', '/..', '%20', ';a=1', '/1', '%3F']
const PATH_VALUES: Readonly<Record<string, readonly string[]>> = { id: ['1', '2', '3', '7'], value: ['100', '101', '99.5'], file: ['start.js', 'swagger-ui.css', 'none'] }

/** One request of the description. */
export function describedRequest(dice: Dice, index: number, { operations, components }: Description, keys: Keys): FuzzRequest {
  const operation = dice.pick(operations)
  // A third is well-formed, a third has a fault or two, a third is full of them.
  const hostility = dice.pick([0, 0.12, 0.5])
  const changed = dice.chance(hostility / 6)
  const method = changed ? dice.pick(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'GET', 'POST']) : operation.method
  const body = bodyOf(dice, index, operation, { components, hostility })
  const sent = method === 'GET' || method === 'HEAD' ? null : body
  const suffix = dice.chance(hostility / 20) ? dice.pick(SUFFIXES) : ''
  const path = pathOf(dice, operation, { keys, hostility }) + suffix
  return {
    method,
    path,
    headers: { ...credentials(dice, keys), ...headersOf(dice, hostility, index), ...(sent ? { 'content-length': String(sent.length) } : {}) },
    body: sent,
    // Two dots lead elsewhere, also when they are encoded.
    operation: changed || suffix !== '' || /%2e/i.test(path) ? null : operation,
  }
}

function pathOf(dice: Dice, { path, parameters }: Operation, { keys, hostility }: { readonly keys: Keys; readonly hostility: number }): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    if (name === 'token') return dice.pick([keys.signal, keys.signal, 'body', 'wrong', ...PATH_PIECES])
    return dice.chance(hostility) ? dice.pick(PATH_PIECES) : dice.pick(PATH_VALUES[name] ?? ['1'])
  })
  const query = parameters.filter((parameter) => parameter.in === 'query' && dice.chance(0.4)).map(({ name, schema }) => `${name}=${dice.chance(hostility) ? dice.pick(QUERY_VALUES) : queryValue(dice, name, schema)}`)
  const others = dice.chance(hostility / 4) ? [`${dice.pick(['x', '__proto__', 'constructor', 'limit', 'status', '%00', 'a[]', 'dry_run'])}=${dice.pick(QUERY_VALUES)}`] : []
  const all = [...query, ...others]
  return `${filled}${all.length > 0 ? `?${all.join('&')}` : ''}`
}

function queryValue(dice: Dice, name: string, schema: Schema): string {
  if (Array.isArray(schema['enum'])) return String(dice.pick(schema['enum'] as readonly unknown[]))
  if (name === 'limit') return dice.pick(['1', '10', '1000', '100000'])
  if (name === 'from' || name === 'to') return dice.pick(['2026-01-01', '2026-01-01T00:00:00Z', '1767225600000'])
  if (name === 'cursor') return 'YWZ0ZXI6MQ'
  return dice.pick(['BTCUSDT', 's', 'bitget', 'lab_dev'])
}

function bodyOf(dice: Dice, index: number, operation: Operation, { components, hostility }: { readonly components: Description['components']; readonly hostility: number }): Buffer | null {
  if (operation.method === 'GET') return null
  if (operation.path.startsWith('/hooks/')) return Buffer.from(alertText(dice, index, hostility))
  if (!operation.body) return operation.path === '/session' ? Buffer.from(`{"key":${hostileText(dice)}}`) : dice.chance(hostility) ? Buffer.from(hostileText(dice)) : null
  const text = jsonTextFor(resolved(operation.body, components), { dice, components, index, hostility })
  if (!dice.chance(hostility / 6)) return Buffer.from(text)
  switch (dice.below(5)) {
    case 0: return Buffer.from(text, 'utf16le')
    case 1: return Buffer.concat([Buffer.from(text.slice(0, 10)), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from(text.slice(10))])
    case 2: return Buffer.alloc(dice.below(70_000), dice.below(256))
    case 3: return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])
    default: return Buffer.alloc(65_000 + dice.below(200_000), text.length > 0 ? text : 'x')
  }
}

function alertText(dice: Dice, index: number, hostility: number): string {
  const value = (sensible: string): string => (dice.chance(hostility) ? hostileText(dice) : sensible)
  const time = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString()
  if (dice.chance(0.1)) return dice.pick(['BTCUSDT,buy,100', 'BTCUSDT;sell;100;0.1', `a${' '.repeat(60_000)}b`, `BTCUSDT${' '.repeat(30_000)},buy${' '.repeat(30_000)}x`, `${','.repeat(60_000)}`, `"${'\\"'.repeat(20_000)}`, `{"price": NaN}`, `${': '.repeat(30_000)}NaN`])
  const wrapped = dice.chance(0.1) ? '"data":{"ticker":"ETHUSDT"},' : ''
  return `{${wrapped}"ticker":${value('"BTCUSDT"')},"side":${value(dice.pick(['"buy"', '"sell"', '"flat"', '"close"']))},"price":${value('"100"')},"time":${value(`"${time}"`)}${dice.chance(0.3) ? `,"${dice.pick(['qty', 'sl', 'tp', 'interval', 'strategy', 'action', 'secret', 'tp_pct', 'sl_pct', 'comment'])}":${value('"1"')}` : ''}}`
}

function credentials(dice: Dice, keys: Keys): Record<string, string> {
  const roll = dice.below(20)
  if (roll < 16) return roll % 2 === 0 ? { 'x-api-key': keys.all } : { authorization: `Bearer ${keys.all}` }
  if (roll < 18) return { 'x-api-key': dice.pick([keys.read, keys.signal, keys.trade, keys.admin]) }
  return dice.pick<Record<string, string>>([{}, { 'x-api-key': '' }, { 'x-api-key': 'wrong' }, { authorization: 'Bearer' }, { authorization: `Basic ${keys.all}` }, { 'x-api-key': 'x'.repeat(8000) }, { cookie: `loms_session=${'a'.repeat(43)}` }, { cookie: ';'.repeat(5000) }, { authorization: `Bearer ${' '.repeat(8000)}` }])
}

function headersOf(dice: Dice, hostility: number, index: number): Record<string, string> {
  const some: Record<string, string> = dice.chance(0.9) ? { 'content-type': 'application/json' } : { 'content-type': dice.pick(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', '', 'x'.repeat(500)]) }
  if (dice.chance(0.15)) some['idempotency-key'] = dice.chance(hostility) ? dice.pick(['', ' ', '\u00e4', 'x'.repeat(256), 'x'.repeat(255), '__proto__', '\t']) : `k-${index - dice.below(3)}`
  if (dice.chance(hostility / 3)) some[dice.pick(['x-request-id', 'content-encoding', 'accept', 'expect', 'origin', 'x-http-method-override', 'range', 'if-none-match', 'x-forwarded-for', 'host', 'te', 'referer', 'accept-encoding'])] = dice.pick(['gzip', '100-continue', 'https://evil.example', 'null', 'DELETE', 'bytes=0-', '*', 'x'.repeat(2000), '\u00ff', 'a b', '<script>', '[::1', 'localhost', 'trailers', ''])
  return some
}
