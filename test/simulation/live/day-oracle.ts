/**
 * The day's limits (I13), counted again from the journal by plain means: signals judged since 00:00 UTC, and equity lost
 * since. Both begin anew with the first fact of a day.
 */
import type { RiskLimits } from '../../../src/domain/core-settings.ts'
import type { SignalAnswer } from '../../../src/domain/signal-answer.ts'
import type { Applied } from '../../../machines/applied.ts'
import type { Core } from '../../../machines/core.ts'
import { hasFill, type PositionContext } from '../../../machines/position.context.ts'
import type { JournalRecord } from '../../../state/record.ts'
import { must } from '../invariants.ts'

const DAY_MS = 86_400_000
/** Dollars: sums of a few dozen fills in floating point. */
const ROUNDING = 1e-6

const dayOf = (at: number): number => Math.floor(at / DAY_MS)
const refusedFor = (answer: SignalAnswer, reason: string): boolean => answer.oms_enabled && !answer.risk_ok && answer.risk_reason.startsWith(reason)

/** Looks at every record as it becomes durable. */
export class DaySignals {
  readonly #limit: number | null
  #day = 0
  #judged = 0
  #asked = 0

  constructor({ maxAlertsPerDay }: RiskLimits) {
    this.#limit = maxAlertsPerDay
  }

  landed(record: JournalRecord): void {
    if (record.kind === 'fact') {
      if (dayOf(record.at) > this.#day) this.#judged = 0
      this.#day = Math.max(this.#day, dayOf(record.at))
      if (record.body.type === 'signal.received' && record.body.duplicateOf === null) this.#asked = record.seq
    }
    if (record.kind === 'notice' && record.cause === this.#asked && record.body.type === 'signal.answered') this.#judge(record.body.answer)
  }

  #judge(answer: SignalAnswer): void {
    if (!answer.oms_enabled) return
    const limit = this.#limit ?? Infinity
    must(!answer.risk_ok || this.#judged < limit, 'I13', () => `a signal was taken after ${this.#judged} of the day, ${limit} are allowed`)
    must(!refusedFor(answer, 'max_alerts_per_day_reached') || this.#judged >= limit, 'I13', () => `a signal was refused after ${this.#judged} of the day, ${limit} are allowed: ${JSON.stringify(answer)}`)
    this.#judged += 1
  }
}

/** Looks at every fact of the whole journal and what it left. */
export class DayLosses {
  readonly #limit: number
  readonly #account: string
  #day = 0
  #startEquity: number | null = null
  #equity: number | null = null
  #closed = 0
  /** Days that began under way, and signals that were judged by the day's loss. */
  rolled = 0

  constructor(account: string, { maxDailyLossUsdt }: RiskLimits) {
    this.#account = account
    this.#limit = maxDailyLossUsdt === null ? Infinity : Number(maxDailyLossUsdt)
  }

  see({ body, at }: Extract<JournalRecord, { kind: 'fact' }>, applied: Applied, core: Core): void {
    if (!core.hasSettings) return
    if (dayOf(at) > this.#day && this.#day > 0) {
      this.rolled += 1
      this.#startEquity = this.#equity
    }
    this.#day = Math.max(this.#day, dayOf(at))
    for (const { body: said } of applied.outputs) if (said.type === 'position.closed') this.#closed += Number(said.pnl)
    this.#equity = this.#count(core)
    this.#startEquity ??= this.#equity
    if (body.type === 'signal.received') for (const { body: said } of applied.outputs) if (said.type === 'signal.answered') this.#judge(said.answer)
    if (body.type === 'kill-switch.armed') this.#startEquity = this.#equity
  }

  #judge(answer: SignalAnswer): void {
    const loss = (this.#startEquity ?? 0) - (this.#equity ?? 0)
    must(!answer.risk_ok || loss < this.#limit + ROUNDING, 'I13', () => `a signal was taken after ${loss} were lost since the day began, ${this.#limit} are allowed`)
    must(!refusedFor(answer, 'max_daily_loss_reached') || loss > this.#limit - ROUNDING, 'I13', () => `a signal was refused after ${loss} were lost since the day began, ${this.#limit} are allowed`)
  }

  /** What the account began with, what was earned, and what is open. */
  #count(core: Core): number {
    const { startBalance } = core.ledger(this.#account)
    const open = [...core.registry.ids()].map((id) => core.registry.get(id)?.context).filter((context) => context !== undefined && context.closedAt === null)
    return Number(startBalance) + this.#closed + open.reduce((sum, context) => sum + worthOf(context as PositionContext, core.marks), 0)
  }
}

/** What its fills have brought and cost, and what is left at the mark. */
function worthOf(context: PositionContext, marks: ReadonlyMap<string, string>): number {
  if (!hasFill(context)) return 0
  const { signal, orders, fills, funding } = context
  const entries = new Set(orders.filter(({ role }) => role === 'entry').map(({ clientOrderId }) => clientOrderId))
  const mark = Number(marks.get(signal.symbol) ?? 0)
  const sign = signal.direction === 'long' ? 1 : -1
  const worth = fills.reduce((sum, { clientOrderId, qty, price, fee }) => {
    const entered = clientOrderId !== null && entries.has(clientOrderId)
    return sum + (entered ? 1 : -1) * sign * Number(qty) * (mark - Number(price)) - Number(fee)
  }, 0)
  return worth - Number(funding?.paid ?? 0)
}
