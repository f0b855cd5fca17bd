/** The fuzzer itself: it finds nothing now, and it would find what it is there for. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { breaches } from '../../scripts/fuzz/json-schema.ts'
import { Judge } from '../../scripts/fuzz/judge.ts'
import { descriptionOf, describedRequest, type FuzzRequest } from '../../scripts/fuzz/described-requests.ts'
import { Dice } from '../../scripts/fuzz/dice.ts'
import { rawRequest } from '../../scripts/fuzz/raw-requests.ts'
import { ROUTES } from '../../src/http/routes.ts'
import { temporaryDirectory } from './service-process.ts'

const FUZZ = fileURLToPath(new URL('../../scripts/fuzz.ts', import.meta.url))

it('800 requests: nothing is found', { timeout: 240_000 }, () => {
  const json = join(temporaryDirectory(), 'fuzz.json')
  const run = spawnSync(process.execPath, ['--import', 'tsx', FUZZ, '--requests', '800', '--seed', '7', '--json', json], { encoding: 'utf8' })
  const result = JSON.parse(readFileSync(json, 'utf8')) as { raw: number; refusalsProven: number; violations: readonly unknown[] }
  expect([run.status, result.violations]).toEqual([0, []])
  expect(result.raw).toBeGreaterThanOrEqual(100)
  expect(result.refusalsProven).toBeGreaterThan(200)
})

const PROBLEM = { type: 'object', properties: { status: { type: 'integer' }, code: { type: 'string' }, request_id: { type: 'string' } }, required: ['status', 'code', 'request_id'] }
const OPEN_API = {
  paths: { '/positions': { get: { responses: { 200: { content: { 'application/json': { schema: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'], additionalProperties: false } } } } } } } },
    '/orders': { post: { requestBody: { content: { 'application/json': { schema: { type: 'object', properties: { qty: { type: 'number', exclusiveMinimum: 0 } }, required: ['qty'] } } } }, responses: { 201: { content: { 'application/json': {} } } } } } },
  components: { schemas: { Problem: PROBLEM } },
}
const description = descriptionOf(OPEN_API)
const KEYS = { read: 'key-read', signal: 'key-signal', trade: 'key-trade', admin: 'key-admin', all: 'key-all' }

describe('the judge', () => {
  const judge = new Judge(description, ['canary'])
  const operation = (method: string, path: string) => description.operations.find((each) => each.method === method && each.path === path) ?? null
  const request = (changes: Partial<FuzzRequest> = {}): FuzzRequest => ({ method: 'GET', path: '/positions', headers: {}, body: null, operation: operation('GET', '/positions'), ...changes })
  const order = (body: string): FuzzRequest => request({ method: 'POST', path: '/orders', body: Buffer.from(body), operation: operation('POST', '/orders') })
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
    status, text: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'x-content-type-options': 'nosniff', 'x-request-id': 'r', 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers },
  })
  const problem = (status: number, code = 'x') => answer(status, { status, code, request_id: 'r', errors: [1] })

  it.each([
    ['a list', request(), answer(200, [{ id: 1 }])],
    ['a refusal that is described by its own schema', request({ operation: null }), problem(404)],
    ['503 on purpose', request({ operation: null }), problem(503, 'unavailable')],
  ])('lets pass %s', (_, asked, given) => expect(judge.answered(asked, given)).toEqual([]))

  it.each([
    ['a fault', request({ operation: null }), problem(500), 'is 500'],
    ['another 503', request({ operation: null }), problem(503, 'oops'), 'is 503'],
    ['a secret', request(), answer(200, [{ id: 1 }], { 'x-a': 'a canary' }), 'shows the secret'],
    ['a stack', request({ operation: null }), answer(200, 'Error: x\n    at f (file.js:1:1)'), 'stack'],
    ['a refusal as text', request({ operation: null }), answer(404, 'no', { 'content-type': 'text/plain' }), 'text/plain'],
    ['a refusal that contradicts itself', request({ operation: null }), answer(404, { status: 400, code: 'x', request_id: 'r' }), 'its problem says 400'],
    ['a refusal without fields', request({ operation: null }), answer(422, { status: 422, code: 'invalid_values', request_id: 'r' }), 'names no field'],
    ['a status nobody described', request(), problem(418), 'does not know'],
    ['a field nobody described', request(), answer(200, [{ id: 1, inner: 2 }]), 'not described'],
    ['a value of another type', request(), answer(200, [{ id: '1' }]), 'not integer'],
    ['what the schema forbids', order('{"qty":0}'), answer(201, {}), 'forbids'],
    ['what is no JSON', order('{'), answer(201, {}), 'not JSON'],
    ['missing headers', request(), { ...answer(200, []), headers: { 'content-type': 'application/json' } }, 'safe headers'],
  ])('sees %s', (_, asked, given, what) => expect(judge.answered(asked, given).join()).toContain(what))

  it('counts answers on a socket', () => {
    const raw = { pieces: [], pauseMs: 0, end: 'finish', requests: 1, what: 'smuggled' } as const
    const ok = 'HTTP/1.1 200 OK\r\n\r\n[]'
    expect(judge.raw(raw, ok)).toEqual([])
    expect(judge.raw(raw, `${ok}HTTP/1.1 400 Bad Request\r\n\r\n`)).toEqual([])
    expect(judge.raw(raw, `${ok}${ok}`).join()).toContain('2 answers')
    expect(judge.raw(raw, 'HTTP/1.1 500 Oops\r\n\r\n').join()).toContain('500')
  })
})

it('the same seed and index are the same request, and all routes are met', () => {
  const of = (index: number) => describedRequest(new Dice(5, index), index, description, KEYS)
  expect(JSON.stringify(of(42))).toBe(JSON.stringify(of(42)))
  expect(rawRequest(new Dice(5, 42), 42, KEYS)).toEqual(rawRequest(new Dice(5, 42), 42, KEYS))
  const met = new Set(Array.from({ length: 2000 }, (_, index) => of(index).operation).flatMap((each) => (each ? [`${each.method} ${each.path}`] : [])))
  expect([...met].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort())
})

it('a schema of either form names why neither fits', () => {
  expect(breaches({ anyOf: [{ type: 'null' }, { type: 'number', minimum: 1 }] }, 0, {})).toEqual(['body: none of 2 forms (body: not null | body: 0 is out of range)'])
})
