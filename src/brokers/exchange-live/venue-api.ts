/**
 * An account at an exchange, in LOMS's words. One implementation per venue; quantities and prices are the venue's own
 * decimal texts, never numbers. Every call rejects with what ccxt threw; `outcome.ts` says what that proves.
 */
import type { Decimal } from '../../domain/decimal.ts'
import type { ClientOrderId, OrderRole, TradeId, VenueOrderId } from '../../domain/ids.ts'
import type { Market, MarketTerms } from '../../domain/market.ts'
import type { Direction, OrderSide } from '../../domain/signal.ts'
import type { News, StreamListener } from './streams.ts'

/** An order as it goes out: quantity in the market's steps, prices in its ticks. */
export type PlacedOrder = {
  readonly market: Market
  readonly clientOrderId: ClientOrderId
  readonly role: OrderRole
  readonly side: OrderSide
  readonly qty: Decimal
  /** Trigger of a stop or target; null for market orders. */
  readonly price: Decimal | null
  /** Entry only: a stop that the venue attaches to the position in the same step, where it can trigger it by mark price. */
  readonly attachedStop: Decimal | null
}

/** `triggered`: a conditional order that started another order, `spawned`. */
export type VenueOrderState = 'working' | 'filled' | 'canceled' | 'rejected' | 'triggered'

export type VenueOrder = {
  readonly venueOrderId: VenueOrderId
  /** As the venue gives it; null or foreign where LOMS did not place it. */
  readonly clientOrderId: string | null
  readonly symbol: string
  readonly side: OrderSide
  readonly state: VenueOrderState
  readonly qty: Decimal
  readonly filledQty: Decimal
  readonly reduceOnly: boolean
  /** Trigger price of a conditional order; null: a plain one. */
  readonly triggerPrice: Decimal | null
  readonly triggersOnMark: boolean
  /** A conditional order whose trigger was reached and that works now as a plain one, under the same id. */
  readonly fired: boolean
  readonly spawned: VenueOrderId | null
}

/** Why a fill happened: an own or foreign order, the stop attached to the position, or the venue itself. */
export type FillCause = 'order' | 'position-stop' | 'liquidation' | 'adl'

export type VenueFill = {
  readonly tradeId: TradeId
  readonly venueOrderId: VenueOrderId
  readonly clientOrderId: string | null
  readonly symbol: string
  readonly side: OrderSide
  readonly qty: Decimal
  readonly price: Decimal
  /** Positive = paid. */
  readonly fee: Decimal
  readonly liquidity: 'maker' | 'taker'
  readonly at: number
  readonly cause: FillCause
}

export type VenuePosition = {
  readonly symbol: string
  readonly direction: Direction
  readonly qty: Decimal
  readonly entryPrice: Decimal
  readonly liquidationPrice: Decimal | null
  readonly leverage: Decimal | null
}

/** What the doctor and the start look at. */
export type VenueAccount = {
  readonly equity: Decimal
  readonly positionMode: 'one-way' | 'hedge'
  /** Names of rights of the key beyond reading and trading contracts: withdrawal, transfer. */
  readonly surplusRights: readonly string[]
  /** All orders of the account are cancelled when a connection to the venue is lost. */
  readonly cancelsOnDisconnect: boolean
}

export type VenueMarket = MarketTerms

export interface VenueApi {
  readonly venue: 'bitget' | 'bybit'
  /** Whether `attachedStop` is carried out. */
  readonly attachesStops: boolean
  /** USDT perpetuals by the venue's name. */
  markets(): Promise<ReadonlyMap<string, VenueMarket>>
  /** How far the venue's clock was ahead of this machine's when a request was last refused for its time; 0: never. */
  readonly clockAheadMs: number
  /** Milliseconds since the epoch on the venue's clock, as far as it is known here. */
  now(): number
  /** The same, asked of the venue. */
  time(): Promise<number>
  submit(order: PlacedOrder): Promise<VenueOrderId>
  cancel(symbol: string, clientOrderId: ClientOrderId, role: OrderRole): Promise<void>
  /** Cancels an order that waits for no trigger (any more), by the venue's id. */
  cancelPlain(symbol: string, venueOrderId: VenueOrderId): Promise<void>
  /** One look in all lists that could hold it; null: in none of them now, which proves nothing by itself. */
  order(symbol: string, clientOrderId: ClientOrderId, role: OrderRole): Promise<VenueOrder | null>
  /** A plain order by the venue's id; where fills do not name their order, and a trigger starts another one. Null: no such order, here and now. */
  plainOrder?(symbol: string, venueOrderId: VenueOrderId): Promise<VenueOrder | null>
  /** Removes the stop attached to a symbol's position; where `attachesStops`. */
  removeAttachedStop?(symbol: string): Promise<void>
  /** Open orders of both families, all pages. */
  openOrders(): Promise<readonly VenueOrder[]>
  /** Fills since a moment, oldest first, all pages. */
  fills(symbol: string, sinceMs: number): Promise<readonly VenueFill[]>
  positions(): Promise<readonly VenuePosition[]>
  /** Funding of a symbol since a moment: positive = paid by us. */
  funding(symbol: string, sinceMs: number): Promise<readonly { readonly id: string; readonly at: number; readonly amount: Decimal }[]>
  account(): Promise<VenueAccount>
  /** The leverage that is set for a symbol, with or without a position. */
  leverage(symbol: string): Promise<Decimal>
  /** Sets the leverage of a symbol without a position; "not modified" is success. */
  setLeverage(symbol: string, leverage: Decimal): Promise<void>
  /** Listens to the account's streams until closed. */
  watch(listener: StreamListener): void
  /** Something happened just now; streams that do not tell it are dialled anew. */
  expectNews(news: News): void
  /** Ends the streams. */
  close(): Promise<void>
}
