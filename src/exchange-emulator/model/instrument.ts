/** What can be traded on the emulated venue, and its latest prices. */
import { decimal, type Decimal } from '../../domain/decimal.ts'

export type Venue = 'bybit' | 'bitget'

/** One linear perpetual. Rates are fractions (0.0006 = 0.06 %), quantities in the base coin. */
export type Instrument = {
  readonly symbol: string
  readonly base: string
  readonly tick: Decimal
  readonly lot: Decimal
  readonly minQty: Decimal
  readonly maxQty: Decimal
  readonly maxMarketQty: Decimal
  readonly minNotional: Decimal
  readonly maxLeverage: number
  readonly makerFee: Decimal
  readonly takerFee: Decimal
  /** Maintenance margin of a position, as a fraction of its value. */
  readonly maintenanceRate: Decimal
  /** How far a limit price may be on the wrong side of the last price. */
  readonly priceBand: Decimal
  /** Paid by longs to shorts at each funding time where it is positive. */
  readonly fundingRate: Decimal
  readonly fundingHours: number
  /** `halted`: no order is taken. `reduce_only`: only orders that make a position smaller. */
  readonly status: 'trading' | 'reduce_only' | 'halted'
}

export type Quote = { readonly bid: Decimal; readonly ask: Decimal; readonly last: Decimal; readonly mark: Decimal; readonly at: number }
export type Market = { instrument: Instrument; quote: Quote }

type Row = readonly [base: string, tick: string, lot: string, maxQty: string, maxMarketQty: string, maxLeverage: number, price: string]

/** Steps and limits as the venues' instrument lists have them; prices are only where a market starts. */
const BYBIT: readonly Row[] = [
  ['BTC', '0.1', '0.001', '1190', '119', 100, '60000'],
  ['ETH', '0.01', '0.01', '7240', '724', 100, '3000'],
  ['SOL', '0.001', '0.1', '79770', '7977', 100, '150'],
  ['LTC', '0.01', '0.1', '28740', '6160', 50, '80'],
  ['XRP', '0.0001', '1', '10965300', '1096530', 75, '0.6'],
  ['ADA', '0.0001', '1', '6315500', '1109600', 75, '0.45'],
  ['DOGE', '0.00001', '1', '35380000', '3538000', 75, '0.15'],
]
const BITGET: readonly Row[] = [
  ['BTC', '0.1', '0.0001', '1200', '220', 125, '60000'],
  ['ETH', '0.01', '0.01', '7000', '2300', 125, '3000'],
  ['SOL', '0.001', '0.1', '80000', '17000', 75, '150'],
  ['LTC', '0.01', '0.1', '24000', '6000', 75, '80'],
  ['XRP', '0.0001', '1', '8000000', '2000000', 75, '0.6'],
  ['ADA', '0.0001', '1', '6000000', '1000000', 75, '0.45'],
  ['DOGE', '0.00001', '1', '30000000', '4000000', 75, '0.15'],
]
const FEES: Readonly<Record<Venue, { readonly maker: string; readonly taker: string }>> = {
  bybit: { maker: '0.0002', taker: '0.00055' },
  bitget: { maker: '0.0002', taker: '0.0006' },
}

/** Seven well-known perpetuals with a first quote each, two ticks between bid and ask. */
export function standardMarkets(venue: Venue, at: number): Market[] {
  const { maker, taker } = FEES[venue]
  return (venue === 'bybit' ? BYBIT : BITGET).map(([base, tick, lot, maxQty, maxMarketQty, maxLeverage, price]) => {
    const last = decimal(price)
    const step = Number(tick)
    const near = (ticks: number): Decimal => decimal(Number((Number(price) + ticks * step).toFixed(8)))
    return {
      instrument: {
        symbol: `${base}USDT`,
        base,
        tick: decimal(tick),
        lot: decimal(lot),
        minQty: decimal(lot),
        maxQty: decimal(maxQty),
        maxMarketQty: decimal(maxMarketQty),
        minNotional: decimal(5),
        maxLeverage,
        makerFee: decimal(maker),
        takerFee: decimal(taker),
        maintenanceRate: decimal('0.005'),
        priceBand: decimal('0.05'),
        fundingRate: decimal('0.0001'),
        fundingHours: 8,
        status: 'trading',
      },
      quote: { bid: near(-1), ask: near(1), last, mark: last, at },
    }
  })
}
