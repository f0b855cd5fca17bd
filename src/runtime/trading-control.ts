/** A person sets the trading state of one account, or of all: each change is a fact, answered once it is durable. */
import type { Fact } from '../domain/facts.ts'
import type { Conflict, ControlRequest, Read, TradingView } from '../http/application.ts'
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
