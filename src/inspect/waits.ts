/** What a position waits for, in words a trader reads. */
import { toNumber, type Decimal } from '../domain/decimal.ts'
import { isWorking } from '../domain/order.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { exitWatches } from '../../machines/position.exits.ts'

export type Wait =
  | { readonly kind: 'price'; readonly text: string; readonly price: number }
  /** `at`: milliseconds since the epoch. */
  | { readonly kind: 'time'; readonly text: string; readonly at: number }

/** Armed price levels, then deadlines, the nearest first. */
export function waitsOf(context: PositionContext): readonly Wait[] {
  if (context.retired) return []
  const times = Object.entries(context.deadlines).map(([name, at]): Wait => ({ kind: 'time', text: deadlineText(name), at }))
  return [...orderWaits(context), ...policyWaits(context), ...times.sort((a, b) => (a.kind === 'time' && b.kind === 'time' ? a.at - b.at : 0))]
}

function orderWaits(context: PositionContext): readonly Wait[] {
  return context.orders.flatMap(({ role, status, price, qty }): Wait[] => {
    if (!isWorking(status) || price === null) return []
    if (role === 'stop-loss') return [level(`closes by ${context.stopReason === 'sl' ? 'stop-loss' : words(context.stopReason)}`, price)]
    return role === 'take-profit' ? [level(`closes ${toNumber(qty)} by take-profit`, price)] : []
  })
}

function policyWaits(context: PositionContext): readonly Wait[] {
  return exitWatches(context).flatMap((watch): Wait[] => {
    if (watch.kind === 'level') return [level(watch.key === 'break_even' ? 'moves the stop to break-even' : watch.key === 'trail' ? 'starts the trailing stop' : words(watch.key), watch.level)]
    return watch.kind === 'trail' ? [level(`trails ${toNumber(watch.distancePct)} % behind the best price`, watch.peak)] : []
  })
}

const DEADLINES: Readonly<Record<string, string>> = {
  entry: 'cancels the entry if it is not filled',
  protect: 'closes at market if no stop covers the position',
  'stop-retry': 'tries to place the stop again',
  'take-profit-retry': 'tries to place the take-profit again',
  'close-retry': 'tries to close again',
  query: 'asks the venue what became of an order',
  settle: 'is filed away',
  'policy:timeout': 'times out if it has not moved enough',
}

const deadlineText = (name: string): string => DEADLINES[name] ?? words(name.replace(/^policy:/, ''))
const words = (name: string): string => name.replaceAll(/[_-]/g, ' ')
const level = (text: string, price: Decimal): Wait => ({ kind: 'price', text, price: toNumber(price) })
