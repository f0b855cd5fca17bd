/**
 * Plays recorded quotes through an engine on the data's clock. One order for everything at one millisecond: signals,
 * then prices, then timers. The next row waits until everything that the last one caused is done.
 */
import type { PriceQuote } from '../domain/quote.ts'
import type { RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { CONTINUOUS, type QuoteBlock } from '../prices/recorded/row-block.ts'
import type { VirtualClock } from './clock.ts'
import type { Engine } from './engine.ts'

export type RecordedRunPorts = {
  readonly engine: Engine
  /** Rows before this time were played in an earlier run. */
  readonly from: number
  readonly clock: VirtualClock
  /** When the next recorded signal acts; Infinity: there is none. */
  readonly nextSignalAt: () => number
  readonly playSignal: () => void
  /** Makes everything caused so far durable and released; false: it must be awaited with `settled`. */
  readonly settle: () => boolean
  readonly settled: () => Promise<void>
  /** Waits until the data's time has come; null: as fast as possible. */
  readonly pace: ((ts: number) => Promise<void> | null) | null
  /** The run is to end early. */
  readonly stopped: () => boolean
  readonly onProgress: (quotes: number) => void
}

type MutableQuote = { -readonly [Field in keyof PriceQuote]: PriceQuote[Field] }

export class RecordedRun {
  readonly #ports: RecordedRunPorts
  readonly #feed: RecordedFeed
  readonly #quote: MutableQuote
  /** The next timer or signal; looked up again only after something happened. */
  #nextEventAt = -Infinity
  quotes = 0

  constructor(feed: RecordedFeed, ports: RecordedRunPorts) {
    this.#feed = feed
    this.#ports = ports
    this.#quote = { symbol: '', ts: 0, bid: NaN, ask: NaN, last: NaN, mark: NaN, source: 'replay', path: 'point' }
  }

  /** Plays all rows. Signals and timers after the last row do not act. */
  async play(): Promise<void> {
    for await (const block of this.#feed.blocks()) {
      for (let row = 0; row < block.length && !this.#ports.stopped(); ) {
        if ((block.ts[row] as number) < this.#ports.from) {
          row += 1
          continue
        }
        await this.#awaitTime(block.ts[row] as number)
        row = this.#playRows(block, row)
        if (!this.#ports.settle()) await this.#ports.settled()
      }
      this.#ports.onProgress(this.quotes)
      if (this.#ports.stopped()) return
    }
    await this.#endLastMillisecond()
  }

  /** Timers of the last row's own millisecond, which come after its prices. */
  async #endLastMillisecond(): Promise<void> {
    const { engine, clock, settle, settled } = this.#ports
    while (this.quotes > 0 && engine.fireTimer(clock.now())) if (!settle()) await settled()
  }

  /** At a limited speed: timers that are due before the row fire while it is waited for. */
  async #awaitTime(ts: number): Promise<void> {
    for (let wait = this.#ports.pace?.(ts); wait && !this.#ports.stopped(); wait = this.#ports.pace?.(ts)) {
      await wait
      while (this.#ports.engine.fireTimer(Math.min(this.#ports.clock.now(), ts - 1)));
    }
  }

  /** Plays rows until something must be awaited; returns the next row. */
  #playRows(block: QuoteBlock, from: number): number {
    const { engine, clock, settle, pace } = this.#ports
    const { sequencer } = engine
    for (let row = from; row < block.length; row += 1) {
      const ts = block.ts[row] as number
      if (ts >= this.#nextEventAt && !this.#playEvents(ts)) return row
      clock.moveTo(ts)
      this.#load(block, row)
      engine.quote(this.#quote)
      this.quotes += 1
      if (!sequencer.idle) {
        this.#nextEventAt = -Infinity
        if (!settle()) return row + 1
      }
      if (pace !== null) return row + 1
    }
    return block.length
  }

  /** Timers before `ts` and signals up to it, in order of time. False: something must be awaited first. */
  #playEvents(ts: number): boolean {
    const { engine, clock, nextSignalAt, playSignal, settle } = this.#ports
    for (;;) {
      const timerAt = engine.nextTimerAt()
      const signalAt = nextSignalAt()
      if (timerAt < ts && timerAt < signalAt) {
        clock.moveTo(timerAt)
        engine.fireTimer(timerAt)
      } else if (signalAt <= ts) {
        clock.moveTo(signalAt)
        playSignal()
      } else {
        this.#nextEventAt = Math.min(timerAt === ts ? ts + 1 : timerAt, signalAt)
        // A timer of this very millisecond acts after its prices.
        return true
      }
      if (!settle()) return false
    }
  }

  #load(block: QuoteBlock, row: number): void {
    const quote = this.#quote
    quote.symbol = this.#feed.symbols[block.symbol[row] as number] as string
    quote.ts = block.ts[row] as number
    quote.bid = block.bid[row] as number
    quote.ask = block.ask[row] as number
    quote.last = block.last[row] as number
    quote.mark = block.mark[row] as number
    quote.path = block.path[row] === CONTINUOUS ? 'continuous' : 'point'
  }
}
