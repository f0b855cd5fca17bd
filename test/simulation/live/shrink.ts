/**
 * Makes a failing scenario small while it breaks the same invariant: fewer faults first, then fewer signals, prices and
 * requests, then a shorter life, then the plainest latencies (delta debugging, Zeller and Hildebrandt 2002).
 */
import { NO_BUGS, type Bugs } from './bugs.ts'
import { runScenario, ScenarioFailed } from './run-scenario.ts'
import type { Act, Fault, Scenario, ScenarioOptions } from './scenario.ts'

export type Shrunk = { readonly scenario: Scenario; readonly runs: number }
type Breaks = (candidate: Scenario) => Promise<boolean>

/** The invariant that a scenario breaks; null: none. */
export async function brokenBy(scenario: Scenario, bugs: Bugs = NO_BUGS): Promise<{ readonly invariant: string; readonly message: string } | null> {
  try {
    await runScenario(scenario, new Map(), bugs)
    return null
  } catch (error) {
    if (error instanceof ScenarioFailed) return { invariant: error.invariant, message: error.message }
    throw error
  }
}

/** A part of the list, as small as it gets, for which `breaks` still holds. */
async function ddmin<T>(all: readonly T[], breaks: (some: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let kept = all
  if (kept.length > 0 && (await breaks([]))) return []
  for (let parts = 2; kept.length >= 2; ) {
    const length = Math.ceil(kept.length / parts)
    let smaller: readonly T[] | null = null
    for (let from = 0; from < kept.length && smaller === null; from += length) {
      const without = [...kept.slice(0, from), ...kept.slice(from + length)]
      if (await breaks(without)) smaller = without
    }
    if (smaller !== null) {
      kept = smaller
      parts = Math.max(2, parts - 1)
    } else if (length === 1) return kept
    else parts = Math.min(kept.length, parts * 2)
  }
  return kept
}

const PLAIN: readonly Partial<ScenarioOptions>[] = [{ slowDiskMs: 0 }, { slippageBps: 0 }, { pushLatencyMs: 1 }, { latencyMs: [2, 2] }, { balance: 100_000 }]

/** `within`: most scenarios that are tried. */
export async function shrink(scenario: Scenario, invariant: string, within = 400, bugs: Bugs = NO_BUGS): Promise<Shrunk> {
  let runs = 0
  const breaks: Breaks = async (candidate) => {
    if (runs >= within) return false
    runs += 1
    return (await brokenBy(candidate, bugs))?.invariant === invariant
  }
  const faults: readonly Fault[] = await ddmin(scenario.faults, (some) => breaks({ ...scenario, faults: some }))
  let small: Scenario = { ...scenario, faults }
  for (const kinds of [['signal', 'exit', 'change', 'repeat', 'control', 'checkpoint'], ['price']]) {
    const others = small.acts.filter(({ act }) => !kinds.includes(act))
    const acts = await ddmin<Act>(small.acts.filter(({ act }) => kinds.includes(act)), (some) => breaks({ ...small, acts: inOrder([...others, ...some]) }))
    small = { ...small, acts: inOrder([...others, ...acts]) }
  }
  const last = Math.max(0, ...small.faults.map(({ at }) => at), ...small.acts.map(({ at }) => at))
  const shorter = { ...small, lengthMs: last + 1 }
  if (await breaks(shorter)) small = shorter
  for (const plainer of PLAIN) {
    const candidate = { ...small, options: { ...small.options, ...plainer } }
    if (await breaks(candidate)) small = candidate
  }
  return { scenario: small, runs }
}

const inOrder = (acts: readonly Act[]): readonly Act[] => [...acts].sort((a, b) => a.at - b.at)
