/** What the venue tells when asked: with the lags it is set to, newest first. */
import type { Account } from './account.ts'
import type { Core } from './core.ts'
import { isOpen, isPlan, type EmulatedFill, type EmulatedOrder } from './order.ts'

export type OrderFilter = {
  readonly id?: string | undefined
  readonly clientId?: string | undefined
  readonly symbol?: string | undefined
  /** Only orders behind a trigger, or only others. */
  readonly plan?: boolean | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

const fits = (order: EmulatedOrder, { id, clientId, symbol, plan, from, to }: OrderFilter): boolean =>
  (id === undefined || order.id === id) &&
  (clientId === undefined || order.clientId === clientId) &&
  (symbol === undefined || order.symbol === symbol) &&
  (plan === undefined || isPlan(order) === plan) &&
  (from === undefined || order.createdAt >= from) &&
  (to === undefined || order.createdAt <= to)

const isVisible = (core: Core, order: EmulatedOrder): boolean => order.createdAt + core.behaviour.orderLagMs <= core.now()

export const openOrders = (core: Core, account: Account, filter: OrderFilter): EmulatedOrder[] =>
  [...account.open.values()].filter((order) => isVisible(core, order) && fits(order, filter)).reverse()

export const endedOrders = (core: Core, account: Account, filter: OrderFilter): EmulatedOrder[] =>
  [...account.orders.values()]
    .filter((order) => !isOpen(order) && isVisible(core, order) && order.updatedAt + core.behaviour.historyLagMs <= core.now() && fits(order, filter))
    .reverse()

/** Open and ended orders alike. */
export const anyOrders = (core: Core, account: Account, filter: OrderFilter): EmulatedOrder[] =>
  [...account.orders.values()].filter((order) => isVisible(core, order) && fits(order, filter)).reverse()

export type FillFilter = Pick<OrderFilter, 'symbol' | 'clientId' | 'from' | 'to'> & {
  readonly orderId?: string | undefined
  readonly kinds?: readonly EmulatedFill['kind'][]
}

export const fillsOf = (core: Core, account: Account, { symbol, orderId, clientId, kinds, from, to }: FillFilter): EmulatedFill[] =>
  account.fills
    .filter(
      (fill) =>
        fill.at + core.behaviour.fillLagMs <= core.now() &&
        (symbol === undefined || fill.symbol === symbol) &&
        (orderId === undefined || fill.orderId === orderId) &&
        (clientId === undefined || fill.clientId === clientId) &&
        (kinds === undefined || kinds.includes(fill.kind)) &&
        (from === undefined || fill.at >= from) &&
        (to === undefined || fill.at <= to),
    )
    .reverse()
