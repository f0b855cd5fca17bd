/** The real engine in live mode, the real ccxt clients, and a local exchange over real sockets. Only disk is in memory. */
import { ExchangeBroker } from '../../src/brokers/exchange-live/exchange-broker.ts'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import type { Finding } from '../../src/brokers/exchange-live/reconciliation.ts'
import { decimal } from '../../src/domain/decimal.ts'
import type { Notice } from '../../src/domain/notices.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { realClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { WakeUp } from '../../src/runtime/timers.ts'
import { systemTimers } from '../../src/prices/timers.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { recover } from '../../state/recover.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import { settingsWith } from '../signals/settings.ts'

export type Price = { readonly last: number; readonly mark?: number; readonly bid?: number; readonly ask?: number }

export class LiveWorld {
  readonly emulator: Emulator
  readonly notices: Notice[] = []
  readonly logs: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  findings: readonly Finding[] = []
  looks = 0
  engine!: Engine
  broker!: ExchangeBroker
  readonly #store = new MemoryStore()
  #wakeUp: WakeUp | null = null
  #listeners = new Set<() => void>()

  private constructor(emulator: Emulator) {
    this.emulator = emulator
  }

  static async open(options: EmulatorOptions): Promise<LiveWorld> {
    const world = new LiveWorld(await startEmulator(options))
    world.price('BTCUSDT', { last: 50_000 })
    await world.start()
    return world
  }

  /** One process life over the same journal. */
  async start(): Promise<void> {
    const loaded = settingsWith({ AUTO_CLOSE_MIN_AGE_SEC: '0', PAPER_BROKER: 'exchange' })
    const settings = { ...loaded, core: { ...loaded.core, marketType: 'linear_perp' as const, settleMs: 1000 } }
    const opening = this.#store.open()
    if (!opening.ok) throw new Error(opening.message)
    const { durableSeq, lastBatch, epoch } = opening.recovered
    const readModel = new ReadModel(memoryReadModel(), this.#store)
    const { core } = recover(opening.recovered, () => this.#store.read(1, durableSeq), readModel)
    const { venue, httpUrl, apiKey, secret, password } = this.emulator
    const api = await openVenue({ venue, credentials: { apiKey, secret, passphrase: password }, sandbox: false, emulatorUrl: httpUrl, owns: () => true })
    const clock = realClock()
    this.#wakeUp = new WakeUp(clock, () => {
      while (this.engine.fireTimer(clock.now()));
      this.#wakeUp?.set(this.engine.nextTimerAt())
    })
    this.engine = new Engine({
      settings, version: 'test', store: this.#store, start: { partition: 'lab_dev', epoch, durableSeq, lastBatch }, core, readModel, clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => void setImmediate(flush), retryLater: () => {}, audit: () => null, closed: () => null,
      onNotice: (notice) => {
        this.notices.push(notice)
        this.#changed()
      },
      onSequencerState: () => {}, onTimers: () => this.#wakeUp?.set(this.engine.nextTimerAt()), random: () => crypto.getRandomValues(new Uint8Array(6)), peakIntervalMs: 250,
      liveBroker: (world) => {
        this.broker = new ExchangeBroker({
          api, world, timers: systemTimers(() => performance.now()), clock: () => clock.now(), venueSymbol: (symbol) => symbol,
          log: (_, event, fields) => void this.logs.push({ event, fields }),
          onLook: (look) => {
            if (look.ok) {
              this.findings = look.findings
              this.looks += 1
            }
            this.#changed()
          },
        })
        return this.broker
      },
    })
    readModel.attach(core, (id) => this.engine.desk.extremes(id))
    await this.engine.broker.connect()
    this.engine.start()
  }

  /** Ends the process life as kill -9 would: nothing is said to anybody. */
  async kill(): Promise<void> {
    this.#wakeUp?.stop()
    await this.broker.disconnect()
  }

  async stop(): Promise<void> {
    await this.kill()
    await this.emulator.stop()
  }

  price(symbol: string, { last, mark = last, bid = last, ask = last }: Price): void {
    const at = this.emulator.now()
    this.emulator.model.quote(symbol, { last: decimal(last), mark: decimal(mark), bid: decimal(bid), ask: decimal(ask) }, at)
    this.engine?.quote({ symbol, ts: at, bid, ask, last, mark, source: 'emulator', path: 'point' })
  }

  /** Opens a position; its id. */
  signal(body: Readonly<Record<string, unknown>> = {}): PositionId {
    const read = bounceSignalReader(this.engine.core.settings ? settingsWith({}).signal : settingsWith({}).signal, exitStrategies)
    const reading = read({ symbol: 'BTCUSDT', side: 'long', price: 50_000, qty: 0.01, sl_pct: 2, tp_pct: 4, timestamp: new Date().toISOString(), ...body })
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    const { outcome } = this.engine.enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
    if (outcome.kind !== 'answered' || !('position_id' in outcome.answer)) throw new Error(JSON.stringify(outcome))
    return outcome.answer.position_id as PositionId
  }

  state(id: number): string {
    return String(this.engine.core.registry.get(id as PositionId)?.value ?? 'retired')
  }

  context(id: number): PositionContext | undefined {
    return this.engine.core.registry.get(id as PositionId)?.context
  }

  notice<T extends Notice['type']>(type: T): Extract<Notice, { readonly type: T }> | undefined {
    return this.notices.findLast((notice): notice is Extract<Notice, { readonly type: T }> => notice.type === type)
  }

  /** Resolves when the condition holds after a notice or a look at the account; rejects after `withinMs` with what was seen. */
  until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!holds()) return
        clearTimeout(timer)
        this.#listeners.delete(check)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#listeners.delete(check)
        reject(new Error(`${what} did not happen within ${withinMs} ms.\nnotices: ${JSON.stringify(this.notices.slice(-15))}\nlogs: ${JSON.stringify(this.logs.slice(-10))}\nfindings: ${JSON.stringify(this.findings)}`))
      }, withinMs)
      this.#listeners.add(check)
    })
  }

  #changed(): void {
    // In a later turn: what the notice tells is visible then.
    setImmediate(() => {
      for (const listener of [...this.#listeners]) listener()
    })
  }
}
