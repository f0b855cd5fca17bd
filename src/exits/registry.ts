/** Every exit policy by its name. A new policy is a file beside this one and a line here. */
import { assert } from '../domain/assert.ts'
import type { ExitPolicy } from './exit-policy.ts'
import { staticPolicy } from './static.ts'
import { trailingPolicy } from './trailing.ts'

const POLICIES: ReadonlyMap<string, ExitPolicy> = new Map([staticPolicy, trailingPolicy].map((policy) => [policy.name, policy]))

export const exitPolicyNames = (): readonly string[] => [...POLICIES.keys()]

/** The policy of a validated name. */
export function exitPolicy(name: string): ExitPolicy {
  const policy = POLICIES.get(name)
  assert(policy, `exit strategy ${name} was validated when the signal came in`)
  return policy
}
