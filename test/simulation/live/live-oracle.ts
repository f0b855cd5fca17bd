/**
 * The judge: after every event it compares what LOMS does with the venue's own truth (the invariants I1–I25 of
 * docs/simulation.md). A broken one is an error that names it.
 */
import { marketPrice, marketQty } from '../../../src/domain/market.ts'
import { ZERO, add, atLeast, isZero, negate, subtract, sum, type Decimal } from '../../../src/domain/decimal.ts'
import { parseClientOrderId } from '../../../src/domain/ids.ts'
import type { SubmitOrder } from '../../../src/domain/commands.ts'
import { isTerminal } from '../../../src/domain/order.ts'
import { ofWholePosition, remainingQty, type EmulatedOrder } from '../../../src/exchange-emulator/model/order.ts'
import type { ModelEvent } from '../../../src/exchange-emulator/model/core.ts'
import type { Answer, Params } from '../../../src/exchange-emulator/wire/face.ts'
import { EMULATOR_KEY } from '../../../src/exchange-emulator/server.ts'
import { hasVanished, isCovered, openQty } from '../../../machines/position.context.ts'
import type { PositionSnapshot } from '../../../machines/position.machine.ts'
import type { JournalRecord } from '../../../state/record.ts'
import { must, protecting, quantitiesAgree } from '../invariants.ts'
import { AlertOracle } from './alert-oracle.ts'
import { DaySignals } from './day-oracle.ts'
import { LIVE_SYMBOLS } from './expand.ts'
import type { LiveSimulation } from './live-world.ts'
import { OutcomeOracle } from './outcome-oracle.ts'
import type { Told } from './phone.ts'
import type { LineCut } from './raw-client.ts'
import { ALL, type Arrival } from './venue-side.ts'

/** Bound of the protective procedure. */
const PROTECT_WITHIN_MS = 7900
const RESOLVE_WITHIN_MS = 15_000
const ORPHAN_WITHIN_MS = 10_000
const ORDERS_PER_SECOND = 10
const CREATES = new Set(['entry', 'stop', 'target', 'close'])
const CANCELS = new Set(['cancel', 'cancel_plan'])
const CHECK_EVERY_MS = 500
/** What is in no list for so long never was, for all that LOMS can know. */
const HIDDEN_MS = 2000

const size = (qty: Decimal): Decimal => (qty.startsWith('-') ? negate(qty) : qty)

export class LiveOracle {
  readonly #world: LiveSimulation
  readonly #durableOrders = new Map<string, SubmitOrder>()
  readonly #nakedSince = new Map<string, number>()
  /** Side of the last own entry of a symbol. */
  readonly #sides = new Map<string, 'buy' | 'sell'>()
  readonly #entryOf = new Map<number, string>()
  readonly #unresolvedSince = new Map<string, number>()
  readonly #orphanSince = new Map<string, number>()
  readonly #outcomes = new OutcomeOracle()
  readonly #alerts: AlertOracle
  readonly #days: DaySignals
  #haltedAt: number | null = null
  #sent: number[] = []
  #checkedAt = 0
  /** An entry came late or twice by a fault, or the venue hid it for longer than proves its absence: limits may be exceeded by what nobody wanted any more. */
  #lateEntries = false
  #broken: Error | null = null
  longestNakedMs = 0
  naked = 0

  constructor(world: LiveSimulation) {
    this.#world = world
    this.#alerts = new AlertOracle(world)
    this.#days = new DaySignals(world.settings.core.limits)
    const guarded = <T extends readonly unknown[]>(act: (...given: T) => void) => (...given: T): void => this.#guard(() => act(...given))
    world.venue.onArrival = guarded((arrival: Arrival) => this.#arrived(arrival))
    world.venue.onAnswer = guarded((call: string, params: Params, answer: Answer | LineCut) => (CREATES.has(call) ? this.#outcomes.answered(params, answer) : undefined))
    world.venue.onEvent = guarded((event: ModelEvent) => this.#happened(event))
    world.phone.onTold = guarded((told: Told) => this.#alerts.arrived(told))
    world.onLanded = guarded((records: readonly JournalRecord[]) => this.#landed(records))
    world.onEgressRefused = guarded((why: string) => must(why.includes('time limit') || why.includes('no longer owns'), 'I6', () => why))
  }

  /** What is broken inside the venue must not become its answer: it is told at the next look. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#broken ??= error as Error
    }
  }

  /** After every event. */
  look(): void {
    if (this.#broken) throw this.#broken
    for (const symbol of LIVE_SYMBOLS) this.#watchCover(symbol)
    const { now } = this.#world.time
    if (now - this.#checkedAt < CHECK_EVERY_MS) return
    this.#checkedAt = now
    this.#lookClosely(now)
  }

  get #account() {
    return this.#world.venue.account
  }

  /** What LOMS owns on a symbol: nothing, where only others trade it. */
  isOurs(symbol: string): boolean {
    return this.#sides.has(symbol) && this.#account.positions.has(symbol)
  }

  cover(symbol: string): Decimal {
    const held = this.#account.positions.get(symbol)?.qty ?? ZERO
    const long = !held.startsWith('-')
    const stops = [...this.#account.open.values()].filter(
      ({ symbol: of, side, status, trigger, reduceOnly, kind }) =>
        of === symbol && status === 'untriggered' && reduceOnly && kind === 'market' && trigger?.source === 'mark' && side === (long ? 'sell' : 'buy') && trigger.direction === (long ? 'falling' : 'rising'),
    )
    return sum(stops.map((order) => (ofWholePosition(order) ? size(held) : remainingQty(order))))
  }

  /** I1 by the venue's truth. */
  #watchCover(symbol: string): void {
    const { time, venue } = this.#world
    const qty = this.#account.positions.get(symbol)?.qty ?? ZERO
    if (isZero(qty) || !this.#sides.has(symbol) || atLeast(this.cover(symbol), size(qty))) return void this.#nakedSince.delete(symbol)
    const since = this.#nakedSince.get(symbol) ?? time.now
    if (!this.#nakedSince.has(symbol)) this.naked += 1
    this.#nakedSince.set(symbol, since)
    const nakedMs = time.now - since
    const excused = venue.disturbances.within(since - 1000, time.now, symbol)
    this.longestNakedMs = Math.max(this.longestNakedMs, nakedMs - excused)
    must(nakedMs - excused <= PROTECT_WITHIN_MS, 'I1', () => `${symbol} holds ${qty} and is covered for ${this.cover(symbol)} since ${nakedMs} ms, ${excused} of them spoiled: ${this.#describe(symbol)}`)
  }

  #describe(symbol: string): string {
    return JSON.stringify(this.#positions().filter(({ context }) => context.signal.symbol === symbol).map(({ context, value }) => ({
      id: context.id, value, deadlines: context.deadlines, closing: context.closing, proof: context.proof, at: this.#world.time.epoch,
      orders: context.orders.map(({ clientOrderId, status, code, qty, filledQty }) => [clientOrderId, status, code, qty, filledQty].join(' ')),
    })))
  }

  #positions(): readonly PositionSnapshot[] {
    const registry = this.#world.life?.engine.core.registry
    return registry ? [...registry.ids()].map((id) => registry.get(id) as PositionSnapshot) : []
  }

  #lookClosely(now: number): void {
    const positions = this.#positions()
    for (const { context, value } of positions) {
      quantitiesAgree(context)
      // What vanished is held for a person: the exchange has nothing to protect.
      const idle = !isZero(openQty(context)) && !isCovered(context) && !protecting(context) && !hasVanished(context)
      must(!idle, 'I1', () => `position ${context.id} (${String(value)}) is naked and nothing is under way: ${this.#describe(context.signal.symbol)}`)
    }
    this.#resolves(now, positions)
    this.#noOrphans(now)
    this.#alerts.look(now)
  }

  /** I15: what nobody knows is found out in time. */
  #resolves(now: number, positions: readonly PositionSnapshot[]): void {
    const unresolved = positions.flatMap(({ context }) => context.orders.filter(({ status }) => status === 'unresolved').map((order) => ({ order, symbol: context.signal.symbol })))
    const names = new Set(unresolved.map(({ order }) => order.clientOrderId as string))
    for (const known of this.#unresolvedSince.keys()) if (!names.has(known)) this.#unresolvedSince.delete(known)
    for (const { order, symbol } of unresolved) {
      const since = this.#unresolvedSince.get(order.clientOrderId) ?? now
      this.#unresolvedSince.set(order.clientOrderId, since)
      const late = now - since - this.#world.venue.disturbances.within(since - 1000, now, symbol)
      must(late <= RESOLVE_WITHIN_MS, 'I15', () => `${order.clientOrderId} is unresolved since ${now - since} ms: ${this.#describe(symbol)}`)
    }
  }

  /** I12: what belongs to a finished position does not stay. */
  #noOrphans(now: number): void {
    const registry = this.#world.life?.engine.core.registry
    if (!registry) return
    for (const order of this.#account.open.values()) {
      const ours = parseClientOrderId(order.clientId)
      if (!ours) continue
      const snapshot = registry.get(ours.position)
      const known = snapshot?.context.orders.find(({ clientOrderId }) => clientOrderId === order.clientId)
      if (snapshot && known && !isTerminal(known.status)) {
        this.#orphanSince.delete(order.id)
        continue
      }
      const since = this.#orphanSince.get(order.id) ?? now
      this.#orphanSince.set(order.id, since)
      const late = now - since - this.#world.venue.disturbances.within(since - 1000, now, order.symbol)
      must(late <= ORPHAN_WITHIN_MS, 'I12', () => `${order.clientId} rests for ${now - since} ms, LOMS has it ${known?.status ?? 'not'}: ${this.#describe(order.symbol)}`)
    }
  }

  #arrived({ call, params, sentAt, fault }: Arrival): void {
    if (CANCELS.has(call)) return this.#cancels(params)
    if (!CREATES.has(call)) return
    const clientId = text(params['orderLinkId'] ?? params['clientOid'])
    this.#world.note('order', { call, clientId, sentAt, fault, qty: params['qty'] ?? params['size'], trigger: params['triggerPrice'] })
    this.#outcomes.arrived(clientId)
    this.#intended(clientId, call, params)
    this.#sane(clientId, params)
    this.#hurries(sentAt)
    if (call !== 'entry') return
    if (fault?.startsWith('X5') === true || fault?.startsWith('N7') === true || this.#world.venue.model.behaviour.orderLagMs > HIDDEN_MS) this.#lateEntries = true
    must(this.#haltedAt === null || sentAt <= this.#haltedAt, 'I14', () => `${clientId} left ${sentAt - (this.#haltedAt ?? 0)} ms after trading was halted durably`)
    const life = this.#world.lives.findLast(({ startedAt }) => startedAt <= sentAt)
    must(life?.reconciledAt !== null && life !== undefined && life.reconciledAt <= sentAt, 'I18', () => `${clientId} left before the account was reconciled`)
    this.#withinLimits(clientId, params)
  }

  /** I8. */
  #intended(clientId: string, call: string, params: Arrival['params']): void {
    const intent = this.#durableOrders.get(clientId)
    must(intent !== undefined, 'I8', () => `${call} ${clientId} reached the venue before its intent was durable`)
    const market = this.#world.life?.desk.market(intent.symbol) ?? this.#world.lives.at(-1)?.desk.market(intent.symbol)
    if (!market) return
    const qty = text(params['qty'] ?? params['size'])
    must(qty === marketQty(market, intent.qty), 'I8', () => `${clientId} asks for ${qty}, intended were ${intent.qty}`)
    const price = intent.orderType === 'market' || intent.price === null ? undefined : marketPrice(market, intent.price)
    must(price === undefined || text(params['triggerPrice']) === price, 'I8', () => `${clientId} triggers at ${text(params['triggerPrice'])}, intended was ${price}`)
    must(text(params['side']).toLowerCase() === intent.side || params['holdSide'] !== undefined, 'I8', () => `${clientId} is a ${text(params['side'])}`)
  }

  /** I20. */
  #sane(clientId: string, params: Arrival['params']): void {
    for (const name of ['qty', 'size', 'price', 'triggerPrice', 'executePrice', 'stopLoss']) {
      const value = params[name]
      must(value === undefined || (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)), 'I20', () => `${clientId} has ${name} ${JSON.stringify(value)}`)
    }
  }

  /** I21. */
  #hurries(sentAt: number): void {
    this.#sent = [...this.#sent.filter((at) => at > sentAt - 1000), sentAt]
    const window = this.#sent.filter((at) => at <= sentAt)
    must(window.length <= ORDERS_PER_SECOND, 'I21', () => `${window.length} orders left within a second`)
  }

  /** I13: what the venue holds and takes never exceeds the limits. */
  #withinLimits(clientId: string, params: Arrival['params']): void {
    if (this.#lateEntries || this.#account.byClientId.has(clientId)) return
    const symbol = text(params['symbol'])
    const held = LIVE_SYMBOLS.filter((each) => this.isOurs(each))
    must(!held.includes(symbol as (typeof LIVE_SYMBOLS)[number]) || this.#isStrayOnly(symbol), 'I13', () => `${clientId} enters ${symbol}, which is held already`)
    must(held.length < this.#world.scenario.options.maxOpen, 'I13', () => `${clientId} would be one more than ${this.#world.scenario.options.maxOpen} positions: ${held.join(', ')}`)
  }

  /** What is held was put there by somebody else. */
  #isStrayOnly(symbol: string): boolean {
    return this.#account.fills.some((fill) => fill.symbol === symbol && !parseClientOrderId(fill.clientId) && isZero(fill.closedQty))
  }

  /** I12: nothing of others is touched. */
  #cancels(params: Arrival['params']): void {
    const listed = (params['orderIdList'] as readonly { readonly clientOid?: string; readonly orderId?: string }[] | undefined)?.[0]
    const order = this.#account.orders.get(text(params['orderId'] ?? listed?.orderId))
    const clientId = text(params['orderLinkId'] ?? params['clientOid'] ?? listed?.clientOid ?? order?.clientId)
    // A stop attached to an entry, and what a stop has started, bear no name of ours.
    const started = order?.createdBy === 'attached' || order?.createdBy === 'trigger'
    this.#world.note('cancel', clientId)
    must(parseClientOrderId(clientId) !== undefined || started, 'I12', () => `LOMS cancels ${clientId}, which is not its own`)
  }

  #happened(event: ModelEvent): void {
    if (event.type === 'order') this.#entered(event.order)
    if (event.type !== 'fill') return
    const { fill } = event
    this.#world.note('fill', { clientId: fill.clientId, symbol: fill.symbol, side: fill.side, qty: fill.qty, price: fill.price, kind: fill.kind })
    const ours = parseClientOrderId(fill.clientId)
    // I11: an exit never holds more than it closes.
    must(!ours || ours.role === 'entry' || fill.closedQty === fill.qty, 'I11', () => `${fill.clientId} opened a position: ${fill.qty}, closed ${fill.closedQty}`)
  }

  /** I3: one entry per position, ever. */
  #entered(order: EmulatedOrder): void {
    const ours = parseClientOrderId(order.clientId)
    if (!ours) return
    if (ours.role !== 'entry') return must(order.reduceOnly, 'I11', () => `${order.clientId} is not reduce-only`)
    this.#sides.set(order.symbol, order.side)
    const known = this.#entryOf.get(ours.position)
    must(known === undefined || known === order.id, 'I3', () => `position ${ours.position} has a second entry ${order.clientId}`)
    this.#entryOf.set(ours.position, order.id)
  }

  #landed(records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.#outcomes.landed(record)
      this.#alerts.landed(record)
      this.#days.landed(record)
      if (record.kind === 'command') {
        const order = record.body.type === 'order.submit' ? record.body : record.body.type === 'order.replace' ? record.body.replacement : null
        if (order) this.#durableOrders.set(order.clientOrderId, order)
      }
      if (record.kind === 'notice' && record.body.type === 'trading.changed') this.#haltedAt = record.body.to === 'halted' ? this.#world.time.now : null
    }
  }

  /** I2, I12, I15, I25: all is quiet. */
  atRest(): readonly string[] {
    const found: string[] = []
    const held = new Map<string, Decimal>()
    for (const { context, value } of this.#positions()) {
      const { signal, id } = context
      const open = openQty(context)
      held.set(signal.symbol, add(held.get(signal.symbol) ?? ZERO, signal.direction === 'long' ? open : negate(open)))
      if (!isZero(open) && !isCovered(context) && String(value) !== 'quarantined') found.push(`I25: position ${id} (${String(value)}) is naked`)
      if (context.closing !== null && context.closedAt === null && !hasVanished(context)) found.push(`I25: position ${id} (${String(value)}) is still closing`)
      // In quarantine nothing but the stop is sent again: what is proven absent stays so.
      const unsent = String(value) === 'quarantined' ? context.orders.filter(({ status, role, code }) => !(status === 'created' && role !== 'stop-loss' && code === 'absent')) : context.orders
      for (const order of unsent) if (order.status === 'created' || order.status === 'unresolved') found.push(`I15: ${order.clientOrderId} is ${order.status}`)
    }
    for (const symbol of this.#sides.keys()) {
      const there = this.#account.positions.get(symbol)?.qty ?? ZERO
      const here = held.get(symbol) ?? ZERO
      if (there !== here && !this.#isStrayOnly(symbol)) found.push(`I2: ${symbol} is ${there} at the venue and ${here} here`)
    }
    for (const order of this.#account.open.values()) {
      const ours = parseClientOrderId(order.clientId)
      if (ours && !this.#world.life?.engine.core.registry.get(ours.position)) found.push(`I12: ${order.clientId} is left behind`)
    }
    return found
  }
}

/** I7: what was announced is what the venue paid, funding and fees included, where nobody else traded the symbol. All is flat. */
export function moneyAgrees({ venue, store }: LiveSimulation): void {
  const said = [...store.read(1, store.describe().durableSeq)].flatMap((record) => (record.kind === 'notice' ? [record.body] : []))
  const notices = said.filter((notice) => notice.type === 'position.closed')
  const quarantined = new Set(said.flatMap((notice) => (notice.type === 'position.quarantined' ? [notice.positionId] : [])))
  const owned = new Set(venue.account.fills.flatMap((fill) => (parseClientOrderId(fill.clientId)?.role === 'entry' ? [fill.symbol] : [])))
  for (const symbol of owned) {
    const fills = venue.account.fills.filter((fill) => fill.symbol === symbol)
    if (fills.some((fill) => fill.kind === 'void' || (fill.kind === 'trade' && !parseClientOrderId(fill.clientId) && isZero(fill.closedQty)))) continue
    const announced = sum(notices.filter((notice) => notice.symbol === symbol).map(({ pnl }) => pnl))
    const paid = sum(fills.map(({ kind, realised, fee }) => (kind === 'funding' ? negate(fee) : subtract(realised, fee))))
    // Funding that cannot be read holds no close up; what was in the hands of a person is closed by the first fill that explains it.
    const unread = venue.fundingHidden.has(symbol) || venue.fundingHidden.has(ALL) || notices.some((notice) => notice.symbol === symbol && quarantined.has(notice.positionId))
    const hidden = unread ? fills.reduce((total, { kind, fee }) => total + (kind === 'funding' ? Math.abs(Number(fee)) : 0), 0) : 0
    must(Math.abs(Number(subtract(announced, paid))) < 1e-6 + hidden, 'I7', () => `${symbol}: the venue paid ${paid}, announced were ${announced}`)
  }
}

/** I22: no secret in anything that is written down. */
export function keepsSecrets({ log, store }: LiveSimulation): void {
  const written = [...log, ...[...store.read(1, store.describe().durableSeq)].map((record) => JSON.stringify(record))]
  const leak = written.find((line) => line.includes(EMULATOR_KEY.secret) || line.includes(EMULATOR_KEY.password))
  must(leak === undefined, 'I22', () => `a secret is written down: ${leak?.slice(0, 200)}`)
}

const text = (value: unknown): string => (typeof value === 'string' ? value : String(value))
