/**
 * What must hold whatever goes wrong, judged by the emulated exchange's own truth (reliability.md §1). It watches every
 * event of the exchange; at the end it compares both sides.
 */
import type { Core } from '../../machines/core.ts'
import { openQty } from '../../machines/position.context.ts'
import { ZERO, add, atLeast, greater, isPositive, isZero, negate, subtract, sum, type Decimal } from '../../src/domain/decimal.ts'
import { parseClientOrderId, type ParsedClientOrderId } from '../../src/domain/ids.ts'
import type { Notice } from '../../src/domain/notices.ts'
import { isOpen, ofWholePosition, remainingQty, type EmulatedOrder } from '../../src/exchange-emulator/model/order.ts'
import type { ModelEvent } from '../../src/exchange-emulator/model/core.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'

/** The hard bound of the protective procedure. */
export const PROTECT_WITHIN_MS = 7900
/** Not for an instant: what happens within one millisecond of the exchange is one step of it. */
export const NEVER = 0

const size = (qty: Decimal): Decimal => (qty.startsWith('-') ? negate(qty) : qty)

export class Oracle {
  readonly #emulator: Emulator
  /** Whether an order of ours stands in the journal, durably. */
  readonly #isDurable: (clientOrderId: string) => boolean
  readonly #seen = new Set<string>()
  readonly #nakedSince = new Map<string, number>()
  readonly #directions = new Map<string, 'buy' | 'sell'>()
  readonly #violations: string[] = []
  /** Orders under ids like ours that a test places itself. */
  readonly ignored = new Set<string>()
  /** Symbols whose result only a person can tell, for the exchange tells it nobody. */
  readonly untold = new Set<string>()
  /** Every time that a symbol's position was not wholly covered, and how long. */
  readonly nakedSpells: { readonly symbol: string; readonly ms: number }[] = []
  /** Longest time that a symbol's position was not wholly covered by stops, in milliseconds. */
  nakedMs = 0

  constructor(emulator: Emulator, isDurable: (clientOrderId: string) => boolean) {
    this.#emulator = emulator
    this.#isDurable = isDurable
    emulator.model.onEvent((event) => this.#watch(event))
  }

  get #account() {
    return this.#emulator.model.account('main')
  }

  #watch(event: ModelEvent): void {
    if (event.type === 'order') this.#watchOrder(event.order)
    const symbol = event.type === 'order' ? event.order.symbol : event.type === 'fill' ? event.fill.symbol : event.type === 'position' ? event.symbol : undefined
    // What others hold is theirs to protect.
    if (symbol === undefined || !this.#directions.has(symbol)) return
    const qty = this.#account.positions.get(symbol)?.qty ?? ZERO
    this.#watchCover(symbol, qty, event.at)
    const side = this.#directions.get(symbol)
    if (side && !isZero(qty) && isPositive(qty) !== (side === 'buy')) this.#violate(`I11: ${symbol} was turned round to ${qty}`)
  }

  #watchOrder(order: EmulatedOrder): void {
    const ours = this.ignored.has(order.clientId) ? undefined : parseClientOrderId(order.clientId)
    if (!ours || this.#seen.has(order.clientId)) return
    this.#seen.add(order.clientId)
    if (ours.role === 'entry') this.#directions.set(order.symbol, order.side)
    if (ours.role !== 'entry' && !order.reduceOnly) this.#violate(`L-3: ${order.clientId} could open a position`)
    if (ours.role === 'stop-loss' && (order.trigger?.source !== 'mark' || order.kind !== 'market')) this.#violate(`L-3: ${order.clientId} is no market stop on the mark price`)
    if (!this.#isDurable(order.clientId)) this.#violate(`I8: ${order.clientId} reached the exchange before it was durable`)
  }

  /** Only resting reduce-only stops on the closing side that trigger by the mark price protect. */
  cover(symbol: string): Decimal {
    const long = isPositive(this.#account.positions.get(symbol)?.qty ?? ZERO)
    const stops = [...this.#account.open.values()].filter(
      ({ symbol: of, side, status, trigger, reduceOnly, kind }) =>
        of === symbol && status === 'untriggered' && reduceOnly && kind === 'market' && trigger?.source === 'mark' && side === (long ? 'sell' : 'buy') && trigger.direction === (long ? 'falling' : 'rising'),
    )
    const held = size(this.#account.positions.get(symbol)?.qty ?? ZERO)
    return sum(stops.map((order) => (ofWholePosition(order) ? held : remainingQty(order))))
  }

  #watchCover(symbol: string, qty: Decimal, at: number): void {
    const naked = !isZero(qty) && !atLeast(this.cover(symbol), size(qty))
    const since = this.#nakedSince.get(symbol)
    if (naked && since === undefined) this.#nakedSince.set(symbol, at)
    if (naked || since === undefined) return
    this.#nakedSince.delete(symbol)
    this.nakedMs = Math.max(this.nakedMs, at - since)
    this.nakedSpells.push({ symbol, ms: at - since })
  }

  /** From now on: for what happens while everything is protected, where no instant without a stop is allowed. */
  startAnew(): void {
    this.nakedMs = 0
  }

  #violate(what: string): void {
    if (!this.#violations.includes(what)) this.#violations.push(what)
  }

  /** Everything that does not hold now, the exchange being left alone. Empty: all is well. */
  verdict(core: Core, replayed: Core, notices: readonly Notice[], nakedAtMostMs: number): readonly string[] {
    const found = [...this.#violations]
    if (this.nakedMs > nakedAtMostMs) found.push(`I1: naked for ${this.nakedMs} ms`)
    for (const symbol of this.#nakedSince.keys()) found.push(`I1: ${symbol} is naked`)
    found.push(...this.#quantities(core), ...this.#entries(), ...this.#ownership(core), ...this.#results(core, notices), ...unanswered(core))
    if (JSON.stringify(replayed.dump()) !== JSON.stringify(core.dump())) found.push('I5: the journal folds to another state')
    return found
  }

  #quantities(core: Core): readonly string[] {
    const held = new Map<string, Decimal>()
    for (const id of core.registry.ids()) {
      const context = core.registry.get(id)?.context
      if (!context) continue
      const open = openQty(context)
      held.set(context.signal.symbol, add(held.get(context.signal.symbol) ?? ZERO, context.signal.direction === 'long' ? open : negate(open)))
    }
    const ours = [...this.#directions.keys()]
    return ours.flatMap((symbol) => {
      const there = this.#account.positions.get(symbol)?.qty ?? ZERO
      const here = held.get(symbol) ?? ZERO
      return isZero(subtract(there, here)) ? [] : [`I2: ${symbol} is ${there} at the exchange and ${here} here`]
    })
  }

  #own(): readonly (EmulatedOrder & { readonly parsed: ParsedClientOrderId })[] {
    return [...this.#account.orders.values()].flatMap((order) => {
      const parsed = parseClientOrderId(order.clientId)
      return parsed && !this.ignored.has(order.clientId) ? [{ ...order, parsed }] : []
    })
  }

  #entries(): readonly string[] {
    const entries = this.#own().filter(({ parsed }) => parsed.role === 'entry')
    const positions = new Set(entries.map(({ parsed }) => parsed.position))
    const twice = entries.length > positions.size ? [`I3: ${entries.length} entries for ${positions.size} positions`] : []
    const over = entries.filter(({ filledQty, qty }) => greater(filledQty, qty)).map(({ clientId }) => `I3: ${clientId} filled more than was asked`)
    return [...twice, ...over]
  }

  #ownership(core: Core): readonly string[] {
    const left = this.#own().filter((order) => isOpen(order) && !core.registry.get(order.parsed.position))
    const touched = [...this.#account.orders.values()].filter(({ clientId, createdBy, endReason }) => createdBy === 'user' && clientId.startsWith('foreign') && endReason === 'user')
    return [...left.map(({ clientId }) => `I12: ${clientId} is left behind`), ...touched.map(({ clientId }) => `I12: ${clientId} was cancelled`)]
  }

  /** Fees of trades that were declared void. */
  #givenBack(symbol: string): readonly Decimal[] {
    const { fills } = this.#account
    const ofSymbol = fills.filter((fill) => fill.symbol === symbol)
    return ofSymbol.filter(({ kind }) => kind === 'void').flatMap((back) => ofSymbol.find(({ kind, side, qty, price }) => kind === 'trade' && side !== back.side && qty === back.qty && price === back.price)?.fee ?? [])
  }

  /** I7: what was announced is what the exchange paid, where nobody else traded the symbol. */
  #results(core: Core, notices: readonly Notice[]): readonly string[] {
    const closed = notices.filter((notice): notice is Extract<Notice, { type: 'position.closed' }> => notice.type === 'position.closed')
    return [...this.#directions.keys()].flatMap((symbol) => {
      const open = [...core.registry.ids()].some((id) => core.registry.get(id)?.context.signal.symbol === symbol && core.registry.get(id)?.context.closedAt === null)
      const foreign = this.#account.fills.some(({ symbol: of, kind, closedQty, clientId }) => of === symbol && isZero(closedQty) && !parseClientOrderId(clientId) && kind === 'trade')
      if (open || foreign || this.untold.has(symbol)) return []
      const announced = sum(closed.filter((each) => each.symbol === symbol).map(({ pnl }) => pnl))
      const traded = sum(this.#account.fills.filter((fill) => fill.symbol === symbol && fill.kind !== 'funding').map(({ realised, fee }) => subtract(realised, fee)))
      const paid = add(traded, sum(this.#givenBack(symbol)))
      const funding = sum(this.#account.fills.filter((fill) => fill.symbol === symbol && fill.kind === 'funding').map(({ fee }) => fee))
      // Funding is read on a schedule of its own, and may come after the close was told.
      return [paid, subtract(paid, funding)].some((right) => Math.abs(Number(subtract(announced, right))) < 1e-6) ? [] : [`I7: ${symbol} announced ${announced}, paid ${paid}`]
    })
  }
}

function unanswered(core: Core): readonly string[] {
  return [...core.registry.ids()].flatMap((id) => {
    const orders = core.registry.get(id)?.context.orders ?? []
    return orders.filter(({ status }) => status === 'created' || status === 'unresolved').map(({ clientOrderId, status }) => `I15: ${clientOrderId} is ${status}`)
  })
}
