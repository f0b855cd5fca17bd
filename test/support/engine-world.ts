/** An engine with a store in memory and a clock that tests move: everything real but disk, network and time. */
import { exitStrategies } from '../../src/exits/registry.ts'
import type { AskExit } from '../../src/domain/commands.ts'
import type { EntryRequest } from '../../src/http/application.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { Notice } from '../../src/domain/notices.ts'
import type { SignalAnswer } from '../../src/domain/signal-answer.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { ExitDesk } from '../../src/runtime/exit-desk.ts'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { Core } from '../../machines/core.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import { settingsWith } from '../signals/settings.ts'

const START = Date.UTC(2026, 0, 1)

export class EngineWorld {
  readonly clock = new VirtualClock(START)
  readonly notices: Notice[] = []
  /** What the external model of exits was asked; a test answers with the fact `exit.advised`. */
  readonly questions: AskExit[] = []
  readonly store = new MemoryStore()
  readonly engine: Engine
  readonly exits: ExitDesk
  readonly #readSignal: (body: unknown) => ReturnType<ReturnType<typeof bounceSignalReader>>

  constructor(environment: Record<string, string> = {}, settings = settingsWith({ AUTO_CLOSE_MIN_AGE_SEC: '0', ...environment })) {
    const opening = this.store.open()
    if (!opening.ok) throw new Error(opening.message)
    const { durableSeq, lastBatch, epoch } = opening.recovered
    const readModel = new ReadModel(memoryReadModel(), this.store)
    readModel.restore(null)
    const core = new Core()
    this.engine = new Engine({
      settings, version: 'test', store: this.store, start: { partition: settings.core.accountLabel, epoch, durableSeq, lastBatch }, core, readModel, clock: this.clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: () => {}, retryLater: () => {}, audit: () => null, closed: () => null, onNotice: (notice) => void this.notices.push(notice),
      onSequencerState: () => {}, onTimers: () => {}, random: () => new Uint8Array(6), peakIntervalMs: Infinity,
      askModel: (question) => void this.questions.push(question),
    })
    readModel.attach(core, (id) => this.engine.desk.extremes(id))
    this.exits = new ExitDesk(this.engine, settings.priceMode)
    this.#readSignal = bounceSignalReader(settings.signal, exitStrategies)
    this.engine.start()
    this.settle()
  }

  /** Makes everything durable and lets the broker answer, until nothing is left to do. */
  settle(): void {
    this.engine.sequencer.settle()
  }

  /** A price a second after the last; timers that are due before it fire. What it causes may still be under way. */
  tick(symbol: string, price: number): void {
    const ts = this.clock.now() + 1000
    for (let at = this.engine.nextTimerAt(); at < ts; at = this.engine.nextTimerAt()) {
      this.clock.moveTo(at)
      this.engine.fireTimer(at)
    }
    this.clock.moveTo(ts)
    this.engine.quote({ symbol, ts, bid: price, ask: price, last: price, mark: price, source: 'test', path: 'point' })
  }
  /** A price, and everything it causes. */
  quote(symbol: string, price: number): void {
    this.tick(symbol, price)
    this.settle()
  }

  /** A request with the body of a bounce signal. */
  request(body: Record<string, unknown>): EntryRequest {
    const reading = this.#readSignal({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: new Date(this.clock.now()).toISOString(), ...body })
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    return { kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null }
  }
  /** Its answer; what it causes may still be under way. */
  answer(body: Record<string, unknown>): SignalAnswer {
    const { outcome } = this.engine.enter(this.request(body))
    if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome))
    return outcome.answer
  }
  /** Opens a position; its id. */
  open(body: Record<string, unknown>): number {
    const answer = this.answer(body)
    if (!('position_id' in answer)) throw new Error(JSON.stringify(answer))
    this.settle()
    return answer.position_id
  }

  /** The position's context while it is open. */
  context(id: number): PositionContext | undefined {
    return this.engine.core.registry.get(id as PositionId)?.context
  }
}
