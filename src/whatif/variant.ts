/** One variant of a what-if: what it changes in every signal and in the settings. */
import { exitPolicies } from '../exits/registry.ts'
import type { JsonObject, JsonValue } from '../domain/signal.ts'

export type Variant = {
  readonly name: string
  /** Names as they were written: fields of a signal, exit parameters, settings in capitals. Null switches a rule off. */
  readonly changes: Readonly<Record<string, string | null>>
}

/** The signals as they are. */
export const BASELINE: Variant = { name: 'baseline', changes: {} }

const SIGNAL_FIELDS: readonly string[] = ['exit_strategy', 'tp_pct', 'sl_pct']
const PARAMETERS = new Map(exitPolicies().map(({ name, parameters }) => [name, new Set(parameters.map((parameter) => parameter.name))]))

/** Everything in small letters that a variant may change. */
export const CHANGEABLE: readonly string[] = [...SIGNAL_FIELDS, ...new Set([...PARAMETERS.values()].flatMap((names) => [...names]))]

const isSetting = (name: string): boolean => /^[A-Z]/.test(name)
const isParameter = (name: string): boolean => !isSetting(name) && !SIGNAL_FIELDS.includes(name)

/** Its settings, over those of the whole run. */
export const settingsOf = ({ changes }: Variant): Record<string, string> =>
  Object.fromEntries(Object.entries(changes).flatMap(([name, value]) => (isSetting(name) ? [[name, value ?? '']] : [])))

/** The exit strategy of a body under the variant; `fallback` is the one of the settings. */
export function strategyOf(body: unknown, { changes }: Variant, fallback: string): string {
  const own = isObject(body) ? body['exit_strategy'] : undefined
  return changes['exit_strategy'] ?? (typeof own === 'string' ? own : fallback)
}

/**
 * The body with the variant's fields and exit parameters instead of its own. Parameters that the body has for another
 * strategy than the variant's are dropped; parameters of the variant that the strategy does not have do not apply.
 */
export function changedBody(body: unknown, variant: Variant, fallback: string): unknown {
  const { changes } = variant
  const fields = Object.fromEntries(SIGNAL_FIELDS.flatMap((name) => (changes[name] === undefined ? [] : [[name, changes[name]]])))
  const strategy = strategyOf(body, variant, fallback)
  const parameters = Object.entries(changes).filter(([name]) => isParameter(name) && PARAMETERS.get(strategy)?.has(name))
  if (!isObject(body) || (Object.keys(fields).length === 0 && parameters.length === 0)) return body
  const own = strategyOf(body, BASELINE, fallback) === strategy ? (body['exit_params'] ?? {}) : {}
  const exitParams: JsonValue = isObject(own) ? { ...own, ...Object.fromEntries(parameters) } : own
  return { ...body, ...fields, exit_params: exitParams }
}

/** Parameters of the variant that none of these strategies has: they would change nothing. */
export const idleParameters = ({ changes }: Variant, strategies: Iterable<string>): readonly string[] => {
  const known = new Set([...strategies].flatMap((strategy) => [...(PARAMETERS.get(strategy) ?? [])]))
  return Object.keys(changes).filter((name) => isParameter(name) && !known.has(name))
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
