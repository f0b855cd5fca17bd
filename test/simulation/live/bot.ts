/** The signal bot and the person at the page: what they send, and what they were told. */
import { add, decimal, divide, multiply, negate, roundToStep, floorToStep, subtract, type Decimal } from '../../../src/domain/decimal.ts'
import type { Signal } from '../../../src/domain/signal.ts'
import { exitStrategies } from '../../../src/exits/registry.ts'
import { ExitDesk } from '../../../src/runtime/exit-desk.ts'
import { lostRequests, wrongRepeat, type Sent } from '../client.ts'
import { must } from '../invariants.ts'
import type { LiveSimulation } from './live-world.ts'
import type { Act } from './scenario.ts'

type SignalAct = Extract<Act, { readonly act: 'signal' }>
type ChangeAct = Extract<Act, { readonly act: 'change' }>

export class Bot {
  readonly #world: LiveSimulation
  readonly sent: Sent[] = []
  /** Entries that were taken. */
  opened = 0
  #armed = false

  constructor(world: LiveSimulation) {
    this.#world = world
  }

  do(act: Exclude<Act, { readonly act: 'checkpoint' }>): void {
    const { venue, time } = this.#world
    if (act.act === 'price') {
      const last = venue.moved(act.symbol, act.factor)
      return this.#world.price(act.symbol, last, act.wick ? (venue.model.quoteOf(act.symbol)?.mark ?? last) : last)
    }
    // Whoever asks a process that stands still is heard when it goes on.
    time.inProcess(() => this.#ask(act))
  }

  #ask(act: Exclude<Act, { readonly act: 'checkpoint' | 'price' }>): void {
    const { life } = this.#world
    if (!life) return
    this.#world.note('act', act)
    if (act.act === 'signal') this.#send(this.#newSent(act))
    else if (act.act === 'repeat') this.#repeat(act.pick, act.changed)
    else if (act.act === 'control') this.#control(act.to)
    else if (act.act === 'change') this.#change(act)
    else for (const id of this.#openOn(act.symbol)) life.engine.requestExit(id, 'manual', null)
  }

  /** A person arms a new account as soon as it is fit. */
  armWhenFit(): void {
    const { life } = this.#world
    if (this.#armed || !life || life.desk.closedReason() !== null) return
    this.#armed = true
    this.#control('resumed')
  }

  /** I4: what was acknowledged is in the journal, and stays there. */
  nothingLost(): void {
    const lost = lostRequests(this.sent, this.#world.store.read(1, Infinity))
    must(lost.length === 0, 'I4', () => lost.join('; '))
  }

  #openOn(symbol: string) {
    const registry = this.#world.life?.engine.core.registry
    return registry ? [...registry.ids()].filter((id) => registry.get(id)?.context.signal.symbol === symbol) : []
  }

  #newSent(act: SignalAct): Sent {
    const { venue, settings } = this.#world
    const market = venue.model.markets.get(act.symbol)
    if (!market) throw new Error(act.symbol)
    const { instrument, quote: { last: price } } = market
    const long = act.direction === 'long'
    const away = (pct: number): Decimal => roundToStep(multiply(price, decimal((pct / 100).toFixed(6))), instrument.tick)
    const target = (pct: number): Decimal => (long ? add(price, away(pct)) : subtract(price, away(pct)))
    const shares = ['100', '50', '33.3']
    const exit = exitStrategies.parse(act.exit, act.exit === 'tp_sl_trailing_v1' ? { trail_trigger_pct: '0.2', trail_distance_pct: '0.3', break_even_trigger_pct: '0.3' } : {}, {})
    if (!exit.ok) throw new Error(JSON.stringify(exit.problems))
    const signal: Signal = {
      symbol: act.symbol, direction: act.direction, price, timestampMs: this.#world.epochStart + act.at, exchange: settings.signal.exchange, timeframeMin: 1, strategy: act.strategy,
      accountLabel: settings.core.accountLabel, qty: floorToStep(divide(decimal(act.usdt), price), instrument.lot), qtyStep: instrument.lot, slPrice: add(price, long ? negate(away(act.stopPct)) : away(act.stopPct)),
      targets: act.targetPcts.map((pct) => ({ price: target(pct), sharePct: decimal(shares[act.targetPcts.length - 1] as string) })),
      exitStrategy: act.exit, exitParams: exit.params, signalId: `signal-${act.number}`,
    }
    const sent: Sent = { request: { kind: 'bounce_signal', signal, payload: { number: act.number }, idempotencyKey: act.keyed ? `key-${act.number}` : null }, acknowledged: null }
    this.sent.push(sent)
    return sent
  }

  #send(sent: Sent): void {
    const engine = this.#world.life?.engine
    if (!engine || sent.request.signal.qty === '0') return
    const { outcome, seq } = engine.enter(sent.request)
    const wrong = wrongRepeat(sent, outcome)
    must(wrong === null || outcome.kind === 'unavailable', 'I16', () => wrong ?? '')
    this.#world.note('answer', outcome)
    if (outcome.kind !== 'answered') return
    const { duplicate: _duplicate, ...answer } = outcome.answer
    void engine.sequencer.whenDurable(seq).then((durable) => {
      if (!durable) return
      if (sent.acknowledged === null && 'position_id' in answer) this.opened += 1
      sent.acknowledged ??= { seq, answer }
    })
  }

  #repeat(pick: number, changed: boolean): void {
    const sent = this.sent[pick % Math.max(1, this.sent.length)]
    const engine = this.#world.life?.engine
    if (!sent || !engine) return
    if (!changed) return this.#send(sent)
    const { request, acknowledged } = sent
    const known = acknowledged !== null && (request.idempotencyKey !== null || 'position_id' in acknowledged.answer)
    if (!known) return
    const { outcome } = engine.enter({ ...request, signal: { ...request.signal, timeframeMin: 15 } })
    must(outcome.kind === 'key_reused' || outcome.kind === 'unavailable', 'I16', () => `another content under the same key was answered ${outcome.kind}`)
  }

  #change({ symbol, kind, by }: ChangeAct): void {
    const { life, venue } = this.#world
    const [id] = this.#openOn(symbol)
    if (!life || id === undefined) return
    const near = venue.moved(symbol, 1 + by / 100)
    const change = kind === 'part' ? ({ kind: 'partial_close', qty: null, pct: decimal(10 + Math.floor(Math.abs(by) * 80)) } as const)
      : kind === 'stop' ? ({ kind: 'levels', stopPrice: near } as const) : ({ kind: 'levels', targetPrice: near } as const)
    new ExitDesk(life.engine, 'last').request(id, change, { reason: 'manual', note: 'simulation' })
  }

  #control(to: 'paused' | 'halted' | 'resumed'): void {
    const { life, settings } = this.#world
    if (!life) return
    const { accountLabel } = settings.core
    const reason = 'simulation'
    const { state } = life.engine.core.ledger(accountLabel).trading
    if (to !== 'resumed') life.engine.accept({ type: `trading.${to}`, accountLabel, reason })
    else if (state === 'halted') life.engine.accept({ type: 'kill-switch.armed', accountLabel, balance: null, reason })
    else if (state === 'paused') life.engine.accept({ type: 'trading.resumed', accountLabel, reason })
  }
}
