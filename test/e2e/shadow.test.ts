/** SHADOW: paper orders on an exchange's real prices, and nothing sent there but questions for prices (SPEC M, rule two). */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { simulate } from '../../src/simulate/simulate.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { eventually, Loms, temporaryDirectory, type Json, type Settings } from './service-process.ts'

const emulators: Emulator[] = []
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.stop()
})

const VENUES = ['bybit', 'bitget'] as const
type Venue = (typeof VENUES)[number]

async function venue(name: Venue): Promise<Emulator> {
  const emulator = await startEmulator({ venue: name })
  emulators.push(emulator)
  return emulator
}

const shadow = (emulator: Emulator, settings: Settings = {}): Settings => ({
  LOMS_PROFILE: 'shadow',
  PRICE_EXCHANGE: emulator.venue,
  EXCHANGE_EMULATOR_URL: emulator.httpUrl,
  ...settings,
})

function move(emulator: Emulator, symbol: string, prices: { bid: string; ask: string; last: string; mark: string }): void {
  const { bid, ask, last, mark } = prices
  emulator.model.quote(symbol, { bid: decimal(bid), ask: decimal(ask), last: decimal(last), mark: decimal(mark) }, emulator.now())
}

/** Writes every address that the process connects to into a file, from its first line on. */
function recordConnections(): { readonly directory: string; readonly option: string; readonly connections: () => readonly string[] } {
  const directory = temporaryDirectory()
  const file = join(directory, 'connections')
  fs.writeFileSync(file, '')
  const script = `import net from 'node:net'; import fs from 'node:fs'
    const connect = net.Socket.prototype.connect
    net.Socket.prototype.connect = function (...args) {
      const [options] = Array.isArray(args[0]) ? args[0] : args
      // A pipe of this machine (the TypeScript loader has one) leads nowhere.
      if (options?.path === undefined) fs.appendFileSync(${JSON.stringify(file)}, (options?.host ?? args[1] ?? 'localhost') + ':' + (options?.port ?? options) + '\\n')
      return connect.apply(this, args)
    }`
  return { directory, option: `--import data:text/javascript,${encodeURIComponent(script)}`, connections: () => fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) }
}

const now = (changes: Json = {}): Json => ({ symbol: 'BTCUSDT', side: 'long', price: 60_000, qty: 0.01, timestamp: new Date().toISOString(), ...changes })

describe.each(VENUES)('LOMS_PROFILE=shadow on %s', (name) => {
  it('fills at the ask, triggers the stop on mark, and fills that at the bid, with fees', async () => {
    const emulator = await venue(name)
    move(emulator, 'BTCUSDT', { bid: '59990', ask: '60010', last: '60000', mark: '60000' })
    const loms = await Loms.start(shadow(emulator))
    const { position_id: id, sl_price: stop } = (await loms.signal(now())).body as { position_id: number; sl_price: number }
    await eventually(async () => (await loms.position(id))['state']).toBe('tp-placed')
    expect(await loms.position(id)).toMatchObject({ entry_price: 60_010, market_type: 'paper_exchange', qty: 0.01 })
    expect(stop).toBe(59_100)
    // Bid and last have passed the stop, mark has not.
    move(emulator, 'BTCUSDT', { bid: '59000', ask: '59020', last: '59010', mark: '59100.1' })
    await eventually(async () => ((await loms.get('/market?symbol=BTCUSDT')).body as Json)['last']).toBe(59_010)
    expect((await loms.position(id))['status']).toBe('open')
    move(emulator, 'BTCUSDT', { bid: '59001', ask: '59021', last: '59010', mark: '59100' })
    await eventually(async () => (await loms.position(id))['status']).toBe('closed')
    const closed = await loms.position(id)
    expect(closed).toMatchObject({ auto_close_reason: 'sl', close_price: 59_001 })
    expect(closed['fees']).toBeCloseTo((60_010 + 59_001) * 0.01 * 0.0006, 10)
  })

  it('knows the symbols of the exchange by all their names, and compares the price of a first signal with the market', async () => {
    const emulator = await venue(name)
    const loms = await Loms.start(shadow(emulator))
    const answers = await Promise.all(
      [now({ symbol: 'NOPEUSDT' }), now({ price: 65_432.1 }), now({ price: 63_000.1 }), now({ symbol: 'ETH/USDT', price: 3000 }), now({ symbol: 'BTCUSDT.P', price: 60_000 })].map((signal) => loms.signal(signal)),
    )
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 200, 200])
    expect(answers[0]?.body).toMatchObject({ errors: [{ field: 'symbol', message: 'NOPEUSDT has no market data here' }] })
    expect(answers[1]?.text).toContain('is 9.05 % away from the market (60000); allowed are 5 % (MAX_ENTRY_DEVIATION_PCT)')
    expect(answers[2]?.text).toContain('is just over 5 % away')
  })

  it('keeps every quote on tape; the day played again with the same signals gives the same positions', async () => {
    const emulator = await venue(name)
    const loms = await Loms.start(shadow(emulator))
    const signals = [now({ tp_pct: 1, sl_pct: 1 }), now({ symbol: 'ETHUSDT', side: 'short', price: 3000, qty: 0.1, tp_pct: 1, sl_pct: 1 })]
    for (const signal of signals) await loms.signal(signal)
    await eventually(async () => (await loms.positions()).map(({ state }) => state)).toEqual(['tp-placed', 'tp-placed'])
    for (const last of ['60300', '59700', '59390', '59000']) {
      move(emulator, 'BTCUSDT', { bid: String(Number(last) - 2), ask: String(Number(last) + 2), last, mark: last })
      move(emulator, 'ETHUSDT', { bid: String(Number(last) / 20 - 1), ask: String(Number(last) / 20 + 1), last: String(Number(last) / 20), mark: String(Number(last) / 20) })
      await eventually(async () => ((await loms.get('/market?symbol=ETHUSDT')).body as Json)['last']).toBe(Number(last) / 20)
    }
    await eventually(async () => (await loms.positions()).map(({ status }) => status)).toEqual(['closed', 'closed'])
    const lived = await loms.positions()
    await loms.stop()
    const directory = join(loms.dataDir, 'tape')
    const [tape, ...others] = fs.readdirSync(directory).map((file) => join(directory, file))
    expect(others).toEqual([])
    const file = join(loms.directory, 'signals.jsonl')
    fs.writeFileSync(file, signals.map((signal, index) => JSON.stringify({ ...signal, timestamp: lived[index]?.['created_at'] })).join('\n'))
    const set = { LOMS_PROFILE: 'shadow', PAPER_BROKER: 'exchange' }
    const played = await simulate({ signals: file, prices: [tape as string], candlePath: 'auto', set, onProgress: () => {} }, () => 0)
    expect(lived.map(({ auto_close_reason: reason }) => reason)).toEqual(['sl', 'tp'])
    expect(played).toMatchObject({ ok: true, simulation: { positions: lived.map(({ id, symbol, side, qty, auto_close_reason, close_price }) => ({ id, symbol, side, qty, auto_close_reason, close_price })) } })
  })

  it('with keys and live switches in the environment: every connection goes to the venue, every request and stream is a public one, none carries a key', async () => {
    const emulator = await venue(name)
    const { directory, option, connections } = recordConnections()
    const keys = { BYBIT_API_KEY: emulator.apiKey, BYBIT_API_SECRET: emulator.secret, BITGET_API_KEY: emulator.apiKey, BITGET_API_SECRET: emulator.secret, BITGET_API_PASSPHRASE: emulator.password }
    const loms = await Loms.start({ ...shadow(emulator), ...keys, LIVE_TRADING: 'true', NODE_OPTIONS: option }, directory)
    for (const symbol of ['BTCUSDT', 'NOPEUSDT']) await loms.signal(now({ symbol }))
    await eventually(async () => (await loms.position(1))['state']).toBe('tp-placed')
    emulator.streams.disconnect()
    await loms.post('/positions/1/close')
    await eventually(async () => (await loms.position(1))['status']).toBe('closed')
    await eventually(() => emulator.streams.connections).toBe(1)
    await loms.stop()
    const { port } = new URL(emulator.httpUrl)
    expect(new Set(connections())).toEqual(new Set([`127.0.0.1:${port}`]))
    expect(emulator.seen.length).toBeGreaterThan(1)
    for (const { method, path, account } of emulator.seen) {
      expect([method, path]).toEqual(['GET', expect.stringMatching(/^\/(v5\/market\/|api\/v2\/(mix\/market|public|spot\/public)\/)/)])
      expect(account).toBeUndefined()
    }
    expect(emulator.truth()).toMatchObject({ accounts: [expect.objectContaining({ orders: [], positions: [] })] })
  })

  it('takes no entry on a price that is too old: 503 where the signal must be compared with it, else it waits for the next one', async () => {
    const emulator = await venue(name)
    const settings = shadow(emulator, { PRICE_STALE_SEC: '2', PRICE_HTTP_TIMEOUT: '1' })
    const loms = await Loms.start(settings)
    await loms.signal(now())
    await eventually(async () => (await loms.position(1))['state']).toBe('tp-placed')
    emulator.streams.muted = true
    emulator.faults.add({ match: { path: '/tickers' }, times: 'always', do: { kind: 'hang', when: 'before' } }, { match: { call: 'ws.subscribe' }, times: 'always', do: { kind: 'hang', when: 'before' } })
    await eventually(async () => ((await loms.get('/health')).body as { degraded: string[] }).degraded).toEqual(['no price for BTCUSDT'])
    await eventually(() => loms.log.map(({ event }) => event)).toContain('price_stale')
    expect(loms.log.find(({ event }) => event === 'price_stale')).toMatchObject({ symbol: 'BTCUSDT', source: name })
    expect(await loms.signal(now({ symbol: 'ETHUSDT', price: 3000 }))).toMatchObject({ status: 503, text: expect.stringMatching(/no current price of ETHUSDT.*MAX_ENTRY_DEVIATION_PCT/) as string })
    expect(await loms.post('/positions/1/close')).toMatchObject({ status: 409, text: expect.stringContaining('price_unavailable') as string })
    const unchecked = await loms.killedAndStartedAgain({ ...settings, MAX_ENTRY_DEVIATION_PCT: '' })
    const { position_id: id } = (await unchecked.signal(now({ symbol: 'ETHUSDT', price: 3000 }))).body as { position_id: number }
    expect((await unchecked.position(id))['state']).toBe('pending')
    emulator.faults.clear()
    emulator.streams.muted = false
    move(emulator, 'ETHUSDT', { bid: '3001', ask: '3002', last: '3001', mark: '3001' })
    await eventually(async () => await unchecked.position(id)).toMatchObject({ state: 'tp-placed', entry_price: 3002 })
  })
})

describe('an exchange that does not answer at the start', () => {
  const settings = { PRICE_SOURCE: 'exchange', PRICE_EXCHANGE: 'bybit', PRICE_HTTP_TIMEOUT: '0.3', AUTO_CLOSE_INTERVAL_SEC: '0.1' }

  it('in dev the simulator stands in, with a warning', async () => {
    const loms = await Loms.start({ ...settings, EXCHANGE_EMULATOR_URL: 'http://127.0.0.1:1' })
    expect(loms.log.find(({ event }) => event === 'price_source_unavailable')).toMatchObject({ source: 'bybit', instead: 'simulator', message: expect.stringContaining('ECONNREFUSED') as string })
    expect((await loms.get('/health')).body).toMatchObject({ ok: true, price_source: 'simulator' })
    expect((await loms.get('/market/price')).status).toBe(200)
  })

  it('elsewhere no price is invented: signals get 503 until it answers, open positions of the journal are watched from then on', async () => {
    const emulator = await venue('bybit')
    const paper = shadow(emulator)
    const before = await Loms.start(paper)
    await before.signal(now())
    await eventually(async () => (await before.position(1))['state']).toBe('tp-placed')
    emulator.faults.add({ match: { path: 'instruments-info' }, do: { kind: 'reset', when: 'before' } })
    const loms = await before.killedAndStartedAgain(paper)
    expect((await loms.get('/health')).body).toMatchObject({ status: 'degraded', price_source: 'exchange', degraded: expect.arrayContaining([expect.stringMatching(/the markets of bybit are not known yet/)]) as string[] })
    expect(await loms.signal(now({ symbol: 'ETHUSDT', price: 3000 }))).toMatchObject({ status: 503, text: expect.stringContaining('the markets of bybit are not known yet') as string })
    move(emulator, 'BTCUSDT', { bid: '59000', ask: '59001', last: '59000', mark: '59000' })
    await eventually(async () => (await loms.position(1))['status']).toBe('closed')
    expect(await loms.position(1)).toMatchObject({ auto_close_reason: 'sl', close_price: 59_000 })
    expect((await loms.signal(now({ symbol: 'ETHUSDT', price: 3000 }))).body).toMatchObject({ risk_ok: true })
  })
})
