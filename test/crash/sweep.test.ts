/** A short run of the k-th operation sweep; `npm run crash -- sweep` makes the whole one. */
import { describe, expect, it } from 'vitest'
import { faultyRun, sweep, sweepRecovery } from '../../scripts/crash/sweep.ts'

const SEED = 23

describe('the k-th call fails, or is the last one of the process', () => {
  it('every fifth call of every kind: nothing acknowledged is lost, every refusal names its place, no failed sync is tried again', async () => {
    const { points, records, violations } = await sweep({ seed: SEED, every: 5 })
    expect(violations).toEqual([])
    expect(records).toBeGreaterThan(60)
    expect(Object.keys(points).sort()).toEqual(['fdatasync', 'fsync-directory', 'open', 'remove', 'rename', 'truncate', 'write'])
  })

  it('a recovery that crashes five times at the same call is repeated without a loss', async () => {
    const { points, violations } = await sweepRecovery({ seed: SEED, calls: ['write', 'rename', 'fsync-directory'] })
    expect(violations).toEqual([])
    expect(points['write']).toBeGreaterThan(5)
  })

  it('the sync of the audit log at a start fails: signals are refused, and the descriptor is never synced again', async () => {
    for (const fault of ['EIO', 'ENOSPC'] as const) for (const at of [2, 3, 4]) expect((await faultyRun(SEED, { call: 'fdatasync', at, fault })).problems).toEqual([])
  })

  it('a file beside the journal that cannot be opened is a refusal with its place, not a stack', async () => {
    const runs = await Promise.all([3, 4, 5, 6].map((at) => faultyRun(SEED, { call: 'open', at, fault: 'EIO' })))
    expect(runs.flatMap(({ problems }) => problems)).toEqual([])
    expect(runs.flatMap(({ refused }) => refused)).toEqual(expect.arrayContaining([expect.stringMatching(/files beside the journal in .*EIO/)]))
  })
})
