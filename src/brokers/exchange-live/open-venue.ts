/** Opens an account at an exchange: its clients and its API in LOMS's words. Sends nothing. */
import { openClient, type ClientOptions, type ExchangeClient } from '../../exchange/client.ts'
import { Pace } from '../../exchange/pace.ts'
import type { RequestLog } from '../../exchange/request-log.ts'
import { VenueClock } from '../../exchange/venue-clock.ts'
import type { ClientPurpose, ExchangeCredentials, Venue } from '../../exchange/venue.ts'
import { BitgetApi } from './bitget-api.ts'
import { BybitApi } from './bybit-api.ts'
import type { VenueApi } from './venue-api.ts'

export type VenueOptions = {
  readonly venue: Venue
  /** null with `public` only. */
  readonly credentials: ExchangeCredentials | null
  /** `read`: no request that changes anything can leave. `public`: market data and the clock only. */
  readonly access: 'trade' | 'read' | 'public'
  readonly sandbox: boolean
  readonly emulatorUrl: string | null
  readonly owns: () => boolean
  /** Notes what the venue is asked and what it answers. */
  readonly requests?: RequestLog | undefined
  /** This machine's clock, where it is not `Date.now`. */
  readonly now?: () => number
}

/** Requests without a limit of their own. */
const REQUEST_TIMEOUT_MS = 10_000

/** Which clients carry writes and reads. */
const PURPOSES = {
  trade: { orders: 'orders', polling: 'polling' },
  read: { orders: 'polling', polling: 'polling' },
  public: { orders: 'public', polling: 'public' },
} as const satisfies Readonly<Record<VenueOptions['access'], Readonly<Record<'orders' | 'polling', ClientPurpose>>>>

export async function openVenue({ venue, access, now, ...account }: VenueOptions): Promise<VenueApi> {
  const purposes = PURPOSES[access]
  // Read through the client whose requests wait in no line.
  const clock = new VenueClock(async () => Number(await orders.fetchTime()), now)
  const pace = new Pace()
  const options = (kind: 'orders' | 'polling'): Omit<ClientOptions, 'venue'> => ({ ...account, purpose: purposes[kind], timeoutMs: REQUEST_TIMEOUT_MS, pace, clock })
  let orders: ExchangeClient
  if (venue === 'bybit') {
    const open = (kind: 'orders' | 'polling') => openClient({ ...options(kind), venue })
    const clients = { orders: await open('orders'), polling: await open('polling') }
    orders = clients.orders
    return new BybitApi(clients, clock)
  }
  const open = (kind: 'orders' | 'polling') => openClient({ ...options(kind), venue })
  const clients = { orders: await open('orders'), polling: await open('polling') }
  orders = clients.orders
  return new BitgetApi(clients, clock)
}
