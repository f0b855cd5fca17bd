/** A short run of the kill loop with real orders; `npm run kill-loop -- --live` makes a long one. */
import { expect, it } from 'vitest'
import { liveKillLoop } from '../../scripts/kill-loop/live-loop.ts'
import { COMMAND } from './service-process.ts'

it('4 kills in the middle of orders: nothing acknowledged is lost, nothing is entered twice, stops rest at the exchange', { timeout: 240_000 }, async () => {
  const result = await liveKillLoop({ kills: 4, seed: 2, venue: 'bybit', command: COMMAND })
  expect(result).toMatchObject({ kills: 4, violations: [] })
})
