/** One seed: a life of LOMS with faults and crashes, then the faults end and everything must come to rest. */
import { decimal, isZero, multiply, round, type Decimal } from '../../src/domain/decimal.ts'
import type { PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { isTerminal } from '../../src/domain/order.ts'
import type { ExitChange } from '../../src/domain/exit-signal.ts'
import { ExitDesk } from '../../src/runtime/exit-desk.ts'
import { Core } from '../../machines/core.ts'
import { isCovered, openQty } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { stateHash } from '../../state/canonical.ts'
import { foldedGroups, stamped } from '../../state/fold.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { CheckpointState } from '../../state/recover.ts'
import { lostRequests, newRequest, wrongRepeat, type Sent } from './client.ts'
import { walk, type Edges } from './edges.ts'
import { Watcher, moneyAgrees, must, oneEntryPerSignal, quietlyEqual } from './invariants.ts'
import { JournalInvariants } from './journal-invariants.ts'
import { SYMBOLS, World } from './world.ts'

export type SeedResult = { readonly hash: string; readonly positions: number; readonly records: number; readonly crashes: number; readonly longestNakedMs: number; readonly tightened: number; readonly inPieces: number; readonly fired: ReadonlyMap<string, number> }

/** A failing seed: what broke, and what happened last. */
export class SeedFailed extends Error {
  override readonly name = 'SeedFailed'
  readonly log: readonly string[]
  constructor(seed: number, cause: unknown, log: readonly string[]) {
    super(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.log = log
  }
}

const STEPS = 120
/** Everything has come to rest this long after the last fault. */
const LIVE_WITHIN_MS = 60_000

class SeedRun {
  readonly #world: World
  readonly #watcher: Watcher
  readonly #sent: Sent[] = []
  readonly #edges: Edges
  readonly #along = new JournalInvariants()

  constructor(seed: number, edges: Edges) {
    this.#world = new World(seed)
    this.#watcher = new Watcher(this.#world)
    this.#edges = edges
  }

  get log(): readonly string[] {
    return this.#world.log
  }

  get records(): readonly JournalRecord[] {
    const { store } = this.#world
    return [...store.read(1, store.describe().durableSeq)]
  }

  async run(): Promise<SeedResult> {
    const world = this.#world
    await world.open()
    for (let step = 0; step < STEPS; step += 1) {
      if (world.random() < world.faults.crash) await this.#crash()
      else await this.#act()
      this.#watcher.lookClosely()
    }
    await this.#calm()
    this.#checkJournal()
    const { engine, store, crashes, fired } = world
    return { hash: world.traceHash(), positions: engine.core.lastPositionId, records: store.describe().durableSeq, crashes, longestNakedMs: this.#watcher.longestNakedMs, tightened: this.#along.tightened, inPieces: this.#along.inPieces, fired }
  }

  async #act(): Promise<void> {
    const { random } = this.#world
    if (random() < this.#world.faults.poison) return this.#poison()
    const draw = random()
    if (draw < 0.4) return this.#advance(random() < 0.1 ? 35_000 * random() : 1500 * random())
    if (draw < 0.7) return this.#quote()
    if (draw < 0.84) return this.#send(this.#newSent())
    if (draw < 0.88) return this.#repeat()
    if (draw < 0.91) return this.#requestExit()
    if (draw < 0.94) return this.#requestChange()
    if (draw < 0.96) return this.#pauseOrResume()
    if (draw < 0.98) return this.#world.checkpoint()
    this.#tailEqual()
  }

  #advance(ms: number): Promise<void> {
    return this.#world.advanceTo(this.#world.clock.now() + Math.floor(ms), () => this.#watcher.look())
  }

  #pick<T>(values: readonly T[]): T | undefined {
    return values[Math.floor(this.#world.random() * values.length)]
  }

  #quote(): void {
    const { random, prices } = this.#world
    const symbol = this.#pick(SYMBOLS) as string
    const factor = decimal((1 + (random() - 0.5) * (random() < 0.1 ? 0.06 : 0.01)).toFixed(5))
    this.#world.quote(symbol, round(multiply(prices.get(symbol) as Decimal, factor), 2))
  }

  #newSent(): Sent {
    const { random, prices, clock, settings } = this.#world
    const symbol = this.#pick(SYMBOLS) as string
    const request = newRequest(this.#sent.length + 1, { random, symbol, price: prices.get(symbol) as Decimal, at: clock.now(), accountLabel: settings.core.accountLabel })
    const sent: Sent = { request, acknowledged: null }
    this.#sent.push(sent)
    return sent
  }

  /** The bot sends; what it is answered counts once it is durable. */
  #send(sent: Sent): void {
    const { engine } = this.#world
    const { outcome, seq } = engine.enter(sent.request)
    const wrong = wrongRepeat(sent, outcome)
    must(wrong === null, 'I16', () => wrong ?? '')
    if (outcome.kind !== 'answered') return
    const { duplicate: _duplicate, ...answer } = outcome.answer
    void engine.sequencer.whenDurable(seq).then((durable) => {
      if (durable) sent.acknowledged ??= { seq, answer }
    })
  }

  #repeat(): void {
    const sent = this.#pick(this.#sent)
    if (!sent) return
    if (this.#world.random() < 0.8) return this.#send(sent)
    // The same key with another content, once it is known, is refused.
    const { request } = sent
    const known = sent.acknowledged !== null && (request.idempotencyKey !== null || 'position_id' in sent.acknowledged.answer)
    if (!known) return
    const { outcome } = this.#world.engine.enter({ ...request, signal: { ...request.signal, timeframeMin: 15 } })
    must(outcome.kind === 'key_reused', 'I16', () => `another content under the same key was answered ${outcome.kind}`)
  }

  #requestExit(): void {
    const id = this.#pick([...this.#world.engine.core.registry.ids()])
    if (id !== undefined) this.#world.engine.requestExit(id, 'manual', null)
  }

  /** A person closes a part, or moves stop or target; what cannot be is refused. */
  #requestChange(): void {
    const { random, engine, prices } = this.#world
    const id = this.#pick([...engine.core.registry.ids()])
    const signal = id === undefined ? undefined : engine.core.registry.get(id)?.context.signal
    if (id === undefined || !signal) return
    const near = (): Decimal => round(multiply(prices.get(signal.symbol) as Decimal, decimal((1 + (random() - 0.5) * 0.02).toFixed(5))), 2)
    const draw = random()
    const change: ExitChange =
      draw < 0.5 ? { kind: 'partial_close', qty: null, pct: decimal(10 + Math.floor(random() * 80)) }
      : draw < 0.75 ? { kind: 'levels', stopPrice: near() }
      : { kind: 'levels', targetPrice: random() < 0.2 ? null : near() }
    new ExitDesk(engine, 'last').request(id, change, { reason: 'manual', note: 'simulation' })
  }

  /** A report that no machine can take: the position is quarantined, what it holds stays. */
  #poison(): void {
    const { engine } = this.#world
    const id = this.#pick([...engine.core.registry.ids()])
    const order = id === undefined ? undefined : this.#pick(engine.core.registry.get(id)?.context.orders ?? [])
    if (id === undefined || !order) return
    this.#world.count('poison')
    const tradeId = `poison-${engine.sequencer.nextSeq}` as TradeId
    engine.accept({ type: 'order.filled', positionId: id, clientOrderId: order.clientOrderId, venueOrderId: 'none' as VenueOrderId, tradeId, qty: 'poison' as Decimal, price: decimal(1), fee: decimal(0), liquidity: 'taker' })
  }

  #pauseOrResume(): void {
    const { engine, settings } = this.#world
    const { accountLabel } = settings.core
    const reason = 'simulation'
    const { state } = engine.core.ledger(accountLabel).trading
    if (state === 'halted') return void engine.accept({ type: 'kill-switch.armed', accountLabel, balance: null, reason })
    if (state === 'paused') return void engine.accept({ type: 'trading.resumed', accountLabel, reason })
    engine.accept({ type: this.#world.random() < 0.3 ? 'trading.halted' : 'trading.paused', accountLabel, reason })
  }

  async #crash(): Promise<void> {
    const world = this.#world
    await world.crash()
    const downMs = Math.floor(world.random() * 3000)
    await world.advanceTo(world.clock.now() + downMs, () => {})
    world.downMs += downMs
    await world.open()
    this.#nothingLost()
  }

  /** I4: what was acknowledged is in the journal, and stays there. */
  #nothingLost(): void {
    const lost = lostRequests(this.#sent, this.#world.store.read(1, Infinity))
    must(lost.length === 0, 'I4', () => lost.join('; '))
  }

  /** I5: checkpoint and tail are the live state. */
  #tailEqual(): void {
    const { engine, store } = this.#world
    const checkpoint = store.newestCheckpoint
    if (!engine.sequencer.idle || !checkpoint) return
    const tail = [...store.read(checkpoint.seq + 1, Infinity)]
    const core = Core.restore(structuredClone((checkpoint.state as CheckpointState).core))
    for (const group of foldedGroups(tail, (seq, id) => core.skip(seq, id))) if (group.kind === 'group') core.apply(stamped(group.fact))
    must(stateHash(core.dump()) === stateHash(engine.core.dump()), 'I5', () => 'checkpoint and tail are not the live state')
  }

  /** I25: without faults everything is protected or closed in time, and a close closes it. */
  async #calm(): Promise<void> {
    const world = this.#world
    world.faultsOff()
    await this.#advance(LIVE_WITHIN_MS)
    // An exit policy may have acted a moment ago.
    for (let more = 0; more < 20 && this.#restless().length > 0; more += 1) await this.#advance(1000)
    this.#atRest()
    quietlyEqual(world)
    const { registry } = world.engine.core
    for (const id of [...registry.ids()]) world.engine.requestExit(id, 'manual', null)
    await this.#advance(LIVE_WITHIN_MS)
    must(registry.size === 0, 'I25', () => `still open after a close: ${this.#describe([...registry.ids()])}`)
    quietlyEqual(world)
    for (const symbol of SYMBOLS) must(![...world.venue.held.values()].some((held) => held.symbol === symbol && !isZero(held.qty)), 'I25', () => `the venue still holds ${symbol}`)
    moneyAgrees(world)
    must(world.engine.core.ledger(world.settings.core.accountLabel).openCount === 0, 'I25', () => 'a reservation was not released')
  }

  #atRest(): void {
    const { engine } = this.#world
    must(engine.sequencer.idle, 'I25', () => 'the journal is not idle')
    must(this.#restless().length === 0, 'I25', () => `not at rest: ${this.#describe(this.#restless())}`)
  }

  #restless(): readonly PositionId[] {
    const { engine } = this.#world
    return [...engine.core.registry.ids()].filter((id) => {
      const { context, value } = engine.core.registry.get(id) as PositionSnapshot
      const asking = context.orders.some((order) => order.status === 'unresolved' || order.status === 'created')
      const settled = value === 'closed' || value === 'cancelled' ? context.orders.every((order) => isTerminal(order.status)) : value === 'tp-placed' || value === 'sl-placed'
      if (value === 'quarantined') return false
      return asking || !settled || (!isZero(openQty(context)) && !isCovered(context))
    })
  }

  #describe(ids: readonly PositionId[]): string {
    return JSON.stringify(ids.map((id) => {
      const { context, value } = this.#world.engine.core.registry.get(id) as PositionSnapshot
      const orders = context.orders.map(({ clientOrderId, status, code, qty, filledQty }) => ({ clientOrderId, status, code, qty, filledQty }))
      return { id, state: value, orders, deadlines: context.deadlines, proof: context.proof, closing: context.closing }
    }))
  }

  #checkJournal(): void {
    const { engine, store } = this.#world
    this.#nothingLost()
    this.#tailEqual()
    oneEntryPerSignal(this.#world)
    const replayed = walk([...store.read(1, Infinity)], this.#edges, (fact, applied) => this.#along.see(fact, applied))
    must(stateHash(replayed.core.dump()) === stateHash(engine.core.dump()), 'I5', () => 'the whole fold is not the live state')
    must(replayed.outputDifferences.length === 0, 'I5', () => `replay differs: ${JSON.stringify(replayed.outputDifferences[0])}`)
  }
}

/** Plays a seed; throws `SeedFailed`. Edges walked are added to `edges`; `look` sees the whole journal at the end. */
export async function runSeed(seed: number, edges: Edges, look?: (records: readonly JournalRecord[]) => void): Promise<SeedResult> {
  const run = new SeedRun(seed, edges)
  try {
    const result = await run.run()
    look?.(run.records)
    return result
  } catch (error) {
    throw new SeedFailed(seed, error, run.log)
  }
}
