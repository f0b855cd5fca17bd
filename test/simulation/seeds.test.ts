/** Seeded lives of LOMS with faults and crashes. `SIM_SEEDS=500 vitest run test/simulation` for more; see scripts/sim.ts. */
import { describe, expect, it } from 'vitest'
import type { Edges } from './edges.ts'
import { illegalEdges, missingEdges } from './legal-edges.ts'
import { runSeed } from './run-seed.ts'

const SEEDS = Number(process.env['SIM_SEEDS'] ?? '100')

describe('seeded lives', () => {
  it(`${SEEDS} seeds break no invariant and walk only legal edges, all of them that are common`, async () => {
    const edges: Edges = new Map()
    for (let seed = 1; seed <= SEEDS; seed += 1) await runSeed(seed, edges)
    expect(illegalEdges(edges)).toEqual([])
    expect(missingEdges(edges)).toEqual([])
  }, 300_000)

  it('a seed always lives the same life', async () => {
    const life = async (): Promise<unknown> => {
      const edges: Edges = new Map()
      return { result: await runSeed(7, edges), edges }
    }
    expect(await life()).toEqual(await life())
  })
})
