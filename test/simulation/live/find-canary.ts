/** How soon a deliberate bug is found. */
import type { Canary } from './canaries.ts'
import { expand } from './expand.ts'
import { brokenBy } from './shrink.ts'

export type CanaryResult = { readonly name: string; readonly foundAt: number | null; readonly invariant: string | null; readonly expected: boolean }

/** Plays seeds with the bug until one breaks an invariant; null: none of `seeds` did. */
export async function findCanary({ name, breaks, bugs }: Canary, seeds: number): Promise<CanaryResult> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const broken = await brokenBy(expand(seed), bugs())
    if (broken) return { name, foundAt: seed, invariant: broken.invariant, expected: breaks.includes(broken.invariant) }
  }
  return { name, foundAt: null, invariant: null, expected: false }
}
