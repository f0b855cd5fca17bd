/** The tests of the simulator: deliberate bugs. `npm run sim -- --canaries` looks for all of them. */
import { describe, expect, it } from 'vitest'
import { CANARIES } from './live/canaries.ts'
import { findCanary } from './live/find-canary.ts'

/** Bugs that strike in any life. */
const PLAIN = [
  'a retry takes a new client id', 'an order leaves before its intent is durable', 'an unknown outcome is taken for a refusal', 'the stop covers a tenth of the position', 'fees are forgotten',
  'an alert that nobody took counts as told', 'everything on the account is cancelled that LOMS does not know', 'the secret is in the text of an error',
]

describe('canaries', () => {
  it('are at least twenty, each with a name of its own', () => {
    expect(new Set(CANARIES.map(({ name }) => name)).size).toBe(CANARIES.length)
    expect(CANARIES.length).toBeGreaterThanOrEqual(20)
  })
  it.each(PLAIN)('%s', async (name) => {
    const canary = CANARIES.find((each) => each.name === name)
    expect(canary && (await findCanary(canary, 5))).toMatchObject({ expected: true })
  }, 60_000)
})
