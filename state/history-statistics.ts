/** Statistics over finished positions: one pass in closing order, per group and in total. */
import { decimal, round, toNumber } from '../src/domain/decimal.ts'
import type { Stats } from '../src/domain/wire.ts'

const DAY_MS = 86_400_000

/** A sum of doubles that keeps the lost low-order bits aside (TwoSum, Knuth TAOCP 2, 4.2.2), so that a million cents add up. */
class CompensatedSum {
  #sum = 0
  #lost = 0
  add(value: number): void {
    const next = this.#sum + value
    const added = next - this.#sum
    this.#lost += this.#sum - (next - added) + (value - added)
    this.#sum = next
  }
  get value(): number {
    return this.#sum + this.#lost
  }
}

/** To 8 decimal places, half up as decimals are rounded, without binary noise and without -0. */
const rounded = (value: number): number => toNumber(round(decimal(value.toFixed(12)), 8))

/** Collects positions in the order in which they finished. */
export class StatisticsCollector {
  #total = 0
  #closed = 0
  #wins = 0
  #losses = 0
  #tp = 0
  #sl = 0
  readonly #pnl = new CompensatedSum()
  readonly #won = new CompensatedSum()
  readonly #lost = new CompensatedSum()
  /** Whole milliseconds: exact up to 2^53. */
  #durationMs = 0
  #peak = 0
  #drawdown = 0
  #firstDay = Infinity
  #lastDay = -Infinity

  addCancelled(): void {
    this.#total += 1
  }

  /** Times in milliseconds since the epoch. Plain arguments: an object per position would double the cost of a pass. */
  addClosed(pnl: number, reason: 'tp' | 'sl' | 'other', createdAt: number, closedAt: number): void {
    this.#total += 1
    this.#closed += 1
    this.#pnl.add(pnl)
    if (pnl > 0) {
      this.#wins += 1
      this.#won.add(pnl)
    } else if (pnl < 0) {
      this.#losses += 1
      this.#lost.add(pnl)
    }
    if (reason === 'tp') this.#tp += 1
    else if (reason === 'sl') this.#sl += 1
    const cumulative = this.#pnl.value
    if (cumulative > this.#peak) this.#peak = cumulative
    else if (this.#peak - cumulative > this.#drawdown) this.#drawdown = this.#peak - cumulative
    this.#durationMs += closedAt - createdAt
    const day = Math.floor(closedAt / DAY_MS)
    if (day < this.#firstDay) this.#firstDay = day
    if (day > this.#lastDay) this.#lastDay = day
  }

  /**
   * The figures; open positions are the caller's to add. Drawdown is that of the cumulative PnL below its peak (which
   * starts at 0); trades per day counts the UTC days from the first to the last close, both included.
   */
  result(): Stats {
    const average = (sum: number, count: number): number => rounded(sum / count)
    const closed = this.#closed
    return {
      total_positions: this.#total,
      open_positions: 0,
      closed_positions: closed,
      winning_trades: this.#wins,
      losing_trades: this.#losses,
      tp_count: this.#tp,
      sl_count: this.#sl,
      total_pnl: rounded(this.#pnl.value),
      avg_pnl_per_trade: closed === 0 ? 0 : average(this.#pnl.value, closed),
      avg_pnl_win: this.#wins === 0 ? null : average(this.#won.value, this.#wins),
      avg_pnl_loss: this.#losses === 0 ? null : average(this.#lost.value, this.#losses),
      winrate: closed === 0 ? 0 : rounded((this.#wins * 100) / closed),
      max_drawdown: rounded(this.#drawdown),
      profit_factor: this.#losses === 0 ? null : average(this.#won.value, -this.#lost.value),
      expectancy: closed === 0 ? 0 : average(this.#pnl.value, closed),
      avg_duration_sec: closed === 0 ? null : rounded(this.#durationMs / closed / 1000),
      trades_per_day: closed === 0 ? 0 : rounded(closed / (this.#lastDay - this.#firstDay + 1)),
    }
  }
}

/** `2026-01-31` of a time in milliseconds since the epoch, UTC. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
