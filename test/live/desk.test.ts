/** What people change on an account at the exchange's web page, and settings that would take stops away (reliability.md §2.1: X29, X34). */
import { afterEach, describe, expect, it } from 'vitest'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { realClock } from '../../src/runtime/clock.ts'
import { LiveDesk } from '../../src/runtime/live-desk.ts'
import { VENUES } from './venues.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

type Desk = { readonly emulator: Emulator; readonly desk: LiveDesk; readonly refusesEntry: (symbol: string) => string | null }

async function opened(venue: (typeof VENUES)[number], symbols: readonly string[] = ['BTCUSDT', 'ETHUSDT']): Promise<Desk> {
  const emulator = await startEmulator({ venue })
  const { httpUrl: emulatorUrl, apiKey, secret, password } = emulator
  const credentials = { apiKey, secret, passphrase: password }
  const api = await openVenue({ venue, access: 'trade', credentials, sandbox: false, emulatorUrl, owns: () => true })
  const settings = { venue, credentials, sandbox: false, leverage: decimal(3), maxAccountEquityUsdt: null }
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, flush: () => {} }
  const desk = new LiveDesk({ settings, api, clock: realClock(), logger: silent, symbols, resolved: () => true, onFindings: () => {}, onReconciled: () => {} })
  const broker = desk.open({ journalId: () => null, position: () => undefined, positions: () => [], past: () => [], givenUp: () => [], isBooked: () => false })
  await broker.connect()
  ends.push(() => emulator.stop(), () => broker.disconnect())
  await desk.reconcile()
  return { emulator, desk, refusesEntry: (symbol) => desk.refuseEntry(symbol) }
}
/** The first requests after a clock was set are refused. */
async function reconciled(desk: LiveDesk): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    if (await desk.reconcile().then(() => true, (error: unknown) => (tries < 10 ? false : Promise.reject(error as Error)))) return
  }
}
const hold = ({ model, now }: Emulator, side: 'buy' | 'sell'): void => void model.submit('main', { symbol: 'BTCUSDT', side, kind: 'market', qty: decimal('0.01'), ...(side === 'sell' ? { reduceOnly: true } : {}) }, now())
const leverage = ({ model }: Emulator): number | undefined => model.account('main').leverage.get('BTCUSDT')

describe.each(VENUES)('an account on %s that people change', (venue) => {
  it('X29: another leverage: set back where nothing is held; under a position left alone, and no entry there until it is set', async () => {
    const { emulator, desk, refusesEntry } = await opened(venue)
    expect(leverage(emulator)).toBe(3)
    emulator.model.setLeverage('main', 'BTCUSDT', 20, emulator.now())
    await desk.reconcile()
    expect([leverage(emulator), refusesEntry('BTCUSDT')]).toEqual([3, null])
    hold(emulator, 'buy')
    emulator.model.setLeverage('main', 'BTCUSDT', 20, emulator.now())
    await desk.reconcile()
    expect([leverage(emulator), refusesEntry('ETHUSDT')]).toEqual([20, null])
    expect(refusesEntry('BTCUSDT')).toBe('the leverage of BTCUSDT is 20, not LEVERAGE=3; it is set once no position is open there')
    hold(emulator, 'sell')
    expect(refusesEntry('BTCUSDT')).toContain('20')
    await desk.reconcile()
    expect([leverage(emulator), refusesEntry('BTCUSDT')]).toEqual([3, null])
  })

  it('B-4: the leverage of many symbols is set no faster than the exchange takes it', async () => {
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT', 'DOGEUSDT', 'ADAUSDT', 'LTCUSDT']
    const { emulator } = await opened(venue, symbols)
    expect(symbols.map((symbol) => emulator.model.account('main').leverage.get(symbol))).toEqual(symbols.map(() => 3))
    const at = emulator.seen.filter(({ call }) => call === 'leverage').map(({ at: time }) => time)
    expect(at).toHaveLength(symbols.length)
    expect(Math.min(...at.slice(1).map((time, index) => time - (at[index] ?? 0)))).toBeGreaterThanOrEqual(200)
  })

  it('X29: hedge mode: no entries until it is one-way mode again', async () => {
    const { emulator, desk } = await opened(venue)
    emulator.model.account('main').positionMode = 'hedge'
    await desk.reconcile()
    expect(desk.closedReason()).toContain('it is in hedge mode')
    emulator.model.account('main').positionMode = 'one_way'
    await desk.reconcile()
    expect(desk.view().refusals).toEqual([])
  })

  it('C2: a clock that is far off closes the door until it is right, and says so', async () => {
    const { emulator, desk } = await opened(venue)
    emulator.settings.clockSkewMs = 60_000
    await reconciled(desk)
    expect(desk.closedReason()).toMatch(/ms apart/)
    emulator.settings.clockSkewMs = 0
    await reconciled(desk)
    expect(desk.view().refusals).toEqual([])
    await expect.poll(() => String(desk.closedReason())).not.toMatch(/ms apart/)
  })
})

it('X34: an account whose orders are cancelled with a lost connection is refused', async () => {
  const { emulator, desk } = await opened('bybit')
  emulator.model.behaviour.cancelsOnDisconnect = true
  await desk.reconcile()
  expect(desk.closedReason()).toContain('(DCP)')
  emulator.model.behaviour.cancelsOnDisconnect = false
  await desk.reconcile()
  expect(desk.view().refusals).toEqual([])
})

it('X34: an account for which that was never set up says so by a code, and is taken', async () => {
  const { emulator, desk } = await opened('bybit')
  emulator.faults.add({ match: { call: 'dcp' }, times: 'always', do: { kind: 'code', when: 'before', code: '10029' } })
  await desk.reconcile()
  expect(desk.view().refusals).toEqual([])
})
