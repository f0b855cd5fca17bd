import { describe, expect, it } from 'vitest'
import { loadSettings, type LoadedSettings } from '../../src/config/load.ts'
import { columnDefault } from '../../src/config/resolve.ts'
import { SETTINGS } from '../../src/config/schema.ts'
import { emptyIsValue, PROFILES, refusal } from '../../src/config/setting.ts'

type Written = Record<string, string>
const load = (environment: Written = {}, dotEnv: string | null = null, overrides: Written = {}): LoadedSettings =>
  loadSettings({ environment, dotEnv, overrides })

function settingsOf(loaded: LoadedSettings) {
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}
const problemsOf = (loaded: LoadedSettings): readonly string[] => (loaded.ok ? [] : loaded.problems)
const row = (loaded: LoadedSettings, name: string) => (loaded.ok ? loaded.effective.find((line) => line.name === name) : undefined)

describe('defaults', () => {
  it('start a lab with nothing written', () => {
    const settings = settingsOf(load())
    expect(settings).toMatchObject({
      profile: 'lab', environment: 'dev', host: '127.0.0.1', port: 8000, dataDir: 'state/data/dev',
      auditLogPath: 'state/data/dev/bounce_signals_dev.jsonl', databaseUrl: 'file:state/data/dev',
      brokerMode: 'paper', paperBroker: 'sim', priceSource: 'simulator', priceMode: 'last', priceExchange: 'dummy',
      priceStaleSec: 10, autoCloseIntervalSec: 1, replaySpeed: 1, apiKeys: [], logLevel: 'info',
    })
    expect(settings.core).toMatchObject({
      accountLabel: 'lab_dev', omsEnabled: true, marketType: 'paper_sim', startBalanceUsdt: '10000', exitMinAgeMs: 7000, entryTimeoutMs: 30_000,
      stopRetryMs: 200, stopRetries: 2, takeProfitRetryMs: 5000, closeRetryMs: 1000, queryRetryMs: 500, settleMs: 0,
      limits: { maxOpenPositions: 10, maxOpenPositionsPerSymbol: 3, maxSizePerPositionUsdt: '100000', maxExposurePerSymbolUsdt: null, maxExposurePerStrategyUsdt: null },
    })
    expect(settings.signal).toEqual({
      exchange: 'bitget', accountLabel: 'lab_dev', defaultQty: '1', defaultNotionalUsdt: null, defaultTpPct: '4.5', defaultSlPct: '1.5', exitStrategy: 'tp_sl_static',
      exitDefaults: { break_even_trigger_pct: '1.0', break_even_offset_pct: '0.0', trail_trigger_pct: '2.0', trail_distance_pct: '0.8', timeout_candles: '12', ask_every_sec: '60' },
      emptyExitNeeds: ['EXIT_MODEL_URL'],
      minLevelPct: '0.05', maxLevelPct: '50', maxAgeSec: null, maxFutureSec: null, maxEntryDeviationPct: null,
    })
    expect(load()).toMatchObject({ warnings: [] })
  })

  it.each([
    [{ ENVIRONMENT: 'paper' }, { dataDir: 'state/data/paper', auditLogPath: 'state/data/paper/bounce_signals_paper.jsonl' }],
    [{ DATA_DIR: '/var/loms' }, { dataDir: '/var/loms', auditLogPath: '/var/loms/bounce_signals_dev.jsonl', databaseUrl: 'file:/var/loms' }],
    [{ PRICE_SOURCE: 'exchange' }, { paperBroker: 'sim', core: expect.objectContaining({ exitMinAgeMs: 0 }) as unknown }],
    [{ PRICE_SOURCE: 'replay', REPLAY_FILES: 'a.csv, b.csv.gz', REPLAY_SPEED: 'max' }, { replayFiles: ['a.csv', 'b.csv.gz'], replaySpeed: 'max' }],
    [{ PAPER_BROKER: 'exchange' }, { core: expect.objectContaining({ marketType: 'paper_exchange' }) as unknown }],
    [{ AUTO_CLOSE_MIN_AGE_SEC: '0.5' }, { core: expect.objectContaining({ exitMinAgeMs: 500 }) as unknown }],
    [{ LOMS_PROFILE: 'shadow', PRICE_SOURCE: 'simulator' }, { environment: 'paper', signal: expect.objectContaining({ maxAgeSec: 300, defaultNotionalUsdt: '100' }) as unknown }],
  ])('%j gives %j', (environment, expected) => {
    expect(settingsOf(load(environment))).toMatchObject(expected)
  })
})

describe('precedence (M-4)', () => {
  it.each([
    ['default', {}, null, {}, '10'],
    ['LOMS_PROFILE', { LOMS_PROFILE: 'semi-live', BROKER_MODE: 'paper', PRICE_EXCHANGE: 'dummy' }, null, {}, '1'],
    ['RISK_PROFILE', { RISK_PROFILE: 'semi_live_100eur' }, null, {}, '1'],
    ['.env', { RISK_PROFILE: 'semi_live_100eur' }, 'MAX_OPEN_POSITIONS=7', {}, '7'],
    ['environment', { MAX_OPEN_POSITIONS: '8' }, 'MAX_OPEN_POSITIONS=7', {}, '8'],
    ['--set', { MAX_OPEN_POSITIONS: '8' }, 'MAX_OPEN_POSITIONS=7', { MAX_OPEN_POSITIONS: '9' }, '9'],
  ])('%s', (origin, environment: Written, dotEnv, overrides: Written, value) => {
    expect(row(load(environment, dotEnv, overrides), 'MAX_OPEN_POSITIONS')).toMatchObject({ value, origin })
  })

  it('RISK_PROFILE sets sizes, limits and signal checks, never mode, prices or account', () => {
    const loaded = load({ RISK_PROFILE: 'semi_live_100eur' })
    expect(settingsOf(loaded)).toMatchObject({
      brokerMode: 'paper', priceSource: 'simulator', environment: 'dev',
      core: { accountLabel: 'lab_dev', limits: { maxOpenPositions: 1, maxOpenPositionsPerSymbol: 1, maxSizePerPositionUsdt: '25' } },
      signal: { defaultNotionalUsdt: '10', maxAgeSec: 60, maxFutureSec: 30, maxEntryDeviationPct: '2' },
    })
    expect(loaded.warnings).toEqual([])
  })

  it('warns where the process environment hides another value of .env (M-5)', () => {
    expect(load({ MAX_OPEN_POSITIONS: '1' }, 'MAX_OPEN_POSITIONS=10\nPORT=8000').warnings).toEqual([
      'MAX_OPEN_POSITIONS: the process environment says 1, .env says 10; the process environment counts',
    ])
    expect(load({ PORT: '8000' }, 'PORT=8000').warnings).toEqual([])
    expect(load({ API_KEYS: 'hidden-one' }, 'API_KEYS=hidden-two').warnings.join()).not.toContain('hidden')
  })

  it('an empty limit is no limit, an empty other value is not set', () => {
    const settings = settingsOf(load({ MAX_OPEN_POSITIONS: '', PORT: '' }, 'MAX_OPEN_POSITIONS=5\nPORT=9000'))
    expect(settings.core.limits.maxOpenPositions).toBeNull()
    expect(settings.port).toBe(9000)
  })
})

describe('mistakes (M-6)', () => {
  it.each<[Written, string]>([
    [{ PORT: 'abc' }, 'PORT=abc (process environment): allowed is a whole number from 0 to 65535'],
    [{ PORT: '65536' }, 'PORT=65536 (process environment): allowed is a whole number from 0 to 65535'],
    [{ PORT: '80.5' }, 'PORT=80.5 (process environment): allowed is a whole number from 0 to 65535'],
    [{ OMS_ENABLED: 'yes' }, 'OMS_ENABLED=yes (process environment): allowed is true | false'],
    [{ PRICE_MODE: 'middle' }, 'PRICE_MODE=middle (process environment): allowed is last | mark | mid | bid | ask'],
    [{ MAX_OPEN_POSITIONS: '0' }, 'MAX_OPEN_POSITIONS=0 (process environment): a limit of 0 is refused; write empty for no limit'],
    [{ MAX_OPEN_POSITIONS: '-1' }, 'MAX_OPEN_POSITIONS=-1 (process environment): allowed is a whole number above 0, or empty for no limit'],
    [{ MAX_OPEN_POSITIONS: '2.5' }, 'MAX_OPEN_POSITIONS=2.5 (process environment): allowed is a whole number above 0, or empty for no limit'],
    [{ MAX_SIZE_PER_POSITION_USDT: '1e9' }, 'MAX_SIZE_PER_POSITION_USDT=1e9 (process environment): allowed is a number above 0 USDT, or empty for no limit'],
    [{ DEFAULT_QTY: '0' }, 'DEFAULT_QTY=0 (process environment): allowed is a number above 0 and at most 1000000000'],
    [{ DEFAULT_TP_PCT: '60' }, 'DEFAULT_TP_PCT=60 (process environment): allowed is MIN_LEVEL_PCT (0.05) to MAX_LEVEL_PCT (50)'],
    [{ MIN_LEVEL_PCT: '60' }, 'MIN_LEVEL_PCT=60: allowed is at most MAX_LEVEL_PCT (50)'],
    [{ REPLAY_SPEED: 'fast' }, 'REPLAY_SPEED=fast (process environment): allowed is a number above 0, or max'],
    [{ AUTO_CLOSE_INTERVAL_SEC: 'NaN' }, 'AUTO_CLOSE_INTERVAL_SEC=NaN (process environment): allowed is a number from -86400 to 86400 s'],
    [{ PRICE_SOURCE: 'replay' }, 'REPLAY_FILES is empty: PRICE_SOURCE=replay needs at least one file of recorded prices'],
    [{ TELEGRAM_BOT_TOKEN: 'hidden', TELEGRAM_CHAT_IDS: '1' }, 'TELEGRAM_BOT_TOKEN: allowed is the token of @BotFather, such as 123456789:AAE…'],
    [{ TELEGRAM_BOT_TOKEN: `123456789:${'A'.repeat(35)}` }, 'TELEGRAM_CHAT_IDS is empty: TELEGRAM_BOT_TOKEN needs at least one chat to write to'],
    [{ TELEGRAM_USER_IDS: '1' }, 'TELEGRAM_BOT_TOKEN is empty: TELEGRAM_CHAT_IDS and TELEGRAM_USER_IDS need the token of a bot'],
    [{ ALERT_WEBHOOK_URL: 'http://example.org/hidden', ALERT_WEBHOOK_SECRET: 'hidden-sixteen-characters' }, 'ALERT_WEBHOOK_URL: http: is allowed to a private address only; use https:'],
    [{ ALERT_WEBHOOK_URL: 'https://example.org/hidden' }, 'ALERT_WEBHOOK_SECRET: allowed are 16 characters or more; they sign the requests to ALERT_WEBHOOK_URL'],
    [{ HEARTBEAT_URL: 'https://169.254.169.254/hidden' }, 'HEARTBEAT_URL: link-local addresses are not allowed'],
    [{ SYMBOL_GROUPS: 'BTCUSDT++' }, 'SYMBOL_GROUPS=BTCUSDT++ (process environment): allowed is symbols joined by +, groups separated by commas: BTCUSDT+ETHUSDT,SOLUSDT+AVAXUSDT, or empty'],
    [{ DATABASE_URL: 'postgres://me:hidden@db/loms' }, 'DATABASE_URL=postgres://****@db/loms (process environment): Postgres is not in this version; leave it empty for the embedded store in DATA_DIR'],
    [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL=mysql://db (process environment): allowed is empty (the embedded store in DATA_DIR)'],
    [{ HOST: '0.0.0.0' }, 'HOST=0.0.0.0 (process environment) without API_KEYS: everybody who reaches this address could trade; set API_KEYS or use HOST=127.0.0.1'],
    [{ API_KEYS: 'bot:sginal:hidden' }, 'API_KEYS, entry 1: the scope is one of read, signal, trade, admin, all'],
    [{ API_KEYS: 'hidden-a,,x' }, 'API_KEYS, entry 2: the key has 1 to 256 visible ASCII characters'],
    [{ API_KEYS: 'bot:hidden' }, 'API_KEYS, entry 1: allowed is KEY or name:scope:KEY'],
    [{ API_KEYS: 'hidden,hidden' }, 'API_KEYS, entry 2: the same key stands twice'],
    [{ EXCHANGE_EMULATOR_URL: 'http://example.com:9100' }, 'EXCHANGE_EMULATOR_URL=http://example.com:9100 (process environment): allowed is empty, or http:// with a loopback address and a port'],
  ])('%j', (environment, line) => {
    const problems = problemsOf(load(environment))
    expect(problems).toEqual([line])
    expect(problems.join()).not.toContain('hidden')
  })

  it('are all told at once', () => {
    expect(problemsOf(load({ PORT: 'x', HOST: '0.0.0.0' }, 'MAX_OPEN_POSITIONS=0\nFOO=1'))).toHaveLength(4)
  })

  it.each([
    ['MAX_OPEN_POSITION=3', 'MAX_OPEN_POSITION (.env): there is no such setting; did you mean MAX_OPEN_POSITIONS?'],
    ['FOO=3', 'FOO (.env): there is no such setting; remove it; docs/settings.md lists all settings'],
    ['just text', '.env line 1: allowed are NAME=VALUE, # comments and empty lines'],
    ['A="open', '.env line 1: allowed are NAME=VALUE, # comments and empty lines'],
  ])('in .env: %s', (dotEnv, line) => {
    expect(problemsOf(load({}, dotEnv))).toEqual([line])
  })

  it.each([
    ['MAX_OPEN_POSITON', 'MAX_OPEN_POSITIONS'],
    ['MAXOPENPOSITIONS', 'MAX_OPEN_POSITIONS'],
    ['PROT', 'PORT'],
    ['POTR', 'PORT'],
    ['port', 'PORT'],
    ['API_KEY', 'API_KEYS'],
    ['BITGET_API_SECRT', 'BITGET_API_SECRET'],
  ])('a slip in the process environment: %s', (name, meant) => {
    expect(problemsOf(load({ [name]: '1' }))).toEqual([`${name} (process environment): looks like a slip; did you mean ${meant}?`])
  })

  it('other names of the process environment, and those of the client modules, are nobody\'s mistake', () => {
    const others = ['HOME', 'PATH', 'PWD', 'USER', 'LANG', 'SHELL', 'TERM', 'HOSTNAME', 'NODE_ENV', 'LOGNAME', 'LOMS_ENABLED', 'LOMS_BASE_URL', 'LOMS_TIMEOUT_SEC', 'LOMS_API_KEY']
    expect(problemsOf(load(Object.fromEntries(others.map((name) => [name, 'x']))))).toEqual([])
    expect(problemsOf(load({}, 'LOMS_ENABLED=true\nLOMS_BASE_URL=http://127.0.0.1:8000\nLOMS_TIMEOUT_SEC=5\nLOMS_API_KEY=bot-key'))).toEqual([])
  })

  it('an unknown --set is refused', () => {
    expect(problemsOf(load({}, null, { MAX_OPEN: '1' }))).toEqual(['MAX_OPEN (--set): there is no such setting; remove it; docs/settings.md lists all settings'])
  })
})

describe('what only warns', () => {
  it.each<[Written, RegExp]>([
    [{ AUTO_CLOSE_INTERVAL_SEC: '0' }, /^AUTO_CLOSE_INTERVAL_SEC=0 .* is forced to 1$/],
    [{ AUTO_CLOSE_INTERVAL_SEC: '-3' }, /^AUTO_CLOSE_INTERVAL_SEC=-3 .* is forced to 1$/],
    [{ DATABASE_URL: 'sqlite:///./loms.db' }, /^DATABASE_URL=sqlite:… .* is ignored/],
    [{ DATABASE_URL: 'sqlite+aiosqlite:///loms.db' }, /is ignored/],
    [{ LIVE_TRADING: 'true' }, /^LIVE_TRADING=true beside BROKER_MODE=paper: it stays unused$/],
    [{ BITGET_API_KEY: 'hidden' }, /^BITGET_API_KEY is set beside BROKER_MODE=paper: it stays unused$/],
  ])('%j', (environment, warning) => {
    const loaded = load(environment)
    expect(loaded.warnings).toEqual([expect.stringMatching(warning)])
    expect(settingsOf(loaded)).toMatchObject({ autoCloseIntervalSec: 1, databaseUrl: 'file:state/data/dev', brokerMode: 'paper' })
  })

  it('a name that stands twice in .env', () => {
    expect(load({}, 'PORT=1\nPORT=2')).toMatchObject({ ok: true, warnings: ['PORT is set twice in .env; line 2 counts'], settings: { port: 2 } })
  })
})

describe('secrets', () => {
  it('are in no row, and exchange keys not even in the settings', () => {
    const loaded = load({ API_KEYS: 'bot:signal:canary-1,canary-2', BITGET_API_KEY: 'canary-3', BYBIT_API_SECRET: 'canary-4' })
    expect(JSON.stringify(loaded.ok && loaded.effective)).not.toContain('canary')
    expect(row(loaded, 'API_KEYS')?.value).toBe('bot:signal:****,key2:all:****')
    expect(row(loaded, 'BITGET_API_KEY')).toMatchObject({ value: '****', note: 'unused with BROKER_MODE=paper' })
    expect(JSON.stringify(settingsOf(loaded))).not.toMatch(/canary-[34]/)
    expect(settingsOf(loaded).apiKeys).toEqual([
      { name: 'bot', scope: 'signal', key: 'canary-1' },
      { name: 'key2', scope: 'all', key: 'canary-2' },
    ])
  })
})

describe('the schema', () => {
  it('has every name once, and every default is allowed in its own column', () => {
    expect(new Set(SETTINGS.map((setting) => setting.name)).size).toBe(SETTINGS.length)
    for (const setting of SETTINGS) {
      for (const profile of PROFILES) {
        const value = columnDefault(setting, profile)
        if (value === undefined || (value === '' && !emptyIsValue(setting))) continue
        expect([setting.name, refusal(setting, value) ?? 'allowed']).toEqual([setting.name, 'allowed'])
      }
    }
  })

  it('shows every setting with its origin', () => {
    const loaded = load()
    expect(loaded.ok && loaded.effective.map((line) => line.name)).toEqual(SETTINGS.map((setting) => setting.name))
  })
})
