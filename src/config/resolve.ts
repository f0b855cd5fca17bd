/** Chooses each setting's text by precedence: `--set` > process environment > `.env` > RISK_PROFILE > LOMS_PROFILE > default. */
import { SETTINGS, type SettingName } from './schema.ts'
import { emptyIsValue, PROFILES, type Profile, type Setting } from './setting.ts'

export type SettingOrigin = '--set' | 'environment' | '.env' | 'RISK_PROFILE' | 'LOMS_PROFILE' | 'default'
export type Resolved = { readonly value: string; readonly origin: SettingOrigin }

/** What people wrote, by source. */
export type WrittenSettings = {
  readonly overrides: ReadonlyMap<string, string>
  readonly environment: ReadonlyMap<string, string>
  readonly dotEnv: ReadonlyMap<string, string>
}

export type Resolution = {
  readonly values: ReadonlyMap<SettingName, Resolved>
  /** Where the process environment hides another value of `.env`: name by name, both texts. */
  readonly shadowed: readonly { readonly setting: Setting; readonly environment: string; readonly dotEnv: string }[]
}

/** Every setting with its value as text; derived defaults depend on the others. */
export function resolve(written: WrittenSettings): Resolution {
  const profile = profileOf(writtenValue(written, 'LOMS_PROFILE')?.value)
  const semiLiveRisk = writtenValue(written, 'RISK_PROFILE')?.value === 'semi_live_100eur'
  const values = new Map<SettingName, Resolved>()
  for (const setting of SETTINGS) {
    const found = writtenValue(written, setting.name) ?? byProfile(setting, profile, semiLiveRisk)
    if (found) values.set(setting.name, found)
  }
  for (const [name, value] of derivedDefaults((name) => values.get(name)?.value ?? '')) {
    if (!values.has(name)) values.set(name, { value: value(), origin: 'default' })
  }
  return { values, shadowed: shadowed(written) }
}

const settingsByName = new Map<string, Setting>(SETTINGS.map((setting) => [setting.name, setting]))
export const settingNamed = (name: string): Setting | undefined => settingsByName.get(name)

function writtenValue(written: WrittenSettings, name: string): Resolved | undefined {
  return fromSource(name, written.overrides, '--set') ?? fromSource(name, written.environment, 'environment') ?? fromSource(name, written.dotEnv, '.env')
}

function fromSource(name: string, source: ReadonlyMap<string, string>, origin: SettingOrigin): Resolved | undefined {
  const value = source.get(name)?.trim()
  const setting = settingsByName.get(name)
  // `PORT=` means "not set"; `MAX_OPEN_POSITIONS=` means "no limit".
  if (value === undefined || !setting || (value === '' && !emptyIsValue(setting))) return undefined
  return { value, origin }
}

const profileOf = (value: string | undefined): Profile => PROFILES.find((profile) => profile === value) ?? 'lab'

/** The default of a column; undefined where it is derived from other settings. */
export function columnDefault(setting: Setting, profile: Profile): string | undefined {
  const { byDefault } = setting
  if (typeof byDefault === 'string') return byDefault
  return 'derived' in byDefault ? undefined : byDefault[profile]
}

function byProfile(setting: Setting, profile: Profile, semiLiveRisk: boolean): Resolved | undefined {
  const useRisk = semiLiveRisk && setting.risk === true
  const value = columnDefault(setting, useRisk ? 'semi-live' : profile)
  if (value === undefined) return undefined
  if (value === columnDefault(setting, 'lab')) return { value, origin: 'default' }
  return { value, origin: useRisk ? 'RISK_PROFILE' : 'LOMS_PROFILE' }
}

/** In an order in which each depends on earlier ones only. */
const derivedDefaults = (value: (name: SettingName) => string): [SettingName, () => string][] => [
  ['DATA_DIR', () => `state/data/${value('ENVIRONMENT')}`],
  ['AUDIT_LOG_PATH', () => `${value('DATA_DIR')}/bounce_signals_${value('ENVIRONMENT')}.jsonl`],
  ['DATABASE_URL', () => ''],
  ['AUTO_CLOSE_MIN_AGE_SEC', () => (value('PRICE_SOURCE') === 'simulator' ? '7' : '0')],
  ['PAPER_BROKER', () => (value('PRICE_SOURCE') === 'exchange' && value('PRICE_EXCHANGE') !== 'dummy' ? 'exchange' : 'sim')],
]

function shadowed(written: WrittenSettings): Resolution['shadowed'] {
  return SETTINGS.flatMap((setting) => {
    const environment = fromSource(setting.name, written.environment, 'environment')?.value
    const dotEnv = fromSource(setting.name, written.dotEnv, '.env')?.value
    if (environment === undefined || dotEnv === undefined || environment === dotEnv) return []
    return [{ setting, environment, dotEnv }]
  })
}
