/** A person sets the trading state of one account, or of all: each change is a fact, answered once it is durable. */
import type { Fact } from '../domain/facts.ts'
import type { Conflict, ControlRequest, Read, TradingView } from '../http/application.ts'
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import { unavailable } from './durable-answer.ts'
import type { Service } from './service.ts'

export class TradingControl {
  readonly #service: Service
  constructor(service: Service) {
    this.#service = service
  }

  set(type: 'trading.paused' | 'trading.resumed', { reason, accountLabel }: ControlRequest): Promise<Read<TradingView>> {
    return this.#take({ type, accountLabel, reason }, accountLabel, reason)
  }

  /** Lifts a pause. A halt is lifted by a reset only: resuming must not be a reflex. */
  resume(request: ControlRequest): Promise<Read<TradingView> | Conflict> {
    const { state } = this.#trading(request.accountLabel)
    if (state !== 'halted') return this.set('trading.resumed', request)
    const message = 'Trading is halted. Look for the cause, then lift it with `loms reset-kill-switch --reason "…"` (POST /control/reset-kill-switch).'
    return Promise.resolve({ kind: 'conflict', code: 'halted', message })
  }

  /** Arms anew. Live accounts begin with what the venue says they hold. */
  async reset({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView>> {
    const { engine, settings } = this.#service
    const balance = settings.brokerMode === 'live' ? await engine.broker.balance() : null
    return this.#take({ type: 'kill-switch.armed', accountLabel, balance, reason }, accountLabel, reason)
  }

  /** Real money: a person lets entries begin, and the account is looked at once more before. Loss limits count from here. */
  async arm({ reason, accountLabel }: ControlRequest): Promise<Read<TradingView> | Conflict> {
    const { engine, live } = this.#service
    const conflict = (code: string, message: string): Conflict => ({ kind: 'conflict', code, message })
    if (!live) return conflict('not_live', 'Only BROKER_MODE=live is armed; paper takes entries as soon as it runs.')
    const closed = this.#service.closedReason()
    if (closed !== null) return conflict('not_reconciled', closed)
    const fitness = await live.fitness().catch((error: unknown) => messageOf(error))
    if (typeof fitness === 'string') return conflict('account_not_read', `The account could not be read (${fitness}); try again in a moment.`)
    if (fitness.refusals.length > 0) return conflict('account_not_fit', `The account is not armed: ${fitness.refusals.join('; ')}.`)
    if (engine.sequencer.state === 'failed') return unavailable(this.#service)
    engine.accept({ type: 'kill-switch.armed', accountLabel, balance: fitness.equity, reason })
    return this.set('trading.resumed', { reason, accountLabel })
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
