/** Rows as Bitget v2 mix lists and pushes them, one-way mode. Fees are negative where paid. */
import { ZERO, absolute, add, divide, isZero, multiply, negate, round, subtract, type Decimal } from '../../domain/decimal.ts'
import {
  available, equity, leverageOf, liquidationPrice, ordersMargin, positionMargin, positionsMargin, unrealisedTotal, type Account, type Markets,
} from '../model/account.ts'
import type { Market } from '../model/instrument.ts'
import { hasFills, type EmulatedFill, type EmulatedOrder, type OrderPurpose } from '../model/order.ts'
import { isLong, unrealised, type ClosedPosition, type Position } from '../model/position.ts'
import { nextFunding } from '../model/upkeep.ts'
import type { Params } from '../wire/face.ts'

export const PRODUCT = 'USDT-FUTURES'
const money = (value: Decimal): string => round(value, 8)
const average = (order: EmulatedOrder): string => (hasFills(order) ? money(divide(order.filledValue, order.filledQty)) : '')
const marginMode = (account: Account): string => (account.marginMode === 'cross' ? 'crossed' : 'isolated')
const posMode = (account: Account): string => (account.positionMode === 'hedge' ? 'hedge_mode' : 'one_way_mode')
const triggerType = (source: 'mark' | 'last'): string => (source === 'mark' ? 'mark_price' : 'fill_price')
const placesOf = (step: Decimal): number => step.split('.')[1]?.length ?? 0

export const PLAN_TYPES: Readonly<Record<OrderPurpose, string>> = {
  order: '', conditional: 'normal_plan', position_stop: 'pos_loss', position_target: 'pos_profit', partial_stop: 'loss_plan',
  partial_target: 'profit_plan',
}
const PUSHED_PLAN_TYPES: Readonly<Record<OrderPurpose, string>> = {
  order: '', conditional: 'pl', position_stop: 'psl', position_target: 'ptp', partial_stop: 'sl', partial_target: 'tp',
}

function regularStatus({ status }: EmulatedOrder, canceled: string): string {
  if (status === 'canceled') return canceled
  return status === 'filled' || status === 'partially_filled' ? status : 'live'
}

/** Shared by lists and pushes of regular orders. */
const common = (account: Account, order: EmulatedOrder): Params => ({
  orderId: order.id, clientOid: order.clientId, size: order.qty, price: order.price ?? '', side: order.side,
  force: order.immediateOrCancel && order.kind === 'limit' ? 'ioc' : 'gtc', marginCoin: 'USDT', leverage: String(leverageOf(account, order.symbol)),
  marginMode: marginMode(account), orderType: order.kind, posMode: posMode(account), posSide: 'net', tradeSide: `${order.side}_single`,
  cTime: String(order.createdAt), uTime: String(order.updatedAt),
})

/** A regular order in a list; its detail names the status `state`. */
export const orderRow = (account: Account, order: EmulatedOrder): Params => ({
  ...common(account, order), symbol: order.symbol, baseVolume: order.filledQty, fee: money(negate(order.fee)), priceAvg: average(order),
  status: regularStatus(order, 'canceled'), totalProfits: money(order.realised),
  quoteVolume: money(order.filledValue), enterPointSource: 'api', orderSource: order.kind === 'market' ? 'market' : 'normal',
  presetStopSurplusPrice: order.attached.target?.price ?? '', presetStopLossPrice: order.attached.stop?.price ?? '',
  reduceOnly: order.reduceOnly ? 'YES' : 'NO',
})

function planStatus({ status }: EmulatedOrder, words: { readonly executed: string; readonly canceled: string; readonly failed: string }): string {
  if (status === 'untriggered') return 'live'
  return status === 'triggered' ? words.executed : status === 'failed' ? words.failed : words.canceled
}

/** An order behind a trigger in a list. What came of it stands in the order it became. */
export function planRow(account: Account, order: EmulatedOrder, ended: boolean): Params {
  const spawned = order.spawnedId === null ? undefined : account.orders.get(order.spawnedId)
  const result = { executeOrderId: order.spawnedId ?? '', priceAvg: spawned ? average(spawned) : '', baseVolume: spawned?.filledQty ?? '0' }
  return {
    planType: PLAN_TYPES[order.purpose], symbol: order.symbol, size: order.qty, orderId: order.id, clientOid: order.clientId,
    price: order.price ?? '0', executePrice: order.price ?? '', callbackRatio: '', triggerPrice: order.trigger?.price ?? '',
    triggerType: triggerType(order.trigger?.source ?? 'mark'),
    planStatus: planStatus(order, { executed: 'executed', canceled: 'cancelled', failed: 'fail_trigger' }), side: order.side, posSide: 'net',
    marginCoin: 'USDT', marginMode: marginMode(account),
    enterPointSource: 'API', tradeSide: `${order.side}_single`, posMode: posMode(account), orderType: order.kind,
    orderSource: order.purpose === 'conditional' ? 'plan_market' : 'pos_loss_market', stopSurplusTriggerPrice: '', stopSurplusExecutePrice: '',
    stopSurplusTriggerType: 'fill_price', stopLossTriggerPrice: '', stopLossExecutePrice: '', stopLossTriggerType: 'fill_price',
    cTime: String(order.createdAt), uTime: String(order.updatedAt), ...(ended ? result : {}),
  }
}

/** A push of channel `orders`. `baseVolume`, `fillPrice` and `fillFee` are those of this fill alone. */
export function orderPush(account: Account, order: EmulatedOrder, fill: EmulatedFill | null): Params {
  const feeDetail = hasFills(order) ? [{ feeCoin: 'USDT', fee: money(negate(order.fee)) }] : []
  const ofFill = fill && {
    baseVolume: fill.qty, fillPrice: fill.price, priceAvg: average(order), fillNotionalUsd: money(fill.value), fillFee: money(negate(fill.fee)),
    fillFeeCoin: 'USDT', tradeId: fill.id, fillTime: String(fill.at), tradeScope: fill.maker ? 'M' : 'T', pnl: money(fill.realised),
  }
  return {
    ...common(account, order), instId: order.symbol, accBaseVolume: order.filledQty, enterPointSource: 'API', feeDetail,
    notionalUsd: money(multiply(order.qty, order.price ?? order.lastOnCreated)), price: order.price ?? '0', status: regularStatus(order, 'cancelled'),
    reduceOnly: order.reduceOnly ? 'yes' : 'no', ...ofFill,
  }
}

/** A push of channel `orders-algo`. */
export function planPush(account: Account, order: EmulatedOrder): Params {
  const spawned = order.spawnedId === null ? undefined : account.orders.get(order.spawnedId)
  return {
    instId: order.symbol, orderId: order.id, clientOid: order.clientId, triggerPrice: order.trigger?.price ?? '',
    triggerType: triggerType(order.trigger?.source ?? 'mark'), triggerTime: String(order.triggeredAt ?? order.createdAt),
    planType: PUSHED_PLAN_TYPES[order.purpose], price: order.price ?? order.trigger?.price ?? '', executePrice: order.price ?? '', size: order.qty,
    actualSize: spawned?.qty ?? '0', orderType: order.kind, side: order.side, tradeSide: `${order.side}_single`, posSide: 'net',
    marginCoin: 'USDT', status: planStatus(order, { executed: 'executed', canceled: 'cancelled', failed: 'fail_execute' }), posMode: posMode(account),
    enterPointSource: 'API', stopSurplusTriggerType: 'fill_price', stopLossTriggerType: 'fill_price',
    cTime: String(order.createdAt), uTime: String(order.updatedAt),
  }
}

/** A fill in a list or in a push of channel `fill`. */
export const fillRow = (account: Account, fill: EmulatedFill): Params => ({
  tradeId: fill.id, symbol: fill.symbol, orderId: fill.orderId, price: fill.price, baseVolume: fill.qty,
  feeDetail: [{ deduction: 'no', feeCoin: 'USDT', totalDeductionFee: '0', totalFee: money(negate(fill.fee)) }], side: fill.side,
  quoteVolume: money(fill.value),
  profit: money(fill.realised), enterPointSource: fill.kind === 'trade' ? 'api' : 'sys', tradeSide: TRADE_SIDES[fill.kind] ?? `${fill.side}_single`,
  posMode: posMode(account), tradeScope: fill.maker ? 'maker' : 'taker', cTime: String(fill.at),
})
/** In one-way mode the venue marks what it did itself by the trade side. */
const TRADE_SIDES: Partial<Record<EmulatedFill['kind'], string>> = { adl: 'reduce_close_net', liquidation: 'burst_close_net' }

/** A push of channel `fill`: with the kind of order, and without where it was entered. */
export const fillPush = (account: Account, fill: EmulatedFill): Params => ({
  ...fillRow(account, fill), orderType: fill.orderKind, uTime: String(fill.at),
})

/** Funding as the list of bills has it: the amount is negative where it was paid. */
export const billRow = (account: Account, fill: EmulatedFill): Params => ({
  billId: fill.id, symbol: fill.symbol, amount: money(negate(fill.fee)), fee: '0', feeByCoupon: '', businessType: 'contract_settle_fee', coin: 'USDT',
  balance: account.balance, cTime: String(fill.at),
})

/** A position in a list; pushes name some fields differently. */
export function positionRow(account: Account, markets: Markets, position: Position): Params {
  const { quote, instrument } = markets.get(position.symbol) as Market
  return {
    marginCoin: 'USDT', symbol: position.symbol, holdSide: isLong(position) ? 'long' : 'short', openDelegateSize: '0',
    marginSize: money(positionMargin(account, markets, position)), available: absolute(position.qty), locked: '0', total: absolute(position.qty),
    leverage: String(leverageOf(account, position.symbol)), achievedProfits: money(position.realised), openPriceAvg: money(position.entryPrice),
    marginMode: marginMode(account), posMode: posMode(account), unrealizedPL: money(unrealised(position, quote.mark)),
    liquidationPrice: money(liquidationPrice(account, markets, position) ?? ZERO), keepMarginRate: instrument.maintenanceRate, markPrice: quote.mark,
    marginRatio: marginRatio(account, markets), totalFee: money(position.funding), deductedFee: money(position.openFee), grant: '',
    assetMode: 'single',
    autoMargin: 'off', cTime: String(position.openedAt), uTime: String(position.updatedAt),
  }
}

const marginRatio = (account: Account, markets: Markets): string => {
  const total = equity(account, markets)
  return isZero(total) ? '0' : round(divide(positionsMargin(account, markets), total), 12)
}

export function positionPush(account: Account, markets: Markets, position: Position): Params {
  const { symbol, openDelegateSize, locked, markPrice, marginRatio: rate, ...row } = positionRow(account, markets, position)
  return {
    posId: String(900_000_000_000_000_000n + BigInt(position.openedAt)), instId: symbol, frozen: locked, marginRate: rate, unrealizedPLR: '0',
    breakEvenPrice: row['openPriceAvg'], ...row, leverage: leverageOf(account, position.symbol),
  }
}

export const closedRow = (account: Account, closed: ClosedPosition): Params => ({
  symbol: closed.symbol, marginCoin: 'USDT', holdSide: closed.side, openAvgPrice: money(divide(closed.openedValue, closed.openedQty)),
  closeAvgPrice: money(divide(closed.closedValue, closed.closedQty)), marginMode: marginMode(account), openTotalPos: closed.openedQty,
  closeTotalPos: closed.closedQty, pnl: money(closed.realised),
  netProfit: money(add(subtract(closed.realised, add(closed.openFee, closed.closeFee)), closed.funding)), totalFunding: money(closed.funding),
  openFee: money(negate(closed.openFee)),
  closeFee: money(negate(closed.closeFee)), utime: String(closed.closedAt), ctime: String(closed.openedAt), positionId: `${closed.openedAt}`,
})

export function accountRow(account: Account, markets: Markets, symbol?: string): Params {
  const total = money(equity(account, markets))
  const free = money(available(account, markets))
  const ofSymbol = symbol === undefined ? {} : {
    crossedMarginLeverage: leverageOf(account, symbol), isolatedLongLever: leverageOf(account, symbol),
    isolatedShortLever: leverageOf(account, symbol), marginMode: marginMode(account), posMode: posMode(account),
  }
  return {
    marginCoin: 'USDT', locked: money(ordersMargin(account)), available: money(account.balance), crossedMaxAvailable: free,
    isolatedMaxAvailable: free, maxTransferOut: free, accountEquity: total, usdtEquity: total, btcEquity: '0',
    crossedRiskRate: marginRatio(account, markets),
    unrealizedPL: money(unrealisedTotal(account, markets)), coupon: '0', crossedUnrealizedPL: money(unrealisedTotal(account, markets)),
    isolatedUnrealizedPL: '0', assetMode: 'single', ...ofSymbol,
  }
}

export const accountPush = (account: Account, markets: Markets): Params => ({
  marginCoin: 'USDT', frozen: money(ordersMargin(account)), available: money(available(account, markets)),
  maxOpenPosAvailable: money(available(account, markets)), maxTransferOut: money(available(account, markets)),
  equity: money(equity(account, markets)), usdtEquity: money(equity(account, markets)),
})

export function contractRow({ instrument }: Market): Params {
  const { symbol, base, tick, lot, minQty, maxQty, maxMarketQty, minNotional, maxLeverage, makerFee, takerFee, status } = instrument
  return {
    symbol, baseCoin: base, quoteCoin: 'USDT', buyLimitPriceRatio: instrument.priceBand, sellLimitPriceRatio: instrument.priceBand,
    feeRateUpRatio: '0.005', makerFeeRate: makerFee, takerFeeRate: takerFee, openCostUpRatio: '0.01', supportMarginCoins: ['USDT'],
    minTradeNum: minQty, priceEndStep: tick.replace('.', '').replace(/^0+/, ''), volumePlace: String(placesOf(lot)),
    pricePlace: String(placesOf(tick)), sizeMultiplier: lot, symbolType: 'perpetual', minTradeUSDT: minNotional, maxSymbolOrderNum: '200',
    maxProductOrderNum: '1000', maxPositionNum: '150',
    symbolStatus: status === 'halted' ? 'maintain' : status === 'reduce_only' ? 'limit_open' : 'normal', offTime: '-1', limitOpenTime: '-1',
    deliveryTime: '', deliveryStartTime: '', deliveryPeriod: '', launchTime: '',
    fundInterval: String(instrument.fundingHours), minLever: '1', maxLever: String(maxLeverage), posLimit: '0.1', maintainTime: '', openTime: '',
    maxMarketOrderQty: maxMarketQty, maxOrderQty: maxQty,
  }
}

export const tickerRow = ({ instrument, quote }: Market): Params => ({
  symbol: instrument.symbol, lastPr: quote.last, askPr: quote.ask, bidPr: quote.bid, bidSz: '10', askSz: '10', high24h: quote.last,
  low24h: quote.last, ts: String(quote.at), change24h: '0', baseVolume: '100000', quoteVolume: '1000000000', usdtVolume: '1000000000',
  openUtc: quote.last, changeUtc24h: '0', indexPrice: quote.mark, fundingRate: instrument.fundingRate, holdingAmount: '50000',
  deliveryStartTime: null, deliveryTime: null, deliveryStatus: '', open24h: quote.last, markPrice: quote.mark,
})

export const tickerPush = (market: Market): Params => ({
  ...tickerRow(market), instId: market.instrument.symbol, nextFundingTime: String(nextFunding(market.quote.at, market.instrument.fundingHours)),
  symbolType: '1', deliveryPrice: '0',
})
