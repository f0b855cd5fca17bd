/** SHADOW: paper orders on an exchange's real prices, and nothing sent there but questions for prices (SPEC M, rule two). */
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { eventually, Loms, type Json, type Settings } from './service-process.ts'

const emulators: Emulator[] = []
afterEach(async () => {
  for (const emulator of emulators.splice(0)) await emulator.stop()
})

const VENUES = ['bybit'] as const
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
      [now({ symbol: 'NOPEUSDT' }), now({ price: 63_001 }), now({ symbol: 'ETH/USDT', price: 3000 }), now({ symbol: 'BTCUSDT.P', price: 60_000 })].map((signal) => loms.signal(signal)),
    )
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 200, 200])
    expect(answers[0]?.body).toMatchObject({ errors: [{ field: 'symbol', message: 'NOPEUSDT has no market data here' }] })
    expect(answers[1]?.text).toMatch(/away from the market \(60000\); allowed are 5 % \(MAX_ENTRY_DEVIATION_PCT\)/)
  })

  it('loms price has every price', async () => {
    const emulator = await venue(name)
    move(emulator, 'BTCUSDT', { bid: '59990', ask: '60010', last: '60002', mark: '60001' })
    const loms = await Loms.start(shadow(emulator))
    await loms.signal(now())
    expect((await loms.get('/market?symbol=BTCUSDT')).body).toMatchObject({ bid: 59_990, ask: 60_010, last: 60_002, mark: 60_001, source: name })
  })
})
