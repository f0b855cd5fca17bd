/**
 * The emulated venue: one pure, seeded model. Time is passed in with every call and never goes back; the same calls with
 * the same seed give the same orders, ids and events. The faces (Bybit, Bitget, in-process) translate; what happens to
 * orders, positions and money happens here.
 */
import { assert } from '../../domain/assert.ts'
import { ZERO, compare, type Decimal } from '../../domain/decimal.ts'
import { seededRandom } from '../../prices/random.ts'
import { createAccount, leverageOf, type Account, type AccountOptions } from './account.ts'
import { VENUE_RULES, usualBehaviour, type Behaviour, type Core, type ModelEvent, type VenueRules } from './core.ts'
import { standardMarkets, type Instrument, type Market, type Quote, type Venue } from './instrument.ts'
import { amendRefusal, levelsRefusal, refusalOf, type Amendment } from './intake.ts'
import { endOrder, enterOrder, executeLimit, executeMarket, levelOf, matchQuote, setLevel, tell } from './matching.ts'
import { done, isOpen, ofWholePosition, refused, type AttachedLevel, type EmulatedOrder, type OrderRequest, type Outcome } from './order.ts'
import { isLong } from './position.ts'
import { liquidate, liquidateIfDue, nextFunding, settleFunding, takeOver, voidFill } from './upkeep.ts'
import { venueIds } from './venue-ids.ts'

export type ModelOptions = {
  readonly venue: Venue
  readonly seed: number
  /** Milliseconds since the epoch. */
  readonly startAt: number
  readonly markets?: readonly Market[]
  readonly accounts?: readonly AccountOptions[]
  readonly rules?: Partial<VenueRules>
  readonly behaviour?: Partial<Behaviour>
}

/** An order by the venue's id or by the client's. */
export type OrderRef = { readonly id?: string | undefined; readonly clientId?: string | undefined }
export type QuoteInput = { readonly last: Decimal; readonly bid?: Decimal | undefined; readonly ask?: Decimal | undefined; readonly mark?: Decimal | undefined }
export type LevelChange = { readonly stop?: AttachedLevel | null; readonly target?: AttachedLevel | null }

type Due = { readonly at: number; readonly act: () => void }

export class ExchangeModel {
  readonly venue: Venue
  readonly rules: VenueRules
  readonly behaviour: Behaviour
  readonly markets: Map<string, Market>
  readonly accounts: Map<string, Account>
  readonly core: Core
  #now: number
  #due: Due[] = []
  #onDue: () => void = () => undefined
  readonly #listeners = new Set<(event: ModelEvent) => void>()

  constructor({ venue, seed, startAt, markets, accounts, rules, behaviour }: ModelOptions) {
    this.venue = venue
    this.rules = { ...VENUE_RULES[venue], ...rules }
    this.behaviour = { ...usualBehaviour(), ...behaviour }
    this.markets = new Map((markets ?? standardMarkets(venue, startAt)).map((market) => [market.instrument.symbol, { ...market }]))
    this.accounts = new Map((accounts ?? [{ id: 'main', keys: [] }]).map((options) => [options.id, createAccount(options)]))
    this.#now = startAt
    const random = seededRandom(seed)
    this.core = {
      venue, rules: this.rules, behaviour: this.behaviour, markets: this.markets, accounts: this.accounts, random, newId: venueIds(venue, random),
      now: () => this.#now,
      emit: (event) => this.#listeners.forEach((listener) => listener(event)),
      later: (at, act) => this.#schedule({ at, act }),
    }
    for (const symbol of this.markets.keys()) this.#scheduleFunding(symbol)
  }

  get now(): number {
    return this.#now
  }

  onEvent(listener: (event: ModelEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  account(id: string): Account {
    const account = this.accounts.get(id)
    assert(account, `the emulated venue has no account ${id}`)
    return account
  }

  /** Lets time pass: what falls due on the way happens in its order. A time in the past is now. */
  advance(at: number): void {
    for (let next = this.#due[0]; next && next.at <= at; next = this.#due[0]) {
      this.#due.shift()
      this.#now = Math.max(this.#now, next.at)
      next.act()
    }
    this.#now = Math.max(this.#now, at)
  }

  /** When the next thing falls due that no call brings about. */
  nextDueAt(): number | undefined {
    return this.#due[0]?.at
  }

  /** Called whenever something falls due earlier than anything before. */
  onDue(listener: () => void): void {
    this.#onDue = listener
  }

  #schedule(due: Due): void {
    const behind = this.#due.findIndex(({ at }) => at > due.at)
    this.#due.splice(behind < 0 ? this.#due.length : behind, 0, due)
    if (this.#due[0] === due) this.#onDue()
  }

  #scheduleFunding(symbol: string): void {
    const { fundingHours } = (this.markets.get(symbol) as Market).instrument
    this.#schedule({
      at: nextFunding(this.#now, fundingHours),
      act: () => {
        settleFunding(this.core, symbol)
        this.#scheduleFunding(symbol)
      },
    })
  }

  /** New prices of a symbol. What is left out stays near: bid, ask and mark at last. False for a symbol it does not trade. */
  quote(symbol: string, { last, bid, ask, mark }: QuoteInput, at: number): boolean {
    this.advance(at)
    const market = this.markets.get(symbol)
    if (!market) return false
    market.quote = { last, bid: bid ?? last, ask: ask ?? last, mark: mark ?? last, at: this.#now }
    this.core.emit({ type: 'quote', symbol, quote: market.quote, at: this.#now })
    for (const account of this.accounts.values()) {
      matchQuote(this.core, account, symbol)
      if (account.positions.has(symbol)) liquidateIfDue(this.core, account)
    }
    return true
  }

  /** Takes an order and carries it out as far as the prices allow, or refuses it. */
  submit(accountId: string, request: OrderRequest, at: number): Outcome<EmulatedOrder> {
    this.advance(at)
    const account = this.account(accountId)
    const refusal = refusalOf(this.core, account, request)
    if (refusal) return refusal
    const { symbol, side, kind, clientId, attached, execution, immediateOrCancel } = request
    const purpose = request.purpose ?? (request.trigger ? 'conditional' : 'order')
    const whole = ofWholePosition({ purpose })
    const earlier = whole ? levelOf(account, symbol, purpose) : undefined
    const order = enterOrder(this.core, account, {
      symbol, side, kind, purpose, reduceOnly: request.reduceOnly === true || (purpose !== 'order' && purpose !== 'conditional'),
      qty: whole ? this.#held(account, symbol) : request.qty, price: request.price ?? null, trigger: request.trigger ?? null, createdBy: 'user',
      attached: attached ?? {}, execution: execution ?? null,
      immediateOrCancel: immediateOrCancel ?? kind === 'market', ...(clientId === undefined || clientId === '' ? {} : { clientId }),
    })
    if (earlier) endOrder(this.core, account, earlier, 'canceled', 'replaced')
    if (order.trigger) tell(this.core, account, order)
    else if (kind === 'market') executeMarket(this.core, account, order)
    else executeLimit(this.core, account, order)
    return done(order)
  }

  #held(account: Account, symbol: string): Decimal {
    const qty = account.positions.get(symbol)?.qty ?? ZERO
    return qty.replace('-', '') as Decimal
  }

  find(accountId: string, { id, clientId }: OrderRef): EmulatedOrder | undefined {
    const account = this.account(accountId)
    return id !== undefined && id !== '' ? account.orders.get(id) : clientId !== undefined ? account.byClientId.get(clientId) : undefined
  }

  /** Cancels an order that still works or waits. */
  cancel(accountId: string, ref: OrderRef, at: number, reason: 'user' | 'venue' = 'user'): Outcome<EmulatedOrder> {
    this.advance(at)
    const order = this.find(accountId, ref)
    if (!order || !isOpen(order)) return refused('order_not_found', ref.id ?? ref.clientId ?? '')
    endOrder(this.core, this.account(accountId), order, 'canceled', reason)
    return done(order)
  }

  /** Changes an open order in place; it keeps its ids. */
  amend(accountId: string, ref: OrderRef, amendment: Amendment, at: number): Outcome<EmulatedOrder> {
    this.advance(at)
    const order = this.find(accountId, ref)
    if (!order || !isOpen(order)) return refused('order_not_found', ref.id ?? ref.clientId ?? '')
    const refusal = amendRefusal(this.core, order, amendment)
    if (refusal) return refusal
    const { triggerPrice, price, qty } = amendment
    if (triggerPrice !== undefined && order.trigger) order.trigger = { ...order.trigger, price: triggerPrice }
    if (price !== undefined) order.price = price
    if (qty !== undefined && !ofWholePosition(order)) order.qty = qty
    order.updatedAt = this.#now
    if (order.trigger) tell(this.core, this.account(accountId), order)
    else executeLimit(this.core, this.account(accountId), order)
    return done(order)
  }

  /** Stop and target of a whole position, in place: null removes, absent leaves as it is. */
  setLevels(accountId: string, symbol: string, change: LevelChange, at: number): Outcome<null> {
    this.advance(at)
    const account = this.account(accountId)
    const position = account.positions.get(symbol)
    if (!position) return refused('no_position', symbol)
    const side = isLong(position) ? 'buy' : 'sell'
    const refusal = levelsRefusal(this.markets.get(symbol) as Market, side, change)
    if (refusal) return refusal
    let changed = false
    for (const [purpose, level] of [['position_stop', change.stop], ['position_target', change.target]] as const) {
      const earlier = levelOf(account, symbol, purpose)
      const same = level && earlier?.trigger && compare(earlier.trigger.price, level.price) === 0 && earlier.trigger.source === level.source
      if (level === undefined || (level === null && !earlier) || same) continue
      changed = true
      if (earlier) endOrder(this.core, account, earlier, 'canceled', 'replaced')
      if (level) setLevel(this.core, account, symbol, side, purpose, level, 'position_stop')
    }
    if (!changed) return refused('stop_not_modified', symbol)
    this.core.emit({ type: 'position', account: accountId, symbol, at: this.#now })
    return done(null)
  }

  setLeverage(accountId: string, symbol: string, leverage: number, at: number): Outcome<null> {
    this.advance(at)
    const account = this.account(accountId)
    const market = this.markets.get(symbol)
    if (!market) return refused('unknown_symbol', symbol)
    if (!(leverage >= 1 && leverage <= market.instrument.maxLeverage)) return refused('bad_leverage', `1 to ${market.instrument.maxLeverage}`)
    if (leverageOf(account, symbol) === leverage) return refused('leverage_not_modified', symbol)
    account.leverage.set(symbol, leverage)
    this.core.emit({ type: 'position', account: accountId, symbol, at: this.#now })
    return done(null)
  }

  setMarginMode(accountId: string, mode: Account['marginMode'], at: number): Outcome<null> {
    this.advance(at)
    const account = this.account(accountId)
    if (account.marginMode === mode) return refused('margin_mode_not_modified', mode)
    if (account.positions.size > 0) return refused('position_open', mode)
    if (account.open.size > 0) return refused('orders_open', mode)
    account.marginMode = mode
    return done(null)
  }

  setPositionMode(accountId: string, mode: Account['positionMode'], at: number): Outcome<null> {
    this.advance(at)
    const account = this.account(accountId)
    if (account.positionMode === mode) return refused('position_mode_not_modified', mode)
    if (account.positions.size > 0) return refused('position_open', mode)
    if (account.open.size > 0) return refused('orders_open', mode)
    account.positionMode = mode
    return done(null)
  }

  /** Another description of a symbol from now on: steps, limits, fees, funding, whether it trades. */
  changeInstrument(symbol: string, change: Partial<Omit<Instrument, 'symbol'>>): boolean {
    const market = this.markets.get(symbol)
    if (market) market.instrument = { ...market.instrument, ...change }
    return market !== undefined
  }

  /** Funding now, whatever the clock says. */
  fund(symbol: string, rate: Decimal, at: number): void {
    this.advance(at)
    settleFunding(this.core, symbol, rate)
  }

  /** The venue takes part of a position away to balance another's bankruptcy. */
  deleverage(accountId: string, symbol: string, qty: Decimal, price: Decimal, at: number): void {
    this.advance(at)
    takeOver(this.core, this.account(accountId), symbol, qty, price, 'adl')
  }

  liquidate(accountId: string, symbol: string | undefined, at: number): void {
    this.advance(at)
    liquidate(this.core, this.account(accountId), symbol)
  }

  voidFill(accountId: string, fillId: string, at: number): boolean {
    this.advance(at)
    return voidFill(this.core, this.account(accountId), fillId)
  }

  /** Prices of a symbol; undefined for one it does not trade. */
  quoteOf(symbol: string): Quote | undefined {
    return this.markets.get(symbol)?.quote
  }
}
