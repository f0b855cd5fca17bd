/**
 * Exits once more, written straight from the text of and X-4b: every price is shown to every open position,
 * everything is decided in decimals. Shares no code with the product.
 */
import Big from 'big.js'

export type PolicyParams = {
  readonly break_even_trigger_pct?: string | null
  readonly break_even_offset_pct?: string
  readonly trail_trigger_pct?: string | null
  readonly trail_distance_pct?: string
  readonly timeout_candles?: string | null
  readonly timeout_min_move_pct?: string | null
}

export type ModelSignal = {
  readonly symbol: string
  readonly long: boolean
  readonly price: string
  readonly at: number
  readonly tpPct: string
  readonly slPct: string
  readonly qty: string
  readonly timeframeMin: number
  /** Null: `tp_sl_static`. */
  readonly trailing: PolicyParams | null
}

/** One price of one symbol. `continuous`: it came through every price between it and the one before. */
export type Point = { readonly ts: number; readonly symbol: string; readonly price: Big; readonly continuous: boolean }

export type Candle = { readonly ts: number; readonly symbol: string; readonly open: string; readonly high: string; readonly low: string; readonly close: string }

const HUNDRED = new Big('100')
const percent = (price: Big, pct: Big): Big => price.times(HUNDRED.plus(pct)).times('0.01')

export class ModelPosition {
  readonly id: number
  readonly symbol: string
  readonly long: boolean
  readonly entry: Big
  readonly qty: Big
  readonly openedAt: number
  readonly target: Big
  readonly rules: ReturnType<typeof rulesOf> | null
  readonly timeoutAt: number
  readonly firstStop: Big
  stop: Big
  best: Big
  filledAt: number
  /** It was there before the last restart; `jumps`: where its path came from is forgotten. */
  restored = false
  jumps = false
  moved = false
  stopReason: 'sl' | 'break_even' | 'trailing' = 'sl'
  /** Prices seen since the fill. */
  seen = 0
  timeoutPassed = false
  /** The time-out came after a restart and before any price: it waits for one. */
  late = false
  closedAt: number | null = null
  close: Big | null = null
  reason: string | null = null

  constructor(id: number, signal: ModelSignal) {
    const { price, long, tpPct, slPct, trailing, timeframeMin, at } = signal
    this.id = id
    this.symbol = signal.symbol
    this.long = long
    this.entry = new Big(price)
    this.qty = new Big(signal.qty)
    this.openedAt = at
    this.target = percent(this.entry, long ? new Big(tpPct) : new Big(tpPct).neg())
    this.firstStop = percent(this.entry, long ? new Big(slPct).neg() : new Big(slPct))
    this.stop = this.firstStop
    this.filledAt = at
    this.best = this.entry
    this.rules = trailing === null ? null : rulesOf(trailing, this.entry, long)
    const candles = this.rules?.timeoutCandles ?? null
    this.timeoutAt = candles === null ? Infinity : at + Math.round(Number(candles.times(String(timeframeMin * 60_000)).toFixed()))
  }

  /** `a` is at least as good for this position as `b`. */
  atLeastAsGood(a: Big, b: Big): boolean {
    return this.long ? a.gte(b) : a.lte(b)
  }

  /** One price, in the order of X-4: stop, target, best price and stop. `start`: where a continuous path came from. */
  show(price: Big, start: Big | null, at: number): void {
    if (this.atLeastAsGood(this.stop, price)) return this.end(onPath(start, price, this.stop), this.stopReason, at)
    if (this.atLeastAsGood(price, this.target)) return this.end(onPath(start, price, this.target), 'tp', at)
    this.better(price)
    this.moveStop()
  }

  better(price: Big): void {
    if (this.atLeastAsGood(price, this.best)) this.best = price
  }

  moveStop(): void {
    const { rules } = this
    if (rules === null) return
    this.applyRules(rules.breakEvenFrom !== null && this.atLeastAsGood(this.best, rules.breakEvenFrom), rules.trailFrom !== null && this.atLeastAsGood(this.best, rules.trailFrom))
  }

  private applyRules(breakEven: boolean, trail: boolean): void {
    const { rules } = this
    if (rules !== null && breakEven) this.tighten(rules.breakEvenStop, 'break_even')
    if (rules !== null && trail) this.tighten(percent(this.best, rules.trailPct), 'trailing')
  }

  /** Back to what the journal knows. */
  restore({ filledAt, best, breakEven, trail, timeoutPassed }: Survived, now: number): void {
    this.closedAt = this.close = this.reason = null
    this.stop = this.firstStop
    this.stopReason = 'sl'
    this.moved = false
    this.best = best ?? this.entry
    this.seen = 0
    this.restored = true
    this.jumps = filledAt !== null
    this.late = false
    this.filledAt = filledAt ?? now
    this.timeoutPassed = timeoutPassed
    this.applyRules(breakEven, trail)
  }

  private tighten(stop: Big, reason: 'break_even' | 'trailing'): void {
    if (this.atLeastAsGood(this.stop, stop)) return
    this.stop = stop
    this.stopReason = reason
    this.moved = true
  }

  /** The clock has reached the time-out. */
  timeOut(lastKnown: Big | null, at: number): void {
    this.timeoutPassed = true
    const from = this.rules?.timeoutUnless ?? null
    if (from !== null && this.atLeastAsGood(this.best, from)) return
    this.end(lastKnown ?? this.entry, 'timeout', at)
  }

  end(price: Big, reason: string, at: number): void {
    this.close = price
    this.reason = reason
    this.closedAt = at
  }

  get pnl(): Big | null {
    if (this.close === null) return null
    return (this.long ? this.close.minus(this.entry) : this.entry.minus(this.close)).times(this.qty)
  }

  /** Percent of the entry, never negative; the price of the exit counts. */
  get maxFavorableMove(): Big {
    const best = this.close !== null && this.atLeastAsGood(this.close, this.best) ? this.close : this.best
    const move = this.long ? best.minus(this.entry) : this.entry.minus(best)
    return move.times('100').div(this.entry).round(8, Big.roundHalfUp)
  }
}

function rulesOf(params: PolicyParams, entry: Big, long: boolean) {
  const favour = (pct: Big): Big => percent(entry, long ? pct : pct.neg())
  const given = (text: string | null | undefined, byDefault: string): Big | null => (text === null ? null : new Big(text ?? byDefault))
  const trigger = given(params.break_even_trigger_pct, '1.0')
  const trail = given(params.trail_trigger_pct, '2.0')
  const distance = new Big(params.trail_distance_pct ?? '0.8')
  const minMove = params.timeout_min_move_pct === undefined ? (trigger ?? new Big('1.0')) : given(params.timeout_min_move_pct, '')
  return {
    breakEvenFrom: trigger && favour(trigger),
    breakEvenStop: favour(new Big(params.break_even_offset_pct ?? '0.0')),
    trailFrom: trail && favour(trail),
    trailPct: long ? distance.neg() : distance,
    timeoutCandles: given(params.timeout_candles, '12'),
    timeoutUnless: minMove && favour(minMove),
  }
}

/** A level between two path points fills at the level; one that is passed where the path begins, there; a point at its price. */
function onPath(start: Big | null, price: Big, level: Big): Big {
  if (start === null) return price
  const between = start.lte(price) ? level.gte(start) && level.lte(price) : level.lte(start) && level.gte(price)
  return between ? level : start
}

/** What the journal still knows of a position after a restart. */
export type Survived = {
  /** Null: its entry is filled by the restart. */
  readonly filledAt: number | null
  readonly best: Big | null
  readonly breakEven: boolean
  readonly trail: boolean
  readonly timeoutPassed: boolean
  /** It had been closed. */
  readonly closed: boolean
  /** Its time-out had been decided at this price; the close follows after the restart. */
  readonly timedOutAt: Big | null
}

export class BruteForce {
  positions: ModelPosition[] = []
  private readonly minAgeMs: number
  private readonly last = new Map<string, Big>()
  private open: ModelPosition[] = []
  private clock = -Infinity

  constructor(minAgeMs = 0) {
    this.minAgeMs = minAgeMs
  }

  lastPrice(symbol: string): Big | null {
    return this.last.get(symbol) ?? null
  }

  get openPositions(): readonly ModelPosition[] {
    return this.open
  }

  signal(signal: ModelSignal): ModelPosition {
    this.timersBefore(signal.at)
    const position = new ModelPosition(this.positions.length + 1, signal)
    this.positions.push(position)
    this.open.push(position)
    return position
  }

  price(point: Point): void {
    this.timersBefore(point.ts)
    const before = this.last.get(point.symbol) ?? null
    this.last.set(point.symbol, point.price)
    let closed = false
    for (const position of this.open) {
      if (position.symbol !== point.symbol) continue
      const start = point.continuous ? (position.seen > 0 ? before : position.jumps ? null : position.entry) : null
      position.seen += 1
      // The age is reached behind the prices of its millisecond.
      const young = this.minAgeMs > 0 && point.ts <= position.filledAt + this.minAgeMs
      if (young) position.better(point.price)
      else position.show(point.price, start, point.ts)
      if (position.late && position.closedAt === null) position.timeOut(point.price, point.ts)
      position.late = false
      if (position.closedAt !== null) closed = true
    }
    if (closed) this.dropClosed()
  }

  /** A restart: positions that the journal does not know never were, and no price is known. */
  restart(known: ReadonlyMap<number, Survived>, now: number): void {
    this.positions = this.positions.filter(({ id }) => known.has(id))
    this.last.clear()
    for (const position of this.positions) {
      const survived = known.get(position.id) as Survived
      if (survived.closed) continue
      position.restore(survived, now)
      if (survived.timedOutAt !== null) position.end(survived.timedOutAt, 'timeout', now)
    }
    this.open = this.positions.filter((position) => position.closedAt === null)
    this.clock = now
  }

  /** Timers of the very last millisecond. */
  finish(at: number): void {
    this.timersBefore(at + 1)
  }

  /** Everything due before `time`, in order. */
  private timersBefore(time: number): void {
    if (time <= this.clock) return
    for (const position of this.open) {
      const ageAt = position.filledAt + this.minAgeMs
      const due = Math.max(position.timeoutAt, ageAt)
      if (this.minAgeMs > 0 && ageAt >= this.clock && ageAt < time) {
        const last = this.last.get(position.symbol)
        if (last && position.seen > 0) position.show(last, null, ageAt)
      }
      if (position.closedAt !== null || position.timeoutPassed || due >= time) continue
      const last = this.last.get(position.symbol) ?? null
      if (last === null && position.restored) position.late = true
      else position.timeOut(last, Math.max(due, this.clock))
    }
    this.clock = time
    this.dropClosed()
  }

  private dropClosed(): void {
    this.open = this.open.filter((position) => position.closedAt === null)
  }
}

/** The four prices of each candle at their times, all candles together in order of time. */
export function pathOf(candles: readonly Candle[], order: 'auto' | 'ohlc' | 'olhc'): Point[] {
  const intervals = new Map<string, number>()
  const latest = new Map<string, number>()
  for (const { ts, symbol } of candles) {
    const gap = ts - (latest.get(symbol) ?? ts)
    if (gap > 0) intervals.set(symbol, Math.min(gap, intervals.get(symbol) ?? Infinity))
    latest.set(symbol, ts)
  }
  const points = candles.flatMap(({ ts, symbol, open, high, low, close }) => {
    const interval = intervals.get(symbol) ?? 60_000
    const lowFirst = order === 'olhc' || (order === 'auto' && new Big(close).gte(open))
    const at = (offset: number, price: string, continuous: boolean): Point => ({ ts: ts + offset, symbol, price: new Big(price), continuous })
    const [first, second] = lowFirst ? [low, high] : [high, low]
    return [at(0, open, false), at(Math.floor(interval / 3), first, true), at(Math.floor((2 * interval) / 3), second, true), at(interval - 1, close, true)]
  })
  return points.sort((a, b) => a.ts - b.ts)
}
