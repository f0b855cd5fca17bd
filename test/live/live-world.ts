/** The real engine in live mode, the real ccxt clients, and a local exchange over real sockets. Only disk is in memory. */
import { ExchangeBroker } from '../../src/brokers/exchange-live/exchange-broker.ts'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import type { VenueApi } from '../../src/brokers/exchange-live/venue-api.ts'
import type { Finding } from '../../src/domain/reconciliation.ts'
import { decimal } from '../../src/domain/decimal.ts'
import type { Notice } from '../../src/domain/notices.ts'
import { parseClientOrderId, type PositionId } from '../../src/domain/ids.ts'
import type { EmulatedOrder, OrderRequest } from '../../src/exchange-emulator/model/order.ts'
import { standardMarkets } from '../../src/exchange-emulator/model/instrument.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { realClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { WakeUp } from '../../src/runtime/timers.ts'
import { systemTimers } from '../../src/prices/timers.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { isCovered, type PositionContext } from '../../machines/position.context.ts'
import { Core } from '../../machines/core.ts'
import { recover } from '../../state/recover.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import { settingsWith } from '../signals/settings.ts'
import { Oracle, PROTECT_WITHIN_MS } from './oracle.ts'

export type Price = { readonly last: number; readonly mark?: number; readonly bid?: number; readonly ask?: number }

export class LiveWorld {
  readonly emulator: Emulator
  readonly notices: Notice[] = []
  readonly logs: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  findings: readonly Finding[] = []
  looks = 0
  failedLooks = 0
  /** Why no entry may be sent on a market; null: it may. */
  refuseEntry: (symbol: string) => string | null = () => null
  /** Added to this machine's clock, and to what passes without it. */
  wallMs = 0
  monotonicMs = 0
  engine!: Engine
  broker!: ExchangeBroker
  api!: VenueApi
  readonly oracle: Oracle
  readonly #store = new MemoryStore()
  #wakeUp: WakeUp | null = null
  #end: () => void = () => {}
  #listeners = new Set<() => void>()

  private constructor(emulator: Emulator) {
    this.emulator = emulator
    this.oracle = new Oracle(emulator, (clientOrderId) => this.replayed().registry.dump().some(({ context }) => context.orders.some((order) => order.clientOrderId === clientOrderId)))
  }

  /** Begins once the exchange has been reached, unless `reached` is false. */
  static async open(options: EmulatorOptions, reached = true): Promise<LiveWorld> {
    // No funding of its own in the middle of a test that begins right before 00:00, 08:00 or 16:00 UTC.
    const markets = standardMarkets(options.venue, Date.now()).map((market) => ({ ...market, instrument: { ...market.instrument, fundingHours: 24 * 365 } }))
    const world = new LiveWorld(await startEmulator({ markets, ...options }))
    world.price('BTCUSDT', { last: 50_000 })
    await world.start()
    if (reached) await world.until('streams connected', () => world.emulator.streams.connections > 0 && world.looks > 0)
    return world
  }

  /** The core as another process would find it in the journal now. */
  replayed(): Core {
    const { durableSeq } = this.#store.describe()
    const recovered = { checkpoint: null, tail: [], durableSeq, lastBatch: 0, epoch: 0, tornTail: null, remarks: [] }
    return recover(recovered, () => this.#store.read(1, durableSeq), { restore: () => true, follow: () => {} }).core
  }

  /** One process life over the same journal. */
  async start(): Promise<void> {
    const loaded = settingsWith({ AUTO_CLOSE_MIN_AGE_SEC: '0', PAPER_BROKER: 'exchange', LIVE_STRATEGIES: 'bounce_ema10_strict', LIVE_SYMBOLS: 'BTCUSDT,ETHUSDT,SOLUSDT' })
    const { venue, httpUrl, apiKey, secret, password } = this.emulator
    const live = { venue, credentials: { apiKey, secret, passphrase: password }, sandbox: false, leverage: decimal(1), maxAccountEquityUsdt: null }
    const settings = { ...loaded, live, signal: { ...loaded.signal, exchange: venue }, core: { ...loaded.core, marketType: 'linear_perp' as const, settleMs: 1000 } }
    let alive = true
    this.#end = () => void (alive = false)
    const opening = this.#store.open()
    if (!opening.ok) throw new Error(opening.message)
    const { durableSeq, lastBatch, epoch } = opening.recovered
    const readModel = new ReadModel(memoryReadModel(), this.#store)
    const { core } = recover(opening.recovered, () => this.#store.read(1, durableSeq), readModel)
    this.api = await openVenue({ access: 'trade', venue, credentials: { apiKey, secret, passphrase: password }, sandbox: false, emulatorUrl: httpUrl, owns: () => alive, now: () => Date.now() + this.wallMs })
    const clock = realClock(() => Date.now() + this.wallMs)
    this.#wakeUp = new WakeUp(clock, () => {
      while (this.engine.fireTimer(clock.now()));
      this.#wakeUp?.set(this.engine.nextTimerAt())
    })
    this.engine = new Engine({
      settings, version: 'test', store: this.#store, start: { partition: 'lab_dev', epoch, durableSeq, lastBatch }, core, readModel, clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: (flush) => void setImmediate(() => alive && flush()), retryLater: () => {}, audit: () => null, closed: () => null,
      onNotice: (notice) => {
        this.notices.push(notice)
        this.#changed()
      },
      onSequencerState: () => {}, onTimers: () => this.#wakeUp?.set(this.engine.nextTimerAt()), random: () => crypto.getRandomValues(new Uint8Array(6)), peakIntervalMs: 250,
      market: (symbol) => this.broker.market(symbol),
      liveBroker: (world) => {
        this.broker = new ExchangeBroker({
          api: this.api, world, timers: systemTimers(() => performance.now() + this.monotonicMs), clock: () => clock.now(), venueSymbol: (symbol) => symbol, whyNoEntry: (symbol) => this.refuseEntry(symbol),
          log: (_, event, fields) => void this.logs.push({ event, fields }),
          onLook: (look) => {
            if (look.ok) {
              this.findings = look.findings
              this.looks += 1
            } else this.failedLooks += 1
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

  /** Ends the process life as kill -9 would: nothing is said to anybody, no answer is heard any more. */
  async kill(): Promise<void> {
    this.#end()
    this.#wakeUp?.stop()
    this.broker.onReport(() => {})
    await this.broker.disconnect()
    await this.#store.close()
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

  /** A trade by hand, or by another program on the same account. */
  byHand(side: 'buy' | 'sell', qty: number, more: Partial<OrderRequest> = {}): EmulatedOrder {
    const clientId = `foreign-${crypto.randomUUID().slice(0, 8)}`
    const outcome = this.emulator.model.submit('main', { symbol: 'BTCUSDT', side, kind: 'market', qty: decimal(qty), clientId, ...more }, this.emulator.now())
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusal))
    return outcome.value
  }

  /** Open orders at the exchange that fit, without the stops that are attached to a position. */
  resting(role: 'stop-loss' | 'take-profit' | 'entry' | 'close'): readonly EmulatedOrder[] {
    return [...this.emulator.model.account('main').open.values()].filter(({ clientId }) => parseClientOrderId(clientId)?.role === role)
  }

  /** Opens a position and waits until stop and target rest. */
  async protectedPosition(body: Readonly<Record<string, unknown>> = {}): Promise<PositionId> {
    const id = this.signal(body)
    await this.until('tp-placed', () => this.state(id) === 'tp-placed')
    return id
  }

  async closed(id: PositionId, withinMs = 10_000): Promise<Extract<Notice, { readonly type: 'position.closed' }>> {
    const find = () => this.notices.find((notice): notice is Extract<Notice, { readonly type: 'position.closed' }> => notice.type === 'position.closed' && notice.positionId === id)
    await this.until('closed', () => find() !== undefined, withinMs)
    return find() as Extract<Notice, { readonly type: 'position.closed' }>
  }

  /** Opens a position; its id. */
  signal(body: Readonly<Record<string, unknown>> = {}): PositionId {
    const read = bounceSignalReader({ ...settingsWith({}).signal, exchange: this.emulator.venue }, exitStrategies)
    const reading = read({ symbol: 'BTCUSDT', side: 'long', price: 50_000, qty: 0.01, sl_pct: 2, tp_pct: 4, timestamp: new Date().toISOString(), ...body })
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    const { outcome } = this.engine.enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
    if (outcome.kind !== 'answered' || !('position_id' in outcome.answer)) throw new Error(JSON.stringify(outcome))
    return outcome.answer.position_id as PositionId
  }

  /**
   * Waits until everything here is at rest – closed, or protected and answered – and returns what does not hold then.
   */
  async verdict(nakedAtMostMs = PROTECT_WITHIN_MS, withinMs = 15_000): Promise<readonly string[]> {
    const verdict = (): readonly string[] => this.oracle.verdict(this.engine.core, this.replayed(), this.notices, nakedAtMostMs)
    const atRest = (): boolean =>
      [...this.engine.core.registry.ids()].every((id) => {
        const context = this.context(id)
        return context !== undefined && (context.closedAt === null ? isCovered(context) && context.closing === null && context.orders.some(({ status }) => status === 'filled' || status === 'canceled') : false)
      })
    await this.until('rest', () => atRest() && verdict().length === 0, withinMs).catch(() => {})
    return atRest() ? verdict() : [...verdict(), `not at rest: ${[...this.engine.core.registry.ids()].map((id) => `${id} ${this.state(id)}`).join(', ')}`]
  }

  /** What was sent to the exchange under a name of the emulator's, `entry`, `stop`, `close`, …: client order ids in order. */
  sent(call: string): readonly string[] {
    return this.emulator.seen.filter((request) => request.call === call).map(({ params }) => JSON.stringify(params['orderLinkId'] ?? params['clientOid']))
  }

  /** What a signal is refused with: the fields, or the reason. */
  refusal(body: Readonly<Record<string, unknown>>): string {
    try {
      return `opened ${this.signal(body)}`
    } catch (error) {
      return (error as Error).message
    }
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

  /** Resolves after so many looks at the account, asked for one after the other; the first may be one under way. */
  async looked(count: number): Promise<void> {
    for (let done = 0; done < count; done += 1) {
      const before = this.looks
      this.broker.look()
      await this.until('a look', () => this.looks > before)
    }
  }

  /** Resolves when the condition holds after a notice or a look at the account; rejects after `withinMs` with what was seen. */
  until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const poll = setInterval(() => check(), 25)
      const check = (): void => {
        if (!holds()) return
        clearInterval(poll)
        clearTimeout(timer)
        this.#listeners.delete(check)
        resolve()
      }
      const timer = setTimeout(() => {
        clearInterval(poll)
        this.#listeners.delete(check)
        reject(new Error(`${what} did not happen within ${withinMs} ms.\nnotices: ${JSON.stringify(this.notices.slice(-25))}\nlogs: ${JSON.stringify(this.logs.slice(-25))}\nfindings: ${JSON.stringify(this.findings)}`))
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
