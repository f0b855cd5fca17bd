/** What the settings say about exit strategies, read with the policies' own lists of parameters. */
import type { JsonObject } from '../domain/signal.ts'
import type { ExitPolicy } from '../exits/exit-policy.ts'
import { exitPolicies } from '../exits/registry.ts'
import type { SettingName } from './schema.ts'

type Value = (name: SettingName) => string

/** Defaults of parameters by their names on the wire. Empty: the rule is off, or the parameter follows from others. */
export const exitDefaults = (value: Value): JsonObject => Object.fromEntries(exitPolicies().flatMap((policy) => defaultsOf(policy, value)))

const defaultsOf = ({ parameters }: ExitPolicy, value: Value): (readonly [string, string | null])[] =>
  parameters.flatMap(({ name, setting, default: own }): (readonly [string, string | null])[] => {
    if (setting === undefined) return []
    const text = value(setting as SettingName)
    if (text !== '') return [[name, text]]
    return own === null ? [] : [[name, null]]
  })

/** Settings that an exit strategy needs and that are empty. */
export const emptyExitNeeds = (value: Value): readonly string[] =>
  exitPolicies().flatMap(({ needs }) => (needs !== undefined && value(needs as SettingName) === '' ? [needs] : []))

/** A default that its strategy would refuse: any signal may choose that strategy. Each with the setting that it stands in. */
export function wrongExitDefaults(value: Value): readonly { readonly setting: SettingName; readonly message: string }[] {
  return exitPolicies().flatMap((policy) => {
    const parsed = policy.parse({}, Object.fromEntries(defaultsOf(policy, value)))
    if (parsed.ok) return []
    return parsed.problems.flatMap(({ field, message }) => {
      const setting = policy.parameters.find(({ name }) => name === field)?.setting
      return setting === undefined ? [] : [{ setting: setting as SettingName, message: named(message, policy) }]
    })
  })
}

/** Other parameters by the settings that a person wrote them with. */
const named = (message: string, { parameters }: ExitPolicy): string =>
  parameters.reduce((text, { name, setting }) => (setting === undefined ? text : text.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), setting)), message)
