/**
 * The emulated venue and the network to it, in this process and on virtual time: the venue's face answers real bodies, and
 * faults strike on the way.
 */
import { decimal, multiply, roundToStep, type Decimal } from '../../../src/domain/decimal.ts'
import { createBitgetFace } from '../../../src/exchange-emulator/bitget/bitget-face.ts'
import { createBybitFace } from '../../../src/exchange-emulator/bybit/bybit-face.ts'
import type { Account } from '../../../src/exchange-emulator/model/account.ts'
import { usualBehaviour, type Behaviour, type ModelEvent } from '../../../src/exchange-emulator/model/core.ts'
import { ExchangeModel } from '../../../src/exchange-emulator/model/exchange-model.ts'
import type { Execution } from '../../../src/exchange-emulator/model/order.ts'
import { EMULATOR_KEY } from '../../../src/exchange-emulator/server.ts'
import { hasFields } from '../../../src/exchange-emulator/wire/fault-script.ts'
import type { Answer, Params, VenueFace, WireRequest } from '../../../src/exchange-emulator/wire/face.ts'
import { seededRandom } from '../../../src/prices/random.ts'
import { Disturbances } from './disturbances.ts'
import type { FaultRow } from './fault-rows.ts'
import { LineCut } from './raw-client.ts'
import type { CallDoes, ScenarioOptions } from './scenario.ts'
import type { VirtualTime } from './virtual-time.ts'

/** An answer that comes later than this was given up, and what follows it takes as long again. */
const GIVEN_UP_MS = 4000
/** Half the way of a request that is given up before its answer comes. */
const SLOW_MS = 1000
export const ALL = 'all'

export type Arrival = { readonly call: string; readonly params: Params; readonly sentAt: number; readonly fault: string | null }
type Rule = { readonly row: FaultRow; readonly calls: readonly string[] | undefined; left: number; readonly until: number; readonly fault: CallDoes }
type Streams = { readonly row: FaultRow; readonly mode: 'mute' | 'duplicate' | 'delay' | 'refuse'; readonly topic: string | undefined }
type Behaving = { readonly row: FaultRow; readonly behaviour: Partial<Behaviour>; readonly met: Set<string> }
/** A connection that is refused is dialled again and again: what is refused counts once for each stream. */
type Refusal = Streams & { readonly struck: Set<string> }
type Listener = { readonly topic: string; readonly wake: () => void; readonly fail: (error: Error) => void }

export class VenueSide {
  readonly model: ExchangeModel
  readonly face: VenueFace
  readonly disturbances = new Disturbances()
  /** How often each kind of fault struck. */
  readonly fired = new Map<FaultRow, number>()
  /** Before a request is carried out, and after. */
  onArrival: (arrival: Arrival) => void = () => {}
  /** What was sent back, if anything was. */
  onAnswer: (call: string, params: Params, answer: Answer | LineCut) => void = () => {}
  onEvent: (event: ModelEvent) => void = () => {}
  /** A fault struck a call. */
  onStruck: (row: FaultRow, call: string) => void = () => {}
  #watchedUntil = Infinity
  requests = 0
  /** Symbols (or `ALL`) of which a read of funding was spoiled: it holds no close up, and nobody can tell that something is missing in a list. */
  readonly fundingHidden = new Set<string>()
  #extraLatencyMs = 0
  readonly #time: VirtualTime
  readonly #options: ScenarioOptions
  readonly #random: () => number
  #rules: Rule[] = []
  #streams: Refusal[] = []
  #slow: FaultRow[] = []
  #behaving: Behaving[] = []
  #listeners: Listener[] = []

  constructor(time: VirtualTime, options: ScenarioOptions, seed: number) {
    this.#time = time
    this.#options = options
    this.#random = seededRandom(seed * 31 + 5)
    this.model = new ExchangeModel({
      venue: options.venue, seed, startAt: time.startAt, accounts: [{ id: 'main', balance: options.balance, keys: [EMULATOR_KEY] }], behaviour: { slippageBps: options.slippageBps },
    })
    this.face = options.venue === 'bybit' ? createBybitFace(this.model) : createBitgetFace(this.model)
    this.model.onDue(() => this.#watchDue())
    this.model.onEvent((event) => this.#tell(event))
    this.#watchDue()
  }

  get account(): Account {
    return this.model.account('main')
  }

  count(row: FaultRow): void {
    this.fired.set(row, (this.fired.get(row) ?? 0) + 1)
  }

  /** The next `times` calls that fit, or every one up to `until`. */
  addRule(rule: Rule): void {
    this.#rules.push(rule)
  }
  addStreams(streams: Streams): () => void {
    const added = { ...streams, struck: new Set<string>() }
    this.#streams.push(added)
    if (streams.mode === 'refuse') this.#cutStreams(added)
    return () => void (this.#streams = this.#streams.filter((each) => each !== added))
  }
  /** Every request takes up to so much longer. */
  addLatency(row: FaultRow, ms: number): () => void {
    this.#slow.push(row)
    this.#extraLatencyMs += ms
    return () => {
      this.#slow.splice(this.#slow.indexOf(row), 1)
      this.#extraLatencyMs -= ms
    }
  }
  /** Does otherwise than usual; counted for each order that meets it. Of several at once that speak of the same, the one that began last counts until it ends. */
  addBehaviour(row: FaultRow, behaviour: Partial<Behaviour>): () => void {
    const added = { row, behaviour, met: new Set<string>() }
    this.#behaving.push(added)
    this.#behave()
    return () => {
      this.#behaving = this.#behaving.filter((each) => each !== added)
      this.#behave()
    }
  }
  #behave(): void {
    Object.assign(this.model.behaviour, usualBehaviour(), { slippageBps: this.#options.slippageBps }, ...this.#behaving.map(({ behaviour }) => behaviour))
  }
  faultsOff(): void {
    this.#rules = []
    this.#streams = []
    this.#slow = []
    this.#behaving = []
    this.#extraLatencyMs = 0
    this.#behave()
  }

  /** New prices, two ticks apart; `mark` stays where it was if the last price alone moves. */
  quote(symbol: string, last: Decimal, mark: Decimal): void {
    this.model.quote(symbol, { last, bid: last, ask: last, mark }, this.#time.epoch)
  }
  moved(symbol: string, factor: number): Decimal {
    const market = this.model.markets.get(symbol)
    if (!market) throw new Error(`no market ${symbol}`)
    return roundToStep(multiply(market.quote.mark, decimal(factor)), market.instrument.tick)
  }

  /** One request of a process that is alive while `alive` says so: its answer never comes to another. */
  carry(request: Omit<WireRequest, 'at'>, alive: () => boolean): Promise<Answer> {
    const sentAt = this.#time.now
    this.requests += 1
    for (const row of this.#slow) this.count(row)
    return new Promise((resolve, reject) => {
      const back = (after: number, act: () => void): void => this.#time.later(after, () => this.#time.inProcess(() => (alive() ? act() : undefined)))
      const half = this.#latency()
      this.#time.later(half, () => this.#arrive(request, sentAt, (answer, after = 0) => back(half + after, () => (answer instanceof LineCut ? reject(answer) : resolve(answer)))))
    })
  }

  #latency(): number {
    const [least, most] = this.#options.latencyMs
    return Math.floor((least + this.#random() * (most - least) + this.#extraLatencyMs * this.#random()) / 2)
  }

  #arrive(request: Omit<WireRequest, 'at'>, sentAt: number, reply: (answer: Answer | LineCut, after?: number) => void): void {
    const call = this.face.nameOf(request.method, request.path, request.params) ?? request.path
    const symbol = typeof request.params['symbol'] === 'string' ? request.params['symbol'] : null
    const rule = this.#ruleOf(call)
    if (rule) this.#spoil(call, rule.fault, sentAt, symbol)
    if (rule || this.#time.now - sentAt > SLOW_MS) this.#hide(request)
    const act = (execution: Execution | null = null, params = request.params): Answer => {
      this.onArrival({ call, params, sentAt, fault: rule?.row ?? null })
      return this.face.answer({ ...request, params, at: this.#time.epoch }, execution)
    }
    const told: typeof reply = (answer, after) => {
      this.onAnswer(call, request.params, answer)
      if (!this.#succeeded(answer)) this.#hide(request)
      reply(answer, after)
    }
    if (!rule) return told(act())
    this.#perform(rule.fault, request.params, act, told)
  }

  #hide({ params, path }: Pick<WireRequest, 'params' | 'path'>): void {
    if (path.endsWith('/execution/list') || path.endsWith('/bill')) this.fundingHidden.add(typeof params['symbol'] === 'string' ? params['symbol'] : ALL)
  }

  #succeeded(answer: Answer | LineCut): boolean {
    const body = answer instanceof LineCut ? null : (answer.body as Params | null)
    return String(body?.['retCode'] ?? body?.['code']) === (this.model.venue === 'bybit' ? '0' : '00000')
  }

  #ruleOf(call: string): Rule | undefined {
    const { now } = this.#time
    this.#rules = this.#rules.filter(({ left, until }) => left > 0 && until > now)
    const rule = this.#rules.find(({ calls }) => calls === undefined || calls.includes(call))
    if (!rule) return undefined
    rule.left -= 1
    this.count(rule.row)
    this.onStruck(rule.row, call)
    return rule
  }

  #spoil(call: string, fault: CallDoes, sentAt: number, symbol: string | null): void {
    const { now } = this.#time
    if (fault.kind === 'twice') return
    if (fault.kind === 'partial_fill') {
      // The rest of a close is on its way: nothing can be done sooner.
      if (call === 'close' && fault.rest === 'later') this.disturbances.add(sentAt, now + fault.afterMs, symbol)
      return
    }
    this.disturbances.add(sentAt, now + GIVEN_UP_MS + (fault.kind === 'late' || fault.kind === 'delay' ? fault.ms : 0), symbol)
  }

  #perform(fault: CallDoes, params: Params, act: (execution?: Execution | null, params?: Params) => Answer, reply: (answer: Answer | LineCut, after?: number) => void): void {
    const when = (instead: Answer | LineCut, moment: 'before' | 'after'): void => {
      if (moment === 'after') act()
      reply(instead)
    }
    const edited = (edit: (rows: readonly Params[]) => readonly Params[]): void => {
      const answer = act()
      reply(answer.status === 200 ? { ...answer, body: this.face.editLists(answer.body, edit) } : answer)
    }
    switch (fault.kind) {
      case 'hang':
      case 'stall_body':
        return void (fault.when === 'after' ? act() : undefined)
      case 'reset':
      case 'half_body':
        return when(new LineCut(), fault.when)
      case 'late':
        return this.#time.later(fault.ms, () => void act())
      case 'delay':
        return fault.when === 'after' ? reply(act(), fault.ms) : this.#time.later(fault.ms, () => reply(act()))
      case 'html':
        return when({ status: fault.status ?? 200, body: '<html><h1>502 Bad Gateway</h1></html>' }, fault.when)
      case 'raw':
        return when({ status: fault.status ?? 200, body: fault.body }, fault.when)
      case 'code':
        return when(this.face.errorAnswer(fault.code, 'injected', fault.status, this.#time.epoch), fault.when)
      case 'empty_list':
        return edited(() => [])
      case 'cut_list':
        return edited((rows) => rows.slice(0, fault.keep))
      case 'omit_rows':
        return edited((rows) => rows.filter((row) => !hasFields(row, fault.where)))
      case 'set_fields':
        return edited((rows) => rows.map((row) => (hasFields(row, fault.where) ? { ...row, ...fault.fields } : row)))
      case 'ignore_params':
        return reply(act(null, Object.fromEntries(Object.entries(params).filter(([name]) => !fault.names.includes(name)))))
      case 'partial_fill':
        return reply(act({ ratio: decimal(fault.ratio), rest: fault.rest, afterMs: fault.afterMs }))
      case 'twice':
        act()
        return reply(act())
    }
  }

  /** The next push of a topic; rejects while streams are refused. */
  nextPush(topic: string, alive: () => boolean): Promise<void> {
    const refusing = this.#streams.find(({ mode }) => mode === 'refuse')
    if (refusing) {
      this.#refuse(refusing, topic)
      return Promise.reject(new Error('connection refused'))
    }
    return new Promise((wake, fail) => this.#listeners.push({ topic, wake: () => (alive() ? wake() : undefined), fail }))
  }

  #refuse({ row, struck }: Refusal, topic: string): void {
    if (!struck.has(topic)) this.count(row)
    struck.add(topic)
  }

  #cutStreams(refusal: Refusal): void {
    const listeners = this.#listeners
    this.#listeners = []
    for (const { topic, fail } of listeners) {
      this.#refuse(refusal, topic)
      fail(new Error('connection lost'))
    }
  }

  #tell(event: ModelEvent): void {
    this.onEvent(event)
    for (const { row, behaviour, met } of this.#behaving) {
      const which = metBy(event, behaviour)
      if (which === null || met.has(which)) continue
      met.add(which)
      this.count(row)
    }
    const topics = event.type === 'fill' ? ['fills'] : event.type === 'order' ? ['orders', 'triggers'] : event.type === 'position' ? ['positions'] : []
    for (const topic of topics) this.#push(topic)
  }

  #push(topic: string): void {
    const fault = this.#streams.find((each) => each.topic === undefined || each.topic === topic)
    // What nobody listens to is not spoiled.
    if (fault && this.#listeners.some((listener) => listener.topic === topic)) this.count(fault.row)
    if (fault?.mode === 'mute' || fault?.mode === 'refuse') return
    const deliver = (): void => {
      const woken = this.#listeners.filter((listener) => listener.topic === topic)
      this.#listeners = this.#listeners.filter((listener) => listener.topic !== topic)
      for (const { wake } of woken) this.#time.inProcess(wake)
    }
    const delay = this.#options.pushLatencyMs + (fault?.mode === 'delay' ? 3000 * this.#random() : 0)
    this.#time.later(Math.floor(delay), deliver)
    if (fault?.mode === 'duplicate') this.#time.later(Math.floor(delay) + 5, deliver)
  }

  /** Wakes up for what falls due at the venue without anybody calling, one thing after the other. */
  #watchDue(): void {
    const due = this.model.nextDueAt()
    if (due === undefined || due >= this.#watchedUntil) return
    this.#watchedUntil = due
    this.#time.later(due - this.#time.epoch, () => {
      this.#watchedUntil = Infinity
      this.model.advance(this.#time.epoch)
      this.#watchDue()
    })
  }
}

/** The order or fill that meets such a behaviour; null: the event has nothing to do with it. */
function metBy(event: ModelEvent, { orderLagMs = 0, fillLagMs = 0, triggeredExecution = null }: Partial<Behaviour>): string | null {
  if (event.type === 'fill') return fillLagMs > 0 ? event.fill.id : null
  if (event.type !== 'order') return null
  const { id, status, trigger } = event.order
  if (orderLagMs > 0 && (status === 'new' || status === 'untriggered')) return id
  return triggeredExecution !== null && trigger !== null && status !== 'untriggered' && status !== 'canceled' ? id : null
}
