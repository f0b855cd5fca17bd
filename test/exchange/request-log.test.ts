/** What the exchange was asked, as an incident needs it: sent before answered, secrets masked, small, and of no harm. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import { EMULATOR_KEY, startEmulator } from '../../src/exchange-emulator/server.ts'
import { RequestLog } from '../../src/exchange/request-log.ts'

const directories: string[] = []
afterEach(() => directories.splice(0).forEach((directory) => rmSync(directory, { recursive: true, force: true })))

const NOON = Date.parse('2026-01-31T12:00:00Z')
type Line = Readonly<Record<string, unknown>>

function setup(secrets: readonly string[] = []) {
  const directory = join(mkdtempSync(join(tmpdir(), 'loms-requests-')), 'venue')
  directories.push(directory)
  const at = { now: NOON, said: [] as string[] }
  const log = new RequestLog({ directory, now: () => at.now, secrets, keptDays: 30, log: (event) => at.said.push(event) })
  const lines = async (): Promise<Line[]> => {
    await log.flush()
    return readdirSync(directory).sort().flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1)).map((line) => JSON.parse(line) as Line)
  }
  return { log, at, directory, lines }
}
const ORDER = { purpose: 'orders', method: 'POST', url: 'https://api.bybit.com/v5/order/create', body: '{"orderLinkId":"L1"}' }
const READ = { purpose: 'polling', method: 'GET', url: 'https://api.bybit.com/v5/position/list?category=linear', body: undefined }

describe('the log of requests', () => {
  it('has an order before its answer: one that was never answered is there', async () => {
    const { log, at, lines } = setup()
    const answered = log.sent(ORDER)
    expect(await lines()).toEqual([{ at: NOON, n: 1, purpose: 'orders', method: 'POST', path: '/v5/order/create', query: '', sent: { orderLinkId: 'L1' } }])
    at.now += 31
    answered({ error: 'RequestTimeout: no answer' })
    expect((await lines())[1]).toEqual({ at: NOON + 31, n: 1, ms: 31, error: 'RequestTimeout: no answer' })
  })

  it('has a read when its answer is another one, and how often it was the same before', async () => {
    const { log, lines } = setup()
    for (const [size, time] of [['1', 5], ['1', 6], ['1', 7], ['2', 8]] as const) log.sent(READ)({ answer: { retCode: 0, result: [{ size }], time } })
    expect(await lines()).toMatchObject([{ path: '/v5/position/list', query: 'category=linear', answer: { result: [{ size: '1' }] } }, { same_before: 2, answer: { result: [{ size: '2' }] } }])
  })

  it('masks the account\'s secrets wherever they stand, and keeps no headers', async () => {
    const { log, lines } = setup(['KEY-1', ''])
    log.sent({ ...READ, url: 'https://api.bybit.com/v5/user/query-api?k=KEY-1' })({ answer: { apiKey: 'KEY-1' } })
    expect(await lines()).toMatchObject([{ query: 'k=***', answer: { apiKey: '***' } }])
  })

  it('leaves market data aside and cuts long answers', async () => {
    const { log, lines } = setup()
    log.sent({ ...READ, url: 'https://api.bybit.com/v5/market/instruments-info' })({ answer: 1 })
    log.sent(READ)({ answer: { text: 'x'.repeat(50_000) } })
    const [only, ...more] = await lines()
    expect([String(only?.['answer']).endsWith('… (50011 characters)'), more]).toEqual([true, []])
  })

  it('removes what is older than it is kept, and nothing else, when a day begins', async () => {
    const { log, at, directory, lines } = setup()
    mkdirSync(directory)
    for (const name of ['2025-12-31.jsonl', '2026-01-01.jsonl', 'notes.txt']) writeFileSync(join(directory, name), '')
    log.sent(ORDER)
    await lines()
    expect([readdirSync(directory).sort(), at.said]).toEqual([['2026-01-01.jsonl', '2026-01-31.jsonl', 'notes.txt'], ['request_log_removed']])
  })

  it('that cannot be written harms nobody, and says so once', async () => {
    const { log, at, directory } = setup()
    writeFileSync(directory, 'in the way')
    log.sent(ORDER)({ answer: 1 })
    log.sent(ORDER)({ answer: 1 })
    await log.flush()
    expect(at.said).toEqual(['request_log_failed'])
  })
})

it.each(['bybit', 'bitget'] as const)('the real client of %s tells it everything, and no secret', async (venue) => {
  const { log, lines } = setup([EMULATOR_KEY.apiKey, EMULATOR_KEY.secret, EMULATOR_KEY.password])
  const emulator = await startEmulator({ venue })
  const credentials = { apiKey: EMULATOR_KEY.apiKey, secret: EMULATOR_KEY.secret, passphrase: EMULATOR_KEY.password }
  const api = await openVenue({ venue, access: 'trade', credentials, sandbox: false, emulatorUrl: emulator.httpUrl, owns: () => true, requests: log })
  await api.markets()
  await api.positions()
  await expect(api.cancel('BTCUSDT', 'nobody-knows-it' as never, 'entry')).rejects.toThrow()
  await api.close()
  await emulator.stop()
  const written = await lines()
  expect(written.filter(({ method }) => method === 'POST')).toMatchObject([{ sent: expect.anything() as unknown }])
  expect(written.some(({ error }) => typeof error === 'string')).toBe(true)
  expect(written.some(({ path }) => /position/.test(String(path)))).toBe(true)
  for (const secret of Object.values(credentials)) expect(JSON.stringify(written)).not.toContain(secret)
})
