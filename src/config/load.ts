/** From what people wrote to the settings of the process. Pure: `environment.ts` reads the sources. */
import { decimal, type Decimal } from '../domain/decimal.ts'
import type { PriceMode } from '../domain/quote.ts'
import { alertSettings } from './alert-settings.ts'
import { riskLimits } from './risk-limits.ts'
import { parseApiKeys } from './api-keys.ts'
import { checkNames, checkTogether, checkValues, listOf, type Findings } from './checks.ts'
import { CORE_TIMINGS, LIVE_TIMINGS } from './core-timings.ts'
import { emptyExitNeeds, exitDefaults } from './exit-settings.ts'
import { liveSettings } from './live-settings.ts'
import { parseDotEnv } from './dot-env.ts'
import { resolve, type Resolution, type SettingOrigin } from './resolve.ts'
import { SETTINGS, type SettingName } from './schema.ts'
import type { Settings } from './settings.ts'
import { shown } from './shown.ts'

export type SettingSources = {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Text of the `.env` file; null where there is none. */
  readonly dotEnv: string | null
  /** `--set NAME=VALUE`: beats everything. */
  readonly overrides?: Readonly<Record<string, string>>
}

/** One line of `loms config`. */
export type EffectiveSetting = {
  readonly name: SettingName
  /** Secrets are masked. */
  readonly value: string
  readonly origin: SettingOrigin
  /** What to know beside the value, e.g. that it is not in force; null mostly. */
  readonly note: string | null
}

export type LoadedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly effective: readonly EffectiveSetting[]; readonly warnings: readonly string[] }
  /** One line per mistake. */
  | { readonly ok: false; readonly problems: readonly string[]; readonly warnings: readonly string[] }

/** Resolves, checks and types the settings. All mistakes at once, each naming the setting, its value and what is allowed. */
export function loadSettings(sources: SettingSources): LoadedSettings {
  const dotEnv = parseDotEnv(sources.dotEnv ?? '')
  const written = { overrides: entries(sources.overrides ?? {}), environment: entries(sources.environment), dotEnv: dotEnv.values }
  const findings: Findings = { problems: [...dotEnv.problems], warnings: [...dotEnv.warnings] }
  const resolution = resolve(written)
  const value = (name: SettingName): string => resolution.values.get(name)?.value ?? ''
  checkNames(written, findings)
  const wrong = checkValues(resolution, findings)
  checkTogether(resolution, wrong, findings)
  if (findings.problems.length > 0) return { ok: false, problems: findings.problems, warnings: findings.warnings }
  return { ok: true, settings: typed(value, namedSettings(resolution)), effective: effective(resolution), warnings: findings.warnings }
}

const entries = (record: Readonly<Record<string, string | undefined>>): Map<string, string> =>
  new Map(Object.entries(record).filter((entry): entry is [string, string] => entry[1] !== undefined))

function effective({ values }: Resolution): EffectiveSetting[] {
  const dataDir = values.get('DATA_DIR')?.value ?? ''
  return SETTINGS.map((setting) => {
    const { value, origin } = values.get(setting.name) ?? { value: '', origin: 'default' as const }
    const row = { name: setting.name, value: shown(setting, value), origin, note: null }
    if (setting.name === 'DATABASE_URL') {
      const embedded = `file:${dataDir}`
      return { ...row, value: embedded, note: value === '' || value === embedded ? null : 'the written URL is ignored' }
    }
    if (setting.name === 'AUTO_CLOSE_INTERVAL_SEC' && Number(value) <= 0) return { ...row, value: '1', note: `${value} is forced to 1` }
    if ((setting.exchangeKey || setting.name === 'LIVE_TRADING') && values.get('BROKER_MODE')?.value !== 'live') {
      return { ...row, note: value === '' || value === 'false' ? null : 'unused with BROKER_MODE=paper' }
    }
    return setting.later ? { ...row, note: 'not in force in this version' } : row
  })
}

/** The settings of the process. Keys of exchanges enter with BROKER_MODE=live only. */
function typed(value: (name: SettingName) => string, named: Settings['named']): Settings {
  const number = (name: SettingName): number => Number(value(name))
  const interval = number('AUTO_CLOSE_INTERVAL_SEC')
  return {
    profile: value('LOMS_PROFILE') as Settings['profile'],
    environment: value('ENVIRONMENT') as Settings['environment'],
    host: value('HOST'),
    port: number('PORT'),
    dataDir: value('DATA_DIR'),
    auditLogPath: value('AUDIT_LOG_PATH'),
    databaseUrl: `file:${value('DATA_DIR')}`,
    brokerMode: value('BROKER_MODE') as Settings['brokerMode'],
    paperTwin: value('BROKER_MODE') === 'live' && value('PAPER_TWIN') === 'true',
    live: liveSettings(value as (name: string) => string),
    paperBroker: value('PAPER_BROKER') as Settings['paperBroker'],
    paperTakerFeePct: decimal(value('PAPER_TAKER_FEE_PCT')),
    paperMakerFeePct: decimal(value('PAPER_MAKER_FEE_PCT')),
    paperSlippageBps: decimal(value('PAPER_SLIPPAGE_BPS')),
    priceSource: value('PRICE_SOURCE') as Settings['priceSource'],
    priceMode: value('PRICE_MODE') as PriceMode,
    priceExchange: value('PRICE_EXCHANGE') as Settings['priceExchange'],
    priceStaleSec: number('PRICE_STALE_SEC'),
    priceHttpTimeoutSec: number('PRICE_HTTP_TIMEOUT'),
    exchangeEmulatorUrl: value('EXCHANGE_EMULATOR_URL') || null,
    autoCloseIntervalSec: interval > 0 ? interval : 1,
    replayFiles: listOf(value('REPLAY_FILES')),
    replaySpeed: value('REPLAY_SPEED') === 'max' ? 'max' : number('REPLAY_SPEED'),
    exitModel: { url: value('EXIT_MODEL_URL') || null, timeoutMs: number('EXIT_MODEL_TIMEOUT_MS') },
    apiKeys: parseApiKeys(value('API_KEYS')).keys,
    logLevel: value('LOG_LEVEL'),
    zombieAgeHours: number('ZOMBIE_AGE_HOURS'),
    core: coreSettings(value),
    named,
    signal: signalSettings(value),
    alerts: alertSettings(value),
    retentionDays: number('RETENTION_DAYS'),
    readiness: {
      minTrades: number('READINESS_MIN_TRADES'),
      minShadowDays: number('READINESS_MIN_SHADOW_DAYS'),
      minWinratePct: number('READINESS_MIN_WINRATE_PCT'),
      maxDrawdownPct: number('READINESS_MAX_DRAWDOWN_PCT'),
    },
  }
}

/** What a signal means that names no exchange (SPEC S-1). */
const DEFAULT_EXCHANGE = 'bitget'

const NAMED_GROUPS: ReadonlySet<string> = new Set(['Trading', 'Prices', 'Paper broker', 'Limits'])

const namedSettings = ({ values }: Resolution): Settings['named'] =>
  Object.fromEntries(SETTINGS.flatMap((setting) => (NAMED_GROUPS.has(setting.group) && !setting.secret && !setting.later ? [[setting.name, values.get(setting.name)?.value ?? '']] : [])))

function coreSettings(value: (name: SettingName) => string): Settings['core'] {
  return {
    accountLabel: value('ACCOUNT_LABEL'),
    omsEnabled: value('OMS_ENABLED') === 'true',
    marketType: value('BROKER_MODE') === 'live' ? 'linear_perp' : value('PAPER_BROKER') === 'exchange' ? 'paper_exchange' : 'paper_sim',
    priceMode: value('PRICE_MODE') as PriceMode,
    limits: riskLimits(value),
    startBalanceUsdt: decimal(value('PAPER_START_BALANCE_USDT')),
    exitMinAgeMs: Math.round(Number(value('AUTO_CLOSE_MIN_AGE_SEC')) * 1000),
    ...CORE_TIMINGS,
    ...(value('BROKER_MODE') === 'live' ? LIVE_TIMINGS : {}),
  }
}

function signalSettings(value: (name: SettingName) => string): Settings['signal'] {
  const seconds = (name: SettingName): number | null => (value(name) === '' ? null : Number(value(name)))
  return {
    exchange: value('PRICE_SOURCE') === 'exchange' && value('PRICE_EXCHANGE') === 'bybit' ? 'bybit' : DEFAULT_EXCHANGE,
    accountLabel: value('ACCOUNT_LABEL'),
    defaultQty: decimal(value('DEFAULT_QTY')),
    defaultNotionalUsdt: optional(value('DEFAULT_NOTIONAL_USDT')),
    defaultTpPct: decimal(value('DEFAULT_TP_PCT')),
    defaultSlPct: decimal(value('DEFAULT_SL_PCT')),
    exitStrategy: value('EXIT_STRATEGY'),
    exitDefaults: exitDefaults(value),
    emptyExitNeeds: emptyExitNeeds(value),
    minLevelPct: decimal(value('MIN_LEVEL_PCT')),
    maxLevelPct: decimal(value('MAX_LEVEL_PCT')),
    maxAgeSec: seconds('SIGNAL_MAX_AGE_SEC'),
    maxFutureSec: seconds('SIGNAL_MAX_FUTURE_SEC'),
    maxEntryDeviationPct: optional(value('MAX_ENTRY_DEVIATION_PCT')),
  }
}

const optional = (text: string): Decimal | null => (text === '' ? null : decimal(text))
