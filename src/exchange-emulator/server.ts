/** The emulated venue on a port of this machine: REST, websockets, and its own controls. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PriceQuote } from '../domain/quote.ts'
import { createBybitFace } from './bybit/bybit-face.ts'
import { createBitgetFace } from './bitget/bitget-face.ts'
import type { AccountOptions } from './model/account.ts'
import type { Behaviour, VenueRules } from './model/core.ts'
import { ExchangeModel } from './model/exchange-model.ts'
import type { Market, Venue } from './model/instrument.ts'
import { control, truthOf, type EmulatorTruth, type WireSettings } from './wire/control.ts'
import type { VenueFace, WireRequest } from './wire/face.ts'
import { FaultScript } from './wire/fault-script.ts'
import { createHttpFace, readRequest, type SeenRequest } from './wire/http-face.ts'
import { playPrices, walkPrices, type PlayOptions, type WalkOptions } from './wire/price-feeds.ts'
import { StreamHub } from './wire/stream-hub.ts'
import { createTimers } from './wire/timers.ts'

export type EmulatorOptions = {
  readonly venue: Venue
  /** 0 takes a free port. */
  readonly port?: number
  readonly host?: string
  readonly seed?: number
  /** From the arrival of a request to its answer. */
  readonly latencyMs?: number
  /** Seven well-known perpetuals unless told. */
  readonly markets?: readonly Market[]
  /** One account `main` with 10,000 USDT and one key that may trade and not withdraw, unless told. */
  readonly accounts?: readonly AccountOptions[]
  readonly rules?: Partial<VenueRules>
  readonly behaviour?: Partial<Behaviour>
  /** The clock; the machine's unless told. */
  readonly now?: () => number
}

export type Emulator = {
  readonly venue: Venue
  readonly httpUrl: string
  readonly wsUrl: string
  /** Of the first account. */
  readonly apiKey: string
  readonly secret: string
  readonly password: string
  readonly model: ExchangeModel
  readonly faults: FaultScript
  readonly streams: StreamHub
  readonly settings: WireSettings
  /** Every REST request it saw, oldest first. */
  readonly seen: readonly SeenRequest[]
  /** The venue's own truth. */
  readonly truth: () => EmulatorTruth
  /** What happens at the venue now happens at this moment; to be called before the model is used directly. */
  readonly now: () => number
  /** Quotes all symbols by themselves from now on; returns how to stop. */
  readonly walk: (options: WalkOptions) => () => void
  /** Plays recorded quotes; resolves at their end. */
  readonly play: (quotes: AsyncIterable<PriceQuote>, options: PlayOptions) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Keys for tests and rehearsals: worth nothing anywhere else. */
export const EMULATOR_KEY = {
  apiKey: 'emulator-key', secret: 'emulator-secret', password: 'emulator-password', trade: true, withdraw: false, ips: [], environment: 'any',
} as const

const FACES: Readonly<Record<Venue, (model: ExchangeModel) => VenueFace>> = { bybit: createBybitFace, bitget: createBitgetFace }
const KEY_HEADERS = ['x-bapi-api-key', 'access-key'] as const

const listen = (server: Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

/** Starts an emulated venue; the returned promise resolves once it listens, and rejects if the port is taken. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const {
    venue, port = 0, host = '127.0.0.1', seed = 1, latencyMs = 0, now = Date.now, accounts = [{ id: 'main', keys: [EMULATOR_KEY] }], ...model
  } = options
  const timers = createTimers(now)
  const settings: WireSettings = { latencyMs, clockSkewMs: 0 }
  const exchange = new ExchangeModel({ ...model, venue, seed, accounts, startAt: now() })
  const face = FACES[venue](exchange)
  const faults = new FaultScript()
  const seen: SeenRequest[] = []
  const catchUp = (): void => {
    exchange.advance(now())
    watchDue()
  }
  let watching = Number.POSITIVE_INFINITY
  /** Wakes up for what falls due in the model without anybody calling. */
  const watchDue = (): void => {
    const due = exchange.nextDueAt()
    // Timers count in 32 bits of milliseconds; funding hours away is looked at again in between.
    const at = Math.min(due ?? Number.POSITIVE_INFINITY, now() + 60_000)
    if (at >= watching) return
    watching = at
    timers.after(Math.max(0, at - now()), () => {
      watching = Number.POSITIVE_INFINITY
      catchUp()
    })
  }
  const venueTime = (): number => {
    catchUp()
    return now() + settings.clockSkewMs
  }
  const streams = new StreamHub({ face, faults, timers, venueTime, beforeMessage: catchUp })
  exchange.onDue(watchDue)
  exchange.onEvent((event) => streams.publish(event))
  const accountOf = ({ headers }: WireRequest): string | undefined => {
    const given = KEY_HEADERS.map((name) => headers[name]).find((key) => key !== undefined)
    return [...exchange.accounts.values()].find(({ keys }) => keys.some(({ apiKey }) => apiKey === given))?.id
  }
  const rest = createHttpFace({ face, faults, timers, venueTime, accountOf, latencyMs: () => settings.latencyMs, seen })
  const controls = { model: exchange, faults, hub: streams, settings, seen, now }
  const server = createServer((request, response) => {
    const answered = request.url?.startsWith('/_emulator/') ? readRequest(request, now()).then((read) => {
      const { status, body } = control(controls, read)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }) : rest(request, response)
    answered.catch((error: unknown) => {
      // A client that gave up in the middle of its request is no failure of the venue's.
      if (request.complete) throw error
    })
  })
  streams.attach(server)
  const bound = await listen(server, port, host)
  watchDue()
  const [first] = exchange.accounts.values()
  const { apiKey, secret, password } = first?.keys[0] ?? EMULATOR_KEY
  return {
    venue, httpUrl: `http://${host}:${bound}`, wsUrl: `ws://${host}:${bound}`, apiKey, secret, password, model: exchange, faults, streams, settings,
    seen, now,
    truth: () => {
      catchUp()
      return truthOf(exchange, streams.connections)
    },
    walk: (walking) => walkPrices(exchange, timers, walking),
    play: (quotes, playing) => playPrices(exchange, timers, quotes, playing),
    stop: async () => {
      timers.stop()
      streams.stop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
