/**
 * The connection to a `FaultyVenue`, with everything that happens to questions and answers on the way: lost before or
 * after they were carried out, late, twice, a fill before its acknowledgement. One life of LOMS has one connection; the
 * venue outlives it. The same seed gives the same faults.
 */
import { assertNever } from '../domain/assert.ts'
import type { BrokerCommand, SubmitOrder } from '../domain/commands.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { ClientOrderId, PositionId } from '../domain/ids.ts'
import type { Broker, BrokerPosition, BrokerReport } from './broker.ts'
import { acceptanceOf, endOf, isResting, type FaultyVenue, type VenueOrder } from './faulty-venue.ts'

/** Probabilities from 0 to 1. */
export type ConnectionFaults = {
  /** A request never arrives. */
  readonly lostRequest: number
  /** A request is given up and arrives all the same, up to twenty seconds later. */
  readonly lateRequest: number
  /** A request is carried out and its answer lost. */
  readonly lostAnswer: number
  /** An event of the order stream comes twice. */
  readonly duplicated: number
  /** An event of the order stream comes seconds late. */
  readonly late: number
}

export type FaultyConnection = {
  readonly venue: FaultyVenue
  readonly random: () => number
  readonly faults: () => ConnectionFaults
  readonly later: (delayMs: number, act: () => void) => void
  /** Positions that LOMS still holds. */
  readonly open: () => Iterable<PositionId>
  /** A fault was injected. */
  readonly onFault: (fault: keyof ConnectionFaults) => void
  /** A request was spoiled. */
  readonly onSpoiled: (command: BrokerCommand) => void
}

/** A request without an answer is given up after this time, a query after the other. */
const REQUEST_TIMEOUT_MS = 1500
const QUERY_TIMEOUT_MS = 500
const LATEST_ARRIVAL_MS = 20_000
const LATEST_EVENT_MS = 3000

type OrderCommand = Exclude<BrokerCommand, { type: 'position.query' }>

export class FaultyBroker implements Broker {
  readonly name = 'faulty'
  readonly #ports: FaultyConnection
  #report: ((report: BrokerReport) => void) | null = null
  readonly #inner: Pick<Broker, 'balance'>

  /** `inner` is what it stands in for: it answers what the venue does not know. */
  constructor(inner: Pick<Broker, 'balance'>, ports: FaultyConnection) {
    this.#inner = inner
    this.#ports = ports
  }

  /** Tells the story of every order that may matter: what happened while nobody listened is not lost. */
  connect(): Promise<void> {
    const { venue, open } = this.#ports
    const mattering = new Set([...open()].map((id) => venue.originOf(id)))
    for (const order of venue.orders.values()) if (mattering.has(order.origin) || venue.isAlive(order.origin)) this.tell(order, this.#upTo(QUERY_TIMEOUT_MS))
    return Promise.resolve()
  }

  /** After this nothing more is heard. */
  disconnect(): Promise<void> {
    this.#report = null
    return Promise.resolve()
  }

  onReport(listener: (report: BrokerReport) => void): void {
    this.#report = listener
  }

  execute(command: BrokerCommand): void {
    if (command.type === 'position.query') return this.#queryPosition(command.positionId)
    if (command.type === 'order.query') return this.#queryOrder(command.positionId, command.clientOrderId)
    this.#request(command)
  }

  syncPositions(): Promise<readonly BrokerPosition[]> {
    return Promise.resolve(this.#ports.venue.positions())
  }

  balance(): Promise<Decimal> {
    return this.#inner.balance()
  }

  /** An event of the venue's order stream, on its way. */
  event(report: BrokerReport): void {
    this.#answer(this.#endsPartlyFilledExit(report) ? LATEST_EVENT_MS : this.#strikes('late') ? this.#upTo(LATEST_EVENT_MS) : this.#upTo(200), report)
    if (this.#strikes('duplicated')) this.#answer(this.#upTo(LATEST_EVENT_MS), report)
  }

  /** The end of an exit is told after its fills; that of an entry may overtake them. */
  #endsPartlyFilledExit(report: BrokerReport): boolean {
    if (report.type !== 'order.canceled' && report.type !== 'order.expired') return false
    const order = this.#ports.venue.orders.get(report.clientOrderId)
    return order !== undefined && order.command.reduceOnly && order.fills.length > 0
  }

  /** All that is known of an order: acceptance, fills, end. */
  tell(order: VenueOrder, delayMs: number): void {
    this.#answer(delayMs, acceptanceOf(order))
    for (const fill of order.fills) this.#answer(delayMs, fill)
    if (!isResting(order) && order.status !== 'filled') this.#answer(delayMs, endOf(order))
  }

  #request(command: Exclude<OrderCommand, { type: 'order.query' }>): void {
    const subject = command.type === 'order.replace' ? command.replacement : command
    const unresolved: BrokerReport = { type: 'order.unresolved', positionId: subject.positionId, clientOrderId: subject.clientOrderId, message: 'no answer in time' }
    const spoiled = this.#strikes('lostRequest') ? 'lost' : this.#strikes('lateRequest') ? 'late' : this.#strikes('lostAnswer') ? 'unanswered' : null
    if (spoiled) {
      this.#ports.onSpoiled(command)
      this.#answer(REQUEST_TIMEOUT_MS, unresolved)
    }
    if (spoiled === 'lost') return
    const { venue } = this.#ports
    if (command.type !== 'order.cancel') venue.underWay.add(subject.clientOrderId)
    this.#ports.later(spoiled === 'late' ? this.#upTo(LATEST_ARRIVAL_MS) : 1 + this.#upTo(200), () => {
      if (command.type !== 'order.cancel') venue.underWay.delete(subject.clientOrderId)
      const answers = this.#carryOut(command)
      if (spoiled === null) for (const answer of answers) this.#answer(this.#upTo(300), answer)
    })
  }

  /** What the venue answers; empty where the order stream tells. */
  #carryOut(command: Exclude<OrderCommand, { type: 'order.query' }>): readonly BrokerReport[] {
    const { venue } = this.#ports
    const { positionId, clientOrderId } = command
    switch (command.type) {
      case 'order.submit':
        return this.#placed(command, () => venue.place(command))
      case 'order.replace':
        return this.#placed(command.replacement, () => venue.replace(clientOrderId, command.replacement))
      case 'order.cancel': {
        const outcome = venue.cancel(clientOrderId)
        if (outcome === 'canceled') return []
        this.#ports.onSpoiled(command)
        return [{ type: 'cancel.rejected', positionId, clientOrderId, code: outcome, message: outcome }]
      }
      default:
        return assertNever(command)
    }
  }

  #placed({ positionId, clientOrderId }: SubmitOrder, place: () => ReturnType<FaultyVenue['place']>): readonly BrokerReport[] {
    const known = this.#ports.venue.orders.get(clientOrderId)
    const placement = place()
    if (!placement.ok) return [{ type: 'order.rejected', positionId, clientOrderId, code: placement.code, message: placement.code }]
    // A duplicate id means that it exists: its whole story is the answer.
    if (known) this.tell(known, this.#upTo(300))
    return known ? [] : [acceptanceOf(placement.order)]
  }

  #queryOrder(positionId: PositionId, clientOrderId: ClientOrderId): void {
    const { venue } = this.#ports
    const unresolved: BrokerReport = { type: 'order.unresolved', positionId, clientOrderId, message: 'no answer in time' }
    // What may still arrive is not absent.
    if (this.#strikes('lostAnswer') || venue.underWay.has(clientOrderId)) return this.#answer(QUERY_TIMEOUT_MS, unresolved)
    const order = venue.orders.get(clientOrderId)
    if (order) this.tell(order, this.#upTo(QUERY_TIMEOUT_MS))
    else this.#answer(this.#upTo(QUERY_TIMEOUT_MS), { type: 'order.absent', positionId, clientOrderId })
  }

  #queryPosition(positionId: PositionId): void {
    this.#ports.later(this.#upTo(QUERY_TIMEOUT_MS), () => this.#answer(this.#upTo(50), { type: 'position.reported', positionId, qty: this.#ports.venue.qty(positionId) }))
  }

  #answer(delayMs: number, report: BrokerReport): void {
    this.#ports.later(delayMs, () => this.#report?.(report))
  }
  #strikes(fault: keyof ConnectionFaults): boolean {
    const probability = this.#ports.faults()[fault]
    const struck = probability > 0 && this.#ports.random() < probability
    if (struck) this.#ports.onFault(fault)
    return struck
  }
  #upTo(ms: number): number {
    return Math.floor(this.#ports.random() * ms)
  }
}
