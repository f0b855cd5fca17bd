/** Opens an account at an exchange: its clients and its API in LOMS's words. Sends nothing. */
import { openClient, type ClientOptions } from '../../exchange/client.ts'
import type { RequestLog } from '../../exchange/request-log.ts'
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
}

/** Requests without a limit of their own. */
const REQUEST_TIMEOUT_MS = 10_000

/** Which clients carry writes and reads. Urgent reads have a client of their own, as ccxt's throttle is first come, first served. */
const PURPOSES = {
  trade: { orders: 'orders', polling: 'polling' },
  read: { orders: 'polling', polling: 'polling' },
  public: { orders: 'public', polling: 'public' },
} as const satisfies Readonly<Record<VenueOptions['access'], Readonly<Record<'orders' | 'polling', ClientPurpose>>>>

export async function openVenue({ venue, access, ...account }: VenueOptions): Promise<VenueApi> {
  const purposes = PURPOSES[access]
  const options = (kind: 'orders' | 'polling'): Omit<ClientOptions, 'venue'> => ({ ...account, purpose: purposes[kind], timeoutMs: REQUEST_TIMEOUT_MS })
  if (venue === 'bybit') {
    const open = (kind: 'orders' | 'polling') => openClient({ ...options(kind), venue })
    return new BybitApi({ orders: await open('orders'), polling: await open('polling'), urgent: await open('polling') })
  }
  const open = (kind: 'orders' | 'polling') => openClient({ ...options(kind), venue })
  return new BitgetApi({ orders: await open('orders'), polling: await open('polling'), urgent: await open('polling') })
}
