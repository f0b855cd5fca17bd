/** Bybit's words for refusals. */
import type { Refusal, RefusalCode } from '../model/order.ts'

export type BybitError = { readonly retCode: number; readonly retMsg: string }

const ERRORS: Readonly<Record<RefusalCode, BybitError>> = {
  unknown_symbol: { retCode: 10001, retMsg: 'params error: symbol invalid' },
  halted: { retCode: 110066, retMsg: 'No trading is allowed at the current time.' },
  reduce_only_symbol: { retCode: 110023, retMsg: 'Currently you can only reduce your position for this contract.' },
  bad_quantity: { retCode: 10001, retMsg: 'Qty invalid' },
  below_minimum_quantity: { retCode: 10001, retMsg: 'The number of contracts exceeds minimum limit allowed' },
  above_maximum_quantity: { retCode: 10001, retMsg: 'The number of contracts exceeds maximum limit allowed: too large' },
  below_minimum_notional: { retCode: 110094, retMsg: 'Order does not meet minimum order value 5USDT' },
  bad_price: { retCode: 10001, retMsg: 'params error: price invalid' },
  price_band: { retCode: 110003, retMsg: 'Order price exceeds the allowable range.' },
  bad_client_id: { retCode: 10001, retMsg: 'OrderLinkedID: invalid' },
  duplicate_client_id: { retCode: 110072, retMsg: 'OrderLinkedID is duplicate' },
  insufficient_margin: { retCode: 110007, retMsg: 'ab not enough for new order' },
  no_position: { retCode: 110017, retMsg: 'current position is zero, cannot fix reduce-only order qty' },
  would_trigger: { retCode: 110092, retMsg: '' },
  too_many_orders: { retCode: 110009, retMsg: 'The number of stop orders exceeds the maximum allowable limit' },
  stop_exists: { retCode: 10001, retMsg: 'position already has a stop loss' },
  order_not_found: { retCode: 110001, retMsg: 'order not exists or too late to cancel' },
  leverage_not_modified: { retCode: 110043, retMsg: 'leverage not modified' },
  bad_leverage: { retCode: 110013, retMsg: 'cannot set leverage due to risk limit' },
  margin_mode_not_modified: { retCode: 110026, retMsg: 'Cross/isolated margin mode is not modified' },
  position_mode_not_modified: { retCode: 110025, retMsg: 'Position mode is not modified' },
  position_mode_mismatch: { retCode: 10001, retMsg: 'position idx not match position mode' },
  position_open: { retCode: 110024, retMsg: 'You have an existing position, so position mode cannot be switched' },
  orders_open: { retCode: 110028, retMsg: 'You have existing open orders, so position mode cannot be switched' },
  stop_not_modified: { retCode: 34040, retMsg: 'not modified' },
  order_not_modified: { retCode: 10001, retMsg: 'order not modified' },
}

const scaled = (value: string): string => String(Math.round(Number(value) * 10_000))

/** A refusal in Bybit's code and message. */
export function bybitError({ code, trigger, current }: Refusal): BybitError {
  if (code !== 'would_trigger' || !trigger || current === undefined) return ERRORS[code]
  const watched = trigger.source === 'mark' ? 'MarkPrice' : 'LastPrice'
  return trigger.direction === 'rising'
    ? {
      retCode: 110092,
      retMsg: `expect Rising, but trigger_price[${scaled(trigger.price)}] <= current[${scaled(current)}]??${watched}`,
    }
    : {
      retCode: 110093,
      retMsg: `expect Falling, but trigger_price[${scaled(trigger.price)}] >= current[${scaled(current)}]??${watched}`,
    }
}

/** Position-level stops on the wrong side of the price are refused with words of their own. */
export const wrongSideError = (what: 'StopLoss' | 'TakeProfit', { trigger, current }: Refusal): BybitError => ({
  retCode: 10001,
  retMsg: `${what}:${scaled(trigger?.price ?? '0')} set for position should be ${trigger?.direction === 'rising' ? 'higher' : 'lower'} than base_price:${scaled(current ?? '0')}??LastPrice`,
})
