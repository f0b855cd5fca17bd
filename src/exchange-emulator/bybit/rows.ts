/** Rows as Bybit v5 lists and pushes them: numbers as strings, absent ones as empty strings. */
import { ZERO, absolute, add, divide, isZero, multiply, round, subtract, type Decimal } from '../../domain/decimal.ts'
import {
  available, equity, leverageOf, liquidationPrice, maintenanceMargin, maintenanceTotal, ordersMargin, positionMargin, positionsMargin, positionValue,
  unrealisedTotal, type Account, type Markets,
} from '../model/account.ts'
import type { Instrument, Market } from '../model/instrument.ts'
import { hasFills, isOpen, remainingQty, type EmulatedFill, type EmulatedOrder } from '../model/order.ts'
import { isLong, unrealised, type Position } from '../model/position.ts'
import { nextFunding } from '../model/upkeep.ts'
import type { Params } from '../wire/face.ts'

const money = (value: Decimal): string => round(value, 8)
const sideOf = (side: 'buy' | 'sell'): string => (side === 'buy' ? 'Buy' : 'Sell')
const triggerBy = (source: 'mark' | 'last'): string => (source === 'mark' ? 'MarkPrice' : 'LastPrice')

function statusOf(order: EmulatedOrder): string {
  switch (order.status) {
    case 'untriggered':
      return 'Untriggered'
    case 'triggered':
      return 'Triggered'
    case 'new':
      return 'New'
    case 'partially_filled':
      return 'PartiallyFilled'
    case 'filled':
      return 'Filled'
    case 'failed':
      return 'Rejected'
    case 'canceled':
      return hasFills(order) ? 'PartiallyFilledCanceled' : order.trigger && order.triggeredAt === null ? 'Deactivated' : 'Cancelled'
  }
}

const STOP_TYPES = {
  order: '', conditional: 'Stop', position_stop: 'StopLoss', position_target: 'TakeProfit', partial_stop: 'PartialStopLoss',
  partial_target: 'PartialTakeProfit',
} as const
const CANCEL_TYPES = {
  user: 'CancelByUser', venue: 'CancelByAdmin', reduce_only: 'CancelByReduceOnly', position_closed: 'CancelByTpSlTsClear',
  no_liquidity: 'CancelByNoLiquidity', replaced: 'CancelByUser', liquidation: 'CancelByPrepareLiq',
} as const
const createType = ({ createdBy, purpose }: EmulatedOrder): string =>
  createdBy === 'venue' ? 'CreateByLiq' : purpose === 'position_stop' ? 'CreateByStopLoss' : purpose === 'position_target' ? 'CreateByTakeProfit' : 'CreateByUser'

/** The price field of a market order is the worst price it may pay, not the price it got. */
const shownPrice = ({ kind, side, price, lastOnCreated, trigger }: EmulatedOrder, { tick }: Instrument): string => {
  if (kind === 'limit') return price ?? '0'
  if (trigger) return '0'
  const places = tick.split('.')[1]?.length ?? 0
  return round(multiply(lastOnCreated, (side === 'buy' ? '1.01' : '0.99') as Decimal), places)
}

export function orderRow(order: EmulatedOrder, { instrument }: Market): Params {
  const { trigger, attached } = order
  const ended = !isOpen(order)
  const leaves = ended ? ZERO : remainingQty(order)
  return {
    symbol: order.symbol, orderType: order.kind === 'market' ? 'Market' : 'Limit', orderLinkId: order.clientId, slLimitPrice: '0', orderId: order.id,
    cancelType: order.endReason ? CANCEL_TYPES[order.endReason] : 'UNKNOWN',
    avgPrice: hasFills(order) ? money(divide(order.filledValue, order.filledQty)) : '', stopOrderType: STOP_TYPES[order.purpose],
    lastPriceOnCreated: order.lastOnCreated, orderStatus: statusOf(order), createType: createType(order), takeProfit: attached.target?.price ?? '',
    cumExecValue: money(order.filledValue), tpslMode: order.purpose.startsWith('position_') ? 'Full' : '',
    smpType: 'None', triggerDirection: trigger ? (trigger.direction === 'rising' ? 1 : 2) : 0, blockTradeId: '',
    cumFeeDetail: hasFills(order) ? { USDT: money(order.fee) } : {},
    rejectReason: order.endReason === 'no_liquidity' ? 'EC_NoImmediateQtyToFill' : order.endReason === 'reduce_only' ? 'EC_ReduceOnly' : 'EC_NoError',
    isLeverage: '', price: shownPrice(order, instrument), orderIv: '',
    createdTime: String(order.createdAt), tpTriggerBy: attached.target ? triggerBy(attached.target.source) : '', positionIdx: 0,
    timeInForce: order.immediateOrCancel ? 'IOC' : 'GTC',
    leavesValue: money(multiply(leaves, order.price ?? order.lastOnCreated)), updatedTime: String(order.updatedAt), side: sideOf(order.side),
    smpGroup: 0, triggerPrice: trigger?.price ?? '', tpLimitPrice: '0', cumExecFee: money(order.fee),
    slTriggerBy: attached.stop ? triggerBy(attached.stop.source) : '', leavesQty: leaves, closeOnTrigger: false, slippageToleranceType: 'UNKNOWN',
    placeType: '', cumExecQty: order.filledQty, reduceOnly: order.reduceOnly, qty: order.qty,
    stopLoss: attached.stop?.price ?? '', smpOrderId: '', slippageTolerance: '0', triggerBy: trigger ? triggerBy(trigger.source) : '', extraFees: '',
  }
}

const EXEC_TYPES = { trade: 'Trade', funding: 'Funding', adl: 'AdlTrade', liquidation: 'BustTrade', void: 'Trade' } as const

export function executionRow(fill: EmulatedFill): Params {
  const funding = fill.kind === 'funding'
  return {
    symbol: fill.symbol, orderType: funding ? 'UNKNOWN' : fill.orderKind === 'market' ? 'Market' : 'Limit', underlyingPrice: '',
    orderLinkId: fill.clientId, orderId: fill.orderId, stopOrderType: STOP_TYPES[fill.orderPurpose] || 'UNKNOWN',
    execTime: String(fill.at), feeCurrency: '', createType: funding ? '' : 'CreateByUser', feeRate: fill.feeRate, tradeIv: '', blockTradeId: '',
    markPrice: fill.mark, execPrice: fill.price, markIv: '', orderQty: fill.orderQty, orderPrice: funding ? '0' : fill.price,
    execValue: money(fill.value), closedSize: fill.closedQty, execType: EXEC_TYPES[fill.kind], seq: Number(fill.at), side: sideOf(fill.side),
    indexPrice: '', leavesQty: fill.leavesQty, isMaker: fill.maker, execFee: money(fill.fee),
    execId: fill.id, marketUnit: '', execQty: fill.qty, execPnl: money(fill.realised), extraFees: '',
  }
}

const NO_POSITION = {
  size: '0', side: '', positionValue: '', positionIM: '', positionMM: '', positionBalance: '0', unrealisedPnl: '', liqPrice: '', curRealisedPnl: '0',
} as const

/** A position of REST (`avgPrice`) or of the stream (`entryPrice`); null: the symbol is flat. */
export function positionRow(
  account: Account, markets: Markets, symbol: string, position: Position | null, priceField: 'avgPrice' | 'entryPrice',
): Params {
  const { quote } = markets.get(symbol) as Market
  const level = (purpose: string): string => [...account.open.values()].find((order) => order.symbol === symbol && order.purpose === purpose)?.trigger?.price ?? ''
  const settled = account.closed.filter((closed) => closed.symbol === symbol).reduce((total, closed) => add(total, netOf(closed)), ZERO)
  const common = {
    symbol, leverage: String(leverageOf(account, symbol)), autoAddMargin: 0, riskLimitValue: '2000000', takeProfit: level('position_target'),
    isReduceOnly: false, tpslMode: 'Full', riskId: 1, trailingStop: '0', markPrice: quote.mark,
    adlRankIndicator: position ? 2 : 0, positionIdx: account.positionMode === 'hedge' ? 1 : 0, seq: quote.at, bustPrice: '',
    leverageSysUpdatedTime: '', positionStatus: 'Normal', mmrSysUpdatedTime: '', stopLoss: level('position_stop'), tradeMode: 0,
  }
  if (!position) return {
    ...common, ...NO_POSITION, [priceField]: '0', cumRealisedPnl: money(settled), createdTime: '0', updatedTime: String(quote.at),
  }
  const margin = positionMargin(account, markets, position)
  return {
    ...common, size: absolute(position.qty), side: isLong(position) ? 'Buy' : 'Sell', [priceField]: money(position.entryPrice),
    positionValue: money(positionValue(markets, position)), positionIM: money(margin),
    positionMM: money(maintenanceMargin(markets, position)), positionBalance: money(margin), unrealisedPnl: money(unrealised(position, quote.mark)),
    liqPrice: money(liquidationPrice(account, markets, position) ?? ZERO).replace(/^0$/, ''),
    curRealisedPnl: money(netOf(position)), cumRealisedPnl: money(add(settled, netOf(position))), createdTime: String(position.openedAt),
    updatedTime: String(position.updatedAt),
  }
}

const netOf = ({ realised, openFee, closeFee, funding }: Position): Decimal => add(subtract(realised, add(openFee, closeFee)), funding)

/** One row per closing order, as closed-pnl lists them. */
export function closedPnlRows(account: Account, fills: readonly EmulatedFill[]): Params[] {
  const byOrder = new Map<string, EmulatedFill[]>()
  for (const fill of fills) if (!isZero(fill.closedQty)) byOrder.set(fill.orderId, [...(byOrder.get(fill.orderId) ?? []), fill])
  return [...byOrder.values()].map((parts) => {
    const [first] = parts as [EmulatedFill]
    const total = (of: (fill: EmulatedFill) => Decimal): Decimal => parts.reduce((sum, fill) => add(sum, of(fill)), ZERO)
    const closed = total(({ closedQty }) => closedQty)
    const exit = total(({ closedQty, price }) => multiply(closedQty, price))
    const closedPnl = subtract(total(({ realised }) => realised), add(total(({ fee }) => fee), total(({ openFee }) => openFee)))
    return {
      symbol: first.symbol, orderType: first.orderKind === 'market' ? 'Market' : 'Limit', leverage: String(leverageOf(account, first.symbol)),
      updatedTime: String(first.at), side: sideOf(first.side), orderId: first.orderId,
      closedPnl: money(closedPnl), avgEntryPrice: money(first.entryPrice), qty: closed, cumEntryValue: money(multiply(closed, first.entryPrice)),
      createdTime: String(first.at), orderPrice: first.price, closedSize: closed,
      avgExitPrice: money(divide(exit, closed)), execType: EXEC_TYPES[first.kind], fillCount: String(parts.length), cumExitValue: money(exit),
    }
  })
}

export function walletRow(account: Account, markets: Markets): Params {
  const total = money(equity(account, markets))
  const free = money(available(account, markets))
  const figures = {
    totalInitialMargin: money(add(positionsMargin(account, markets), ordersMargin(account))),
    totalMaintenanceMargin: money(maintenanceTotal(account, markets)),
  }
  return {
    accountType: 'UNIFIED', accountIMRate: '0', accountMMRate: '0', accountLTV: '0', totalEquity: total, totalWalletBalance: money(account.balance),
    totalMarginBalance: total, totalAvailableBalance: free, totalPerpUPL: money(unrealisedTotal(account, markets)), ...figures,
    coin: [{
      coin: 'USDT', equity: total, usdValue: total, walletBalance: money(account.balance), free: '', locked: '0', borrowAmount: '0',
      availableToBorrow: '', availableToWithdraw: '', accruedInterest: '0', totalOrderIM: money(ordersMargin(account)),
      totalPositionIM: money(positionsMargin(account, markets)), totalPositionMM: figures.totalMaintenanceMargin,
      unrealisedPnl: money(unrealisedTotal(account, markets)), cumRealisedPnl: '0', bonus: '0',
      marginCollateral: true, collateralSwitch: true, spotHedgingQty: '0',
    }],
  }
}

export function instrumentRow({ instrument }: Market): Params {
  const { symbol, base, tick, lot, minQty, maxQty, maxMarketQty, minNotional, maxLeverage, status } = instrument
  return {
    symbol, contractType: 'LinearPerpetual', status: status === 'halted' ? 'Closed' : 'Trading', baseCoin: base, quoteCoin: 'USDT',
    launchTime: '1584230400000', deliveryTime: '0', deliveryFeeRate: '', priceScale: String(tick.split('.')[1]?.length ?? 0),
    leverageFilter: { minLeverage: '1', maxLeverage: `${maxLeverage}.00`, leverageStep: '0.01' },
    priceFilter: { minPrice: tick, maxPrice: '1999999.80', tickSize: tick },
    lotSizeFilter: {
      maxOrderQty: maxQty, minOrderQty: minQty, qtyStep: lot, postOnlyMaxOrderQty: maxQty, maxMktOrderQty: maxMarketQty,
      minNotionalValue: minNotional,
    },
    unifiedMarginTrade: true, fundingInterval: instrument.fundingHours * 60, settleCoin: 'USDT', copyTrading: 'both', upperFundingRate: '0.005',
    lowerFundingRate: '-0.005', isPreListing: false, preListingInfo: null,
    riskParameters: { priceLimitRatioX: '0.01', priceLimitRatioY: '0.02' }, displayName: '',
  }
}

export function tickerRow({ instrument, quote }: Market): Params {
  return {
    symbol: instrument.symbol, tickDirection: 'PlusTick', price24hPcnt: '0', lastPrice: quote.last, prevPrice24h: quote.last,
    highPrice24h: quote.last, lowPrice24h: quote.last, prevPrice1h: quote.last, markPrice: quote.mark, indexPrice: quote.mark,
    openInterest: '50000', openInterestValue: '0', turnover24h: '1000000000', volume24h: '100000',
    nextFundingTime: String(nextFunding(quote.at, instrument.fundingHours)), fundingRate: instrument.fundingRate,
    bid1Price: quote.bid, bid1Size: '10', ask1Price: quote.ask, ask1Size: '10',
  }
}

