/** The history, written as plainly as possible: what the real one is compared with. */
import { add, decimal, divide, round, subtract, sum, toNumber, type Decimal } from '../../src/domain/decimal.ts'
import type { ClosedPosition, PositionFilter, Stats, StatsGroup } from '../../src/domain/wire.ts'

const created = ({ view }: ClosedPosition): number => Date.parse(view.created_at)
const ended = ({ view }: ClosedPosition): number => Date.parse(view.closed_at ?? view.created_at)
const money = ({ view }: ClosedPosition): Decimal => decimal(view.pnl ?? 0)

export const matches = (row: ClosedPosition, filter: PositionFilter): boolean =>
  (filter.status ?? row.view.status) === row.view.status &&
  (filter.symbol ?? row.view.symbol) === row.view.symbol &&
  (filter.strategy ?? row.view.strategy) === row.view.strategy &&
  (filter.exchange ?? row.view.exchange) === row.view.exchange &&
  (filter.accountLabel ?? row.view.account_label) === row.view.account_label &&
  created(row) >= (filter.from ?? -Infinity) &&
  created(row) < (filter.to ?? Infinity)

export const groupOf = ({ view }: ClosedPosition, by: StatsGroup): string => {
  const names = { symbol: view.symbol, exchange: view.exchange, strategy: view.strategy, account: view.account_label, reason: view.auto_close_reason ?? 'none' }
  return by === 'day' ? (view.closed_at ?? view.created_at).slice(0, 10) : names[by]
}

/** In decimals and in order of closing. */
export function stats(rows: readonly ClosedPosition[]): Stats {
  const closed = rows.filter(({ view }) => view.status === 'closed')
  const wins = closed.filter(({ view }) => (view.pnl ?? 0) > 0)
  const losses = closed.filter(({ view }) => (view.pnl ?? 0) < 0)
  const total = sum(closed.map(money))
  const average = (of: Decimal, count: number): number => toNumber(round(divide(of, decimal(count)), 8))
  let [equity, peak, drawdown] = [decimal(0), decimal(0), decimal(0)]
  for (const row of closed) {
    equity = add(equity, money(row))
    if (Number(equity) > Number(peak)) peak = equity
    if (Number(peak) - Number(equity) > Number(drawdown)) drawdown = subtract(peak, equity)
  }
  const days = closed.map((row) => Math.floor(ended(row) / 86_400_000))
  const seconds = closed.map((row) => decimal((ended(row) - created(row)) / 1000))
  const lost = Number(sum(losses.map(money)))
  return {
    total_positions: rows.length,
    open_positions: 0,
    closed_positions: closed.length,
    winning_trades: wins.length,
    losing_trades: losses.length,
    tp_count: closed.filter(({ view }) => view.auto_close_reason === 'tp').length,
    sl_count: closed.filter(({ view }) => view.auto_close_reason === 'sl').length,
    total_pnl: toNumber(total),
    avg_pnl_per_trade: closed.length ? average(total, closed.length) : 0,
    avg_pnl_win: wins.length ? average(sum(wins.map(money)), wins.length) : null,
    avg_pnl_loss: losses.length ? average(sum(losses.map(money)), losses.length) : null,
    winrate: closed.length ? average(decimal(wins.length * 100), closed.length) : 0,
    max_drawdown: toNumber(drawdown),
    profit_factor: losses.length ? Number((Number(sum(wins.map(money))) / -lost).toFixed(8)) : null,
    expectancy: closed.length ? average(total, closed.length) : 0,
    avg_duration_sec: closed.length ? average(sum(seconds), closed.length) : null,
    trades_per_day: closed.length ? Number((closed.length / (Math.max(...days) - Math.min(...days) + 1)).toFixed(8)) : 0,
  }
}
