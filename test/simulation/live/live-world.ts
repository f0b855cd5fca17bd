/** LOMS live, an emulated venue, a bot and a person in virtual time: a scenario's stage. */
import { createHash } from 'node:crypto'
import { loadSettings } from '../../../src/config/load.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { assert } from '../../../src/domain/assert.ts'
import { decimal, type Decimal } from '../../../src/domain/decimal.ts'
import { EMULATOR_KEY } from '../../../src/exchange-emulator/server.ts'
import { seededRandom } from '../../../src/prices/random.ts'
import type { JournalRecord } from '../../../state/record.ts'
import { CrashingStore } from '../crashing-store.ts'
import { memoryReadModelThatStays } from '../world.ts'
import type { Bugs } from './bugs.ts'
import { LIVE_SYMBOLS, STRATEGIES } from './expand.ts'
import type { FaultRow } from './fault-rows.ts'
import { LiveLife } from './live-life.ts'
import type { Scenario, ScenarioOptions } from './scenario.ts'
import { Phone } from './phone.ts'
import { VenueSide } from './venue-side.ts'
import { VirtualTime } from './virtual-time.ts'

const SETTLE_MS = 5000
/** The entry of a log that is kept for a failure. */
const LOG_LINES = 4000

const written = (limit: number | null): string => (limit === null ? '' : String(limit))
const dayLimits = ({ day }: ScenarioOptions): Readonly<Record<string, string>> =>
  (day ? { RISK_MAX_ALERTS_PER_DAY: written(day.maxSignals), MAX_DAILY_LOSS_USDT: written(day.maxLossUsdt), LOSS_LIMIT_ACTION: day.onLoss } : {})

export function liveSettings({ options }: Scenario): Settings {
  const loaded = loadSettings({
    environment: {}, dotEnv: null,
    overrides: { MAX_OPEN_POSITIONS: String(options.maxOpen), LIVE_STRATEGIES: STRATEGIES.join(','), LIVE_SYMBOLS: LIVE_SYMBOLS.join(','), AUTO_CLOSE_MIN_AGE_SEC: '0', PAPER_BROKER: 'exchange', ...dayLimits(options) },
  })
  assert(loaded.ok, 'the settings are valid')
  const { settings } = loaded
  const { apiKey, secret, password } = EMULATOR_KEY
  const live = { venue: options.venue, credentials: { apiKey, secret, passphrase: password }, sandbox: false, leverage: decimal(2), maxAccountEquityUsdt: null }
  const limits = { ...settings.core.limits, leverage: decimal(2) }
  return { ...settings, live, signal: { ...settings.signal, exchange: options.venue }, core: { ...settings.core, limits, startBalanceUsdt: decimal(options.balance), marketType: 'linear_perp', settleMs: SETTLE_MS } }
}

type DiskFault = { readonly row: FaultRow; readonly mode: 'full' | 'slow'; readonly slowMs: number }

export class LiveSimulation {
  readonly time: VirtualTime
  readonly venue: VenueSide
  readonly phone: Phone
  readonly store: CrashingStore
  readonly settings: Settings
  readonly log: string[] = []
  readonly lives: LiveLife[] = []
  readonly scenario: Scenario
  onLanded: (records: readonly JournalRecord[]) => void = () => {}
  onEgressRefused: (why: string) => void = () => {}
  #diskFaults: readonly DiskFault[] = []
  crashes = 0
  /** No fault is left; what would end one later does nothing. */
  healed = false
  readonly #random: () => number
  readonly #files = memoryReadModelThatStays()
  readonly #bugs: Bugs
  readonly #trace = createHash('sha256')

  constructor(scenario: Scenario, bugs: Bugs) {
    const { seed, options } = scenario
    this.scenario = scenario
    this.time = new VirtualTime(options.midnightAtMs ?? 0)
    this.#bugs = bugs
    this.#random = seededRandom(seed * 101 + 3)
    this.settings = liveSettings(scenario)
    this.venue = new VenueSide(this.time, options, seed)
    this.phone = new Phone(this.time)
    this.venue.onStruck = (row, call) => this.note('struck', `${row}: ${call}`)
    this.store = new CrashingStore({
      random: this.#random, later: (delayMs, act) => this.time.later(delayMs, () => this.time.inProcess(act)), slownessMs: () => this.#slowness(),
      full: () => (this.#diskFaults.some(({ mode }) => mode === 'full') ? 1 : 0), onFull: () => this.#struckDisk('full'), onLanded: (records) => this.onLanded(records),
    })
  }

  /** Counted for each batch that meets it. */
  spoilDisk(row: FaultRow, mode: DiskFault['mode'], slowMs: number): () => void {
    const fault = { row, mode, slowMs }
    this.#diskFaults = [...this.#diskFaults, fault]
    return () => void (this.#diskFaults = this.#diskFaults.filter((each) => each !== fault))
  }
  healDisk(): void {
    this.#diskFaults = []
  }
  get #slowDiskMs(): number {
    return this.healed ? 0 : Math.max(this.scenario.options.slowDiskMs, ...this.#diskFaults.map(({ slowMs }) => slowMs))
  }
  /** Of a batch that is being written. */
  #slowness(): number {
    this.#struckDisk('slow')
    return this.#slowDiskMs
  }
  #struckDisk(mode: DiskFault['mode']): void {
    const fault = this.#diskFaults.find((each) => each.mode === mode)
    if (fault) this.venue.count(fault.row)
  }

  /** null: the process is down. */
  get life(): LiveLife | null {
    const last = this.lives.at(-1)
    return last?.alive === true ? last : null
  }

  async start(): Promise<void> {
    const life = new LiveLife({
      settings: this.settings, time: this.time, venue: this.venue, phone: this.phone, store: this.store, files: this.#files, random: this.#random, slowDiskMs: () => this.#slowDiskMs, bugs: this.#bugs,
      note: (who, what) => this.note(who, what), onEgressRefused: (why) => this.onEgressRefused(why),
    })
    this.lives.push(life)
    for (const symbol of LIVE_SYMBOLS) this.showPrice(symbol)
    void life.run()
    return Promise.resolve()
  }

  crash(): void {
    if (!this.life) return
    this.crashes += 1
    this.note('crash', this.store.crash())
    this.life?.end()
  }

  /** Ends a fault after so long. */
  undoLater(ms: number, undo: () => void): void {
    this.time.later(ms, () => (this.healed ? undefined : undo()))
  }

  /** Moves the market, and shows it to LOMS. */
  price(symbol: string, last: Decimal, mark: Decimal): void {
    this.venue.quote(symbol, last, mark)
    this.showPrice(symbol)
  }

  showPrice(symbol: string): void {
    const quote = this.venue.model.quoteOf(symbol)
    if (!quote) return
    const [bid, ask, last, mark] = [quote.bid, quote.ask, quote.last, quote.mark].map(Number) as [number, number, number, number]
    this.time.inProcess(() => this.life?.engine.quote({ symbol, ts: Date.now(), bid, ask, last, mark, source: 'simulation', path: 'point' }))
  }

  note(who: string, what: unknown): void {
    const line = `${this.time.now} ${who} ${JSON.stringify(what)}`
    this.#trace.update(line)
    this.log.push(line)
    if (this.log.length > LOG_LINES * 2) this.log.splice(0, LOG_LINES)
  }

  /** Of everything that was noted, and of the journal. */
  traceHash(): string {
    for (const record of this.store.read(1, this.store.describe().durableSeq)) this.#trace.update(JSON.stringify(record))
    return this.#trace.digest('hex')
  }

  get epochStart(): number {
    return this.time.startAt
  }
}
