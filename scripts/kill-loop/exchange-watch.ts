/** What the emulated exchange itself saw of LOMS, over all its process lives: entries per position, turns, time without a stop, what is left. */
import { absolute, add, atLeast, greater, isPositive, isZero, sum, ZERO, type Decimal } from '../../src/domain/decimal.ts'
import { parseClientOrderId, type ParsedClientOrderId } from '../../src/domain/ids.ts'
import type { ModelEvent } from '../../src/exchange-emulator/model/core.ts'
import { ofWholePosition, remainingQty, type EmulatedOrder } from '../../src/exchange-emulator/model/order.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'

export class ExchangeWatch {
  /** Longest time that a position was open and not wholly covered by stops, in ms; and of it while a service was ready. */
  longestNakedMs = 0
  longestNakedReadyMs = 0
  readonly #emulator: Emulator
  readonly #naked = new Map<string, { readonly since: number; readyMs: number }>()
  #readySince: number | null = null

  constructor(emulator: Emulator) {
    this.#emulator = emulator
    emulator.model.onEvent((event) => this.#see(event))
  }

  /** The service has compared the account with its journal and takes signals. */
  ready(): void {
    this.#readySince = this.#emulator.now()
  }

  /** It is gone. */
  gone(): void {
    const now = this.#emulator.now()
    for (const naked of this.#naked.values()) this.#addReady(naked, now)
    this.#readySince = null
  }

  /** Orders of a journal that the exchange ever accepted. */
  ordersOf(journal: string): readonly EmulatedOrder[] {
    return [...this.#account.orders.values()].filter(({ clientId }) => parseClientOrderId(clientId)?.journal === journal)
  }

  /** Quantities held, by symbol; without the zeros. */
  held(): Readonly<Record<string, Decimal>> {
    return Object.fromEntries([...this.#account.positions].flatMap(([symbol, { qty }]) => (isZero(qty) ? [] : [[symbol, qty]])))
  }

  /** Own orders that still work or wait. */
  resting(): readonly string[] {
    return [...this.#account.open.values()].map(({ clientId }) => clientId).filter((clientId) => parseClientOrderId(clientId))
  }

  /** I3 and I11 for all that a journal has sent: one entry per position, no more filled than asked for, no more closed than entered. */
  tradeProblems(journal: string): string[] {
    const problems: string[] = []
    const positions = new Map<number, { entries: number; entered: Decimal; closed: Decimal }>()
    for (const order of this.ordersOf(journal)) {
      const { position, role } = parseClientOrderId(order.clientId) as ParsedClientOrderId
      if (greater(order.filledQty, order.qty)) problems.push(`I3: ${order.clientId} filled ${order.filledQty} of ${order.qty}, too many`)
      const sums = positions.get(position) ?? { entries: 0, entered: ZERO, closed: ZERO }
      if (role === 'entry' && !isZero(order.filledQty)) sums.entries += 1
      if (role === 'entry') sums.entered = add(sums.entered, order.filledQty)
      else sums.closed = add(sums.closed, order.filledQty)
      positions.set(position, sums)
    }
    for (const [position, { entries, entered, closed }] of positions) {
      if (entries > 1) problems.push(`I3: position ${position} was entered ${entries} times, a double entry`)
      if (greater(closed, entered)) problems.push(`I11: of position ${position} ${closed} were closed and ${entered} entered`)
    }
    return problems
  }

  get #account() {
    return this.#emulator.model.account('main')
  }

  #see(event: ModelEvent): void {
    if (event.type === 'quote' || event.type === 'account') return
    const symbol = event.type === 'order' ? event.order.symbol : event.type === 'fill' ? event.fill.symbol : event.symbol
    this.#watchCover(symbol, this.#account.positions.get(symbol)?.qty ?? ZERO, event.at)
  }

  #watchCover(symbol: string, qty: Decimal, at: number): void {
    const naked = this.#naked.get(symbol)
    const isNaked = !isZero(qty) && !atLeast(this.#cover(symbol, qty), absolute(qty))
    if (isNaked && !naked) this.#naked.set(symbol, { since: at, readyMs: 0 })
    if (isNaked || !naked) return
    this.#naked.delete(symbol)
    this.#addReady(naked, at)
    this.longestNakedMs = Math.max(this.longestNakedMs, at - naked.since)
    this.longestNakedReadyMs = Math.max(this.longestNakedReadyMs, naked.readyMs)
  }

  #addReady(naked: { readonly since: number; readyMs: number }, at: number): void {
    if (this.#readySince !== null) naked.readyMs += Math.max(0, at - Math.max(naked.since, this.#readySince))
  }

  /** Only resting reduce-only market stops on the closing side that trigger by the mark price protect. */
  #cover(symbol: string, qty: Decimal): Decimal {
    const long = isPositive(qty)
    const stops = [...this.#account.open.values()].filter(
      ({ symbol: of, side, status, trigger, reduceOnly, kind }) =>
        of === symbol && status === 'untriggered' && reduceOnly && kind === 'market' && trigger?.source === 'mark' && side === (long ? 'sell' : 'buy') && trigger.direction === (long ? 'falling' : 'rising'),
    )
    return sum(stops.map((order) => (ofWholePosition(order) ? absolute(qty) : remainingQty(order))))
  }
}
