/** The service as a process in live mode, against a local exchange in this one. */
import { afterAll } from 'vitest'
import { LIVE_KEY, liveEnvironment } from '../../scripts/freeze-loop/live-environment.ts'
import { parseClientOrderId } from '../../src/domain/ids.ts'
import { USUAL_PATH, type PathShape } from '../../src/exchange-emulator/model/price-path.ts'
import { EMULATOR_KEY, startEmulator, type Emulator, type EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { Loms, eventually, type Answer, type Json, type Settings } from './service-process.ts'

export const AUTHORISED = { authorization: `Bearer ${LIVE_KEY}` }

const emulators: Emulator[] = []
afterAll(async () => {
  await Promise.all(emulators.map((emulator) => emulator.stop()))
})

/** Prices that are quoted and stay. */
export const STILL: PathShape = { volatility: 0, jumpChance: 0, jumpSize: 0, wickChance: 0, wickSize: 0, markPull: 1 }

/** An exchange whose prices move a little, with 100 USDT. */
export async function liveExchange(options: EmulatorOptions, shape: PathShape = USUAL_PATH): Promise<Emulator> {
  const emulator = await startEmulator({ latencyMs: 10, accounts: [{ id: 'main', balance: 100, keys: [EMULATOR_KEY] }], ...options })
  emulators.push(emulator)
  emulator.walk({ intervalMs: 200, seed: 1, symbols: ['BTCUSDT'], shape })
  return emulator
}

export const liveSettings: (emulator: Emulator) => Settings = liveEnvironment

/** Waits until the account has been looked at, then arms it. */
export async function arm(service: Loms): Promise<void> {
  await eventually(async () => (await service.post('/control/arm', { reason: 'test' }, AUTHORISED)).status).toBe(200)
}

export function enter(service: Loms, emulator: Emulator, changes: Json = {}): Promise<Answer> {
  const price = Number(emulator.model.quoteOf('BTCUSDT')?.last)
  return service.signal({ symbol: 'BTCUSDT', side: 'long', price, qty: 0.001, tp_pct: 4, sl_pct: 2, timestamp: new Date().toISOString(), ...changes }, AUTHORISED)
}

/** What the exchange holds: quantities by symbol, and client ids of LOMS's own open orders. */
export function atExchange(emulator: Emulator): { readonly held: Json; readonly own: readonly string[] } {
  const { positions, open } = emulator.model.account('main')
  return {
    held: Object.fromEntries([...positions].filter(([, { qty }]) => qty !== '0').map(([symbol, { qty }]) => [symbol, qty])),
    own: [...open.values()].map(({ clientId }) => clientId).filter((clientId) => parseClientOrderId(clientId)),
  }
}
