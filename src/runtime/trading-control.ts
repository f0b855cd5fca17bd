/** A person sets the trading state of one account, or of all: each change is a fact, answered once it is durable. */
import type { Decimal } from '../domain/decimal.ts'
import type { Fact } from '../domain/facts.ts'
import type { Conflict, ControlRequest, Read, TradingView } from '../http/application.ts'
import type { TradingState } from '../../machines/ledger.ts'
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import { unavailable } from './durable-answer.ts'
import type { Service } from './service.ts'

/** The reason of the pause that a live account begins with. It stands until the account is armed, whatever else is said. */
const NOT_ARMED = 'live trading is not armed; look at /health, then arm it with `loms arm --reason "…"` (POST /control/arm)'

/** What a live account begins with: real money waits for a person. */
export const UNARMED: Fact = { type: 'trading.paused', accountLabel: null, reason: NOT_ARMED }
/** Whether an account was ever let loose; paper needs no arming. */
export const isUnarmed = ({ state, reason }: TradingState): boolean => state === 'paused' && (reason?.startsWith(NOT_ARMED) ?? false)

const conflict = (code: string, message: string): Conflict => ({ kind: 'conflict', code, message })

export class TradingControl {
  readonly #service: Service
  constructor(service: Service) {
    this.#service = service
  }

  pause({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView>> {
    const kept = isUnarmed(this.#trading(accountLabel)) ? `${NOT_ARMED}; ${reason}` : reason
    return this.#take({ type: 'trading.paused', accountLabel, reason: kept }, accountLabel, kept)
  }

  /** Lifts a pause. A halt is lifted by a reset only, and real money is armed first: resuming must not be a reflex. */
  async resume({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView> | Conflict> {
    const trading = this.#trading(accountLabel)
    if (isUnarmed(trading)) return conflict('not_armed', 'Live trading was not armed yet. Look at the account, then arm it with `loms arm --reason "…"` (POST /control/arm).')
    if (trading.state === 'halted') return conflict('halted', 'Trading is halted. Look for the cause, then lift it with `loms reset-kill-switch --reason "…"` (POST /control/reset-kill-switch).')
    return this.#take({ type: 'trading.resumed', accountLabel, reason }, accountLabel, reason)
  }

  /** Lifts a halt: what that lets begin is as much as arming does, so live it goes through the same door. */
  async reset({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView> | Conflict> {
    const fit = await this.#fitToArm()
    return fit.kind === 'fit' ? this.#take({ type: 'kill-switch.armed', accountLabel, balance: fit.balance, reason }, accountLabel, reason) : fit
  }

  /** Real money: a person lets entries begin. */
  async arm({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView> | Conflict> {
    const { engine, live } = this.#service
    if (!live) return conflict('not_live', 'Only BROKER_MODE=live is armed; paper takes entries as soon as it runs.')
    const fit = await this.#fitToArm()
    if (fit.kind === 'conflict') return fit
    if (engine.sequencer.state === 'failed') return unavailable(this.#service)
    engine.accept({ type: 'kill-switch.armed', accountLabel, balance: fit.balance, reason })
    return this.#take({ type: 'trading.resumed', accountLabel, reason }, accountLabel, reason)
  }

  /** The one door through which entries begin: a live account is looked at once more, and loss limits count from what it holds. */
  async #fitToArm(): Promise<{ readonly kind: 'fit'; readonly balance: Decimal | null } | Conflict> {
    const { live } = this.#service
    if (!live) return { kind: 'fit', balance: null }
    const closed = this.#service.closedReason()
    if (closed !== null) return conflict('not_reconciled', closed)
    const fitness = await live.fitness().catch((error: unknown) => messageOf(error))
    if (typeof fitness === 'string') return conflict('account_not_read', `The account could not be read (${fitness}); try again in a moment.`)
    if (fitness.refusals.length > 0) return conflict('account_not_fit', `The account is not armed: ${fitness.refusals.join('; ')}.`)
    return { kind: 'fit', balance: fitness.equity }
  }

  #trading(accountLabel: string | null) {
    const { engine, settings } = this.#service
    return engine.core.ledger(accountLabel ?? settings.core.accountLabel).trading
  }

  async #take(fact: Fact, accountLabel: string | null, reason: string): Promise<Read<TradingView>> {
    const { engine } = this.#service
    if (engine.sequencer.state === 'failed') return unavailable(this.#service)
    const { seq } = engine.accept(fact)
    const { state, reason: stands } = this.#trading(accountLabel)
    return (await this.#service.whenDurable(seq)) ? { kind: 'ok', value: { state, reason: stands ?? reason } } : unavailable(this.#service)
  }
}
