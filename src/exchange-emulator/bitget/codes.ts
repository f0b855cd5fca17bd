/** Bitget's words for refusals. Business errors come with HTTP 400. */
import type { Refusal, RefusalCode } from '../model/order.ts'

export type BitgetError = { readonly code: string; readonly msg: string }

const ERRORS: Readonly<Record<RefusalCode, BitgetError>> = {
  unknown_symbol: { code: '40034', msg: 'Parameter symbol does not exist' },
  halted: { code: '40308', msg: 'The contract is being temporarily maintained' },
  reduce_only_symbol: { code: '40308', msg: 'The contract only supports closing positions' },
  bad_quantity: { code: '40808', msg: 'Parameter verification exception size checkBDScale error' },
  below_minimum_quantity: { code: '45111', msg: 'less than the minimum order quantity' },
  above_maximum_quantity: { code: '45112', msg: 'exceeds the maximum order quantity' },
  below_minimum_notional: { code: '45110', msg: 'less than the minimum amount 5 USDT' },
  bad_price: { code: '41103', msg: 'param price scale error error' },
  price_band: { code: '40815', msg: 'The order price exceeds the price limit' },
  bad_client_id: { code: '40305', msg: 'client_oid length is not greater than 50, and cannot be Martian characters' },
  duplicate_client_id: { code: '40786', msg: 'Duplicate clientOid' },
  insufficient_margin: { code: '40762', msg: 'The order amount exceeds the balance' },
  no_position: { code: '22002', msg: 'No position to close' },
  would_trigger: { code: '40917', msg: '' },
  too_many_orders: { code: '45120', msg: 'The number of plan orders exceeds the upper limit' },
  stop_exists: { code: '40919', msg: 'The position already has a position take profit or stop loss' },
  order_not_found: { code: '40768', msg: 'Order does not exist' },
  leverage_not_modified: { code: '00000', msg: 'success' },
  bad_leverage: { code: '40797', msg: 'Exceeded the maximum settable leverage' },
  margin_mode_not_modified: { code: '00000', msg: 'success' },
  position_mode_not_modified: { code: '00000', msg: 'success' },
  position_mode_mismatch: { code: '40774', msg: 'The order type for unilateral position must also be the unilateral position type.' },
  position_open: { code: '45117', msg: 'Currently holding positions or orders, the margin mode cannot be adjusted' },
  orders_open: { code: '45117', msg: 'Currently holding positions or orders, the margin mode cannot be adjusted' },
  stop_not_modified: { code: '00000', msg: 'success' },
  order_not_modified: { code: '00000', msg: 'success' },
}

/** A refusal of a stop or target on the wrong side of the price, by what it protects. */
function wrongSide({ trigger, current }: Refusal, what: 'stop' | 'target', protectsLong: boolean): BitgetError {
  const named = trigger?.source === 'last' ? 'last price' : 'mark price'
  if (what === 'stop') {
    if (protectsLong) return { code: '40917', msg: `Stop price for long positions please < ${named} ${current}` }
    return { code: '45122', msg: `Short position stop loss price please > ${named} ${current}` }
  }
  if (protectsLong) return { code: '40915', msg: `Long position take profit price please > ${named} ${current}` }
  return { code: '40916', msg: `Short position take profit price please < ${named} ${current}` }
}

/** A refusal of an ordinary order in Bitget's code and message. */
export function bitgetError(refusal: Refusal): BitgetError {
  const { code, trigger } = refusal
  return code === 'would_trigger' ? wrongSide(refusal, 'stop', trigger?.direction === 'falling') : ERRORS[code]
}

/** Stops and targets of a position have some codes of their own. */
export function levelError(refusal: Refusal, what: 'stop' | 'target', protectsLong: boolean): BitgetError {
  if (refusal.code === 'no_position') return { code: '43023', msg: 'Insufficient position, can not set profit or stop loss' }
  return refusal.code === 'would_trigger' ? wrongSide(refusal, what, protectsLong) : ERRORS[refusal.code]
}
