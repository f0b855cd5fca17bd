/** A short run of the kill loop; `npm run kill-loop` makes a long one. */
import { expect, it } from 'vitest'
import { killLoop } from '../../scripts/kill-loop/kill-loop.ts'
import { COMMAND } from './service-process.ts'

it('6 kills under load: nothing acknowledged is lost, nothing is done twice', { timeout: 120_000 }, async () => {
  const result = await killLoop({ kills: 6, seed: 7, command: COMMAND, onKill: () => undefined })
  expect(result).toMatchObject({ kills: 6, violations: [] })
  expect(result.acknowledged).toBeGreaterThan(20)
})
