import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'

const LIVE = {
  LOMS_PROFILE: 'semi-live', LIVE_TRADING: 'true', PRICE_EXCHANGE: 'bybit', BYBIT_API_KEY: 'key', BYBIT_API_SECRET: 'hidden-secret', API_KEYS: 'k'.repeat(40),
}
const load = (environment: Record<string, string>) => loadSettings({ environment: { ...LIVE, ...environment }, dotEnv: null })

describe('BROKER_MODE=live (M-2)', () => {
  it('starts with all that it needs', () => {
    const loaded = load({})
    expect(loaded.ok && loaded.settings).toMatchObject({ brokerMode: 'live', live: { venue: 'bybit', credentials: { apiKey: 'key', secret: 'hidden-secret' }, maxAccountEquityUsdt: '150' }, core: { marketType: 'linear_perp' } })
    expect(loaded.warnings).toEqual([])
  })

  it.each([
    [{ LIVE_TRADING: 'false' }, 'LIVE_TRADING is not true'],
    [{ PRICE_SOURCE: 'simulator' }, 'PRICE_SOURCE must be exchange'],
    [{ PRICE_EXCHANGE: 'dummy' }, 'PRICE_EXCHANGE bitget or bybit'],
    [{ PRICE_EXCHANGE: 'bitget' }, 'BITGET_API_KEY is empty'],
    [{ BYBIT_API_KEY: '' }, 'BYBIT_API_KEY is empty'],
    [{ BYBIT_API_SECRET: '' }, 'BYBIT_API_SECRET is empty'],
    [{ ACCOUNT_LABEL: 'lab_dev' }, 'ACCOUNT_LABEL does not name the account'],
    [{ API_KEYS: '' }, 'API_KEYS is empty'],
    [{ MAX_OPEN_POSITIONS: '' }, 'MAX_OPEN_POSITIONS is empty'],
    [{ MAX_SIZE_PER_POSITION_USDT: '' }, 'MAX_SIZE_PER_POSITION_USDT is empty'],
    [{ MAX_DAILY_LOSS_USDT: '' }, 'MAX_DAILY_LOSS_USDT is empty'],
    [{ MAX_SESSION_LOSS_PCT: '' }, 'MAX_SESSION_LOSS_PCT is empty'],
  ])('refuses the start with %j', (environment, sentence) => {
    const loaded = load(environment)
    expect(loaded.ok ? [] : loaded.problems).toEqual(expect.arrayContaining([expect.stringContaining(sentence)]))
    expect(JSON.stringify(loaded)).not.toContain('hidden-secret')
  })

  it('paper loads no key', () => {
    const loaded = load({ BROKER_MODE: 'paper' })
    expect(loaded.ok && loaded.settings.live).toBeNull()
    expect(JSON.stringify(loaded)).not.toContain('hidden-secret')
    expect(loaded.warnings).toEqual(expect.arrayContaining([expect.stringContaining('BYBIT_API_KEY is set beside BROKER_MODE=paper: it stays unused')]))
  })
})
