/** Opens an account at an exchange: its clients and its API in LOMS's words. Sends nothing. */
import { openClient, type ClientOptions } from '../../exchange/client.ts'
import type { ExchangeCredentials, Venue } from '../../exchange/venue.ts'
import { BitgetApi } from './bitget-api.ts'
import { BybitApi } from './bybit-api.ts'
import type { VenueApi } from './venue-api.ts'

export type VenueOptions = {
  readonly venue: Venue
  readonly credentials: ExchangeCredentials
  readonly sandbox: boolean
  readonly emulatorUrl: string | null
  readonly owns: () => boolean
}

/** Requests without a limit of their own. */
const REQUEST_TIMEOUT_MS = 10_000

export async function openVenue({ venue, ...account }: VenueOptions): Promise<VenueApi> {
  const options = (purpose: ClientOptions['purpose']): Omit<ClientOptions, 'venue'> => ({ ...account, purpose, timeoutMs: REQUEST_TIMEOUT_MS })
  if (venue === 'bybit') return new BybitApi({ orders: await openClient({ ...options('orders'), venue }), polling: await openClient({ ...options('polling'), venue }) })
  return new BitgetApi({ orders: await openClient({ ...options('orders'), venue }), polling: await openClient({ ...options('polling'), venue }) })
}
