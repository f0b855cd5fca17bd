/** The demo's exchange: its truth, and the accidents it is told to have. Only the demo looks here; LOMS knows its API. */
import { parseClientOrderId } from '../../domain/ids.ts'

type Order = { readonly clientId: string; readonly status: string; readonly trigger: { readonly price: string; readonly source: 'mark' | 'last' } | null; readonly createdAt: number }
type Fill = { readonly clientId: string; readonly orderPurpose: string; readonly closedQty: string; readonly price: string; readonly at: number }
type Account = {
  readonly balance: string
  readonly equity: string
  readonly positions: readonly { readonly symbol: string; readonly qty: string }[]
  readonly orders: readonly Order[]
  readonly fills: readonly Fill[]
}
type Market = { readonly instrument: { readonly symbol: string }; readonly quote: { readonly last: string; readonly mark: string } }
export type Truth = { readonly account: Account; readonly last: number; readonly mark: number; readonly connections: number }

/** What is to go wrong with one kind of call, or with every call. */
export type Accident = { readonly match: { readonly call?: string }; readonly times: number | 'always'; readonly do: Readonly<Record<string, string>> }

const RESTING = ['untriggered', 'new', 'partially_filled']

export class DemoExchange {
  readonly url: string
  constructor(url: string) {
    this.url = url
  }

  /** null: it does not answer. */
  async truth(symbol: string): Promise<Truth | null> {
    try {
      const state = (await (await fetch(`${this.url}/_emulator/state`)).json()) as { readonly accounts: readonly Account[]; readonly markets: readonly Market[]; readonly connections: number }
      const [account] = state.accounts
      const quote = state.markets.find(({ instrument }) => instrument.symbol === symbol)?.quote
      return account && quote ? { account, last: Number(quote.last), mark: Number(quote.mark), connections: state.connections } : null
    } catch {
      return null
    }
  }

  async deposit(balance: string): Promise<void> {
    await this.#post('act', { act: 'balance', balance })
  }

  async breakCalls(...calls: readonly Accident[]): Promise<void> {
    await this.#post('faults', { calls })
  }

  /** Ends every websocket as if the line had been cut. */
  async cutStreams(): Promise<void> {
    await this.#post('act', { act: 'disconnect' })
  }

  async mend(): Promise<void> {
    await fetch(`${this.url}/_emulator/faults`, { method: 'DELETE' })
  }

  async #post(path: string, body: object): Promise<void> {
    const response = await fetch(`${this.url}/_emulator/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`the emulator refused ${path}: ${await response.text()}`)
  }
}

export const heldQty = ({ account }: Truth, symbol: string): number => Number(account.positions.find((position) => position.symbol === symbol)?.qty ?? 0)
export const restingStops = ({ account }: Truth): readonly Order[] => account.orders.filter(({ status, trigger }) => RESTING.includes(status) && trigger?.source === 'mark')
export const restingOrders = ({ account }: Truth): number => account.orders.filter(({ status }) => RESTING.includes(status)).length

/** Milliseconds, by the exchange's clock, from the fill of a position's entry to its first resting stop or its end; null: not yet. */
export function nakedMs({ account }: Truth, positionId: number): number | null {
  const filled = account.fills.find(({ clientId }) => {
    const parsed = parseClientOrderId(clientId)
    return parsed?.role === 'entry' && parsed.position === positionId
  })
  if (!filled) return null
  const stops = account.orders.filter(({ trigger, createdAt }) => trigger?.source === 'mark' && createdAt >= filled.at).map(({ createdAt }) => createdAt)
  const ends = account.fills.filter(({ closedQty, at }) => Number(closedQty) > 0 && at >= filled.at).map(({ at }) => at)
  const safeAt = Math.min(...stops, ...ends)
  return Number.isFinite(safeAt) ? safeAt - filled.at : null
}
