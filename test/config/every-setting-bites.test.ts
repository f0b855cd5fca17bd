/** Every setting does something: here, or in the test that is named for it. A setting that nothing asks for has no place in the table. */
import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { SETTINGS, type SettingName } from '../../src/config/schema.ts'
import { missingForLive } from '../../src/config/live-settings.ts'
import { Accounts } from '../../machines/accounts.ts'
import { settingsWith } from '../signals/settings.ts'
import { aSignal } from '../support/builders.ts'
import { EngineWorld } from '../support/engine-world.ts'

type Environment = Record<string, string>
/** What is seen with the setting left alone, and with this value. */
type Bite = { readonly value: string; readonly beside?: Environment; readonly look: (environment: Environment) => unknown; readonly without: unknown; readonly with: unknown }
/** `spelt`: how that test writes it, where not by its name. */
type Elsewhere = { readonly file: string; readonly title: string; readonly spelt?: string }

let number = 0
const fresh = (): string => new Date(Date.UTC(2026, 0, 1) - (number++ % 30) * 1000).toISOString()
/** What the door says to a signal dated `shiftSec` from now. */
const door = (signal: Record<string, unknown> = {}, shiftSec = 0) => (environment: Environment): unknown => {
  const world = new EngineWorld(environment)
  try {
    const { outcome } = world.engine.enter(world.request({ timestamp: new Date(world.clock.now() + shiftSec * 1000).toISOString(), ...signal }))
    if (outcome.kind !== 'answered') return outcome.kind
    const { answer } = outcome
    return 'risk_reason' in answer ? answer.risk_reason : 'reason' in answer ? answer.reason : [answer.tp_price, answer.sl_price]
  } catch (error) {
    return (error as Error).message.match(/"field":"(\w+)"/)?.[1] ?? (error as Error).message
  }
}
const second = (environment: Environment): unknown => {
  const world = new EngineWorld(environment)
  world.open({ timestamp: fresh(), symbol: 'ETHUSDT' })
  const answer = world.answer({ timestamp: fresh(), symbol: 'BTCUSDT' })
  return 'risk_reason' in answer ? answer.risk_reason.split(' ')[0] : 'opened'
}
const MINUTE = 60_000
/** Whether a strategy that closed positions with these results may open live. */
const rated = (...pnls: number[]) => (environment: Environment): unknown => {
  const settings = settingsWith({ ADAPTIVE_ALLOCATION: 'true', ...environment })
  const core = { ...settings.core, marketType: 'linear_perp' as const }
  const accounts = new Accounts()
  const ledger = accounts.account('live', core, MINUTE)
  for (const pnl of pnls) accounts.bookClosed(ledger, 'one', { type: 'position.closed', positionId: 1 as never, symbol: 'BTCUSDT', direction: 'long', entryPrice: '1' as never, closePrice: '1' as never, qty: '1' as never, pnl: String(pnl) as never, fees: '0' as never, reason: 'tp', durationMs: 1 }, MINUTE)
  accounts.rate(MINUTE, core.limits.adaptive)
  return accounts.subject(aSignal({ strategy: 'one' }), MINUTE, core, undefined).rating('one')?.eligible ?? 'not rated'
}
const live = (name: SettingName): Bite => ({
  value: 'x', look: (environment) => {
    const values: Environment = { BROKER_MODE: 'live', PRICE_EXCHANGE: name.startsWith('BYBIT') ? 'bybit' : 'bitget', ...environment }
    return missingForLive((each) => values[each] ?? '').some((line) => line.includes(`${name} is empty`))
  },
  without: true, with: false,
})
const loaded = (look: (settings: ReturnType<typeof settingsWith>) => unknown) => (environment: Environment): unknown => look(settingsWith(environment))
const problem = (environment: Environment): unknown => {
  const outcome = loadSettings({ environment, dotEnv: null })
  return outcome.ok ? 'allowed' : outcome.problems[0]
}

const HERE: Partial<Record<SettingName, Bite>> = {
  ENVIRONMENT: { value: 'paper', look: loaded(({ dataDir }) => dataDir), without: 'state/data/dev', with: 'state/data/paper' },
  RISK_PROFILE: { value: 'semi_live_100eur', look: second, without: 'opened', with: 'max_total_open_reached' },
  DEFAULT_TP_PCT: { value: '10', look: door(), without: [104.5, 98.5], with: [110, 98.5] },
  DEFAULT_SL_PCT: { value: '10', look: door(), without: [104.5, 98.5], with: [104.5, 90] },
  MIN_LEVEL_PCT: { value: '1', look: door({ sl_pct: 0.5 }), without: [104.5, 99.5], with: 'sl_pct' },
  MAX_LEVEL_PCT: { value: '20', look: door({ tp_pct: 30 }), without: [130, 98.5], with: 'tp_pct' },
  SIGNAL_MAX_AGE_SEC: { value: '60', look: door({}, -61), without: [104.5, 98.5], with: 'invalid' },
  SIGNAL_MAX_FUTURE_SEC: { value: '60', look: door({}, 61), without: [104.5, 98.5], with: 'invalid' },
  OMS_ENABLED: { value: 'false', look: door(), without: [104.5, 98.5], with: 'OMS disabled (OMS_ENABLED=false)' },
  DEFAULT_QTY: { value: '2000', look: door(), without: [104.5, 98.5], with: 'max_size_per_position_exceeded (notional=200000.0000, limit=100000.0000)' },
  DEFAULT_NOTIONAL_USDT: { value: '50', beside: { MAX_SIZE_PER_POSITION_USDT: '60' }, look: door(), without: 'max_size_per_position_exceeded (notional=100.0000, limit=60.0000)', with: [104.5, 98.5] },
  LEVERAGE: { value: '10', beside: { RISK_CHECK_MARGIN: 'true', PAPER_START_BALANCE_USDT: '150', MAX_SESSION_LOSS_PCT: '' }, look: second, without: 'insufficient_margin', with: 'opened' },
  ADAPTIVE_ALLOCATION: { value: 'false', look: rated(5, 5, 5), without: true, with: 'not rated' },
  ADAPTIVE_MIN_TRADES: { value: '4', look: rated(5, 5, 5), without: true, with: false },
  ADAPTIVE_MIN_PROFIT_FACTOR: { value: '3', look: rated(5, 5, -5), without: true, with: false },
  MARGIN_MODE: { value: 'isolated', look: problem, without: 'allowed', with: 'MARGIN_MODE=isolated (process environment): allowed is cross' },
  STRATEGIES_FILE: { value: 'x.json', look: problem, without: 'allowed', with: expect.stringMatching(/^STRATEGIES_FILE=x\.json /) as unknown },
  BITGET_API_KEY: live('BITGET_API_KEY'),
  BITGET_API_SECRET: live('BITGET_API_SECRET'),
  BITGET_API_PASSPHRASE: live('BITGET_API_PASSPHRASE'),
  BYBIT_API_KEY: live('BYBIT_API_KEY'),
  BYBIT_API_SECRET: live('BYBIT_API_SECRET'),
  RETENTION_DAYS: { value: '90', look: loaded(({ retentionDays }) => retentionDays), without: 30, with: 90 },
  READINESS_MIN_TRADES: { value: '5', look: loaded(({ readiness }) => readiness.minTrades), without: 200, with: 5 },
  READINESS_MIN_SHADOW_DAYS: { value: '7', look: loaded(({ readiness }) => readiness.minShadowDays), without: 5, with: 7 },
  READINESS_MIN_WINRATE_PCT: { value: '50', look: loaded(({ readiness }) => readiness.minWinratePct), without: 40, with: 50 },
  READINESS_MAX_DRAWDOWN_PCT: { value: '5', look: loaded(({ readiness }) => readiness.maxDrawdownPct), without: 10, with: 5 },
}

const account = (title: string): Elsewhere => ({ file: 'test/risk/account.test.ts', title })
const exits = (title: string): Elsewhere => ({ file: 'test/exits/parameters.test.ts', title })
const HELD: Elsewhere = account('%j holds exactly')

const ELSEWHERE: Partial<Record<SettingName, readonly Elsewhere[]>> = {
  LOMS_PROFILE: [{ file: 'test/config/load.test.ts', title: 'precedence (M-4)' }],
  HOST: [{ file: 'test/e2e/settings.test.ts', title: 'an open address without keys' }],
  PORT: [{ file: 'test/e2e/settings.test.ts', title: 'by a port in use, which is named' }],
  API_KEYS: [{ file: 'test/http/keys.test.ts', title: '%s: nobody without its scope' }],
  DATA_DIR: [{ file: 'test/e2e/kill-switch.test.ts', title: 'with a dead service: on its data directory, and the next start is halted' }],
  AUDIT_LOG_PATH: [{ file: 'test/e2e/durability.test.ts', title: 'works again as soon as it can be written' }],
  DATABASE_URL: [{ file: 'test/e2e/settings.test.ts', title: 'Postgres' }],
  LOG_LEVEL: [{ file: 'test/e2e/secrets.test.ts', title: 'files, logs, answers, config and backups hold none of them' }],
  RETENTION_DAYS: [{ file: 'test/state/file-store.test.ts', title: 'young segments stay plain until they are old enough', spelt: 'plainMs' }],
  ZOMBIE_AGE_HOURS: [account('is said to be too old once, also after a restart')],
  BROKER_MODE: [{ file: 'test/config/live-settings.test.ts', title: 'starts with all that it needs' }],
  LIVE_TRADING: [{ file: 'test/e2e/settings.test.ts', title: 'live trading by one switch' }],
  PAPER_TWIN: [{ file: 'test/e2e/paper-twin.test.ts', title: 'gets every signal the live account opens on' }],
  ACCOUNT_LABEL: [{ file: 'test/config/live-settings.test.ts', title: 'BROKER_MODE=live (M-2)' }],
  MAX_ENTRY_DEVIATION_PCT: [{ file: 'test/e2e/shadow.test.ts', title: 'compares the price of a first signal with the market' }],
  EXIT_STRATEGY: [{ file: 'test/e2e/external-model.test.ts', title: 'the strategy is refused as the default, and in a signal' }],
  TRAIL_BREAK_EVEN_TRIGGER_PCT: [exits('defaults come from the settings, an empty one switches its rule off')],
  TRAIL_BREAK_EVEN_OFFSET_PCT: [exits('settings that do not fit together stop the start')],
  TRAIL_TRIGGER_PCT: [exits('defaults come from the settings, an empty one switches its rule off')],
  TRAIL_DISTANCE_PCT: [exits('defaults come from the settings, an empty one switches its rule off')],
  TRAIL_TIMEOUT_CANDLES: [exits('defaults come from the settings, an empty one switches its rule off')],
  TRAIL_TIMEOUT_MIN_MOVE_PCT: [exits('defaults come from the settings, an empty one switches its rule off')],
  EXIT_MODEL_URL: [{ file: 'test/e2e/external-model.test.ts', title: 'the strategy is refused as the default, and in a signal' }],
  EXIT_MODEL_TIMEOUT_MS: [{ file: 'test/e2e/external-model.test.ts', title: 'is held through failures, gets a tighter stop, is closed' }],
  EXIT_MODEL_EVERY_SEC: [{ file: 'test/exits/external-model.test.ts', title: 'come every so many seconds after the fill' }],
  PRICE_SOURCE: [{ file: 'test/e2e/sources.test.ts', title: 'plays all rows at full speed on the clock of the data' }],
  PRICE_MODE: [{ file: 'test/exits/mark-and-last.test.ts', title: '' }],
  PRICE_EXCHANGE: [{ file: 'test/e2e/sources.test.ts', title: 'fills at prices of the market and books fees' }],
  PRICE_STALE_SEC: [{ file: 'test/e2e/shadow.test.ts', title: 'takes no entry on a price that is too old' }],
  PRICE_HTTP_TIMEOUT: [{ file: 'test/e2e/shadow.test.ts', title: 'elsewhere no price is invented' }],
  EXCHANGE_EMULATOR_URL: [{ file: 'test/e2e/shadow.test.ts', title: 'fills at the ask, triggers the stop on mark' }],
  REPLAY_FILES: [{ file: 'test/e2e/sources.test.ts', title: 'plays all rows at full speed on the clock of the data' }],
  REPLAY_SPEED: [{ file: 'test/e2e/sources.test.ts', title: 'plays all rows at full speed on the clock of the data' }],
  AUTO_CLOSE_INTERVAL_SEC: [{ file: 'test/e2e/lifecycle.test.ts', title: 'prices of the simulator: pinned, released, on its own' }],
  AUTO_CLOSE_MIN_AGE_SEC: [{ file: 'test/e2e/lifecycle.test.ts', title: 'is not decided before its minimum age; at that age the last price decides' }],
  PAPER_BROKER: [{ file: 'test/e2e/sources.test.ts', title: 'PAPER_BROKER=exchange with the dummy exchange' }],
  PAPER_TAKER_FEE_PCT: [account('counts a part that was closed, and fees from the fill on')],
  PAPER_MAKER_FEE_PCT: [{ file: 'test/e2e/sources.test.ts', title: 'a target fills as maker at its limit' }],
  PAPER_SLIPPAGE_BPS: [{ file: 'test/simulate/random-runs.test.ts', title: '' }],
  PAPER_START_BALANCE_USDT: [account('is from the highest equity, open profit included')],
  MAX_OPEN_POSITIONS: [HELD],
  MAX_OPEN_POSITIONS_PER_SYMBOL: [HELD],
  MAX_SIZE_PER_POSITION_USDT: [{ file: 'test/e2e/kill-switch.test.ts', title: 'shows every check and records nothing' }],
  MAX_EXPOSURE_PER_SYMBOL_USDT: [HELD],
  MAX_EXPOSURE_PER_STRATEGY_USDT: [HELD],
  MAX_EXPOSURE_PER_ACCOUNT_USDT: [HELD],
  MAX_SAME_DIRECTION_PER_GROUP: [HELD],
  SYMBOL_GROUPS: [account('margin is free again, and direction counts only what is open')],
  MAX_DAILY_LOSS_USDT: [account('counts open losses, is said once, and ends with the UTC day of the journal')],
  MAX_DRAWDOWN_PCT: [account('is from the highest equity, open profit included')],
  LOSS_LIMIT_ACTION: [account('with LOSS_LIMIT_ACTION=halt pulls the kill switch')],
  MAX_SESSION_LOSS_PCT: [{ file: 'test/risk/kill-switch.test.ts', title: 'is off without a limit' }],
  RISK_MAX_ALERTS_PER_DAY: [HELD],
  RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: [HELD],
  RISK_ALERT_LIMIT_MODE: [account('are only noted with RISK_ALERT_LIMIT_MODE=log')],
  RISK_CHECK_MARGIN: [HELD],
  COOLDOWN_SEC: [account('a symbol cools down')],
  MAX_LOSS_STREAK: [account('a streak of losses pauses entries; a win ends it')],
  LOSS_STREAK_PAUSE_SEC: [account('a streak of losses pauses entries; a win ends it')],
  LIVE_STRATEGIES: [{ file: 'test/live/door.test.ts', title: 'live refuses %s', spelt: 'not_allowed_live (strategy=' }],
  LIVE_SYMBOLS: [{ file: 'test/live/door.test.ts', title: 'live refuses %s', spelt: 'not_allowed_live (symbol=' }],
  EXCHANGE_SANDBOX: [{ file: 'test/checkup/exchange-checks.test.ts', title: 'is not asked for the rights of its key, which it refuses to tell' }],
  MAX_ACCOUNT_EQUITY_USDT: [{ file: 'test/e2e/arming.test.ts', title: 'more money than MAX_ACCOUNT_EQUITY_USDT is not armed' }],
  TELEGRAM_BOT_TOKEN: [{ file: 'test/checkup/checkups.test.ts', title: 'a bot that answers' }],
  TELEGRAM_CHAT_IDS: [{ file: 'test/checkup/checkups.test.ts', title: 'a bot that answers' }],
  TELEGRAM_USER_IDS: [{ file: 'test/alerts/commands.test.ts', title: 'who is heard', spelt: 'userIds' }],
  ALERT_WEBHOOK_URL: [{ file: 'test/e2e/alerts.test.ts', title: 'an outage of the receiver and a kill -9 lose no alert and double none' }],
  ALERT_WEBHOOK_SECRET: [{ file: 'test/alerts/webhook.test.ts', title: 'gets signed JSON that can be checked and told apart', spelt: 'secret' }],
  HEARTBEAT_URL: [{ file: 'test/alerts/webhook.test.ts', title: 'calls once a minute while all is well, and is silent otherwise', spelt: 'Heartbeat' }],
  READINESS_MIN_TRADES: [{ file: 'test/checkup/readiness-month.test.ts', title: 'one operation too few', spelt: 'minTrades' }],
  READINESS_MIN_SHADOW_DAYS: [{ file: 'test/checkup/readiness-month.test.ts', title: 'one day too few', spelt: 'minShadowDays' }],
  READINESS_MIN_WINRATE_PCT: [{ file: 'test/checkup/readiness-month.test.ts', title: 'too few wins', spelt: 'minWinratePct' }],
  READINESS_MAX_DRAWDOWN_PCT: [{ file: 'test/checkup/readiness-month.test.ts', title: 'too deep a fall', spelt: 'maxDrawdownPct' }],
}

it('every setting has its test, and no test is for a setting that is gone', () => {
  const tested = new Set([...Object.keys(HERE), ...Object.keys(ELSEWHERE)])
  expect(SETTINGS.map(({ name }) => name).filter((name) => !tested.has(name))).toEqual([])
  expect([...tested].filter((name) => !SETTINGS.some((setting) => setting.name === name))).toEqual([])
})

describe('here', () => {
  it.each(Object.entries(HERE))('%s', (name, { value, beside = {}, look, without, with: expected }) => {
    expect(look(beside)).toEqual(without)
    expect(look({ ...beside, [name]: value })).toEqual(expected)
  })
})

describe('elsewhere', () => {
  it.each(Object.entries(ELSEWHERE).flatMap(([name, tests]) => tests.map(({ file, title, spelt }) => [name, file, title, spelt ?? name] as const)))('%s in %s: %s', (_, file, title, spelt) => {
    const text = fs.readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    expect({ title: text.includes(title), spelt: text.includes(spelt) }).toEqual({ title: true, spelt: true })
  })
})

describe('a name that is written wrong', () => {
  it.each(SETTINGS.map(({ name }) => name))('%s without a letter, or with one twice, is refused with the right name', (name) => {
    const at = Math.floor(name.length / 2)
    for (const wrong of [name.slice(0, at) + name.slice(at + 1), name.slice(0, at) + name[at] + name.slice(at)]) {
      const outcome = loadSettings({ environment: {}, dotEnv: `${wrong}=1` })
      expect(outcome.ok ? [] : outcome.problems).toContainEqual(expect.stringContaining(`did you mean ${name}?`))
    }
  })
})

it('every value is shown with where it came from', () => {
  for (const { name } of SETTINGS) {
    const plain = loadSettings({ environment: {}, dotEnv: null })
    expect(plain.ok && plain.effective.find((row) => row.name === name)?.origin).toMatch(/\S/)
  }
})
