/** Many seeds of both worlds: what they did, what broke, and whether everything that should happen did. */
import type { Edges } from './edges.ts'
import { illegalEdges, missingEdges } from './legal-edges.ts'
import { expand } from './live/expand.ts'
import { ROWS } from './live/fault-rows.ts'
import { runScenario, ScenarioFailed, type LiveResult } from './live/run-scenario.ts'
import type { Scenario } from './live/scenario.ts'
import { runSeed, SeedFailed, type SeedResult } from './run-seed.ts'

export type WorldName = 'paper' | 'live'

/** A broken seed. `scenario`: what it expanded to, in the live world. */
export type Violation = { readonly world: WorldName; readonly seed: number; readonly invariant: string; readonly message: string; readonly log: readonly string[]; readonly stack: string; readonly scenario: Scenario | null }

/** Counts of a campaign, as they are written to a file and added up. */
export type Tally = {
  seeds: number
  positions: number
  records: number
  crashes: number
  requests: number
  faults: Record<string, number>
  longestNakedMs: number
  /** Faults that were really injected, for each seed that was lived to its end. */
  faultsPerSeed: number
  /** Seeds that were lived twice, and those of them that had another trace. */
  twice: number
  unequal: number
}

export const emptyTally = (): Tally => ({ seeds: 0, positions: 0, records: 0, crashes: 0, requests: 0, faults: {}, longestNakedMs: 0, faultsPerSeed: 0, twice: 0, unequal: 0 })

/** What a part of a campaign found, as it is handed from one process to another. */
export type CampaignPart = { readonly tallies: Readonly<Record<WorldName, Tally>>; readonly edges: Readonly<Record<WorldName, readonly (readonly [string, number])[]>>; readonly violations: readonly Violation[] }

const WORLDS = ['paper', 'live'] as const

function addUp(tally: Tally, more: Tally): void {
  for (const name of ['seeds', 'positions', 'records', 'crashes', 'requests', 'twice', 'unequal'] as const) tally[name] += more[name]
  for (const [row, count] of Object.entries(more.faults)) tally.faults[row] = (tally.faults[row] ?? 0) + count
  tally.faults = Object.fromEntries(Object.entries(tally.faults).sort(([a], [b]) => (a < b ? -1 : 1)))
  tally.longestNakedMs = Math.max(tally.longestNakedMs, more.longestNakedMs)
  tally.faultsPerSeed = Math.round(Object.values(tally.faults).reduce((sum, count) => sum + count, 0) / Math.max(1, tally.seeds))
}

export class Campaign {
  readonly tallies: Record<WorldName, Tally> = { paper: emptyTally(), live: emptyTally() }
  readonly edges: Record<WorldName, Edges> = { paper: new Map(), live: new Map() }
  readonly violations: Violation[] = []

  /** Lives one seed, or the same one twice. */
  async run(world: WorldName, seed: number, twice = false): Promise<void> {
    const first = await this.#live(world, seed, this.edges[world])
    this.#count(world, first)
    if (!twice) return
    const again = await this.#live(world, seed, new Map())
    this.tallies[world].twice += 1
    if (first?.hash !== again?.hash) this.tallies[world].unequal += 1
  }

  get part(): CampaignPart {
    const { tallies, edges, violations } = this
    return { tallies, edges: { paper: [...edges.paper], live: [...edges.live] }, violations }
  }

  /** Takes over what another part found. In whatever order the parts come, the sum is the same. */
  add({ tallies, edges, violations }: CampaignPart): void {
    for (const world of WORLDS) {
      for (const [edge, times] of edges[world]) this.edges[world].set(edge, (this.edges[world].get(edge) ?? 0) + times)
      addUp(this.tallies[world], tallies[world])
    }
    this.violations.push(...violations)
    this.violations.sort((a, b) => a.seed - b.seed || (a.world < b.world ? -1 : 1))
  }

  async #live(world: WorldName, seed: number, edges: Edges): Promise<SeedResult | LiveResult | null> {
    try {
      return await (world === 'paper' ? runSeed(seed, edges) : runScenario(expand(seed), edges))
    } catch (error) {
      if (!(error instanceof SeedFailed) && !(error instanceof ScenarioFailed)) throw error
      const { message, log, cause } = error
      const invariant = error instanceof ScenarioFailed ? error.invariant : (/: (I\d+)/.exec(message)?.[1] ?? 'error')
      const stack = cause instanceof Error ? (cause.stack ?? '') : ''
      this.violations.push({ world, seed, invariant, message, log, stack, scenario: error instanceof ScenarioFailed ? error.scenario : null })
      return null
    }
  }

  #count(world: WorldName, result: SeedResult | LiveResult | null): void {
    const { positions = 0, records = 0, crashes = 0, longestNakedMs = 0 } = result ?? {}
    const requests = result && 'requests' in result ? result.requests : 0
    const faults = Object.fromEntries(result?.fired ?? [])
    addUp(this.tallies[world], { ...emptyTally(), seeds: 1, positions, records, crashes, requests, faults, longestNakedMs })
  }

  /** Illegal edges always; edges that were never walked and faults that never struck where enough was lived. */
  get gaps(): readonly string[] {
    const { paper, live } = this.tallies
    return [
      ...illegalEdges(this.edges.paper).map((edge) => `paper: illegal edge ${edge}`),
      ...illegalEdges(this.edges.live, 'live').map((edge) => `live: illegal edge ${edge}`),
      ...(paper.seeds >= 100 ? missingEdges(this.edges.paper).map((edge) => `paper: edge never walked ${edge}`) : []),
      ...(live.seeds >= 100 ? missingEdges(this.edges.live, 'live').map((edge) => `live: edge never walked ${edge}`) : []),
      ...(live.seeds >= 100 ? ROWS.filter((row) => (live.faults[row] ?? 0) === 0).map((row) => `live: fault never struck ${row}`) : []),
    ]
  }
}
