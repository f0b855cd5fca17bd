/** Both client modules against the real service, and against servers that behave badly. */
import { spawn, spawnSync } from 'node:child_process'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LomsClient } from '../../clients/typescript/loms-client.ts'
import { bounce, Loms } from '../e2e/service-process.ts'

type Outcome = { readonly event: string; readonly opened: boolean; readonly positionId: number | null; readonly detail: string | null }
type Ask = (url: string, call: { readonly do: 'signal' | 'close'; readonly fields: Record<string, unknown>; readonly enabled?: boolean; readonly timeoutSec?: number; readonly key?: string }) => Promise<Outcome>

const PYTHON_FOLDER = fileURLToPath(new URL('../../clients/python', import.meta.url))
const PYTHON = `
import json, sys
sys.path.insert(0, sys.argv[1])
from loms_client import LomsClient
call = json.loads(sys.argv[3])
client = LomsClient(base_url=sys.argv[2], enabled=call.get("enabled", True), timeout_sec=call.get("timeoutSec"), api_key=call.get("key"))
result = getattr(client, call["do"])(**call["fields"])
print(json.dumps({"event": result.event, "opened": result.opened, "positionId": result.position_id, "detail": result.detail}))
`
const python: Ask = (url, call) =>
  new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', PYTHON, PYTHON_FOLDER, url, JSON.stringify(call)])
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out) as Outcome) : reject(new Error(err))))
  })
const typescript: Ask = (url, { do: method, fields, enabled, timeoutSec, key }) => {
  const client = new LomsClient({ baseUrl: url, enabled, timeoutSec, apiKey: key, onEvent: () => {} })
  return client[method](fields as { symbol: string; side: string; price: number })
}
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.warn('SKIPPED: the Python client, as there is no python3 here')

let server: Server
let answer: (request: IncomingMessage, response: ServerResponse) => void
const keys: (string | undefined)[] = []
let badUrl: string
let loms: Loms
beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'] as string | undefined)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  badUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  loms = await Loms.start({ MAX_OPEN_POSITIONS_PER_SYMBOL: '1', API_KEYS: 'bot:signal:bot-key,owner:admin:owner-key' })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** What the service says to a request as it came. */
async function forwarded({ headers, url = '' }: IncomingMessage, body: Buffer): Promise<{ readonly status: number; readonly text: string }> {
  const kept = Object.fromEntries(['content-type', 'authorization', 'idempotency-key'].flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])))
  const response = await fetch(loms.url + url, { method: 'POST', headers: kept, body })
  return { status: response.status, text: await response.text() }
}

const signal = (changes: Record<string, unknown> = {}) => ({ do: 'signal' as const, fields: { ...bounce(), ...changes }, key: 'bot-key' })
const MODULES: readonly (readonly [name: string, ask: Ask])[] = [['typescript', typescript], ...(hasPython ? ([['python', python]] as const) : [])]

describe.each(MODULES)('%s', (name, ask) => {
  const symbol = `${name.toUpperCase()}USDT`
  it('opens, is refused by a limit, closes', async () => {
    expect(await ask(loms.url, signal({ symbol }))).toMatchObject({ event: 'loms_order_created', opened: true, positionId: expect.any(Number) as number })
    expect(await ask(loms.url, signal({ symbol }))).toMatchObject({ event: 'loms_risk_reject', opened: false, detail: expect.stringContaining('max_symbol_open_reached') as string })
    expect(await ask(loms.url, { do: 'close', fields: { symbol }, key: 'bot-key' })).toMatchObject({ event: 'loms_order_created' })
  })
  it('is told when entries are paused, and what is wrong with a signal', async () => {
    const owner = { 'x-api-key': 'owner-key' }
    await loms.post('/control/pause', { reason: 'test' }, owner)
    expect(await ask(loms.url, signal())).toMatchObject({ event: 'loms_oms_disabled', detail: 'paused: test' })
    await loms.post('/control/resume', { reason: 'test' }, owner)
    expect(await ask(loms.url, signal({ price: -1 }))).toMatchObject({ event: 'loms_http_error', detail: expect.stringMatching(/HTTP 422.*price/) as string })
    expect(await ask(loms.url, { ...signal(), key: 'wrong' })).toMatchObject({ event: 'loms_http_error', detail: expect.stringContaining('HTTP 401') as string })
  })
  it('sends again with the same key until it is answered', async () => {
    keys.length = 0
    let attempts = 0
    answer = (request, response) => {
      attempts += 1
      if (attempts === 1) return void request.socket.destroy()
      if (attempts === 2) return void response.writeHead(503).end('{}')
      response.writeHead(200).end('{"received":true,"oms_enabled":true,"risk_ok":true,"order_id":1,"position_id":9}')
    }
    expect(await ask(badUrl, signal())).toMatchObject({ event: 'loms_order_created', positionId: 9 })
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
  })
  it('an answer that is lost on the way opens once at the real service, which knows the signal again', async () => {
    const lost = `LOST${symbol}`
    let attempts = 0
    answer = (request, response) => {
      const pieces: Buffer[] = []
      request.on('data', (piece: Buffer) => pieces.push(piece))
      request.on('end', () => void forwarded(request, Buffer.concat(pieces)).then(({ status, text }) => {
        attempts += 1
        if (attempts === 1) request.socket.destroy()
        else response.writeHead(status, { 'content-type': 'application/json' }).end(text)
      }))
    }
    const outcome = await ask(badUrl, signal({ symbol: lost }))
    expect(outcome).toMatchObject({ event: 'loms_order_created', opened: true })
    expect(attempts).toBe(2)
    const held = (await loms.get('/positions?limit=1000', { 'x-api-key': 'owner-key' })).body as { readonly id: number; readonly symbol: string }[]
    expect(held.filter((position) => position.symbol === lost).map(({ id }) => id)).toEqual([outcome.positionId])
  })
  it.each([
    ['nobody there', 'loms_conn_error', null],
    ['no answer in time', 'loms_conn_error', () => {}],
    ['nonsense', 'loms_http_error', (_: IncomingMessage, response: ServerResponse): void => void response.end('<html>')],
    ['always busy', 'loms_http_error', (_: IncomingMessage, response: ServerResponse): void => void response.writeHead(503).end()],
  ] as const)('%s: never raises', async (_what, event, behaviour) => {
    if (behaviour) answer = behaviour
    const started = performance.now()
    expect(await ask(behaviour ? badUrl : 'http://127.0.0.1:9', { ...signal(), timeoutSec: 1 })).toMatchObject({ event, opened: false })
    expect(performance.now() - started).toBeLessThan(5_000)
  })
  it('switched off it sends nothing', async () => {
    keys.length = 0
    expect(await ask(badUrl, { ...signal(), enabled: false })).toMatchObject({ event: 'loms_skip' })
    expect(keys).toEqual([])
  })
})

it('what cannot be written as JSON does not raise either', async () => {
  const client = new LomsClient({ baseUrl: badUrl, onEvent: () => { throw new Error('the listener') } })
  expect(await client.signal({ symbol: 'X', side: 'long', price: 1, timestamp: new Date(NaN) })).toMatchObject({ event: 'loms_error' })
})
