/** Every exit policy by its name. A new policy is a file beside this one and a line here. */
import { assert } from '../domain/assert.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { ExitPolicy } from './exit-policy.ts'
import { externalModelPolicy } from './external-model.ts'
import { staticPolicy } from './static.ts'
import { trailingPolicy } from './trailing.ts'

const POLICIES: ReadonlyMap<string, ExitPolicy> = new Map([staticPolicy, trailingPolicy, externalModelPolicy].map((policy) => [policy.name, policy]))

export const exitPolicies = (): readonly ExitPolicy[] => [...POLICIES.values()]

/** The strategies as validation sees them. */
export const exitStrategies = {
  has: (name: string): boolean => POLICIES.has(name),
  keys: (): IterableIterator<string> => POLICIES.keys(),
  parse: (name: string, params: JsonObject, defaults: JsonObject): ReturnType<ExitPolicy['parse']> => exitPolicy(name).parse(params, defaults),
  /** The setting without which it cannot be chosen. */
  needs: (name: string): string | undefined => exitPolicy(name).needs,
}

/** The policy of a validated name. */
export function exitPolicy(name: string): ExitPolicy {
  const policy = POLICIES.get(name)
  assert(policy, `exit strategy ${name} was validated when the signal came in`)
  return policy
}
