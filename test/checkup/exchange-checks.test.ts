/** `loms doctor` against a local exchange, through the real clients: what it finds, and that it only reads. */
import { describe, expect, it } from 'vitest'
import { join } from 'node:path'
import type { Check } from '../../src/cli/commands/checks.ts'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import { exchangeChecks } from '../../src/checkup/exchange-checks.ts'
import { smallestOrder } from '../../src/checkup/smallest-order.ts'
import { loadSettings } from '../../src/config/load.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { EMULATOR_KEY, startEmulator, type Emulator, type EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { temporaryDirectory } from '../e2e/service-process.ts'

type Venue = EmulatorOptions['venue']

function settingsFor({ venue, httpUrl }: Emulator, changes: Readonly<Record<string, string>> = {}) {
  const environment = {
    LOMS_PROFILE: 'semi-live', LIVE_TRADING: 'true', PRICE_EXCHANGE: venue, EXCHANGE_EMULATOR_URL: httpUrl, API_KEYS: 'k1', LIVE_STRATEGIES: 'bounce', LIVE_SYMBOLS: 'ETHUSDT',
    DATA_DIR: join(temporaryDirectory(), 'data'),
    ...(venue === 'bybit' ? { BYBIT_API_KEY: EMULATOR_KEY.apiKey, BYBIT_API_SECRET: EMULATOR_KEY.secret } : { BITGET_API_KEY: EMULATOR_KEY.apiKey, BITGET_API_SECRET: EMULATOR_KEY.secret, BITGET_API_PASSPHRASE: EMULATOR_KEY.password }),
    ...changes,
  }
  const loaded = loadSettings({ environment, dotEnv: null })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}

async function examine(emulator: Emulator, changes?: Readonly<Record<string, string>>): Promise<readonly Check[]> {
  const settings = settingsFor(emulator, changes)
  const checks = (await exchangeChecks(settings)?.(settings)) ?? []
  // Whatever was found: nothing was changed.
  expect(emulator.seen.filter(({ method }) => method !== 'GET')).toEqual([])
  expect(emulator.seen.length).toBeGreaterThan(0)
  return checks
}

const account = (changes: Partial<typeof EMULATOR_KEY> | { readonly withdraw: boolean } = {}, balance = 100): Pick<EmulatorOptions, 'accounts'> => ({ accounts: [{ id: 'main', balance, keys: [{ ...EMULATOR_KEY, ...changes }] }] })
const failures = (checks: readonly Check[]): readonly string[] => checks.filter(({ verdict }) => verdict === 'failed').map(({ name, figure }) => `${name}: ${figure}`)

async function withEmulator(options: EmulatorOptions, look: (emulator: Emulator) => Promise<void>): Promise<void> {
  const emulator = await startEmulator(options)
  try {
    await look(emulator)
  } finally {
    await emulator.stop()
  }
}

describe.concurrent.each(['bybit', 'bitget'] as const)('the exchange checks on %s', (venue: Venue) => {
  it('an account that is ready', () => withEmulator({ venue, ...account() }, async (emulator) => {
    const checks = await examine(emulator, { MAX_SIZE_PER_POSITION_USDT: '40' })
    expect(failures(checks)).toEqual([])
    expect(checks.map(({ name }) => name)).toEqual([
      'exchange clock', 'exchange markets', 'smallest order of ETHUSDT', 'exchange key', 'rights of the key', 'equity', 'position mode', 'others on the account', 'leverage of ETHUSDT',
    ])
    expect(checks.find(({ name }) => name.startsWith('leverage'))?.figure).toBe('10, LOMS sets 1 when it starts')
  }))

  it('a clock that is wrong, a key that may withdraw, too much money, hedge mode', () => withEmulator({ venue, ...account({ withdraw: true }, 200) }, async (emulator) => {
    emulator.settings.clockSkewMs = 2500
    emulator.model.account('main').positionMode = 'hedge'
    const found = failures(await examine(emulator, { MAX_SIZE_PER_POSITION_USDT: '40' })).join('; ')
    for (const part of [/exchange clock: [23][0-9]{3} ms/, /rights of the key: more than that: .*[Ww]/, /equity: 200 USDT/, /position mode: hedge/]) expect(found).toMatch(part)
  }))

  it('a key that is not accepted is one failure', () => withEmulator({ venue, ...account() }, async (emulator) => {
    const name = venue === 'bybit' ? 'BYBIT_API_SECRET' : 'BITGET_API_SECRET'
    const checks = await examine(emulator, { [name]: 'not-the-secret', MAX_SIZE_PER_POSITION_USDT: '40' })
    expect(failures(checks)).toEqual([expect.stringMatching(/^exchange key: /)])
    expect(JSON.stringify(checks)).not.toContain('not-the-secret')
  }))

  it('positions and orders of somebody else', () => withEmulator({ venue, ...account() }, async (emulator) => {
    const order = { symbol: 'XRPUSDT', side: 'buy', qty: decimal('20'), clientId: 'by-hand-1' } as const
    emulator.model.submit('main', { ...order, kind: 'market' }, emulator.now())
    emulator.model.submit('main', { ...order, kind: 'limit', price: decimal('0.59'), clientId: 'by-hand-2' }, emulator.now())
    const found = failures(await examine(emulator, { MAX_SIZE_PER_POSITION_USDT: '40' }))
    expect(found).toEqual(['others on the account: position XRPUSDT long 20, order XRPUSDT buy 20 (by-hand-2)'])
  }))

  it('leverage under an open position, a symbol too large and one that is not traded', () => withEmulator({ venue, ...account() }, async (emulator) => {
    emulator.model.submit('main', { symbol: 'XRPUSDT', side: 'buy', kind: 'market', qty: decimal('20'), clientId: 'by-hand-1' }, emulator.now())
    const found = failures(await examine(emulator, { LIVE_SYMBOLS: 'XRPUSDT,ETHUSDT,NOSUCHUSDT' }))
    expect(found).toEqual([
      'smallest order of ETHUSDT: 0.01 = 30.00 USDT', 'smallest order of NOSUCHUSDT: the exchange does not trade it', expect.stringMatching(/^others/), 'leverage of XRPUSDT: 10, and a position is open: it stays so',
      // Bitget tells a leverage of any symbol.
      ...(venue === 'bybit' ? [expect.stringMatching(/^leverage of NOSUCHUSDT/) as string] : []),
    ])
  }))

  it('an exchange that does not answer', () => withEmulator({ venue, ...account() }, async (emulator) => {
    emulator.faults.add({ match: {}, times: 'always', do: { kind: 'reset', when: 'before' } })
    expect(failures(await examine(emulator)).map((line) => line.split(':')[0])).toEqual(['exchange clock', 'exchange markets', 'exchange key'])
  }))

  it('SHADOW: clock and markets only, without any key', () => withEmulator({ venue, ...account() }, async (emulator) => {
    const loaded = loadSettings({ environment: { LOMS_PROFILE: 'shadow', PRICE_EXCHANGE: venue, EXCHANGE_EMULATOR_URL: emulator.httpUrl, DATA_DIR: join(temporaryDirectory(), 'data') }, dotEnv: null })
    if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
    const checks = (await exchangeChecks(loaded.settings)?.(loaded.settings)) ?? []
    expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(['exchange clock ok', 'exchange markets ok', 'exchange account skipped'])
    expect(emulator.seen.filter(({ account: signed, method }) => signed !== undefined || method !== 'GET')).toEqual([])
  }))
})

describe.each(['bybit', 'bitget'] as const)('an account of %s opened for reading', (venue) => {
  it('cannot change anything: the request does not leave', () => withEmulator({ venue, ...account() }, async (emulator) => {
    const api = await openVenue({ venue, access: 'read', credentials: { apiKey: EMULATOR_KEY.apiKey, secret: EMULATOR_KEY.secret, passphrase: EMULATOR_KEY.password }, sandbox: false, emulatorUrl: emulator.httpUrl, owns: () => true })
    await expect(api.setLeverage('BTCUSDT', decimal('3'))).rejects.toThrow(/not sent: POST .* is not an endpoint of the polling client/)
    expect(emulator.seen.filter(({ method }) => method === 'POST')).toEqual([])
    await api.close()
  }))
})

describe('a demo account of Bybit', () => {
  it('is not asked for the rights of its key, which it refuses to tell', () => withEmulator({ venue: 'bybit', ...account() }, async (emulator) => {
    emulator.faults.add({ match: { path: '/v5/user/query-api' }, times: 'always', do: { kind: 'code', when: 'before', code: '10032' } })
    const checks = await examine(emulator, { EXCHANGE_SANDBOX: 'true', MAX_SIZE_PER_POSITION_USDT: '40' })
    expect(failures(checks)).toEqual([])
    expect(checks.filter(({ verdict }) => verdict === 'skipped').map(({ name }) => name)).toEqual(['rights of the key'])
  }))
})

describe('the smallest order', () => {
  const market = { symbol: 'X', qtyStep: decimal('0.1'), priceTick: decimal('0.1'), minQty: decimal('0.1'), maxMarketQty: null, minNotional: decimal('5') }
  it.each([
    [100, '10', 'ok', '0.1 = 10.00 USDT'],
    [100, '9.99', 'failed', '0.1 = 10.00 USDT'],
    [12, null, 'ok', '0.5 = 6.00 USDT'],
    [10, '5', 'ok', '0.5 = 5.00 USDT'],
    [undefined, '5', 'failed', 'the exchange names no price'],
  ] as const)('at %s with a limit of %s', (price, most, verdict, figure) => expect(smallestOrder('X', market, price, { most: most === null ? null : decimal(most), byDefault: null })).toMatchObject({ verdict, figure }))

  it('is a warning where it is more than signals without a quantity ask for', () => {
    const size = (byDefault: string, most: string | null = null) => smallestOrder('X', market, 100, { most: most === null ? null : decimal(most), byDefault: decimal(byDefault) }).verdict
    expect([size('9'), size('10'), size('9', '9.5')]).toEqual(['warning', 'ok', 'failed'])
  })
})
