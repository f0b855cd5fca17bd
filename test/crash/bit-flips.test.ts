/** A sample of the flipped bits of a journal of several lives; `npm run crash -- bits` flips every one. */
import { expect, it } from 'vitest'
import { flipBits } from '../../scripts/crash/bit-flips.ts'

it('one bit in 499: refused with the line named, or the exact records before the last write', async () => {
  const { bits, refused, cut, violations } = await flipBits({ bytes: 65_536, seed: 1, every: 499 })
  expect(violations).toEqual([])
  expect(bits).toBeGreaterThan(1000)
  expect(refused + cut).toBe(bits)
})
