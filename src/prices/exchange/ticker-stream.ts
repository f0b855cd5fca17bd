/**
 * The ticker subscriptions of one public client. Every message is seen where it arrives, before anybody awaits it: a push
 * that comes while no `watch` call is pending wakes nobody and would be lost.
 */
import type { ExchangeClient } from '../../exchange/client.ts'
import type { TickerWire, VenueTicker } from './venue-ticker.ts'

export type TickerStreamPorts = {
  readonly client: ExchangeClient
  readonly wire: TickerWire
  readonly onTicker: (ticker: VenueTicker) => void
  /** A subscription ended with an error; `symbol`: the one that was waited for, in the venue's name. */
  readonly onLost: (symbol: string, error: unknown) => void
}

type Tap = { handleTicker(socket: unknown, message: unknown): unknown }
/** The part of ccxt's websocket client that ends it. */
type Socket = { error: unknown; reset(error: Error): void; readonly connection?: { terminate(): void } }

export class TickerStream {
  readonly #ports: TickerStreamPorts
  /** Venue's names of what is subscribed on the current connection. */
  readonly #watched = new Set<string>()
  /** Waits of earlier connections end without a word. */
  #connection = 0

  constructor(ports: TickerStreamPorts) {
    this.#ports = ports
    const { client, wire } = ports
    // One mechanism waits between dials, and it is not ccxt's.
    Object.assign(client.options, { ws: { ...(client.options['ws'] as object | undefined), backoff: { base: 0 } } })
    const handle = (client as unknown as Tap).handleTicker.bind(client)
    const tap: Tap = {
      handleTicker: (socket, message) => {
        handle(socket, message)
        for (const ticker of wire.fromPush(message)) this.#deliver(ticker)
      },
    }
    Object.assign(client, tap)
  }

  /** Sends a subscription of the symbol; false where it was sent before. `name` is ccxt's. */
  watch(symbol: string, name: string): boolean {
    if (this.#watched.has(symbol)) return false
    this.#watched.add(symbol)
    void this.#wait(symbol, name, this.#connection)
    return true
  }

  /**
   * Drops the connection and every subscription: after a refused one nothing less heals. At once, where
   * ccxt's own `close` would first let a turn pass and then close a connection that was dialled meanwhile.
   */
  close(): void {
    this.#connection += 1
    this.#watched.clear()
    const sockets = this.#ports.client.clients as unknown as Record<string, Socket>
    for (const [url, socket] of Object.entries(sockets)) {
      const closed = new Error('closed by LOMS')
      // Marked first: ccxt forgets whatever client has this address when an unmarked one ends.
      socket.error = closed
      delete sockets[url]
      socket.reset(closed)
      socket.connection?.terminate()
    }
  }

  /** A new wait is there before the last message has been looked at; its end says that the connection ended. */
  async #wait(symbol: string, name: string, connection: number): Promise<void> {
    try {
      while (connection === this.#connection) await this.#ports.client.watchTicker(name)
    } catch (error) {
      if (connection === this.#connection) this.#ports.onLost(symbol, error)
    }
  }

  /** What fails behind a quote is a bug of this program: not to be taken for one of the connection. */
  #deliver(ticker: VenueTicker): void {
    try {
      this.#ports.onTicker(ticker)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
