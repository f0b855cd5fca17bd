/** What the reports say and what `GET /stats` says: one order of closes, one number. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { PositionView } from '../../src/domain/wire.ts'
import { performanceReport } from '../../src/reports/html-report.ts'
import { performanceOf } from '../../src/reports/performance.ts'
import { StatisticsCollector } from '../../state/history-statistics.ts'
import { POSITION } from '../http/stub-application.ts'
import { bounce, eventually, Loms } from '../e2e/service-process.ts'

const closed = (pnl: number, ms: number): PositionView => ({ ...POSITION, status: 'closed', state: 'closed', pnl, closed_at: new Date(ms).toISOString() })

it('closes of one millisecond count in the order in which they finished', () => {
  expect(performanceOf([closed(10, 1), closed(-4, 1), closed(-3, 1)]).max_drawdown).toBe(7)
  expect(performanceOf([closed(-4, 1), closed(10, 1), closed(-3, 1)]).max_drawdown).toBe(4)
  // One that settled longer finished later; the curve does not run backwards for it.
  expect(performanceOf([closed(1, 5), closed(1, 3)]).equity.map(({ at }) => at)).toEqual([5, 5])
})

it('the figures are those of the statistics, whatever was closed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 3 })), { maxLength: 60 }), (closes) => {
      const collector = new StatisticsCollector()
      for (const [cents, ms] of closes) collector.addClosed(cents / 100, 'other', 0, ms)
      const stats = collector.result()
      const report = performanceOf(closes.map(([cents, ms]) => closed(cents / 100, ms)))
      expect([report.closed, report.won, report.lost, report.pnl, report.max_drawdown]).toEqual([stats.closed_positions, stats.winning_trades, stats.losing_trades, stats.total_pnl, stats.max_drawdown])
    }),
    { numRuns: 100, seed: 1 },
  )
})

it('one price closes many: page, file and statistics name one drawdown', async () => {
  const loms = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '0.2', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS_PER_SYMBOL: '20', MAX_OPEN_POSITIONS: '20' })
  await loms.pin(100)
  // Won and lost in turn by their numbers; the price closes one side after the other.
  const signals = Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? { side: 'long', qty: 2 } : { side: 'short', qty: 2 }))
  for (const signal of signals) await loms.signal(bounce(signal))
  await eventually(async () => (await loms.position(6))['state']).toBe('tp-placed')
  await loms.pin(105)
  await eventually(async () => (await loms.stats())['closed_positions']).toBe(6)
  const { max_drawdown: stats, total_pnl: total } = await loms.stats()
  const { body } = await loms.get('/page/finished')
  const { views, total: count } = body as { readonly views: readonly PositionView[]; readonly total: number }
  const file = performanceReport({ source: loms.dataDir, html: null, csv: null })
  expect([count, performanceOf(views).max_drawdown, file.ok && file.performance.max_drawdown]).toEqual([6, stats, stats])
  expect([performanceOf(views).pnl, total]).toEqual([0, 0])
  // The orders differ here, so that the figures could.
  expect(performanceOf([...views].sort((a, b) => a.id - b.id)).max_drawdown).not.toBe(stats)
  // The next page begins where this one ends.
  expect((await loms.get('/page/finished?from=5&limit=1')).body).toMatchObject({ views: [{ id: views[5]?.id }], total: 6 })
  expect((await loms.get('/page/finished?from=x')).status).toBe(422)
  await loms.stop()
})
