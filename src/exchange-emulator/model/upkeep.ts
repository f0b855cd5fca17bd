/** What the venue does of its own accord: funding, liquidation, deleveraging, corrections. */
import { ZERO, absolute, add, atMost, minimum, multiply, negate, subtract, type Decimal } from '../../domain/decimal.ts'
import { equity, maintenanceTotal, positionValue, type Account } from './account.ts'
import { marketOf, type Core } from './core.ts'
import { endOrder, enterOrder, trade, type TradeKind } from './matching.ts'
import type { EmulatedFill } from './order.ts'
import { closingSide, isLong, type Position } from './position.ts'

const HOUR_MS = 3_600_000

/** The next funding time after `at`: full multiples of the interval since midnight, UTC. */
export const nextFunding = (at: number, hours: number): number => (Math.floor(at / (hours * HOUR_MS)) + 1) * hours * HOUR_MS

/** Funding of one symbol: `value at mark · rate`, paid by longs where the rate is positive. */
export function settleFunding(core: Core, symbol: string, rate: Decimal = marketOf(core, symbol).instrument.fundingRate): void {
  for (const account of core.accounts.values()) {
    const position = account.positions.get(symbol)
    if (!position) continue
    const value = positionValue(core.markets, position)
    const paid = multiply(isLong(position) ? value : negate(value), rate)
    account.balance = subtract(account.balance, paid)
    account.positions.set(symbol, { ...position, funding: subtract(position.funding, paid) })
    const fill = bookEntry(core, position, {
      kind: 'funding', side: isLong(position) ? 'buy' : 'sell', qty: absolute(position.qty), value, fee: paid, feeRate: rate,
    })
    account.fills.push(fill)
    core.emit({ type: 'fill', account: account.id, fill, at: core.now() })
    core.emit({ type: 'account', account: account.id, at: core.now() })
  }
}

function bookEntry(
  core: Core, { symbol }: Pick<Position, 'symbol'>, entry: Pick<EmulatedFill, 'kind' | 'side' | 'qty' | 'value' | 'fee' | 'feeRate'>,
): EmulatedFill {
  const { mark } = marketOf(core, symbol).quote
  const nothing = { realised: ZERO, closedQty: ZERO, entryPrice: ZERO, openFee: ZERO, leavesQty: ZERO, orderQty: ZERO }
  return {
    id: core.newId(), orderId: core.newId(), clientId: '', symbol, price: mark, mark, maker: false, orderKind: 'market', orderPurpose: 'order',
    at: core.now(), ...nothing, ...entry,
  }
}

/** The venue takes `qty` of a position away at a price of its own. */
export function takeOver(core: Core, account: Account, symbol: string, qty: Decimal, price: Decimal, kind: TradeKind): void {
  const position = account.positions.get(symbol)
  if (!position) return
  const taken = minimum(qty, absolute(position.qty))
  const order = enterOrder(core, account, {
    symbol, side: closingSide(position), kind: 'market', qty: taken, price: null, reduceOnly: true, purpose: 'order', trigger: null,
    createdBy: 'venue', clientId: '',
  })
  trade(core, account, order, taken, price, false, kind)
}

/** Equity at or below the maintenance margin: every order is cancelled, every position taken over at the mark price. */
export function liquidateIfDue(core: Core, account: Account): void {
  if (account.positions.size > 0 && atMost(equity(account, core.markets), maintenanceTotal(account, core.markets))) liquidate(core, account)
}

export function liquidate(core: Core, account: Account, only?: string): void {
  for (const order of [...account.open.values()]) if (only === undefined || order.symbol === only) endOrder(core, account, order, 'canceled', 'liquidation')
  for (const { symbol, qty } of [...account.positions.values()]) {
    if (only === undefined || symbol === only) takeOver(core, account, symbol, absolute(qty), marketOf(core, symbol).quote.mark, 'liquidation')
  }
}

/** The venue declares a trade void: what it did to the position is undone at its own price, its fee is given back. False if there is no such trade. */
export function voidFill(core: Core, account: Account, fillId: string): boolean {
  const fill = account.fills.find(({ id }) => id === fillId)
  if (!fill) return false
  const back = enterOrder(core, account, {
    symbol: fill.symbol, side: fill.side === 'buy' ? 'sell' : 'buy', kind: 'market', qty: fill.qty, price: null, reduceOnly: false, purpose: 'order',
    trigger: null, createdBy: 'venue', clientId: '',
  })
  trade(core, account, back, fill.qty, fill.price, false, 'void')
  account.balance = add(account.balance, fill.fee)
  return true
}
