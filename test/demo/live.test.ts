/** The live demo's picture and verdict, from what the emulated exchange says. */
import { describe, expect, it } from 'vitest'
import { LomsClient } from '../../src/cli/http-client.ts'
import { DemoExchange, nakedMs, type Truth } from '../../src/demo/live/exchange.ts'
import { printLiveSummary } from '../../src/demo/live/live-summary.ts'
import type { LiveState } from '../../src/demo/live/live-state.ts'
import { renderLive } from '../../src/demo/live/live-view.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { startEmulator } from '../../src/exchange-emulator/server.ts'
import { positionView, startFakeService } from '../cli/fake-service.ts'
import { memoryTerminal } from '../cli/run.ts'

async function exchangeWith(orders: 'naked' | 'protected' | 'none') {
  const emulator = await startEmulator({ venue: 'bybit' })
  const submit = (request: Omit<Parameters<typeof emulator.model.submit>[1], 'symbol' | 'kind' | 'qty'>): void => {
    expect(emulator.model.submit('main', { symbol: 'BTCUSDT', kind: 'market', qty: decimal('0.001'), ...request }, emulator.now()).ok).toBe(true)
  }
  if (orders !== 'none') submit({ side: 'buy', clientId: 'abcdef-1-e1' })
  if (orders === 'protected') submit({ side: 'sell', clientId: 'abcdef-1-s1', reduceOnly: true, purpose: 'conditional', trigger: { price: decimal('50000'), source: 'mark', direction: 'falling' } })
  const exchange = new DemoExchange(emulator.httpUrl)
  return { emulator, exchange, truth: (await exchange.truth('BTCUSDT')) as Truth }
}
const stateWith = (truth: Truth | null, changes: Partial<LiveState> = {}): LiveState => ({
  title: 'recorded', from: 0, to: 1, speed: 8, market: null, positions: [], candleNews: '', signalNews: '', exchange: 'bybit', act: 2, acts: 4, told: ['1.0 s  hello'], accident: null, connected: true, truth, ...changes,
})

describe('the live demo', () => {
  it('shows what the exchange holds, and that a stop is missing', async () => {
    const { colours } = memoryTerminal().terminal
    const picture = (state: LiveState): string => renderLive(state, 'an act', 'BTCUSDT', 120, colours).join('\n')
    const [naked, safe] = [await exchangeWith('naked'), await exchangeWith('protected')]
    expect(picture(stateWith(naked.truth))).toMatch(/long 0.001 BTCUSDT, NO STOP, 0 orders resting/)
    expect(picture(stateWith(safe.truth))).toMatch(/long 0.001 BTCUSDT, stop 50000 by mark, 1 orders resting/)
    expect(picture(stateWith(null, { connected: false, accident: 'the line is cut' }))).toMatch(/accident {2}the line is cut[^]*CUT OFF[^]*not reached[^]*hello/)
    expect([nakedMs(naked.truth, 1), nakedMs(safe.truth, 2)]).toEqual([null, null])
    expect(nakedMs(safe.truth, 1)).toBeGreaterThanOrEqual(0)
    await Promise.all([naked.emulator.stop(), safe.emulator.stop()])
  })

  it.each([
    ['everything held', 'none', 'closed', true, true],
    ['a claim did not', 'none', 'closed', false, false],
    ['LOMS has something open', 'none', 'open', true, false],
    ['the exchange holds something', 'naked', 'closed', true, false],
  ] as const)('%s', async (_, orders, status, held, ok) => {
    const { emulator, exchange } = await exchangeWith(orders)
    const service = await startFakeService({ 'GET /positions': { body: [positionView({ status })] } })
    const { terminal, out } = memoryTerminal()
    const client = new LomsClient({ url: service.url, key: 'k' })
    expect(await printLiveSummary(terminal, client, exchange, 'BTCUSDT', [{ claim: 'it works', held, figure: '7 ms' }], false)).toBe(ok)
    expect(out.join('\n')).toMatch(ok ? /came true/ : /1 of it did not come true/)
    await Promise.all([emulator.stop(), service.stop()])
  })
})
