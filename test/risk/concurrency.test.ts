/** Limits hold exactly under 1,000 signals at once, across restarts, while no order's fate is known (SPEC R-5, I13). */
import { describe, expect, it } from 'vitest'
import type { Broker, BrokerReport } from '../../src/brokers/broker.ts'
import type { BrokerCommand, SubmitOrder } from '../../src/domain/commands.ts'
import type { SignalAnswer } from '../../src/domain/signal-answer.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { Engine } from '../../src/runtime/engine.ts'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { ReadModel } from '../../src/runtime/read-model.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import { recover } from '../../state/recover.ts'
import { settingsWith } from '../signals/settings.ts'

/** A venue that takes every order and says of none what became of it. */
class SilentVenue implements Broker {
  readonly name = 'silent'
  readonly entries: SubmitOrder[] = []
  #report: (report: BrokerReport) => void = () => {}
  connect = (): Promise<void> => Promise.resolve()
  disconnect = (): Promise<void> => Promise.resolve()
  syncPositions = () => Promise.resolve([])
  balance = () => Promise.resolve('0' as never)
  onReport(listener: (report: BrokerReport) => void): void {
    this.#report = listener
  }
  execute(command: BrokerCommand): void {
    if (command.type !== 'order.submit') return
    if (command.role === 'entry') this.entries.push(command)
    this.#report({ type: 'order.unresolved', positionId: command.positionId, clientOrderId: command.clientOrderId, message: 'no answer' })
  }
  /** The venue never had it: the one outcome that gives a place back. */
  refuse({ positionId, clientOrderId }: SubmitOrder): void {
    this.#report({ type: 'order.rejected', positionId, clientOrderId, code: 'refused', message: 'never' })
  }
}

/** One data directory in memory over several process lives. */
class Lives {
  readonly venue = new SilentVenue()
  readonly #store = new MemoryStore()
  readonly #clock = new VirtualClock(Date.UTC(2026, 0, 1))
  readonly #settings: ReturnType<typeof settingsWith>
  engine!: Engine
  #signals = 0

  constructor(environment: Record<string, string>, isLive: boolean) {
    const settings = settingsWith({ MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SESSION_LOSS_PCT: '', ...environment })
    this.#settings = isLive ? { ...settings, core: { ...settings.core, marketType: 'linear_perp' } } : settings
    this.start()
  }

  start(): void {
    const opening = this.#store.open()
    if (!opening.ok) throw new Error(opening.message)
    const { durableSeq, lastBatch, epoch } = opening.recovered
    const readModel = new ReadModel(memoryReadModel(), this.#store)
    const { core } = recover(opening.recovered, () => this.#store.read(1, durableSeq), readModel)
    this.engine = new Engine({
      settings: this.#settings, version: 'test', store: this.#store, start: { partition: 'lab_dev', epoch, durableSeq, lastBatch }, core, readModel, clock: this.#clock,
      feed: { resolve: (symbol) => symbol, watch: () => {}, unwatch: () => {}, checksMarket: false },
      schedule: () => {}, retryLater: () => {}, audit: () => null, closed: () => null, onNotice: () => {}, onSequencerState: () => {}, onTimers: () => {},
      random: () => new Uint8Array(6), peakIntervalMs: Infinity, wrapBroker: () => this.venue,
    })
    readModel.attach(core, () => undefined)
    this.engine.start()
    this.engine.sequencer.settle()
  }

  /** The process dies; what was not durable is gone. */
  async restart(): Promise<void> {
    await this.#store.close()
    this.start()
  }

  signal(): SignalAnswer {
    const timestamp = new Date(this.#clock.now() - 1000 * this.#signals++).toISOString()
    const reading = bounceSignalReader(this.#settings.signal, exitStrategies)({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp })
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
    const { outcome } = this.engine.enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
    if (outcome.kind !== 'answered') throw new Error(JSON.stringify(outcome))
    return outcome.answer
  }
  opened(count: number): number {
    const answers = Array.from({ length: count }, () => this.signal())
    this.engine.sequencer.settle()
    return answers.filter(({ risk_ok }) => risk_ok).length
  }
}

type Row = readonly [environment: Record<string, string>, opened: number, more?: { readonly live?: true; readonly keepsPlace?: true }]
const LIMITS: readonly Row[] = [
  [{ MAX_OPEN_POSITIONS: '5' }, 5],
  [{ MAX_OPEN_POSITIONS_PER_SYMBOL: '7' }, 7],
  [{ MAX_SIZE_PER_POSITION_USDT: '99.99' }, 0],
  [{ MAX_EXPOSURE_PER_SYMBOL_USDT: '950' }, 9],
  [{ MAX_EXPOSURE_PER_STRATEGY_USDT: '300' }, 3],
  [{ MAX_EXPOSURE_PER_ACCOUNT_USDT: '400' }, 4],
  [{ MAX_SAME_DIRECTION_PER_GROUP: '2' }, 2],
  [{ RISK_CHECK_MARGIN: 'true', PAPER_START_BALANCE_USDT: '199.99' }, 1],
  // Signals of a day stay counted, whatever became of them.
  [{ RISK_MAX_ALERTS_PER_DAY: '6' }, 6, { keepsPlace: true }],
  [{ RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '8' }, 8, { keepsPlace: true }],
  // One live position per account and symbol.
  [{ LIVE_STRATEGIES: 'bounce_ema10_strict', LIVE_SYMBOLS: 'BTCUSDT' }, 1, { live: true }],
  [{ LIVE_STRATEGIES: 'another', LIVE_SYMBOLS: 'BTCUSDT' }, 0, { live: true }],
  [{ LIVE_STRATEGIES: 'bounce_ema10_strict', LIVE_SYMBOLS: 'ETHUSDT' }, 0, { live: true }],
]

describe('1,000 signals over four process lives, every order unresolved', () => {
  it.each(LIMITS.map(([environment, allowed, more]) => ({ environment, allowed, ...more })))('$environment opens exactly $allowed', async ({ environment, allowed, live = false, keepsPlace = false }) => {
    const lives = new Lives(environment, live)
    let opened = lives.opened(250)
    for (let life = 2; life <= 4; life += 1) {
      await lives.restart()
      opened += lives.opened(250)
    }
    expect(opened).toBe(allowed)
    expect(lives.engine.core.registry.size).toBe(allowed)
    expect(new Set(lives.venue.entries.map(({ clientOrderId }) => clientOrderId)).size).toBe(allowed)
    if (allowed === 0) return
    // A place is free again when it is proven that nothing was opened, and only then.
    lives.venue.refuse(lives.venue.entries[0] as SubmitOrder)
    lives.engine.sequencer.settle()
    expect(lives.opened(10)).toBe(keepsPlace ? 0 : 1)
  })
})

it('signals that were not durable when the process died take no place', async () => {
  const lives = new Lives({ MAX_OPEN_POSITIONS: '5' }, false)
  for (let index = 0; index < 5; index += 1) expect(lives.signal().risk_ok).toBe(true)
  await lives.restart()
  expect(lives.engine.core.registry.size).toBe(0)
  expect(lives.opened(1000)).toBe(5)
})
