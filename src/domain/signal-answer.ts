/** The body that answers a signal, letter for letter what existing bots read. */
export type SignalAnswer = SignalOpened | SignalBlocked | SignalNotTraded

export type SignalOpened = {
  readonly received: true
  readonly oms_enabled: true
  readonly risk_ok: true
  readonly order_id: number
  readonly position_id: number
  readonly tp_price: number | null
  readonly sl_price: number
  readonly exit_strategy: string
  readonly state: string
}
export type SignalBlocked = { readonly received: true; readonly oms_enabled: true; readonly risk_ok: false; readonly risk_reason: string }
/** OMS disabled or trading paused. */
export type SignalNotTraded = { readonly received: true; readonly oms_enabled: false; readonly risk_ok: false; readonly reason: string }
