/** Recorded prices as the service's source: the data's clock is the service's clock. */
import type { Settings } from '../config/settings.ts'
import { openRecordedFeed, type RecordedFeed } from '../prices/recorded/recorded-feed.ts'
import { resolveSymbol } from '../prices/recorded/resolve-symbol.ts'
import { replayWaitMs } from '../prices/replay-pacing.ts'
import type { VirtualClock } from './clock.ts'
import type { Engine } from './engine.ts'
import type { Logger } from './logger.ts'
import type { PriceEdge } from './price-edge.ts'
import { RecordedRun } from './recorded-run.ts'

/** How long a wait for the next row may be before timers of the time between are looked at. */
const LONGEST_WAIT_MS = 100

export type ReplayOpened = { readonly ok: true; readonly feed: RecordedFeed } | { readonly ok: false; readonly message: string }

/** Opens and checks the files of `REPLAY_FILES`. */
export async function openReplay(settings: Settings): Promise<ReplayOpened> {
  const opened = await openRecordedFeed(settings.replayFiles, { candlePath: 'auto' })
  if (!opened.ok) return { ok: false, message: opened.problem.message }
  return opened.feed.firstTs === null ? { ok: false, message: `REPLAY_FILES=${settings.replayFiles.join(',')} holds no prices` } : opened
}

export class ReplayEdge implements PriceEdge {
  readonly #feed: RecordedFeed
  readonly #settings: Settings
  readonly #clock: VirtualClock
  readonly #logger: Logger
  readonly #symbols: ReadonlySet<string>
  readonly #resolved = new Map<string, string | undefined>()
  #engine: Engine | null = null
  #run: RecordedRun | null = null
  #state: 'idle' | 'playing' | 'ended' | 'stopped' = 'idle'
  #wallStart = 0
  #dataStart = 0
  #cutWait: (() => void) | null = null

  constructor(feed: RecordedFeed, settings: Settings, clock: VirtualClock, logger: Logger) {
    this.#feed = feed
    this.#settings = settings
    this.#clock = clock
    this.#logger = logger
    this.#symbols = new Set(feed.symbols)
  }

  readonly resolve = (symbol: string): string | undefined => {
    if (!this.#resolved.has(symbol)) this.#resolved.set(symbol, resolveSymbol(symbol, this.#symbols))
    return this.#resolved.get(symbol)
  }
  readonly checksMarket = false
  readonly watch = (): void => {}
  readonly unwatch = (): void => {}
  signalled(): void {}
  prepare(): null {
    return null
  }
  pin(): void {}

  symbols(): readonly string[] {
    return this.#feed.symbols
  }

  /** Connects the engine that the rows are played into. */
  attach(engine: Engine): void {
    this.#engine = engine
  }

  start(): void {
    this.#state = 'playing'
    this.#play().catch((error: unknown) => this.#logger.error('price_source_lost', { source: 'replay', message: String(error) }))
  }

  stop(): void {
    if (this.#state === 'playing') this.#state = 'stopped'
    this.#cutWait?.()
  }

  /** Moves the data's time between two rows, so that timers and ages go on while nothing is quoted. */
  #advance(): void {
    if (this.#settings.replaySpeed === 'max' || this.#state !== 'playing') return
    this.#clock.moveTo(Math.floor(this.#dataStart + (performance.now() - this.#wallStart) * this.#settings.replaySpeed))
  }

  async #play(): Promise<void> {
    const engine = this.#engine as Engine
    const first = Math.max(this.#feed.firstTs as number, this.#clock.now())
    this.#clock.moveTo(first)
    this.#dataStart = first
    this.#wallStart = performance.now()
    this.#run = new RecordedRun(this.#feed, {
      engine,
      clock: this.#clock,
      from: first,
      nextSignalAt: () => Infinity,
      playSignal: () => {},
      settle: () => engine.sequencer.idle || engine.sequencer.state !== 'open',
      settled: () => engine.sequencer.whenIdle(),
      pace: this.#settings.replaySpeed === 'max' ? null : (ts) => this.#pace(ts),
      stopped: () => this.#state !== 'playing',
      onProgress: () => {},
    })
    await this.#run.play()
    if (this.#state !== 'playing') return
    this.#state = 'ended'
    this.#logger.info('price_source_ended', { source: 'replay', quotes: this.#run.quotes })
  }

  #pace(ts: number): Promise<void> | null {
    const wait = replayWaitMs({ dataStart: this.#dataStart, wallStart: this.#wallStart, speed: this.#settings.replaySpeed }, ts, performance.now())
    if (wait < 1) return null
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#cutWait = null
        this.#advance()
        resolve()
      }
      const timer = setTimeout(done, Math.min(wait, LONGEST_WAIT_MS))
      this.#cutWait = done
    })
  }

  health(): ReturnType<PriceEdge['health']> {
    const now = this.#clock.now()
    const ageMs = Object.fromEntries(
      this.#feed.symbols.flatMap((symbol) => {
        const quote = this.#engine?.desk.lastQuote(symbol)
        return quote ? [[symbol, Math.max(0, now - quote.ts)]] : []
      }),
    )
    return { source: 'replay', connected: this.#state === 'playing', quotes: this.#run?.quotes ?? 0, ageMs, stale: [] }
  }
}
