/** A short run of the freeze loop; `npm run freeze-loop` makes a long one. */
import { expect, it } from 'vitest'
import { freezeLoop } from '../../scripts/freeze-loop/freeze-loop.ts'
import { COMMAND } from './service-process.ts'

it.each(['bybit', 'bitget'] as const)('%s: 3 freezes in the middle of an entry: nothing is filled twice', { timeout: 180_000 }, async (venue) => {
  const result = await freezeLoop({ rounds: 3, seed: 3, venue, command: COMMAND })
  expect(result).toMatchObject({ rounds: 3, refused: 3, doubleFills: 0, violations: [] })
})
