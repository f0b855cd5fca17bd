/** Settings of real orders, and what must be there before any is sent (SPEC M-2). */
import { decimal } from '../domain/decimal.ts'
import { boolean, above, choice, limit, per, secretText } from './kinds.ts'
import type { Setting } from './setting.ts'
import type { LiveSettings } from './settings.ts'

export const LIVE = [
  {
    name: 'LIVE_STRATEGIES', group: 'Live trading', kind: { type: 'special', allowed: 'names separated by commas, or empty for none' }, byDefault: '',
    doc: 'Strategies that may open live.',
  },
  {
    name: 'LIVE_SYMBOLS', group: 'Live trading', kind: { type: 'special', allowed: 'symbols separated by commas, or empty for none' }, byDefault: '',
    doc: 'Symbols that may be opened live.',
  },
  { name: 'LEVERAGE', group: 'Live trading', kind: above('0', '125'), byDefault: '1', doc: 'Leverage set on the exchange.' },
  { name: 'MARGIN_MODE', group: 'Live trading', kind: choice('cross'), byDefault: 'cross', doc: 'Margin mode on the exchange.' },
  { name: 'EXCHANGE_SANDBOX', group: 'Live trading', kind: boolean, byDefault: 'false', doc: 'The exchange\'s demo account.' },
  {
    name: 'MAX_ACCOUNT_EQUITY_USDT', group: 'Live trading', kind: limit, unit: 'USDT', byDefault: per('', '', '150'), risk: true,
    doc: 'Live trading is not armed above this equity.',
  },
  {
    name: 'BITGET_API_KEY', group: 'Live trading', kind: secretText, byDefault: '', secret: true, exchangeKey: true,
    doc: 'Key of the Bitget account.',
  },
  {
    name: 'BITGET_API_SECRET', group: 'Live trading', kind: secretText, byDefault: '', secret: true, exchangeKey: true,
    doc: 'Its secret.',
  },
  {
    name: 'BITGET_API_PASSPHRASE', group: 'Live trading', kind: secretText, byDefault: '', secret: true, exchangeKey: true,
    doc: 'Its passphrase.',
  },
  {
    name: 'BYBIT_API_KEY', group: 'Live trading', kind: secretText, byDefault: '', secret: true, exchangeKey: true,
    doc: 'Key of the Bybit account.',
  },
  {
    name: 'BYBIT_API_SECRET', group: 'Live trading', kind: secretText, byDefault: '', secret: true, exchangeKey: true,
    doc: 'Its secret.',
  },
] as const satisfies readonly Setting[]

/** Any setting's text by its name. */
type Value = (name: string) => string

const KEYS = {
  bitget: ['BITGET_API_KEY', 'BITGET_API_SECRET', 'BITGET_API_PASSPHRASE'],
  bybit: ['BYBIT_API_KEY', 'BYBIT_API_SECRET'],
} as const

/** What BROKER_MODE=live still needs, one sentence each. */
export function missingForLive(value: Value): readonly string[] {
  if (value('BROKER_MODE') !== 'live') return []
  const missing: string[] = []
  const need = (holds: boolean, sentence: string): void => void (holds || missing.push(`BROKER_MODE=live: ${sentence}`))
  const exchange = value('PRICE_EXCHANGE')
  need(value('LIVE_TRADING') === 'true', 'LIVE_TRADING is not true; set LIVE_TRADING=true if real money is meant')
  need(value('PRICE_SOURCE') === 'exchange' && (exchange === 'bitget' || exchange === 'bybit'), 'PRICE_SOURCE must be exchange and PRICE_EXCHANGE bitget or bybit; orders go where the prices come from')
  if (exchange === 'bitget' || exchange === 'bybit') for (const name of KEYS[exchange]) need(value(name) !== '', `${name} is empty; create a key that may read and trade futures and nothing else`)
  need(value('ACCOUNT_LABEL') !== '' && value('ACCOUNT_LABEL') !== 'lab_dev', 'ACCOUNT_LABEL does not name the account; set it, e.g. semi_live_100eur')
  need(value('API_KEYS') !== '', 'API_KEYS is empty: whoever reaches the address could trade; set API_KEYS')
  for (const name of ['MAX_OPEN_POSITIONS', 'MAX_SIZE_PER_POSITION_USDT', 'MAX_SESSION_LOSS_PCT', 'MAX_DAILY_LOSS_USDT']) need(value(name) !== '', `${name} is empty; real money needs this limit`)
  return missing
}

/** null with paper: keys of an exchange are not even loaded then. */
export function liveSettings(value: Value): LiveSettings | null {
  if (value('BROKER_MODE') !== 'live') return null
  const venue = value('PRICE_EXCHANGE') === 'bybit' ? 'bybit' : 'bitget'
  const [apiKey, secret, passphrase] = KEYS[venue].map(value)
  return {
    venue,
    credentials: { apiKey: apiKey ?? '', secret: secret ?? '', ...(passphrase === undefined ? {} : { passphrase }) },
    sandbox: value('EXCHANGE_SANDBOX') === 'true',
    leverage: decimal(value('LEVERAGE')),
    maxAccountEquityUsdt: value('MAX_ACCOUNT_EQUITY_USDT') === '' ? null : decimal(value('MAX_ACCOUNT_EQUITY_USDT')),
  }
}
