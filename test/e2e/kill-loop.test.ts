/** A short run of the kill loop; `npm run kill-loop` makes a long one. */
import { expect, it } from 'vitest'
import { killLoop } from '../../scripts/kill-loop/kill-loop.ts'
import { COMMAND } from './service-process.ts'

it('20 kills under load: nothing acknowledged is lost, nothing is done twice', { timeout: 300_000 }, async () => {
  const result = await killLoop({ kills: 20, seed: 7, command: COMMAND, onKill: () => undefined })
  expect(result).toMatchObject({ kills: 20, violations: [] })
  expect(result.acknowledged).toBeGreaterThan(100)
})
