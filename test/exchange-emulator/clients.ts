/** The real ccxt client at an emulated venue. */
import ccxt from 'ccxt'
import { pointAtEmulator } from '../../src/exchange-emulator/point-at-emulator.ts'
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/exchange-emulator/server.ts'

export const S = 'BTC/USDT:USDT'
type Client = InstanceType<typeof ccxt.pro.bybit> | InstanceType<typeof ccxt.pro.bitget>

const clients: Client[] = []
const venues: Emulator[] = []

/** Ends everything that a test has started. */
export async function endAll(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await Promise.all(venues.splice(0).map((venue) => venue.stop()))
}

export async function emulator(options: EmulatorOptions): Promise<Emulator> {
  const started = await startEmulator(options)
  venues.push(started)
  return started
}

/** Without ccxt's throttle: the tests would wait for it. */
export function clientOf({ venue, httpUrl, wsUrl, apiKey, secret, password }: Emulator, options: Record<string, unknown> = {}): Client {
  const common = { apiKey, secret, enableRateLimit: false, timeout: 2_000 }
  const client =
    venue === 'bybit'
      ? new ccxt.pro.bybit({
        ...common,
        options: {
          defaultType: 'swap', defaultSettle: 'USDT', fetchMarkets: { types: ['linear'] }, enableUnifiedMargin: false, enableUnifiedAccount: true,
          ...options,
        },
      })
      : new ccxt.pro.bitget({ ...common, password, options: { defaultType: 'swap', uta: false, fetchMarkets: { types: ['swap'] }, ...options } })
  pointAtEmulator(client, httpUrl, wsUrl)
  clients.push(client)
  return client
}

/** The name of ccxt's error class and the venue's code, or what came instead. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    return `no failure: ${JSON.stringify(await call)}`
  } catch (error) {
    const { name, message } = error as Error
    return `${name} ${/"(?:retCode|code)":"?(\d+)/.exec(message)?.[1] ?? ''}`.trim()
  }
}

/** What hangs on turns of the event loop alone has happened: watch calls have been registered. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Resolves when the venue has these topics on some connection. */
export async function subscribed({ streams }: Emulator, topics: readonly string[]): Promise<void> {
  while (!topics.every((topic) => streams.isSubscribed(topic))) await turns()
}

export const idOf = ({ id }: { readonly id?: string | undefined }): string => {
  if (id === undefined) throw new Error('the order has no id')
  return id
}

/** The row that ccxt parsed something from. */
export const raw = ({ info }: { readonly info?: unknown }): Readonly<Record<string, string>> => info as Record<string, string>

/** A call by ccxt's name for an endpoint. */
export function rawCall(client: Client, name: string, params: object = {}): Promise<unknown> {
  const call = (client as unknown as Record<string, (params: object) => Promise<unknown>>)[name]
  if (!call) throw new Error(`ccxt has no ${name}`)
  return call.call(client, params)
}
