/** Seeded lives of the live product against the emulated exchange. `SIM_LIVE_SEEDS=500` for more; see scripts/sim.ts. */
import { describe, expect, it } from 'vitest'
import { Campaign } from './campaign.ts'

const SEEDS = Number(process.env['SIM_LIVE_SEEDS'] ?? '16')

describe('seeded live lives', () => {
  it(`${SEEDS} seeds break no invariant and walk only legal edges`, async () => {
    const campaign = new Campaign()
    for (let seed = 1; seed <= SEEDS; seed += 1) await campaign.run('live', seed)
    expect(campaign.violations.map(({ message }) => message)).toEqual([])
    expect(campaign.gaps).toEqual([])
  }, 300_000)

  it('a seed always lives the same life', async () => {
    const campaign = new Campaign()
    for (const seed of [3, 4]) await campaign.run('live', seed, true)
    expect(campaign.tallies.live).toMatchObject({ twice: 2, unequal: 0 })
  }, 60_000)
})
