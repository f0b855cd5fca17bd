/** The exchanges LOMS speaks to, and what differs between them before any order: hosts, endpoints, credentials. */
export const VENUES = ['bitget', 'bybit'] as const
export type Venue = (typeof VENUES)[number]

/** Keys of an account. `passphrase`: Bitget only. */
export type ExchangeCredentials = { readonly apiKey: string; readonly secret: string; readonly passphrase?: string }

/**
 * What a client is for. `public`: prices and market data, no keys. `polling`: reads of the account. `orders`: everything
 * that creates, changes or cancels an order. Each has a client of its own, which can reach nothing else.
 */
export type ClientPurpose = 'public' | 'polling' | 'orders'

export type Endpoint = { readonly method: 'GET' | 'POST'; readonly path: RegExp }
const get = (path: RegExp): Endpoint => ({ method: 'GET', path })
const post = (path: RegExp): Endpoint => ({ method: 'POST', path })

const PUBLIC: Record<Venue, readonly Endpoint[]> = {
  bybit: [get(/^\/v5\/market\/[a-z-]+$/)],
  bitget: [get(/^\/api\/v2\/mix\/market\/[a-z-]+$/), get(/^\/api\/v2\/public\/time$/), get(/^\/api\/v2\/spot\/public\/(coins|symbols)$/)],
}

const READS: Record<Venue, readonly Endpoint[]> = {
  bybit: [get(/^\/v5\/(order\/(realtime|history)|execution\/list|position\/(list|closed-pnl)|account\/(wallet-balance|info|transaction-log|query-dcp-info)|user\/query-api|asset\/coin\/query-info)$/)],
  bitget: [
    get(/^\/api\/v2\/mix\/order\/(detail|orders-pending|orders-history|orders-plan-pending|orders-plan-history|fills|plan-sub-order)$/),
    get(/^\/api\/v2\/mix\/(position\/(all-position|single-position|history-position)|account\/(account|accounts|bill))$/),
    get(/^\/api\/v2\/spot\/account\/info$/),
    get(/^\/api\/v3\/account\/settings$/),
  ],
}

const WRITES: Record<Venue, readonly Endpoint[]> = {
  bybit: [post(/^\/v5\/order\/(create|cancel|amend)$/), post(/^\/v5\/position\/(set-leverage|trading-stop)$/)],
  bitget: [
    post(/^\/api\/v2\/mix\/order\/(place-order|cancel-order|place-tpsl-order|modify-tpsl-order|cancel-plan-order)$/),
    post(/^\/api\/v2\/mix\/account\/set-leverage$/),
  ],
}

/** Every endpoint that a client of this purpose may reach; anything else is refused before the socket. */
export function allowedEndpoints(venue: Venue, purpose: ClientPurpose): readonly Endpoint[] {
  if (purpose === 'public') return PUBLIC[venue]
  return [...PUBLIC[venue], ...READS[venue], ...(purpose === 'orders' ? WRITES[venue] : [])]
}
