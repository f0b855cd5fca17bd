/** Settings of a service in live mode against a local exchange. */
import type { Emulator } from '../../src/exchange-emulator/server.ts'

export const LIVE_KEY = 'live-test-key'

export const liveEnvironment = ({ venue, httpUrl, apiKey, secret, password }: Pick<Emulator, 'venue' | 'httpUrl' | 'apiKey' | 'secret' | 'password'>): Readonly<Record<string, string>> => ({
  LOMS_PROFILE: 'semi-live', LIVE_TRADING: 'true', PRICE_EXCHANGE: venue, EXCHANGE_EMULATOR_URL: httpUrl, API_KEYS: LIVE_KEY, LIVE_STRATEGIES: 'bounce_ema10_strict', LIVE_SYMBOLS: 'BTCUSDT', MAX_SIZE_PER_POSITION_USDT: '80',
  ...(venue === 'bybit' ? { BYBIT_API_KEY: apiKey, BYBIT_API_SECRET: secret } : { BITGET_API_KEY: apiKey, BITGET_API_SECRET: secret, BITGET_API_PASSPHRASE: password }),
})
