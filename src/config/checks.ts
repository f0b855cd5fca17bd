/** Whether the settings may start the service: every mistake as one readable line, and what only deserves a warning. */
import { compare, decimal, greater, less } from '../domain/decimal.ts'
import { exitStrategies } from '../exits/registry.ts'
import { alertProblems } from './alert-settings.ts'
import { parseApiKeys } from './api-keys.ts'
import { emptyExitNeeds, wrongExitDefaults } from './exit-settings.ts'
import { isLoopback } from './loopback.ts'
import { missingForLive } from './live-settings.ts'
import { nearMiss } from './near-miss.ts'
import { columnDefault, settingNamed, type Resolved, type Resolution, type SettingOrigin, type WrittenSettings } from './resolve.ts'
import { SETTINGS, type SettingName } from './schema.ts'
import { plainNumber, refusal, type Setting } from './setting.ts'
import { shown } from './shown.ts'

export type Findings = { readonly problems: string[]; readonly warnings: string[] }

/** Settings of the client modules that bots use beside LOMS; they may stand in the same file. */
const CLIENT_NAMES: ReadonlySet<string> = new Set(['LOMS_ENABLED', 'LOMS_BASE_URL', 'LOMS_TIMEOUT_SEC', 'LOMS_API_KEY'])

const WHERE: Record<SettingOrigin, string> = {
  '--set': '--set',
  environment: 'process environment',
  '.env': '.env',
  RISK_PROFILE: 'from RISK_PROFILE',
  LOMS_PROFILE: 'from LOMS_PROFILE',
  default: 'default',
}

/** Names nobody knows: all of `.env` and `--set`, and slips of known names in the process environment. */
export function checkNames(written: WrittenSettings, { problems }: Findings): void {
  const known = SETTINGS.map((setting) => setting.name)
  const suggest = (name: string): string => {
    const meant = nearMiss(name, known)
    return meant ? `did you mean ${meant}?` : 'remove it; docs/settings.md lists all settings'
  }
  for (const [source, names] of [['--set', written.overrides.keys()], ['.env', written.dotEnv.keys()]] as const) {
    for (const name of names) {
      if (!settingNamed(name) && !CLIENT_NAMES.has(name)) problems.push(`${name} (${source}): there is no such setting; ${suggest(name)}`)
    }
  }
  for (const name of written.environment.keys()) {
    const meant = settingNamed(name) || CLIENT_NAMES.has(name) ? undefined : nearMiss(name, known)
    if (meant) problems.push(`${name} (process environment): looks like a slip; did you mean ${meant}?`)
  }
}

/** Each value by itself. Returns the names whose values are wrong. */
export function checkValues({ values, shadowed }: Resolution, { problems, warnings }: Findings): ReadonlySet<SettingName> {
  const wrongNames = new Set<SettingName>()
  const notInForce: string[] = []
  for (const setting of SETTINGS) {
    const resolved = values.get(setting.name) as Resolved
    const problem = valueProblem(setting, resolved)
    if (problem) {
      wrongNames.add(setting.name)
      problems.push(`${described(setting, resolved)}: ${problem}`)
    } else if (setting.exchangeKey) {
      if (resolved.value !== '' && values.get('BROKER_MODE')?.value !== 'live') warnings.push(`${setting.name} is set beside BROKER_MODE=paper: it stays unused`)
    } else if (setting.later && setting.kind.type === 'limit' && resolved.value !== '' && resolved.origin !== 'default') {
      notInForce.push(`${setting.name}=${resolved.value}`)
    }
  }
  // Somebody who names these limits counts on them.
  if (notInForce.length > 0) warnings.push(`Not in force in this version: ${notInForce.join(', ')}`)
  for (const { setting, environment, dotEnv } of shadowed) {
    const [one, other] = [shown(setting, environment), shown(setting, dotEnv)]
    warnings.push(`${setting.name}: the process environment says ${one}, .env says ${other}; the process environment counts`)
  }
  return wrongNames
}

function valueProblem(setting: Setting, { value, origin }: Resolved): string | undefined {
  const written = origin === '--set' || origin === 'environment' || origin === '.env'
  if (setting.later && !setting.exchangeKey && written && !sameValue(columnDefault(setting, 'lab'), value)) {
    return 'this setting is not in this version; leave it out'
  }
  return refusal(setting, value)
}

const described = (setting: Setting, { value, origin }: Resolved): string => `${setting.name}=${shown(setting, value)} (${WHERE[origin]})`

function sameValue(a: string | undefined, b: string): boolean {
  if (a === undefined || a === b) return a === b
  const [x, y] = [plainNumber(a), plainNumber(b)]
  return x !== undefined && y !== undefined && compare(x, y) === 0
}

/** Values that exclude or need each other, as far as each is right by itself. */
export function checkTogether({ values }: Resolution, wrong: ReadonlySet<SettingName>, findings: Findings): void {
  const value = (name: SettingName): string => values.get(name)?.value ?? ''
  const line = (name: SettingName): string => described(settingNamed(name) as Setting, values.get(name) as Resolved)
  const right = (...names: SettingName[]): boolean => names.every((name) => !wrong.has(name))
  const { problems, warnings } = findings
  if (value('PRICE_SOURCE') === 'replay' && listOf(value('REPLAY_FILES')).length === 0) {
    problems.push('REPLAY_FILES is empty: PRICE_SOURCE=replay needs at least one file of recorded prices')
  }
  if (value('PAPER_TWIN') === 'true' && value('BROKER_MODE') === 'paper') warnings.push('PAPER_TWIN=true beside BROKER_MODE=paper: it stays unused')
  if (value('LIVE_TRADING') === 'true' && value('BROKER_MODE') === 'paper') warnings.push('LIVE_TRADING=true beside BROKER_MODE=paper: it stays unused')
  problems.push(...missingForLive(value as (name: string) => string))
  if (right('AUTO_CLOSE_INTERVAL_SEC') && Number(value('AUTO_CLOSE_INTERVAL_SEC')) <= 0) {
    warnings.push(`${line('AUTO_CLOSE_INTERVAL_SEC')} is forced to 1`)
  }
  if (right('MIN_LEVEL_PCT', 'MAX_LEVEL_PCT')) checkLevels(value, (name) => (right(name) ? line(name) : undefined), problems)
  for (const { setting, message } of wrongExitDefaults(value)) if (right(setting)) problems.push(`${line(setting)}: ${message}`)
  checkExitModel(value, right('EXIT_STRATEGY') ? line('EXIT_STRATEGY') : undefined, problems)
  checkDatabaseUrl(value('DATABASE_URL'), value('DATA_DIR'), line('DATABASE_URL'), findings)
  problems.push(...parseApiKeys(value('API_KEYS')).problems, ...alertProblems(value))
  if (right('HOST') && !isLoopback(value('HOST')) && value('API_KEYS') === '') {
    problems.push(`${line('HOST')} without API_KEYS: everybody who reaches this address could trade; set API_KEYS or use HOST=127.0.0.1`)
  }
}

function checkLevels(value: (name: SettingName) => string, line: (name: SettingName) => string | undefined, problems: string[]): void {
  const [min, max] = [decimal(value('MIN_LEVEL_PCT')), decimal(value('MAX_LEVEL_PCT'))]
  if (greater(min, max)) {
    problems.push(`MIN_LEVEL_PCT=${min}: allowed is at most MAX_LEVEL_PCT (${max})`)
    return
  }
  for (const name of ['DEFAULT_TP_PCT', 'DEFAULT_SL_PCT'] as const) {
    const shownLine = line(name)
    if (shownLine && (less(decimal(value(name)), min) || greater(decimal(value(name)), max))) {
      problems.push(`${shownLine}: allowed is MIN_LEVEL_PCT (${min}) to MAX_LEVEL_PCT (${max})`)
    }
  }
}

function checkExitModel(value: (name: SettingName) => string, strategyLine: string | undefined, problems: string[]): void {
  const url = value('EXIT_MODEL_URL')
  // Its value may hold a secret and is not repeated.
  if (url !== '' && !isWebAddress(url)) problems.push('EXIT_MODEL_URL: allowed is an http: or https: URL without user and password, or empty')
  const needed = strategyLine === undefined ? undefined : exitStrategies.needs(value('EXIT_STRATEGY'))
  if (needed !== undefined && emptyExitNeeds(value).includes(needed)) problems.push(`${strategyLine} needs ${needed}, which is empty; set it or choose another exit strategy`)
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password } = new URL(text)
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
}

function checkDatabaseUrl(url: string, dataDir: string, line: string, { problems, warnings }: Findings): void {
  if (url === '' || url === `file:${dataDir}`) return
  if (/^sqlite(\+\w+)?:/i.test(url)) warnings.push('DATABASE_URL=sqlite:… belongs to the Python LOMS and is ignored; the embedded store in DATA_DIR is used')
  else if (/^postgres(ql)?(\+\w+)?:/i.test(url)) problems.push(`${line}: Postgres is not in this version; leave it empty for the embedded store in DATA_DIR`)
  else problems.push(`${line}: allowed is empty (the embedded store in DATA_DIR)`)
}

export const listOf = (text: string): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')
