/**
 * LOMS, a venue and a bot in virtual time: one process life after the other over the same journal and the same venue.
 * Everything that happens comes from one seed.
 */
import { createHash } from 'node:crypto'
import { FaultyBroker } from '../../src/brokers/faulty-broker.ts'
import { FaultyVenue } from '../../src/brokers/faulty-venue.ts'
import type { Settings } from '../../src/config/settings.ts'
import { loadSettings } from '../../src/config/load.ts'
import { assert } from '../../src/domain/assert.ts'
import type { AskExit, Command } from '../../src/domain/commands.ts'
import type { ExitAdvice } from '../../src/domain/exit-advice.ts'
import { decimal, multiply, round, type Decimal } from '../../src/domain/decimal.ts'
import { parseClientOrderId, type PositionId } from '../../src/domain/ids.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { ReadModel, type ReadModelFiles } from '../../src/runtime/read-model.ts'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import { MemoryFile } from '../../state/byte-file.ts'
import { stateHash } from '../../state/canonical.ts'
import { History, memoryFiles } from '../../state/history.ts'
import { KeyIndex } from '../../state/key-index.ts'
import { recover, type CheckpointState } from '../../state/recover.ts'
import { CrashingStore } from './crashing-store.ts'
import { EventQueue } from './event-queue.ts'
import { NO_FAULTS, drawFaults, type Faults } from './faults.ts'

export const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'XRPUSDT'] as const
const START = Date.parse('2026-01-05T00:00:00Z')
const SETTLE_MS = 5000

export function simulationSettings(): Settings {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { MAX_OPEN_POSITIONS: '8', MAX_OPEN_POSITIONS_PER_SYMBOL: '4', MAX_DRAWDOWN_PCT: '50', MAX_SESSION_LOSS_PCT: '0.1' } })
  assert(loaded.ok, 'the settings are valid')
  // As with an exchange: exits are decided at once, and late fills may come.
  return { ...loaded.settings, core: { ...loaded.settings.core, exitMinAgeMs: 0, settleMs: SETTLE_MS } }
}

export class World {
  readonly random: () => number
  readonly clock = new VirtualClock(START)
  readonly store: CrashingStore
  readonly venue: FaultyVenue
  readonly prices = new Map<string, Decimal>()
  /** What happened last, for a failing seed. */
  readonly log: string[] = []
  /** Requests about a position that were spoiled, since it was last looked at. */
  readonly spoiled = new Map<PositionId, number>()
  readonly settings = simulationSettings()
  faults: Faults
  /** How often each kind of fault was injected. */
  readonly fired = new Map<string, number>()
  downMs = 0
  crashes = 0
  #engine: Engine | null = null
  #broker: FaultyBroker | null = null
  #life = 0
  readonly #trace = createHash('sha256')
  readonly #queue = new EventQueue()
  readonly #files = memoryReadModelThatStays()

  constructor(seed: number) {
    this.random = seededRandom(seed)
    this.faults = drawFaults(this.random)
    const later = (delayMs: number, act: () => void): void => this.later(delayMs, act)
    this.store = new CrashingStore({ random: this.random, later, slownessMs: () => Math.floor(this.faults.slowDiskMs), full: () => this.faults.diskFull, onFull: () => this.count('diskFull') })
    this.venue = new FaultyVenue({
      random: this.random,
      faults: () => this.faults,
      later,
      origin: (id) => this.#originOf(id),
      onFault: (fault) => this.count(fault),
      onEvent: (report) => {
        this.note('venue', report)
        this.#broker?.event(report)
      },
    })
    for (const symbol of SYMBOLS) this.prices.set(symbol, decimal(100))
    for (const symbol of SYMBOLS) this.venue.price(symbol, decimal(100))
  }

  get engine(): Engine {
    assert(this.#engine, 'LOMS is alive')
    return this.#engine
  }
  get alive(): boolean {
    return this.#engine !== null
  }

  later(delayMs: number, act: () => void): void {
    this.#queue.put(this.clock.now() + delayMs, act)
  }

  /** Starts a process life exactly as the service does. */
  async open(): Promise<void> {
    const life = ++this.#life
    const opening = this.store.open()
    assert(opening.ok, 'the journal opens')
    const readModel = new ReadModel(this.#files, this.store)
    const recovered = recover(opening.recovered, () => this.store.read(1, opening.recovered.durableSeq), readModel)
    const alive = (act: () => void) => (): void => (life === this.#life ? act() : undefined)
    const { epoch, durableSeq, lastBatch } = opening.recovered
    const engine = new Engine({
      settings: this.settings,
      version: 'simulation',
      store: this.store,
      start: { partition: this.settings.core.accountLabel, epoch, durableSeq, lastBatch },
      core: recovered.core,
      readModel,
      clock: this.clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => this.later(Math.floor(this.random() * Math.min(10, this.faults.slowDiskMs)), alive(flush)),
      retryLater: (retry) => this.later(1000, alive(retry)),
      audit: () => null,
      closed: () => null,
      onNotice: (notice) => this.note('notice', notice),
      onSequencerState: () => {},
      onTimers: () => {},
      random: () => new Uint8Array(6),
      peakIntervalMs: 250,
      askModel: (question) => this.#askModel(question, alive),
      liveBroker: () => (this.#broker = this.#connect()),
    })
    readModel.attach(recovered.core, (id) => engine.desk.extremes(id))
    this.#engine = engine
    await engine.broker.connect()
    engine.start()
    await settleMicrotasks()
  }

  /** The process is killed: what was not durable never was. */
  async crash(): Promise<void> {
    this.crashes += 1
    this.count('crash')
    this.note('crash', this.store.crash())
    await this.#broker?.disconnect()
    this.#engine = null
    this.#broker = null
    this.#life += 1
  }

  quote(symbol: string, price: Decimal): void {
    this.prices.set(symbol, price)
    this.venue.price(symbol, price)
    const last = Number(price)
    this.#engine?.quote({ symbol, ts: this.clock.now(), bid: last, ask: last, last, mark: last, source: 'simulation', path: 'point' })
  }

  /** Lets time pass: events and deadlines in order. `afterEach` looks at the world after every one. */
  async advanceTo(time: number, afterEach: () => void): Promise<void> {
    for (;;) {
      const timerAt = this.#engine?.nextTimerAt() ?? Infinity
      const eventAt = this.#queue.nextAt
      if (Math.min(timerAt, eventAt) > time) break
      if (eventAt <= timerAt) {
        this.clock.moveTo(eventAt)
        this.#queue.take()?.()
      } else {
        this.clock.moveTo(timerAt)
        this.engine.fireTimer(timerAt)
      }
      await settleMicrotasks()
      afterEach()
    }
    this.clock.moveTo(time)
  }

  /** A checkpoint as the service writes it, if nothing is under way. */
  async checkpoint(): Promise<void> {
    const { sequencer, core, readModel } = this.engine
    if (!sequencer.idle) return
    const dump = core.dump()
    const state: CheckpointState = { core: dump, projection: readModel.dump() }
    const text = JSON.stringify(state)
    const seq = sequencer.durableSeq
    await readModel.sync()
    await this.store.checkpoint({ formatVersion: 1, seq, machineVersion: MACHINE_VERSION, stateHash: stateHash(dump), state: JSON.parse(text) as unknown })
  }

  /** Of everything that was noted, and of the journal. */
  traceHash(): string {
    for (const record of this.store.read(1, this.store.describe().durableSeq)) this.#trace.update(JSON.stringify(record))
    return this.#trace.digest('hex')
  }

  count(fault: keyof Faults): void {
    this.fired.set(fault, (this.fired.get(fault) ?? 0) + 1)
  }

  faultsOff(): void {
    this.faults = NO_FAULTS
  }

  note(who: string, what: unknown): void {
    const line = `${this.clock.now() - START} ${who} ${JSON.stringify(what)}`
    this.#trace.update(line)
    this.log.push(line)
    if (this.log.length > 400) this.log.splice(0, 200)
  }

  /** A model that answers soon, late or never, and not always to the point. */
  #askModel(question: AskExit, alive: (act: () => void) => () => void): void {
    assert(this.store.durableCommands.has(JSON.stringify(question)), 'I8: a question is durable before it leaves')
    this.note('question', question.question)
    if (this.random() < 0.1) return
    const advice = this.#drawAdvice(question.price)
    this.later(Math.floor(this.random() * (this.random() < 0.2 ? 20_000 : 500)), alive(() => void this.engine.accept({ type: 'exit.advised', positionId: question.positionId, question: question.question, advice })))
  }

  #drawAdvice(price: Decimal): ExitAdvice {
    const near = round(multiply(price, decimal((1 + (this.random() - 0.5) * 0.01).toFixed(5))), 2)
    const draw = this.random()
    if (draw < 0.4) return { kind: 'hold' }
    if (draw < 0.7) return { kind: 'move_stop', price: near }
    if (draw < 0.85) return { kind: 'move_target', price: near }
    return draw < 0.95 ? { kind: 'failed', code: 'timeout', message: 'too late' } : { kind: 'close' }
  }

  #connect(): FaultyBroker {
    const broker = new FaultyBroker({ balance: () => Promise.resolve(this.settings.core.startBalanceUsdt) }, {
      venue: this.venue,
      random: this.random,
      faults: () => this.faults,
      later: (delayMs, act) => this.later(delayMs, act),
      open: () => this.#engine?.core.registry.ids() ?? [],
      onFault: (fault) => this.count(fault),
      onSpoiled: (command) => this.spoiled.set(positionOf(command), (this.spoiled.get(positionOf(command)) ?? 0) + 1),
    })
    const execute = broker.execute.bind(broker)
    broker.execute = (command) => {
      assert(this.store.durableCommands.has(JSON.stringify(command)), `I8: ${command.type} is durable before it leaves`)
      this.note('command', command)
      execute(command)
    }
    return broker
  }

  /** A stray position's orders work on what the position it came from holds. */
  #originOf(id: PositionId): PositionId {
    const context = this.#engine?.core.registry.get(id)?.context
    const entry = context?.stray ? context.orders[0] : undefined
    return entry ? (parseClientOrderId(entry.clientOrderId)?.position ?? id) : id
  }
}

const positionOf = (command: Command): PositionId => command.positionId

/** Promises that are already decided take their turns. */
async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve()
}

/** Files in memory that outlive a process life. */
export function memoryReadModelThatStays(): ReadModelFiles {
  const history = memoryFiles()
  const keys = new MemoryFile()
  return {
    history: (mark) => {
      const opened = History.open(history, mark)
      return opened.ok ? opened.history : undefined
    },
    keys: (mark) => {
      const opened = KeyIndex.open(keys, mark)
      return opened.ok ? opened.index : undefined
    },
  }
}
