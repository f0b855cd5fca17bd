/** Plays a scenario: a phase with faults and crashes, then one without, in which everything must come to rest. */
import { isTerminal } from '../../../src/domain/order.ts'
import { Core } from '../../../machines/core.ts'
import { isCovered } from '../../../machines/position.context.ts'
import type { PositionSnapshot } from '../../../machines/position.machine.ts'
import { stateHash } from '../../../state/canonical.ts'
import { foldedGroups, stamped } from '../../../state/fold.ts'
import type { CheckpointState } from '../../../state/recover.ts'
import { walk, type Edges } from '../edges.ts'
import { InvariantBroken, must } from '../invariants.ts'
import { Bot } from './bot.ts'
import { NO_BUGS, type Bugs } from './bugs.ts'
import { DayLosses } from './day-oracle.ts'
import type { FaultRow } from './fault-rows.ts'
import { keepsSecrets, LiveOracle, moneyAgrees } from './live-oracle.ts'
import { LiveSimulation } from './live-world.ts'
import type { Scenario } from './scenario.ts'
import { healAll, strike } from './strike.ts'

export type LiveResult = {
  readonly hash: string
  readonly positions: number
  readonly records: number
  readonly crashes: number
  readonly requests: number
  readonly faults: number
  readonly fired: ReadonlyMap<FaultRow, number>
  readonly longestNakedMs: number
}

/** A scenario that broke something: what, and what happened last. */
export class ScenarioFailed extends Error {
  override readonly name = 'ScenarioFailed'
  readonly log: readonly string[]
  readonly scenario: Scenario
  /** `I1`, …; `error` for what was thrown by a defect. */
  readonly invariant: string

  constructor(scenario: Scenario, cause: unknown, log: readonly string[]) {
    const message = cause instanceof Error ? cause.message : String(cause)
    super(`seed ${scenario.seed}: ${message}`, { cause })
    this.log = log
    this.scenario = scenario
    this.invariant = cause instanceof InvariantBroken ? (/^I\d+/.exec(message)?.[0] ?? 'error') : 'error'
  }
}

const LIVE_WITHIN_MS = 60_000

class Run {
  readonly world: LiveSimulation
  readonly #oracle: LiveOracle
  readonly #bot: Bot
  readonly #edges: Edges

  constructor(scenario: Scenario, edges: Edges, bugs: Bugs) {
    this.world = new LiveSimulation(scenario, bugs)
    this.#oracle = new LiveOracle(this.world)
    this.#bot = new Bot(this.world)
    this.#edges = edges
  }

  async run(): Promise<LiveResult> {
    const { world } = this
    const { scenario, time } = world
    await world.start()
    const due = [...scenario.faults.map((fault) => ({ at: fault.at, run: () => strike(world, fault) })), ...scenario.acts.map((act) => ({ at: act.at, run: () => this.#act(act) }))]
    for (const { at, run } of due.sort((a, b) => a.at - b.at)) {
      if (at > scenario.lengthMs) break
      await this.#advance(at)
      run()
      this.#bot.armWhenFit()
      this.#oracle.look()
    }
    await this.#advance(scenario.lengthMs)
    await this.#calm()
    time.endProcess()
    const { fired } = world.venue
    return {
      hash: world.traceHash(), positions: this.#bot.opened, records: world.store.describe().durableSeq, crashes: world.crashes, requests: world.venue.requests,
      faults: [...fired.values()].reduce((sum, count) => sum + count, 0), fired, longestNakedMs: this.#oracle.longestNakedMs,
    }
  }

  #advance(until: number): Promise<void> {
    return this.world.time.advanceTo(until, () => this.#oracle.look())
  }

  #act(act: Scenario['acts'][number]): void {
    if (act.act !== 'checkpoint') return this.#bot.do(act)
    this.#tailEqual()
    void this.world.life?.checkpoint()
  }

  /** I5: checkpoint and tail are the live state. */
  #tailEqual(): void {
    const { life, store } = this.world
    const checkpoint = store.newestCheckpoint
    if (!life?.engine.sequencer.idle || !checkpoint) return
    const tail = [...store.read(checkpoint.seq + 1, Infinity)]
    const core = Core.restore(structuredClone((checkpoint.state as CheckpointState).core))
    for (const group of foldedGroups(tail, (seq, id) => core.skip(seq, id))) if (group.kind === 'group') core.apply(stamped(group.fact))
    must(stateHash(core.dump()) === stateHash(life.engine.core.dump()), 'I5', () => 'checkpoint and tail are not the live state')
  }

  /** I25: without faults everything is protected or closed in time, and a close closes it. */
  async #calm(): Promise<void> {
    const { world } = this
    const { time } = world
    healAll(world)
    world.note('phase', 'calm')
    // A start that was under way comes first.
    await this.#advance(time.now + LIVE_WITHIN_MS)
    must(world.life !== null, 'I25', () => 'the process did not come back')
    for (let more = 0; more < 30 && this.#oracle.atRest().length > 0; more += 1) await this.#advance(time.now + 1000)
    this.#quiet()
    const { engine, desk } = world.life
    must(desk.view().failure === null, 'I25', () => `the venue is not read: ${desk.view().failure}`)
    for (const id of [...engine.core.registry.ids()]) engine.requestExit(id, 'manual', null)
    await this.#advance(time.now + LIVE_WITHIN_MS)
    const open = [...engine.core.registry.ids()].some((id) => engine.core.registry.get(id)?.context.closedAt === null)
    must(!open, 'I25', () => `still open after a close: ${this.#describe()}`)
    this.#quiet()
    this.#bot.nothingLost()
    this.#checkJournal()
    moneyAgrees(world)
    keepsSecrets(world)
  }

  #quiet(): void {
    const found = this.#oracle.atRest()
    must(found.length === 0, /^I\d+/.exec(found[0] ?? '')?.[0] ?? 'I25', () => `${found.join('; ')} ${this.#describe()}`)
  }

  #describe(): string {
    const registry = this.world.life?.engine.core.registry
    if (!registry) return ''
    return JSON.stringify([...registry.ids()].map((id) => {
      const { context, value } = registry.get(id) as PositionSnapshot
      return { id, symbol: context.signal.symbol, value, covered: isCovered(context), deadlines: context.deadlines, proof: context.proof, closing: context.closing, orders: context.orders.filter((order) => !isTerminal(order.status)).map(({ clientOrderId, status, code }) => [clientOrderId, status, code].join(' ')) }
    }))
  }

  #checkJournal(): void {
    const { life, store, settings } = this.world
    const losses = new DayLosses(settings.core.accountLabel, settings.core.limits)
    const replayed = walk([...store.read(1, store.describe().durableSeq)], this.#edges, (fact, applied, core) => losses.see(fact, applied, core))
    must(stateHash(replayed.core.dump()) === stateHash(life?.engine.core.dump()), 'I5', () => 'the whole fold is not the live state')
    must(replayed.outputDifferences.length === 0, 'I5', () => `replay differs: ${JSON.stringify(replayed.outputDifferences[0])}`)
  }
}

/** Plays a scenario; throws `ScenarioFailed`. Edges walked are added to `edges`. */
export async function runScenario(scenario: Scenario, edges: Edges, bugs: Bugs = NO_BUGS): Promise<LiveResult> {
  const run = new Run(scenario, edges, bugs)
  run.world.time.install()
  try {
    return await run.run()
  } catch (error) {
    throw new ScenarioFailed(scenario, error, run.world.log)
  } finally {
    run.world.life?.end()
    run.world.time.uninstall()
  }
}
