/** The real ccxt client against an emulated venue: what would end the process must not. */
import { afterEach, expect, it } from 'vitest'
import { openClient } from '../../src/exchange/client.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'

let emulator: Emulator | null = null
const unhandled: unknown[] = []
const note = (error: unknown): void => void unhandled.push(error)
afterEach(async () => {
  process.off('unhandledRejection', note)
  await emulator?.stop()
})

it.each(['bybit', 'bitget'] as const)('%s: a connection that ends while subscriptions wait to be sent rejects whoever waits, and nobody else', async (venue) => {
  emulator = await startEmulator({ venue })
  process.on('unhandledRejection', note)
  const options = { purpose: 'public', credentials: null, sandbox: false, emulatorUrl: emulator.httpUrl, timeoutMs: 2000, owns: () => true } as const
  const client = venue === 'bybit' ? await openClient({ venue, ...options }) : await openClient({ venue, ...options })
  await client.loadMarkets()
  const symbols = ['BTC', 'ETH', 'SOL', 'LTC', 'XRP', 'ADA', 'DOGE'].map((base) => `${base}/USDT:USDT`)
  await client.watchTicker('BTC/USDT:USDT')
  const waits = symbols.map((symbol) => client.watchTicker(symbol))
  emulator.streams.disconnect()
  const ended = await Promise.allSettled(waits)
  expect(ended.map(({ status }) => status)).toContain('rejected')
  // As many requests take the throttle as long as those messages would have.
  await Promise.all(symbols.map(() => client.fetchTime()))
  await client.close()
  expect(unhandled).toEqual([])
})

it.each([['bybit', '10003', '"retCode":10003'], ['bitget', '40006', '"code":"40006"']] as const)('%s: a refusal that repeats the keys is told without them, and keeps its class and code', async (venue, code, kept) => {
  const secrets = { apiKey: 'canary-of-the-key', secret: 'canary-of-the-secret', passphrase: 'canary-of-the-passphrase' }
  emulator = await startEmulator({ venue, accounts: [{ id: 'main', keys: [{ apiKey: secrets.apiKey, secret: secrets.secret, password: secrets.passphrase, trade: true, withdraw: false, ips: [], environment: 'any' }] }] })
  emulator.faults.add({ match: { call: 'balance' }, times: 'always', do: { kind: 'code', when: 'before', code, message: `bad ${Object.values(secrets).join(' and ')}` } })
  const options = { purpose: 'polling', credentials: secrets, sandbox: false, emulatorUrl: emulator.httpUrl, timeoutMs: 2000, owns: () => true } as const
  const client = venue === 'bybit' ? await openClient({ venue, ...options }) : await openClient({ venue, ...options })
  const error = await client.fetchBalance().then(() => null, (reason: unknown) => reason as Error)
  await client.close()
  expect([error?.name, error?.message]).toEqual(['AuthenticationError', expect.stringContaining('bad *** and *** and ***')])
  expect(error?.message).toContain(kept)
  expect(`${error?.message} ${error?.stack}`).not.toContain('canary')
})
