/** Which symbols of signals an exchange trades as USDT perpetuals, and what ccxt calls them. */
import type { ExchangeClient } from './client.ts'

/** The venue's name that a signal's symbol would have: `BTCUSDT.P`, `BTC/USDT` and `BTC/USDT:USDT` are `BTCUSDT`. */
export const venueSymbol = (symbol: string): string => symbol.replace(/\.P$/, '').replace(/:USDT$/, '').replace('/', '')

/** ccxt's names of all USDT perpetuals by the venue's. Rejects as the client does. */
export async function loadLinearMarkets(client: ExchangeClient): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (const market of Object.values(await client.loadMarkets(true))) {
    if (market?.swap && market.linear && market.settle === 'USDT' && market.active !== false && market.id) names.set(market.id, market.symbol)
  }
  return names
}
