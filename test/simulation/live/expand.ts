/** From a seed to a scenario: which faults, how often, which latencies, limits, prices and signals. */
import { seededRandom } from '../../../src/prices/random.ts'
import { drawFault, ROWS, type Draw } from './fault-rows.ts'
import type { Act, Fault, Scenario, ScenarioOptions } from './scenario.ts'

export const LIVE_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] as const
/** How many stages a life has. */
const STAGES = [3, 4] as const
export const STRATEGIES = ['a', 'b'] as const

/** Expands the whole scenario; the same for the same seed. */
export function expand(seed: number): Scenario {
  const random = seededRandom(seed * 7919 + 13)
  const between = (least: number, most: number): number => Math.floor(least + random() * (most - least + 1))
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const draw: Draw = { venue: pick(['bybit', 'bitget']), random, between, pick, symbol: () => pick(LIVE_SYMBOLS) }
  const stages = Array.from({ length: between(...STAGES) }, () => between(60_000, 150_000))
  const lengthMs = stages.reduce((sum, each) => sum + each, 0)
  const options: ScenarioOptions = {
    venue: draw.venue, latencyMs: pick([[2, 2], [5, 60], [20, 400]]), pushLatencyMs: pick([1, 20, 300]), balance: pick([100_000, 100_000, 3000]),
    maxOpen: pick([1, 2, 3]), slowDiskMs: pick([0, 0, 5, 60]), slippageBps: pick([0, 5]),
    midnightAtMs: between(10_000, lengthMs + 30_000), ...(random() < 0.5 ? { day: { maxSignals: pick([null, 5, 15]), maxLossUsdt: pick([null, 1, 5, 20]), onLoss: pick(['block', 'halt']) } } : {}),
  }
  return { world: 'live', seed, options, lengthMs, faults: drawFaults(draw, stages), acts: drawActs(draw, lengthMs) }
}

/** Swarm: in each stage of a life each row is absent, rare or frequent, so that every combination comes up. */
function drawFaults(draw: Draw, stages: readonly number[]): readonly Fault[] {
  const { between, pick } = draw
  let from = 0
  const faults = stages.flatMap((stageMs) => {
    const struck = ROWS.flatMap((row) => Array.from({ length: pick([0, 0, 1, 3, 5]) }, () => drawFault(row, from + between(0, stageMs), draw)))
    from += stageMs
    return struck
  })
  return faults.sort((a, b) => a.at - b.at)
}

function drawActs(draw: Draw, lengthMs: number): readonly Act[] {
  const acts: Act[] = []
  for (let at = 1000, number = 1; at < lengthMs; at += draw.between(500, 12_000), number += 1) acts.push(drawSignal(draw, at, number))
  for (let at = 500; at < lengthMs; at += draw.between(200, 2500)) acts.push(drawPrice(draw, at))
  for (let at = draw.between(3000, 15_000); at < lengthMs; at += draw.between(2000, 20_000)) acts.push(drawPerson(draw, at))
  return acts.sort((a, b) => a.at - b.at)
}

function drawPrice({ random, symbol }: Draw, at: number): Act {
  const size = random() < 0.06 ? 0.04 : 0.004
  const factor = Number((1 + (random() - 0.5) * size).toFixed(5))
  return { at, act: 'price', symbol: symbol(), factor, ...(random() < 0.08 ? { wick: true } : {}) }
}

const drawSignal = ({ pick, symbol, random }: Draw, at: number, number: number): Act => ({
  at, act: 'signal', number, symbol: symbol(), direction: pick(['long', 'short']), usdt: pick([20, 300, 1500]), stopPct: pick([0.3, 1, 3]),
  targetPcts: pick([[], [0.4], [1], [2], [0.3, 0.6], [0.3, 0.6, 1.2]]), strategy: pick(STRATEGIES), exit: pick(['tp_sl_static', 'tp_sl_static', 'tp_sl_trailing_v1']), keyed: random() < 0.5,
})

function drawPerson({ random, pick, symbol, between }: Draw, at: number): Act {
  const draw = random()
  if (draw < 0.25) return { at, act: 'repeat', pick: between(0, 99), changed: random() < 0.3 }
  if (draw < 0.55) return { at, act: 'exit', symbol: symbol() }
  if (draw < 0.8) return { at, act: 'change', symbol: symbol(), kind: pick(['part', 'stop', 'target']), by: Number((random() * 2 - 1).toFixed(3)) }
  if (draw < 0.86) return { at, act: 'control', to: pick(['paused', 'halted']) }
  if (draw < 0.93) return { at, act: 'control', to: 'resumed' }
  return { at, act: 'checkpoint' }
}
