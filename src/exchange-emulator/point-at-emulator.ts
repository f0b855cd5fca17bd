/** Makes a ccxt client talk to the emulator. */
import { Agent } from 'node:http'

/** The part of a ccxt client that is changed. */
export type PointableClient = { readonly id: string; urls: unknown; httpAgent?: unknown }

/**
 * Points a ccxt client at an emulator: every REST and websocket address is replaced. To be called after
 * `setSandboxMode` or `enableDemoTrading`, which replace the addresses themselves. `httpBase` like
 * `http://127.0.0.1:8080`, `wsBase` like `ws://127.0.0.1:8080`, both without a slash at the end.
 */
export function pointAtEmulator(client: PointableClient, httpBase: string, wsBase: string): void {
  const urls = client.urls as { api: Record<string, unknown> }
  for (const [name, url] of Object.entries(urls.api)) if (typeof url === 'string') urls.api[name] = httpBase
  if (client.id === 'bybit') {
    const stream = (kind: string): string => `${wsBase}/v5/public/${kind}`
    // ccxt picks the private topics by looking for "v5/private" in the address.
    const own = `${wsBase}/v5/private`
    urls.api['ws'] = {
      public: { spot: stream('spot'), linear: stream('linear'), inverse: stream('inverse'), option: stream('option') },
      private: { spot: { unified: own, nonUnified: own }, contract: own, usdc: own, trade: own },
    }
  } else {
    const all = {
      public: `${wsBase}/v2/ws/public`, private: `${wsBase}/v2/ws/private`, utaPublic: `${wsBase}/v3/ws/public`,
      utaPrivate: `${wsBase}/v3/ws/private`,
    }
    urls.api['ws'] = all
    urls.api['demo'] = { ...all }
  }
  // Without an agent of its own ccxt refuses plain ws:// addresses.
  client.httpAgent = new Agent()
}
