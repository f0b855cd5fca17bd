/**
 * Every setting of LOMS: the one place where a name, its default, its range and its meaning are written. Validation,
 * `.env.example`, `docs/settings.md` and `loms config` come from this table.
 */
import { PRICE_MODES } from '../domain/quote.ts'
import { exitStrategies } from '../exits/registry.ts'
import { above, boolean, choice, limit, number, optionalNumber, per, text, whole } from './kinds.ts'
import { LIMITS } from './limit-settings.ts'
import { LIVE } from './live-settings.ts'
import { ALERTS, READINESS } from './operation-schema.ts'
import { PROFILES, type Setting } from './setting.ts'

const label = text('1 to 64 letters, digits or _ . -', /^[A-Za-z0-9_.-]{1,64}$/)
const path = text('a path')

const DEPLOYMENT = [
  {
    name: 'LOMS_PROFILE', group: 'Deployment', kind: choice(...PROFILES), byDefault: 'lab',
    doc: 'The operating mode whose column of defaults is used.',
  },
  {
    name: 'RISK_PROFILE', group: 'Deployment', kind: choice('', 'semi_live_100eur'), byDefault: '',
    doc: 'Sizes, limits and signal checks of the 100 EUR sub-account in any mode: their values of the semi-live column.',
  },
  {
    name: 'ENVIRONMENT', group: 'Deployment', kind: choice('dev', 'paper', 'live'), byDefault: per('dev', 'paper', 'live'),
    doc: 'Names the deployment; each has its own data directory and audit log.',
  },
  {
    name: 'HOST', group: 'Deployment', kind: text('an address or host name', /^[A-Za-z0-9.:_-]{1,255}$/), byDefault: '127.0.0.1',
    doc: 'Address the HTTP server binds to. Anything but loopback needs API_KEYS.',
  },
  { name: 'PORT', group: 'Deployment', kind: whole('0', '65535'), byDefault: '8000', doc: 'Port of the HTTP server; 0 takes any free one.' },
  {
    name: 'API_KEYS', group: 'Deployment',
    kind: { type: 'special', allowed: 'keys separated by commas, each KEY or name:scope:KEY with scope read, signal, trade, admin or all' },
    byDefault: '', secret: true,
    doc:
      'Keys of the HTTP API. A bare key has every scope; read: see; signal: post signals; trade: read, signal and orders, ' +
      'closes; admin: read and controls. Empty: open on loopback.',
  },
  {
    name: 'DATA_DIR', group: 'Deployment', kind: path, byDefault: { derived: 'state/data/<ENVIRONMENT>' },
    doc: 'Directory of journal, checkpoint and history. One process at a time.',
  },
  {
    name: 'AUDIT_LOG_PATH', group: 'Deployment', kind: path, byDefault: { derived: '<DATA_DIR>/bounce_signals_<ENVIRONMENT>.jsonl' },
    doc: 'Every valid signal, one JSON line each.',
  },
  {
    name: 'DATABASE_URL', group: 'Deployment',
    kind: { type: 'special', allowed: 'empty (the embedded store in DATA_DIR)' },
    byDefault: { derived: 'empty = embedded, shown as file:<DATA_DIR>' },
    doc: 'Only the embedded store exists in this version. A sqlite: URL is ignored with a warning; postgres: is refused.',
  },
  {
    name: 'LOG_LEVEL', group: 'Deployment', kind: choice('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'), byDefault: 'info',
    doc: 'Least severe log line that is written.',
  },
  {
    name: 'RETENTION_DAYS', group: 'Deployment', kind: whole('30', '36500'), unit: 'days', byDefault: '30',
    doc: 'How long the journal stays uncompressed. Older segments are archived (readable as before), never deleted.',
  },
  {
    name: 'ZOMBIE_AGE_HOURS', group: 'Deployment', kind: above('0', '87600'), unit: 'h', byDefault: '24',
    doc: 'Age of an open position that is worth an alert.',
  },
] as const satisfies readonly Setting[]

const TRADING = [
  {
    name: 'OMS_ENABLED', group: 'Trading', kind: boolean, byDefault: 'true',
    doc: 'false: signals are recorded and answered, nothing is opened; open positions are managed to their close.',
  },
  {
    name: 'BROKER_MODE', group: 'Trading',
    kind: choice('paper', 'live'),
    byDefault: per('paper', 'paper', 'live'),
    doc: 'paper: nothing that creates, changes or cancels an order is ever sent to an exchange. live: real orders at PRICE_EXCHANGE.',
  },
  {
    name: 'LIVE_TRADING', group: 'Trading', kind: boolean, byDefault: 'false',
    doc: 'Second switch of live trading; beside BROKER_MODE=paper it gives a warning and stays unused.',
  },
  { name: 'PAPER_TWIN', group: 'Trading', kind: boolean, byDefault: 'false', doc: 'A paper copy of every live signal in DATA_DIR/twin, for `loms report twin`.' },
  {
    name: 'ACCOUNT_LABEL', group: 'Trading', kind: label, byDefault: per('lab_dev', 'paper_server', 'semi_live_100eur'),
    doc: 'Account of signals that do not name one.',
  },
  {
    name: 'STRATEGIES_FILE', group: 'Trading', kind: { type: 'special', allowed: 'a path, or empty' }, byDefault: '', later: true,
    doc: 'JSON with settings per strategy.',
  },
  { name: 'DEFAULT_QTY', group: 'Trading', kind: above('0', '1000000000'), byDefault: '1.0', doc: 'Quantity of a signal without qty.' },
  {
    name: 'DEFAULT_NOTIONAL_USDT', group: 'Trading', kind: optionalNumber('1000000000'), unit: 'USDT', byDefault: per('', '100', '10'), risk: true,
    doc: 'When set, a signal without qty gets notional / price instead of DEFAULT_QTY.',
  },
  {
    name: 'DEFAULT_TP_PCT', group: 'Trading', kind: above('0', '1000'), unit: '%', byDefault: '4.5',
    doc: 'Take-profit distance of a signal without tp_pct, in percent of its price.',
  },
  {
    name: 'DEFAULT_SL_PCT', group: 'Trading', kind: above('0', '99'), unit: '%', byDefault: '1.5',
    doc: 'Stop-loss distance of a signal without sl_pct, in percent of its price.',
  },
  { name: 'MIN_LEVEL_PCT', group: 'Trading', kind: above('0', '1000'), unit: '%', byDefault: '0.05', doc: 'Smallest tp_pct and sl_pct of a signal.' },
  { name: 'MAX_LEVEL_PCT', group: 'Trading', kind: above('0', '1000'), unit: '%', byDefault: '50', doc: 'Largest tp_pct and sl_pct of a signal.' },
  {
    name: 'SIGNAL_MAX_AGE_SEC', group: 'Trading', kind: limit, unit: 's', byDefault: per('', '300', '60'), risk: true,
    doc: 'Older signals are refused.',
  },
  {
    name: 'SIGNAL_MAX_FUTURE_SEC', group: 'Trading', kind: limit, unit: 's', byDefault: per('', '30', '30'), risk: true,
    doc: 'Signals dated further ahead are refused.',
  },
  {
    name: 'MAX_ENTRY_DEVIATION_PCT', group: 'Trading', kind: limit, unit: '%', byDefault: per('', '5', '2'), risk: true,
    doc: 'Largest distance of a signal\'s price from the market (not with simulator, dummy, replay).',
  },
  {
    name: 'EXIT_STRATEGY', group: 'Trading',
    kind: choice(...exitStrategies.keys()),
    byDefault: 'tp_sl_static',
    doc: 'How positions are let go when the signal does not say.',
  },
  {
    name: 'TRAIL_BREAK_EVEN_TRIGGER_PCT', group: 'Trading', kind: optionalNumber('1000'), unit: '%', byDefault: '1.0',
    doc: 'Move that brings the stop to break-even.',
  },
  {
    name: 'TRAIL_BREAK_EVEN_OFFSET_PCT', group: 'Trading', kind: number('0', '1000'), unit: '%', byDefault: '0.0',
    doc: 'Distance of the break-even stop from the entry, in favour.',
  },
  {
    name: 'TRAIL_TRIGGER_PCT', group: 'Trading', kind: optionalNumber('1000'), unit: '%', byDefault: '2.0',
    doc: 'Move that starts the trailing stop.',
  },
  {
    name: 'TRAIL_DISTANCE_PCT', group: 'Trading', kind: above('0', '99'), unit: '%', byDefault: '0.8',
    doc: 'Distance of the trailing stop from the best price.',
  },
  {
    name: 'TRAIL_TIMEOUT_CANDLES', group: 'Trading',
    kind: { type: 'number', whole: true, min: '1', max: '100000', empty: true }, unit: 'candles',
    byDefault: '12',
    doc: 'Time after which a position without enough move is closed.',
  },
  {
    name: 'TRAIL_TIMEOUT_MIN_MOVE_PCT', group: 'Trading', kind: optionalNumber('1000'), unit: '%', byDefault: '',
    doc: 'Move that keeps a position from timing out; empty: as TRAIL_BREAK_EVEN_TRIGGER_PCT.',
  },
  {
    name: 'EXIT_MODEL_URL', group: 'Trading', kind: { type: 'special', allowed: 'an http: or https: URL without user and password, or empty' },
    byDefault: '', secret: true,
    doc: 'Address of the model that external_model_v1 asks by POST; empty: that strategy cannot be chosen.',
  },
  {
    name: 'EXIT_MODEL_TIMEOUT_MS', group: 'Trading', kind: whole('10', '60000'), unit: 'ms', byDefault: '2000',
    doc: 'Time limit of a question to the model, never beyond the next question; no answer in time means hold.',
  },
  {
    name: 'EXIT_MODEL_EVERY_SEC', group: 'Trading', kind: number('1', '86400'), unit: 's', byDefault: '60',
    doc: 'Time between two questions about one position.',
  },
] as const satisfies readonly Setting[]

const PRICES = [
  {
    name: 'PRICE_SOURCE', group: 'Prices', kind: choice('simulator', 'replay', 'exchange'), byDefault: per('simulator', 'exchange', 'exchange'),
    doc: 'Where prices come from.',
  },
  {
    name: 'PRICE_MODE', group: 'Prices', kind: choice(...PRICE_MODES), byDefault: 'last',
    doc: 'Which price of a quote decides; mid = (bid + ask) / 2.',
  },
  {
    name: 'PRICE_EXCHANGE', group: 'Prices', kind: choice('dummy', 'bitget', 'bybit'), byDefault: per('dummy', 'bitget', 'bitget'),
    doc: 'The exchange of PRICE_SOURCE=exchange: its USDT perpetuals. dummy is offline, around 100.',
  },
  {
    name: 'PRICE_STALE_SEC', group: 'Prices', kind: above('0', '86400'), unit: 's', byDefault: '10',
    doc: 'Age from which a symbol\'s last price no longer decides anything.',
  },
  {
    name: 'PRICE_HTTP_TIMEOUT', group: 'Prices', kind: above('0', '600'), unit: 's', byDefault: '5',
    doc: 'Time limit of a request for prices.',
  },
  {
    name: 'EXCHANGE_EMULATOR_URL', group: 'Prices',
    kind: text('empty, or http:// with a loopback address and a port', /^(http:\/\/(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost)(:\d{1,5})?)?$/),
    byDefault: '',
    doc: 'A local exchange emulator that stands for PRICE_EXCHANGE; empty: the exchange itself.',
  },
  {
    name: 'REPLAY_FILES', group: 'Prices', kind: { type: 'special', allowed: 'paths separated by commas' }, byDefault: '',
    doc: 'Recorded prices of PRICE_SOURCE=replay, merged by time.',
  },
  { name: 'REPLAY_SPEED', group: 'Prices', kind: { type: 'speed' }, byDefault: '1', doc: 'Factor on the data\'s time; max: as fast as possible.' },
  {
    name: 'AUTO_CLOSE_INTERVAL_SEC', group: 'Prices', kind: number('-86400', '86400'), unit: 's', byDefault: '1',
    doc: 'Period of simulator quotes, and of requests for prices while the stream of an exchange is down. 0 and below is forced to 1 with a warning.',
  },
  {
    name: 'AUTO_CLOSE_MIN_AGE_SEC', group: 'Prices', kind: number('0', '86400'), unit: 's', byDefault: { derived: '7 with the simulator, else 0' },
    doc: 'Exits are not decided before this age of the fill.',
  },
] as const satisfies readonly Setting[]

const PAPER = [
  {
    name: 'PAPER_BROKER', group: 'Paper broker',
    kind: choice('sim', 'exchange'),
    byDefault: { derived: 'sim with simulator, replay or dummy, else exchange' },
    doc: 'sim fills at the signal\'s price without fees; exchange fills at bid and ask with fees.',
  },
  {
    name: 'PAPER_TAKER_FEE_PCT', group: 'Paper broker', kind: number('0', '10'), unit: '%', byDefault: '0.06',
    doc: 'Fee of market fills (PAPER_BROKER=exchange).',
  },
  {
    name: 'PAPER_MAKER_FEE_PCT', group: 'Paper broker', kind: number('0', '10'), unit: '%', byDefault: '0.02',
    doc: 'Fee of resting orders (PAPER_BROKER=exchange).',
  },
  {
    name: 'PAPER_SLIPPAGE_BPS', group: 'Paper broker', kind: number('0', '1000'), unit: 'bps', byDefault: '0',
    doc: 'How much worse a market fill is, in hundredths of a percent (PAPER_BROKER=exchange).',
  },
  {
    name: 'PAPER_START_BALANCE_USDT', group: 'Paper broker', kind: above('0', '1000000000000'), unit: 'USDT', byDefault: '10000',
    doc: 'Balance the paper account starts with.',
  },
] as const satisfies readonly Setting[]

const TABLE = [...DEPLOYMENT, ...TRADING, ...PRICES, ...PAPER, ...LIMITS, ...LIVE, ...ALERTS, ...READINESS] as const

export type SettingName = (typeof TABLE)[number]['name']
export const SETTINGS: readonly (Setting & { readonly name: SettingName })[] = TABLE
