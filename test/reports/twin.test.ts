import { describe, expect, it } from 'vitest'
import type { PositionView } from '../../src/domain/wire.ts'
import { compareTwins, type TwinTrade } from '../../src/reports/twin-comparison.ts'
import { twinReport } from '../../src/reports/twin-report.ts'
import { bounce, eventually, Loms, type Settings } from '../e2e/service-process.ts'
import { run } from '../cli/run.ts'

type Change = Partial<Pick<PositionView, 'id' | 'side' | 'qty' | 'entry_price' | 'close_price' | 'fees' | 'pnl' | 'auto_close_reason' | 'status'>> & { signalId?: string | null; minute?: number | null; filled?: number | null; closed?: number | null }
const trade = (change: Change = {}): TwinTrade => {
  const { signalId = null, minute = 0, filled = 100, closed = 60_000, side = 'long', ...view } = change
  return {
    signal: { signalId, symbol: 'BTCUSDT', direction: side, strategy: 's', timestampMs: minute, exchange: 'bybit' },
    view: { id: 1, symbol: 'BTCUSDT', side, strategy: 's', status: 'closed', qty: 1, entry_price: 1000, close_price: 1010, fees: 1, pnl: 9, auto_close_reason: 'tp', ...view } as PositionView,
    receivedAt: 0,
    filledAt: filled,
    closedAt: closed,
  }
}

describe('a live trade and its twin', () => {
  it.each([
    ['a long bought dearer and sold cheaper', trade({ entry_price: 1001, close_price: 1009, fees: 1.5, pnl: 6.5, filled: 350, closed: 61_000 }), trade(), { entry_slippage_bps: 10, exit_slippage_bps: 9.901, entry_latency_ms: 250, exit_delay_ms: 1000, fees: 0.5, pnl: -2.5, same_exit: true }],
    ['a short sold dearer is better, bought back dearer worse', trade({ side: 'short', entry_price: 1001, close_price: 1011 }), trade({ side: 'short' }), { entry_slippage_bps: -10, exit_slippage_bps: 9.901 }],
    ['another way out', trade({ auto_close_reason: 'sl' }), trade(), { same_exit: false }],
    ['still open on one side', trade({ status: 'open', close_price: null, pnl: null, closed: null, auto_close_reason: null }), trade(), { exit_slippage_bps: null, exit_delay_ms: null, same_exit: null, pnl: null, entry_slippage_bps: 0 }],
    ['never filled live', trade({ status: 'cancelled', filled: null, close_price: null, pnl: null, closed: 30_000 }), trade(), { entry_slippage_bps: null, entry_latency_ms: null, live: { entry_price: null, entry_latency_ms: null, pnl_pct: null } }],
    ['twins of different size compare by what was put in', trade({ qty: 0.5, pnl: 4.5 }), trade(), { live: { pnl_pct: 0.9 }, twin: { pnl_pct: 0.9 }, pnl: -4.5 }],
  ])('%s', (_, live, twin, expected) => {
    expect(compareTwins([live], [twin]).pairs).toMatchObject([expected])
  })

  it('belong together by signal_id, else by the signal itself; nothing else pairs', () => {
    const live = [trade({ id: 1, signalId: 'a', minute: 1 }), trade({ id: 2, minute: 2 }), trade({ id: 3, minute: 2 }), trade({ id: 4, minute: null }), trade({ id: 5, minute: 5, side: 'short' })]
    const twins = [trade({ id: 11, minute: 2 }), trade({ id: 12, signalId: 'a', minute: 9 }), trade({ id: 13, minute: null }), trade({ id: 14, minute: 5 })]
    const report = compareTwins(live, twins)
    expect(report.pairs.map(({ live: { id }, twin }) => [id, twin.id])).toEqual([[1, 12], [2, 11]])
    expect([report.live_only, report.twin_only]).toEqual([[3, 4, 5], [13, 14]])
  })

  it('add up over all pairs; without any there is nothing to average', () => {
    const live = [trade({ minute: 1, entry_price: 1001, fees: 2, pnl: 5 }), trade({ minute: 2, entry_price: 999, pnl: null, close_price: null, status: 'open' })]
    expect(compareTwins(live, [trade({ minute: 1 }), trade({ minute: 2 })]).figures).toMatchObject({ pairs: 2, closed: 1, same_exit: 1, avg_entry_slippage_bps: 0, fees: 1, live_pnl: 5, twin_pnl: 9, pnl: -4 })
    expect(compareTwins([], []).figures).toMatchObject({ pairs: 0, avg_entry_slippage_bps: null, avg_exit_delay_ms: null, pnl: 0 })
  })
})

describe('loms report twin', () => {
  const settings: Settings = { PAPER_BROKER: 'exchange', AUTO_CLOSE_MIN_AGE_SEC: '0' }
  async function traded(changes: Settings, signal: object): Promise<Loms> {
    const loms = await Loms.start({ ...settings, ...changes })
    await loms.pin(100)
    await loms.signal(signal)
    await eventually(async () => (await loms.position(1))['state']).toBe('tp-placed')
    await loms.pin(98)
    await eventually(async () => (await loms.position(1))['status']).toBe('closed')
    return loms
  }

  it('reads two running services that got the same signal', async () => {
    const signal = bounce()
    const live = await traded({ ACCOUNT_LABEL: 'semi_live', PAPER_SLIPPAGE_BPS: '10' }, signal)
    const twin = await traded({ PAPER_TAKER_FEE_PCT: '0' }, signal)
    expect(twinReport(live.dataDir, twin.dataDir)).toMatchObject({
      ok: true,
      report: { pairs: [{ entry_slippage_bps: 10, exit_slippage_bps: 10, same_exit: true, live: { reason: 'sl', entry_price: 100.1 }, twin: { entry_price: 100, fees: 0, pnl: -2 } }], live_only: [], twin_only: [] },
    })
    // Twins may also be accounts of the same journal.
    const same = await Loms.start({ ...settings, MAX_OPEN_POSITIONS_PER_SYMBOL: '2' })
    await same.pin(100)
    const again = bounce()
    await same.signal(again)
    await same.signal({ ...again, account_label: 'lab_dev_twin' })
    await eventually(async () => (await same.positions()).map(({ state }) => state)).toEqual(['tp-placed', 'tp-placed'])
    expect(twinReport(same.dataDir, null)).toMatchObject({ ok: true, report: { pairs: [{ live: { id: 1 }, twin: { id: 2 }, entry_slippage_bps: 0 }] } })
    const { code, out } = await run(['report', 'twin', '--data', live.dataDir, '--twin', twin.dataDir], {})
    expect([code, out]).toEqual([0, expect.stringMatching(/1, 1 closed on both sides, 1 for the same reason[\s\S]*10\.0000 bps worse/)])
  })
})
