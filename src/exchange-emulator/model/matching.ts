/** Carrying orders out: trades, triggers, ends, and what they do to the orders around them. */
import {
  ZERO, absolute, add, atLeast, atMost, decimal, floorToStep, isZero, minimum, multiply, subtract, type Decimal,
} from '../../domain/decimal.ts'
import type { Account } from './account.ts'
import { marketOf, triggerPriceOf, type Core } from './core.ts'
import type { Market } from './instrument.ts'
import {
  NOTHING_FILLED, isOpen, isPlan, ofWholePosition, remainingQty, type EmulatedFill, type EmulatedOrder, type EmulatedStatus, type EndReason,
  type Execution, type OrderPurpose, type Side,
} from './order.ts'
import { applyTrade, closingSide } from './position.ts'

type NewOrder = Pick<EmulatedOrder, 'symbol' | 'side' | 'kind' | 'qty' | 'price' | 'reduceOnly' | 'purpose' | 'trigger' | 'createdBy'> &
  Partial<Pick<EmulatedOrder, 'clientId' | 'attached' | 'execution' | 'immediateOrCancel'>>

/** Puts a new order into the books, without carrying it out. */
export function enterOrder(core: Core, account: Account, order: NewOrder): EmulatedOrder {
  const { last } = marketOf(core, order.symbol).quote
  const id = core.newId()
  const clientId = order.clientId ?? (core.rules.inventsClientIds ? core.newId() : '')
  const times = { createdAt: core.now(), updatedAt: core.now(), triggeredAt: null, spawnedId: null, endReason: null }
  const entered: EmulatedOrder = {
    attached: {}, execution: null, immediateOrCancel: order.kind === 'market', ...order, id, clientId, lastOnCreated: last,
    status: order.trigger ? 'untriggered' : 'new', ...NOTHING_FILLED, ...times,
  }
  account.orders.set(id, entered)
  account.open.set(id, entered)
  if (clientId !== '') account.byClientId.set(clientId, entered)
  return entered
}

export function tell(core: Core, account: Account, order: EmulatedOrder, fill: EmulatedFill | null = null): void {
  core.emit({ type: 'order', account: account.id, order: { ...order }, fill, at: core.now() })
}

export function endOrder(core: Core, account: Account, order: EmulatedOrder, status: EmulatedStatus, reason: EndReason | null): void {
  order.status = status
  order.endReason = reason
  order.updatedAt = core.now()
  account.open.delete(order.id)
  tell(core, account, order)
}

/** The part of a reduce-only order that the position still allows. */
export function reducible(account: Account, symbol: string, side: Side): Decimal {
  const position = account.positions.get(symbol)
  return position && closingSide(position) === side ? absolute(position.qty) : ZERO
}

export type TradeKind = EmulatedFill['kind']

/** One trade of an order: money, position, order, and the news of it. */
export function trade(
  core: Core, account: Account, order: EmulatedOrder, qty: Decimal, price: Decimal, maker: boolean, kind: TradeKind = 'trade',
): void {
  const { instrument, quote } = marketOf(core, order.symbol)
  const feeRate = kind === 'void' ? ZERO : maker ? instrument.makerFee : instrument.takerFee
  const value = multiply(qty, price)
  const fee = multiply(value, feeRate)
  const at = core.now()
  const { position, ended, closedQty, entryPrice, realised, openFee } = applyTrade(
    account.positions.get(order.symbol) ?? null, { symbol: order.symbol, side: order.side, qty, price, fee, at },
  )
  if (position) account.positions.set(order.symbol, position)
  else account.positions.delete(order.symbol)
  if (ended) account.closed.push(ended)
  account.balance = subtract(add(account.balance, realised), fee)
  order.filledQty = add(order.filledQty, qty)
  order.filledValue = add(order.filledValue, value)
  order.fee = add(order.fee, fee)
  order.realised = add(order.realised, realised)
  order.updatedAt = at
  order.status = isZero(remainingQty(order)) ? 'filled' : 'partially_filled'
  if (order.status === 'filled') account.open.delete(order.id)
  const fill: EmulatedFill = {
    id: core.newId(), kind, orderId: order.id, clientId: order.clientId, symbol: order.symbol, side: order.side, price, qty, value, fee, feeRate,
    maker, realised, closedQty, entryPrice, openFee,
    mark: quote.mark, leavesQty: remainingQty(order), orderQty: order.qty, orderKind: order.kind, orderPurpose: order.purpose, at,
  }
  account.fills.push(fill)
  core.emit({ type: 'fill', account: account.id, fill, at })
  tell(core, account, order, fill)
  if (order.attached.stop || order.attached.target) attachLevels(core, account, order)
  afterPositionChange(core, account, order.symbol)
}

/** Stop and target that came with an entry begin to work with its first fill. */
function attachLevels(core: Core, account: Account, { symbol, side, attached }: EmulatedOrder): void {
  for (const purpose of ['position_stop', 'position_target'] as const) {
    const level = purpose === 'position_stop' ? attached.stop : attached.target
    if (level && !levelOf(account, symbol, purpose)) setLevel(core, account, symbol, side, purpose, level, 'attached')
  }
}

export const levelOf = (account: Account, symbol: string, purpose: OrderPurpose): EmulatedOrder | undefined =>
  [...account.open.values()].find((order) => order.symbol === symbol && order.purpose === purpose)

/** A stop or target of the whole position; `entrySide` is the side the position was opened with. */
export function setLevel(
  core: Core, account: Account, symbol: string, entrySide: Side, purpose: 'position_stop' | 'position_target',
  level: { readonly price: Decimal; readonly source: 'mark' | 'last' }, createdBy: 'attached' | 'position_stop',
): EmulatedOrder {
  const long = entrySide === 'buy'
  const direction = (purpose === 'position_stop') === long ? 'falling' : 'rising'
  const side: Side = long ? 'sell' : 'buy'
  const order = enterOrder(core, account, {
    symbol, side, kind: 'market', qty: reducible(account, symbol, side), price: null, reduceOnly: true, purpose, trigger: { ...level, direction },
    createdBy,
  })
  tell(core, account, order)
  return order
}

/** Orders that depend on the position follow it: whole-position levels its size, all of them its end. */
function afterPositionChange(core: Core, account: Account, symbol: string): void {
  const position = account.positions.get(symbol)
  for (const order of [...account.open.values()]) {
    if (order.symbol !== symbol || !order.reduceOnly || !isOpen(order)) continue
    if (position && closingSide(position) === order.side) {
      if (ofWholePosition(order)) order.qty = add(order.filledQty, absolute(position.qty))
    } else if (!isPlan(order) || order.status !== 'untriggered') endOrder(core, account, order, 'canceled', 'reduce_only')
    else if (ofWholePosition(order) || !core.rules.conditionalsSurviveFlat) endOrder(core, account, order, 'canceled', 'position_closed')
  }
  core.emit({ type: 'position', account: account.id, symbol, at: core.now() })
  core.emit({ type: 'account', account: account.id, at: core.now() })
}

function marketPrice(core: Core, { instrument, quote }: Market, side: Side): Decimal {
  const base = side === 'buy' ? quote.ask : quote.bid
  const { slippageBps } = core.behaviour
  if (slippageBps === 0) return base
  const shift = multiply(base, decimal((core.random() * slippageBps) / 10_000))
  const worse = side === 'buy' ? add(base, shift) : subtract(base, shift)
  const price = floorToStep(worse, instrument.tick)
  return isZero(price) ? instrument.tick : price
}

const executionOf = (core: Core, order: EmulatedOrder): Execution | null => {
  if (order.execution) return order.execution
  const { partialFillChance, partialAfterMs } = core.behaviour
  if (partialFillChance === 0 || core.random() >= partialFillChance) return null
  return { ratio: decimal(Math.round((0.1 + 0.8 * core.random()) * 100) / 100), rest: 'later', afterMs: partialAfterMs }
}

/** Carries out an order that is at the market: now, or in the parts its execution names. */
export function executeMarket(core: Core, account: Account, order: EmulatedOrder, execution: Execution | null = executionOf(core, order)): void {
  const market = marketOf(core, order.symbol)
  const wanted = order.reduceOnly ? minimum(remainingQty(order), reducible(account, order.symbol, order.side)) : remainingQty(order)
  if (isZero(wanted)) return endOrder(core, account, order, 'canceled', 'reduce_only')
  if (order.reduceOnly) order.qty = add(order.filledQty, wanted)
  const part = execution ? floorToStep(multiply(wanted, execution.ratio), market.instrument.lot) : wanted
  if (!isZero(part)) trade(core, account, order, part, marketPrice(core, market, order.side), false)
  if (!isOpen(order)) return
  if (!execution || execution.rest === 'cancel') return endOrder(core, account, order, 'canceled', 'no_liquidity')
  if (isZero(part)) tell(core, account, order)
  core.later(core.now() + execution.afterMs, () => {
    if (isOpen(order)) executeMarket(core, account, order, null)
  })
}

/** A limit order on arrival: what the book gives now as taker, the rest rests. */
export function executeLimit(core: Core, account: Account, order: EmulatedOrder): void {
  const { quote } = marketOf(core, order.symbol)
  const limit = order.price as Decimal
  const touch = order.side === 'buy' ? quote.ask : quote.bid
  if (order.side === 'buy' ? atMost(touch, limit) : atLeast(touch, limit)) fillLimit(core, account, order, touch, false)
  else if (order.immediateOrCancel) endOrder(core, account, order, 'canceled', 'no_liquidity')
  else tell(core, account, order)
}

function fillLimit(core: Core, account: Account, order: EmulatedOrder, price: Decimal, maker: boolean): void {
  const wanted = order.reduceOnly ? minimum(remainingQty(order), reducible(account, order.symbol, order.side)) : remainingQty(order)
  if (isZero(wanted)) return endOrder(core, account, order, 'canceled', 'reduce_only')
  if (order.reduceOnly) order.qty = add(order.filledQty, wanted)
  const { execution } = order
  const part = execution && order.status === 'new' ? floorToStep(
    multiply(wanted, execution.ratio), marketOf(core, order.symbol).instrument.lot,
  ) : wanted
  if (!isZero(part)) trade(core, account, order, part, price, maker)
}

/** A trigger price has been reached. */
function fire(core: Core, account: Account, order: EmulatedOrder): void {
  order.triggeredAt = core.now()
  const { side, symbol, kind, price, execution } = order
  const wanted = order.reduceOnly ? minimum(order.qty, reducible(account, symbol, side)) : order.qty
  if (isZero(wanted)) return endOrder(core, account, order, core.rules.triggerSpawnsOrder ? 'failed' : 'canceled', 'reduce_only')
  const carryOut = execution ?? core.behaviour.triggeredExecution
  if (!core.rules.triggerSpawnsOrder) {
    order.status = 'triggered'
    order.updatedAt = core.now()
    tell(core, account, order)
    order.status = 'new'
    return kind === 'market' ? executeMarket(core, account, order, carryOut) : executeLimit(core, account, order)
  }
  const spawned = enterOrder(core, account, {
    symbol, side, kind, qty: wanted, price, reduceOnly: order.reduceOnly, purpose: 'order', trigger: null, createdBy: 'trigger',
  })
  order.spawnedId = spawned.id
  endOrder(core, account, order, 'triggered', null)
  if (kind === 'market') executeMarket(core, account, spawned, carryOut)
  else executeLimit(core, account, spawned)
}

const reached = (market: Market, { trigger }: EmulatedOrder): boolean => {
  if (!trigger) return false
  const price = triggerPriceOf(market, trigger.source)
  return trigger.direction === 'rising' ? atLeast(price, trigger.price) : atMost(price, trigger.price)
}

/** What a new price does to the open orders of an account, oldest first. */
export function matchQuote(core: Core, account: Account, symbol: string): void {
  const market = marketOf(core, symbol)
  for (const order of [...account.open.values()]) {
    if (order.symbol !== symbol || !account.open.has(order.id)) continue
    if (order.status === 'untriggered') {
      if (reached(market, order)) fire(core, account, order)
    } else if (order.kind === 'limit') {
      const limit = order.price as Decimal
      if (order.side === 'buy' ? atMost(market.quote.ask, limit) : atLeast(market.quote.bid, limit)) fillLimit(core, account, order, limit, true)
    }
  }
}
