/**
 * `loms simulate` once more, as plainly as it can be written: every price is shown to every open position, in exact
 * decimals, without Books, machines or a journal. What the product computes is compared with this. It shares nothing
 * with it but the names of the wire; its rules are read from the specification (T-3, X-2, X-3, X-4b, S-3, S-4, P-1, R-1).
 */
import Big from 'big.js'
import { readPoints, type CandlePath, type Point } from './reference-prices.ts'

export type SignalBody = {
  readonly symbol: string
  readonly side: string
  readonly price: number | string
  readonly timestamp: string
  readonly exchange?: string
  readonly strategy?: string
  readonly tp_pct?: number | string | null
  readonly sl_pct?: number | string | null
  readonly qty?: number
  readonly account_label?: string
  readonly signal_id?: string
}

export type ReferencePosition = {
  readonly id: number
  readonly symbol: string
  readonly side: 'long' | 'short'
  readonly strategy: string
  readonly account: string
  readonly qty: Big
  readonly sl: Big
  readonly tp: Big
  readonly createdAt: number
  readonly feed: string
  state: 'pending' | 'tp-placed' | 'closed' | 'cancelled'
  entry: Big
  filledAt: number | null
  /** Prices seen since the fill. */
  seen: number
  close: Big | null
  closedAt: number | null
  reason: 'tp' | 'sl' | null
  fees: Big
}

export type ReferenceRun = {
  readonly positions: readonly ReferencePosition[]
  readonly signals: { received: number; opened: number; blocked: number; duplicate: number; unplayed: number }
}

type Rules = ReturnType<typeof rulesOf>

const ZERO = new Big('0')
const ENTRY_TIMEOUT_MS = 30_000
const limitOf = (text: string | undefined): Big | null => (text === undefined || text === '' ? null : new Big(text))

function rulesOf(set: Readonly<Record<string, string>>) {
  return {
    mode: set['PRICE_MODE'] ?? 'last',
    exchangeBroker: set['PAPER_BROKER'] === 'exchange',
    takerPct: new Big(set['PAPER_TAKER_FEE_PCT'] ?? '0.06'),
    makerPct: new Big(set['PAPER_MAKER_FEE_PCT'] ?? '0.02'),
    slippageBps: new Big(set['PAPER_SLIPPAGE_BPS'] ?? '0'),
    minAgeMs: Number(set['AUTO_CLOSE_MIN_AGE_SEC'] ?? '0') * 1000,
    qty: new Big(set['DEFAULT_QTY'] ?? '1'),
    tpPct: set['DEFAULT_TP_PCT'] ?? '4.5',
    slPct: set['DEFAULT_SL_PCT'] ?? '1.5',
    account: set['ACCOUNT_LABEL'] ?? 'lab_dev',
    maxOpen: limitOf(set['MAX_OPEN_POSITIONS'] ?? '10'),
    maxPerSymbol: limitOf(set['MAX_OPEN_POSITIONS_PER_SYMBOL'] ?? '3'),
    maxSize: limitOf(set['MAX_SIZE_PER_POSITION_USDT'] ?? '100000'),
    maxSymbolExposure: limitOf(set['MAX_EXPOSURE_PER_SYMBOL_USDT']),
    maxStrategyExposure: limitOf(set['MAX_EXPOSURE_PER_STRATEGY_USDT']),
    disabled: set['OMS_ENABLED'] === 'false',
  }
}

/** The exact price that a mode sees; null where its field is not known. */
function priceOf(point: Point | undefined, mode: string): Big | null {
  if (!point) return null
  if (mode === 'mid') return point.bid && point.ask ? point.bid.plus(point.ask).times('0.5') : null
  if (mode === 'trigger') return point.mark ?? point.last
  return point[mode as 'bid' | 'ask' | 'last' | 'mark']
}

class Reference {
  readonly positions: ReferencePosition[] = []
  readonly signals = { received: 0, opened: 0, blocked: 0, duplicate: 0, unplayed: 0 }
  private readonly rules: Rules
  private readonly symbols: ReadonlySet<string>
  private readonly last = new Map<string, Point>()
  private readonly before = new Map<string, Point>()
  private readonly keys = new Set<string>()
  private readonly bodies = new Map<string, string>()

  constructor(rules: Rules, symbols: ReadonlySet<string>) {
    this.rules = rules
    this.symbols = symbols
  }

  /** `BTCUSDT` is the perpetual where the data has it, else the data's `BTCUSDT`. */
  feedOf(symbol: string): string | undefined {
    return this.symbols.has(`${symbol}.P`) ? `${symbol}.P` : this.symbols.has(symbol) ? symbol : undefined
  }

  private get open(): ReferencePosition[] {
    return this.positions.filter((position) => position.state === 'pending' || position.state === 'tp-placed')
  }

  signal(body: SignalBody, at: number): void {
    const { rules } = this
    this.signals.received += 1
    const side = /^(long|buy)$/i.test(body.side) ? 'long' : 'short'
    const strategy = body.strategy ?? 'bounce_ema10_strict'
    const account = body.account_label ?? rules.account
    const key = [body.symbol, side, strategy, at, body.exchange ?? 'bitget', account].join('|')
    const known = body.signal_id === undefined ? undefined : this.bodies.get(body.signal_id)
    if (known !== undefined && known !== JSON.stringify(body)) return void (this.signals.blocked += 1)
    if (known !== undefined || this.keys.has(key)) return void (this.signals.duplicate += 1)
    const price = new Big(String(body.price))
    const qty = body.qty === undefined ? rules.qty : new Big(String(body.qty))
    if (rules.disabled || this.blocked(body.symbol, strategy, account, price.times(qty))) return void (this.signals.blocked += 1)
    this.signals.opened += 1
    this.keys.add(key)
    if (body.signal_id !== undefined) this.bodies.set(body.signal_id, JSON.stringify(body))
    const level = (pct: string): Big => price.times(new Big('100').plus(pct)).times('0.01')
    const [tp, sl] = [String(body.tp_pct ?? rules.tpPct), String(body.sl_pct ?? rules.slPct)]
    const position: ReferencePosition = {
      id: this.positions.length + 1, symbol: body.symbol, side, strategy, account, qty, createdAt: at, feed: this.feedOf(body.symbol) as string,
      tp: level(side === 'long' ? tp : `-${tp}`), sl: level(side === 'long' ? `-${sl}` : sl),
      state: 'pending', entry: price, filledAt: null, seen: 0, close: null, closedAt: null, reason: null, fees: ZERO,
    }
    this.positions.push(position)
    this.enter(position, at)
  }

  private blocked(symbol: string, strategy: string, account: string, notional: Big): boolean {
    const { maxOpen, maxPerSymbol, maxSize, maxSymbolExposure, maxStrategyExposure } = this.rules
    const open = this.open.filter((position) => position.account === account)
    const onSymbol = open.filter((position) => position.symbol === symbol)
    const ofStrategy = open.filter((position) => position.strategy === strategy)
    const exposure = (held: readonly ReferencePosition[]): Big => held.reduce((sum, each) => sum.plus(each.qty.times(this.signalPrice(each))), notional)
    if (maxOpen && maxOpen.lte(String(open.length))) return true
    if (maxPerSymbol && maxPerSymbol.lte(String(onSymbol.length))) return true
    if (maxSize && notional.gt(maxSize)) return true
    if (maxSymbolExposure && exposure(onSymbol).gt(maxSymbolExposure)) return true
    return maxStrategyExposure !== null && exposure(ofStrategy).gt(maxStrategyExposure)
  }

  private readonly signalPrices = new Map<number, Big>()
  private signalPrice(position: ReferencePosition): Big {
    return this.signalPrices.get(position.id) ?? ZERO
  }

  /** At the signal's price; with the exchange's prices at the ask (bid), once there is one. */
  private enter(position: ReferencePosition, at: number): void {
    if (!this.signalPrices.has(position.id)) this.signalPrices.set(position.id, position.entry)
    const buys = position.side === 'long'
    if (this.rules.exchangeBroker) {
      const touch = priceOf(this.last.get(position.feed), buys ? 'ask' : 'bid')
      if (!touch) return
      position.entry = this.slipped(touch, buys)
      position.fees = this.fee(position.entry, position.qty, this.rules.takerPct)
    }
    position.state = 'tp-placed'
    position.filledAt = at
    const passed = buys ? position.entry.lte(position.sl) : position.entry.gte(position.sl)
    if (passed) this.exit(position, 'sl', this.marketPrice(position), this.rules.takerPct, at)
  }

  price(point: Point): void {
    const before = this.last.get(point.symbol)
    if (before) this.before.set(point.symbol, before)
    this.last.set(point.symbol, point)
    for (const position of this.open) {
      if (position.feed !== point.symbol) continue
      if (position.filledAt === null) {
        this.enter(position, point.ts)
        continue
      }
      position.seen += 1
      if (point.ts < position.filledAt + this.rules.minAgeMs) continue
      // The age is reached after the prices of its millisecond.
      if (this.rules.minAgeMs > 0 && point.ts === position.filledAt + this.rules.minAgeMs) continue
      const start = position.seen === 1 ? position.entry : null
      this.decide(position, point, point.continuous ? (mode) => start ?? priceOf(this.before.get(point.symbol), mode) : null, point.ts)
    }
  }

  /** What is due at `at` and not before `after`: the age at which exits are decided, and entries that wait too long. */
  timers(after: number, upTo: number): void {
    const due = this.open.flatMap((position) => {
      const at = position.filledAt === null ? position.createdAt + ENTRY_TIMEOUT_MS : position.filledAt + this.rules.minAgeMs
      return at > after && at <= upTo ? [{ position, at }] : []
    })
    for (const { position, at } of due.sort((a, b) => a.at - b.at)) {
      const point = this.last.get(position.feed)
      if (position.filledAt === null) Object.assign(position, { state: 'cancelled', closedAt: at })
      else if (point && position.seen > 0 && this.rules.minAgeMs > 0) this.decide(position, point, null, at)
    }
  }

  private decide(position: ReferencePosition, point: Point, path: ((mode: string) => Big | null) | null, at: number): void {
    const long = position.side === 'long'
    const stopMode = this.rules.exchangeBroker ? 'trigger' : this.rules.mode
    const stopPrice = priceOf(point, stopMode)
    const price = priceOf(point, this.rules.mode)
    if (stopPrice && (long ? stopPrice.lte(position.sl) : stopPrice.gte(position.sl))) {
      const start = path?.(stopMode) ?? null
      const reached = start ? between(start, stopPrice, position.sl) : stopPrice
      const touch = start ? reached : (priceOf(point, long ? 'bid' : 'ask') ?? stopPrice)
      return this.exit(position, 'sl', this.rules.exchangeBroker ? this.slipped(touch, !long) : reached, this.rules.takerPct, at)
    }
    if (!price || !(long ? price.gte(position.tp) : price.lte(position.tp))) return
    const start = path?.(this.rules.mode) ?? null
    const reached = start ? between(start, price, position.tp) : price
    this.exit(position, 'tp', this.rules.exchangeBroker ? position.tp : reached, this.rules.makerPct, at)
  }

  private exit(position: ReferencePosition, reason: 'tp' | 'sl', price: Big, feePct: Big, at: number): void {
    const fee = this.rules.exchangeBroker ? this.fee(price, position.qty, feePct) : ZERO
    Object.assign(position, { state: 'closed', reason, close: price, closedAt: at, fees: position.fees.plus(fee) })
  }

  private marketPrice(position: ReferencePosition): Big {
    const sells = position.side === 'long'
    const point = this.last.get(position.feed)
    return this.slipped(priceOf(point, sells ? 'bid' : 'ask') ?? priceOf(point, this.rules.mode) ?? position.entry, !sells)
  }

  private slipped(price: Big, buys: boolean): Big {
    const part = price.times(this.rules.slippageBps).times('0.0001')
    return buys ? price.plus(part) : price.minus(part)
  }

  private fee(price: Big, qty: Big, pct: Big): Big {
    return price.times(qty).times(pct).times('0.01')
  }
}

/** Where a continuous path from `start` to `end` meets the level: at the level, or at the nearer end beyond it. */
function between(start: Big, end: Big, level: Big): Big {
  const [low, high] = start.lt(end) ? [start, end] : [end, start]
  return level.lt(low) ? low : level.gt(high) ? high : level
}

/** (close − entry) · qty for a long, the reverse for a short, minus fees; null while open. */
export function pnlOf(position: ReferencePosition): Big | null {
  if (position.state === 'cancelled') return ZERO
  if (!position.close) return null
  const move = position.side === 'long' ? position.close.minus(position.entry) : position.entry.minus(position.close)
  return move.times(position.qty).minus(position.fees)
}

/** Plays the prices and signals of the files. */
export function playReference(prices: readonly string[], bodies: readonly SignalBody[], candlePath: CandlePath, set: Readonly<Record<string, string>>): ReferenceRun {
  const points = readPoints(prices, candlePath)
  const run = new Reference(rulesOf(set), new Set(points.map((point) => point.symbol)))
  const waiting = bodies.map((body) => ({ body, at: Date.parse(body.timestamp) })).sort((a, b) => a.at - b.at)
  const playable = waiting.filter(({ body }) => run.feedOf(body.symbol) !== undefined)
  let next = 0
  let clock = -Infinity
  for (const point of points) {
    for (let signal = playable[next]; signal && signal.at <= point.ts; signal = playable[++next]) {
      run.timers(clock, signal.at - 1)
      clock = Math.max(clock, signal.at - 1)
      run.signal(signal.body, signal.at)
    }
    run.timers(clock, point.ts - 1)
    clock = Math.max(clock, point.ts - 1)
    run.price(point)
  }
  const end = points.at(-1)?.ts ?? -Infinity
  run.timers(clock, end)
  run.signals.unplayed = bodies.length - next
  return { positions: run.positions, signals: run.signals }
}
