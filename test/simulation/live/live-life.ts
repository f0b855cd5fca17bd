/** One process life of the live product over the venue's face: everything is LOMS's own code but disk, sockets and time. */
import type { AlertDesk } from '../../../src/alerts/alert-desk.ts'
import { BitgetApi } from '../../../src/brokers/exchange-live/bitget-api.ts'
import { BybitApi } from '../../../src/brokers/exchange-live/bybit-api.ts'
import type { VenueApi } from '../../../src/brokers/exchange-live/venue-api.ts'
import type { Settings } from '../../../src/config/settings.ts'
import { assert } from '../../../src/domain/assert.ts'
import type { BitgetClient, BybitClient } from '../../../src/exchange/client.ts'
import type { ClientPurpose } from '../../../src/exchange/venue.ts'
import { Pace } from '../../../src/exchange/pace.ts'
import { VenueClock } from '../../../src/exchange/venue-clock.ts'
import { realClock } from '../../../src/runtime/clock.ts'
import { Engine } from '../../../src/runtime/engine.ts'
import { journalTrouble } from '../../../src/runtime/journal-trouble.ts'
import { LiveDesk } from '../../../src/runtime/live-desk.ts'
import type { Logger } from '../../../src/runtime/logger.ts'
import { ReadModel, type ReadModelFiles } from '../../../src/runtime/read-model.ts'
import { deskOf, type AlertedService } from '../../../src/runtime/service-alerts.ts'
import { WakeUp } from '../../../src/runtime/timers.ts'
import { MACHINE_VERSION } from '../../../machines/position.machine.ts'
import { stateHash } from '../../../state/canonical.ts'
import { recover, type CheckpointState } from '../../../state/recover.ts'
import type { CrashingStore } from '../crashing-store.ts'
import type { Bugs } from './bugs.ts'
import type { Phone } from './phone.ts'
import { rawClient } from './raw-client.ts'
import type { VenueSide } from './venue-side.ts'
import type { VirtualTime } from './virtual-time.ts'

/** As the service's. */
const BEAT_MS = 500

export type LifePorts = {
  readonly settings: Settings
  readonly time: VirtualTime
  readonly venue: VenueSide
  readonly phone: Phone
  readonly store: CrashingStore
  readonly files: ReadModelFiles
  readonly random: () => number
  readonly slowDiskMs: () => number
  readonly bugs: Bugs
  readonly note: (who: string, what: unknown) => void
  readonly onEgressRefused: (why: string) => void
}

export class LiveLife {
  readonly engine: Engine
  readonly desk: LiveDesk
  readonly startedAt: number
  /** The account has been compared with the journal: entries may leave. */
  reconciledAt: number | null = null
  readonly #ports: LifePorts
  readonly #wakeUp: WakeUp
  readonly #clock: ReturnType<typeof realClock>
  #alerts: AlertDesk | null = null
  #alive = true

  constructor(ports: LifePorts) {
    const { store, files, time, note, bugs } = ports
    const settings = bugs.settings(ports.settings)
    this.#ports = ports
    this.startedAt = time.now
    const opening = store.open()
    assert(opening.ok, 'the journal opens')
    const readModel = new ReadModel(files, store)
    const recovered = recover(opening.recovered, () => store.read(1, opening.recovered.durableSeq), readModel)
    const clock = bugs.clock(realClock())
    this.#clock = clock
    this.#wakeUp = new WakeUp(clock, () => this.#fireTimers(clock.now()))
    this.desk = this.#openDesk(clock)
    const { epoch, durableSeq, lastBatch } = opening.recovered
    const during = (act: () => void) => (): void => (this.#alive ? act() : undefined)
    this.engine = new Engine({
      settings, version: 'simulation', store: bugs.store(store), start: { partition: settings.core.accountLabel, epoch, durableSeq, lastBatch },
      core: bugs.core(recovered.core), readModel, clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => void setTimeout(during(flush), Math.floor(ports.random() * Math.min(10, ports.slowDiskMs()))),
      retryLater: (retry) => void setTimeout(during(retry), 1000),
      audit: () => null, closed: () => this.desk.closedReason(), onNotice: (notice, seq, at) => {
        note('notice', notice)
        this.#alerts?.notice({ seq, at, notice })
      },
      onSequencerState: (state) => note('journal', state),
      onTimers: () => this.#wakeUp.set(this.engine.nextTimerAt()), random: () => new Uint8Array(6), peakIntervalMs: 250,
      liveBroker: (world) => bugs.broker(this.desk.open(bugs.world(world))), market: (symbol) => this.desk.market(symbol),
    })
    readModel.attach(recovered.core, (id) => this.engine.shownExtremes(id))
  }

  /** As the service starts: what was under way first, then the account. */
  async run(): Promise<void> {
    const { engine, desk } = this
    await engine.broker.connect()
    const isNew = engine.core.journalId === null
    engine.start()
    if (isNew) engine.accept({ type: 'trading.paused', accountLabel: null, reason: 'not armed' })
    await engine.sequencer.whenIdle()
    if (!this.#alive) return
    this.#wakeUp.set(engine.nextTimerAt())
    desk.start()
    this.#startAlerts()
  }

  get alive(): boolean {
    return this.#alive
  }

  /** kill -9. */
  end(): void {
    this.#alive = false
    this.desk.stop()
    this.#ports.time.endProcess()
  }

  /** A checkpoint as the service writes it, if nothing is under way. */
  async checkpoint(): Promise<void> {
    const { sequencer, core, readModel } = this.engine
    if (!sequencer.idle) return
    const dump = core.dump()
    const state: CheckpointState = { core: this.#ports.bugs.dump(dump), projection: readModel.dump() }
    const text = JSON.stringify(state)
    const seq = sequencer.durableSeq
    await readModel.sync()
    await this.#ports.store.checkpoint({ formatVersion: 1, seq, machineVersion: MACHINE_VERSION, stateHash: stateHash(dump), state: JSON.parse(text) as unknown })
  }

  #fireTimers(now: number): void {
    while (this.#alive && this.engine.fireTimer(now));
    if (this.#alive) this.#wakeUp.set(this.engine.nextTimerAt())
  }

  /** As the service does once it runs. */
  #startAlerts(): void {
    const { phone, store, note, bugs } = this.#ports
    const { engine, desk } = this
    const prices = { resolve: (symbol: string) => symbol, health: () => ({ source: 'simulation', connected: true, quotes: 0, ageMs: {}, stale: [] }) }
    const service: AlertedService = { engine, store, clock: this.#clock, live: desk, prices, auditFailure: null, eventLoop: null, closedReason: () => desk.closedReason(), get journalTrouble() { return journalTrouble(engine.sequencer, 'real') } }
    const alerts = deskOf(service, [bugs.channel(phone.channel(() => this.#alive))], (level, event, fields) => note(`log ${level}`, { event, ...fields }))
    this.#alerts = bugs.alerts(alerts)
    setInterval(() => this.#alerts?.tick(this.#clock.now()), BEAT_MS)
  }

  #openDesk(clock: ReturnType<typeof realClock>): LiveDesk {
    const { settings, note, bugs, time } = this.#ports
    const { live } = settings
    assert(live, 'the settings are live')
    const log = (level: string) => (event: string, fields?: object): void => note(`log ${level}`, { event, ...fields })
    const logger: Logger = { info: log('info'), warn: log('warn'), error: log('error') }
    return new LiveDesk({
      settings: live, api: bugs.api(this.#openApi()), clock, logger, symbols: settings.core.limits.liveSymbols,
      resolved: () => [...this.engine.core.registry.ids()].every((id) => this.engine.core.registry.get(id)?.context.orders.every((order) => order.status !== 'unresolved') ?? true),
      onFindings: (findings) => void this.engine.accept({ type: 'account.compared', findings }),
      onReconciled: () => void (this.reconciledAt = time.now),
    })
  }

  #openApi(): VenueApi {
    const { venue: side, onEgressRefused, bugs } = this.#ports
    const alive = (): boolean => this.#alive
    const { venue } = side.model
    // Nothing is signed here, so nothing is refused for its time.
    const signing = new VenueClock(() => Promise.resolve(this.#ports.time.epoch), () => this.#ports.time.epoch)
    const pace = new Pace()
    const options = (purpose: ClientPurpose) =>
      ({ venue, purpose, owns: alive, pace, carry: (request: Parameters<VenueSide['carry']>[0]) => side.carry(request, alive), nextPush: (topic: string) => side.nextPush(topic, alive), onRefused: onEgressRefused, edit: bugs.edit }) as const
    if (venue === 'bybit') return new BybitApi({ orders: rawClient<BybitClient>(options('orders')), polling: rawClient<BybitClient>(options('polling')) }, signing)
    return new BitgetApi({ orders: rawClient<BitgetClient>(options('orders')), polling: rawClient<BitgetClient>(options('polling')) }, signing)
  }
}
