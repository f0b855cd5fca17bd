/**
 * Bitget USDT-M futures of a classic account in one-way mode, by the mix endpoints of API v2. Plain orders and TP/SL orders
 * are two families with endpoints of their own; a triggered TP/SL order starts a plain one under another id.
 */
import type { BitgetClient } from '../../exchange/client.ts'
import type { VenueClock } from '../../exchange/venue-clock.ts'
import { absolute, decimal, isZero, negate, type Decimal } from '../../domain/decimal.ts'
import { parseClientOrderId, type ClientOrderId, type OrderRole, type TradeId, type VenueOrderId } from '../../domain/ids.ts'
import type { Market } from '../../domain/market.ts'
import { BadAnswer, milliseconds, number, optionalNumber, optionalText, orderSide, quantity, row, rows, text, type Row } from './answer.ts'
import { dataOf, pages, USDT, type Call } from './bitget-answer.ts'
import { BitgetOrders, plainOrderOf, planOrderOf } from './bitget-orders.ts'
import { marketsOf } from './markets.ts'
import { shared, SharedBySymbol } from './shared-reads.ts'
import { AccountStreams, type News, type StreamListener } from './streams.ts'
import type { PlacedOrder, VenueAccount, VenueApi, VenueFill, VenueMarket, VenueOrder, VenuePosition } from './venue-api.ts'

const WEEK_MS = 7 * 24 * 3_600_000

/** TP/SL orders over a part of the position: several may rest at once, which make-before-break needs (`pos_loss` is one). */
const PLAN_TYPE: Partial<Record<OrderRole, string>> = { 'stop-loss': 'loss_plan', 'take-profit': 'profit_plan' }

export class BitgetApi implements VenueApi {
  readonly venue = 'bitget'
  /** Its attached stops trigger by the last price only (exchange.md 2.1). */
  readonly attachesStops = false
  readonly #orders: BitgetClient
  readonly #polling: BitgetClient
  readonly #single: BitgetOrders
  /** Streams of triggered orders need a subscription per symbol. */
  #symbols: readonly string[] = []
  readonly #clock: VenueClock
  #streams: AccountStreams | null = null

  readonly #positions = shared(() => this.#readPositions())
  readonly #fills = new SharedBySymbol<VenueFill>({ one: (symbol, sinceMs) => this.#readFills(symbol, sinceMs), all: (sinceMs) => this.#readFills(null, sinceMs), placeOf: (fill) => fill })
  readonly #funding = new SharedBySymbol<Row>({ one: (_, sinceMs) => this.#readFunding(sinceMs), all: (sinceMs) => this.#readFunding(sinceMs), placeOf: (each) => ({ symbol: text(each, 'symbol'), at: milliseconds(each, 'cTime') }) })

  constructor(clients: { readonly orders: BitgetClient; readonly polling: BitgetClient }, clock: VenueClock) {
    this.#clock = clock
    this.#orders = clients.orders
    this.#polling = clients.polling
    this.#single = new BitgetOrders(clients.polling)
  }

  async markets(): Promise<ReadonlyMap<string, VenueMarket>> {
    const loaded = await this.#polling.loadMarkets(true)
    const all = Object.values(loaded).filter((market) => market?.['linear'] === true && market['settle'] === 'USDT' && market['swap'] === true)
    // Halted ones among them: what is held there still has steps and ticks.
    const perpetuals = all.map((market) => row(market?.info, 'market'))
    const markets = marketsOf(perpetuals, marketOf, (each) => each['symbolStatus'] === 'normal')
    this.#symbols = [...all].flatMap((market) => (market && markets.has(String(market.id)) ? [market.symbol] : []))
    return markets
  }

  get clockAheadMs(): number {
    return this.#clock.aheadMs
  }

  now(): number {
    return this.#clock.now()
  }

  async time(): Promise<number> {
    return Number(number(row(dataOf(await this.#polling.publicCommonGetV2PublicTime()), 'data'), 'serverTime'))
  }

  async submit(order: PlacedOrder): Promise<VenueOrderId> {
    const call: Call = PLAN_TYPE[order.role] === undefined ? (body) => this.#orders.privateMixPostV2MixOrderPlaceOrder(body) : (body) => this.#orders.privateMixPostV2MixOrderPlaceTpslOrder(body)
    const result = row(dataOf(await call(createBody(order))), 'data')
    if (optionalText(result, 'clientOid') !== order.clientOrderId) throw new BadAnswer('the answer names another order')
    return text(result, 'orderId') as VenueOrderId
  }

  async cancel(symbol: string, clientOrderId: ClientOrderId, role: OrderRole): Promise<void> {
    const planType = PLAN_TYPE[role]
    if (planType === undefined) {
      dataOf(await this.#orders.privateMixPostV2MixOrderCancelOrder({ ...USDT, symbol, marginCoin: 'USDT', clientOid: clientOrderId }))
      return
    }
    const answer = row(dataOf(await this.#orders.privateMixPostV2MixOrderCancelPlanOrder({ ...USDT, symbol, marginCoin: 'USDT', planType, orderIdList: [{ clientOid: clientOrderId }] })), 'data')
    // Success with an empty list is how it says that nothing was cancelled (exchange.md 2.5).
    if (!rows(answer['successList'] ?? null, 'successList').some((each) => each['clientOid'] === clientOrderId)) throw new BadAnswer('the cancelled order is not in successList')
  }

  async cancelPlain(symbol: string, venueOrderId: VenueOrderId): Promise<void> {
    dataOf(await this.#orders.privateMixPostV2MixOrderCancelOrder({ ...USDT, symbol, marginCoin: 'USDT', orderId: venueOrderId }))
  }

  order(symbol: string, clientOrderId: ClientOrderId, role: OrderRole): Promise<VenueOrder | null> {
    const asked = { symbol, clientOrderId }
    return PLAN_TYPE[role] === undefined ? this.#single.plain(asked) : this.#single.plan(asked)
  }

  plainOrder(symbol: string, venueOrderId: VenueOrderId): Promise<VenueOrder | null> {
    return this.#single.plainById(symbol, venueOrderId)
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    const [plain, plan] = await Promise.all([
      pages((parameters) => this.#polling.privateMixGetV2MixOrderOrdersPending(parameters), USDT, 'entrustedList', 'orderId'),
      pages((parameters) => this.#polling.privateMixGetV2MixOrderOrdersPlanPending(parameters), { ...USDT, planType: 'profit_loss' }, 'entrustedList', 'orderId'),
    ])
    return [...plain.map(plainOrderOf), ...plan.map(planOrderOf)].filter((order) => order.state === 'working')
  }

  fills(symbol: string, sinceMs: number): Promise<readonly VenueFill[]> {
    return this.#fills.read(symbol, sinceMs)
  }

  /** Of one symbol, or of all. */
  async #readFills(symbol: string | null, sinceMs: number): Promise<readonly VenueFill[]> {
    const startTime = String(Math.max(sinceMs, this.now() - WEEK_MS + 60_000))
    const all = await pages((parameters) => this.#polling.privateMixGetV2MixOrderFills(parameters), { ...USDT, ...(symbol === null ? {} : { symbol }), startTime }, 'fillList', 'tradeId')
    return all.filter((each) => !isZero(quantity(each, 'baseVolume'))).map(fillOf).sort((a, b) => a.at - b.at)
  }

  async funding(symbol: string, sinceMs: number): Promise<readonly { readonly id: string; readonly at: number; readonly amount: Decimal }[]> {
    return (await this.#funding.read(symbol, sinceMs)).filter((each) => each['symbol'] === symbol).map((each) => ({ id: text(each, 'billId'), at: milliseconds(each, 'cTime'), amount: negate(number(each, 'amount')) }))
  }

  /** Of every symbol: the list knows no other. */
  #readFunding(sinceMs: number): Promise<readonly Row[]> {
    const startTime = String(Math.max(sinceMs, this.now() - 30 * 24 * 3_600_000))
    return pages((parameters) => this.#polling.privateMixGetV2MixAccountBill(parameters), { ...USDT, businessType: 'contract_settle_fee', startTime }, 'bills', 'billId')
  }

  positions(): Promise<readonly VenuePosition[]> {
    return this.#positions()
  }

  async #readPositions(): Promise<readonly VenuePosition[]> {
    return rows(dataOf(await this.#polling.privateMixGetV2MixPositionAllPosition({ ...USDT, marginCoin: 'USDT' })), 'data').flatMap(positionOf)
  }

  async account(): Promise<VenueAccount> {
    const [accounts, one, key] = await Promise.all([
      this.#polling.privateMixGetV2MixAccountAccounts(USDT),
      this.#polling.privateMixGetV2MixAccountAccount({ ...USDT, symbol: 'BTCUSDT', marginCoin: 'USDT' }),
      this.#polling.privateSpotGetV2SpotAccountInfo(),
    ])
    const account = rows(dataOf(accounts), 'data').find((each) => each['marginCoin'] === 'USDT')
    if (!account) throw new BadAnswer('no USDT futures account')
    const rights = row(dataOf(key), 'data')['authorities']
    // Codes: coow trades contracts, wtow transfers, wwow withdraws; the same with r at the end only reads.
    const surplus = (Array.isArray(rights) ? rights : []).map(String).filter((right) => /withdraw|transfer|^w\w+w$/i.test(right))
    return { equity: number(account, 'usdtEquity'), positionMode: row(dataOf(one), 'data')['posMode'] === 'hedge_mode' ? 'hedge' : 'one-way', surplusRights: surplus, cancelsOnDisconnect: false }
  }

  async leverage(symbol: string): Promise<Decimal> {
    const account = await this.#polling.privateMixGetV2MixAccountAccount({ ...USDT, symbol, marginCoin: 'USDT' })
    return number(row(dataOf(account), 'data'), 'crossedMarginLeverage')
  }

  async setLeverage(symbol: string, leverage: Decimal): Promise<void> {
    dataOf(await this.#orders.privateMixPostV2MixAccountSetLeverage({ ...USDT, symbol, marginCoin: 'USDT', leverage }))
  }

  watch(listener: StreamListener): void {
    const client = this.#polling
    const [first] = this.#symbols
    const topics = {
      orders: { next: () => client.watchOrders(), tells: ['order', 'fill'] },
      // One subscription carries the TP/SL orders of all symbols, and wakes `orders` too; without a symbol ccxt never answers (trap T4).
      ...(first === undefined ? {} : { triggers: { next: () => client.watchOrders(first, undefined, undefined, { trigger: true }), tells: ['conditional-order'] } as const }),
      fills: { next: () => client.watchMyTrades(), tells: ['fill'] },
      positions: { next: () => client.watchPositions(), tells: ['fill'] },
    } as const
    this.#streams = new AccountStreams(client, topics, listener)
    this.#streams.start()
  }

  expectNews(news: News): void {
    this.#streams?.expect(news)
  }

  async close(): Promise<void> {
    await this.#streams?.close()
    await this.#orders.close()
  }
}

function createBody({ market, clientOrderId, role, side, qty, price }: PlacedOrder): Record<string, unknown> {
  const base = { ...USDT, symbol: market.symbol, marginCoin: 'USDT', size: qty, clientOid: clientOrderId }
  const planType = PLAN_TYPE[role]
  if (planType === undefined) return { ...base, marginMode: 'crossed', side, orderType: 'market', ...(role === 'close' ? { reduceOnly: 'YES' } : {}) }
  // One-way mode: `buy` protects a long. A limit price turns the order into a limit order, so a stop has none.
  const holdSide = side === 'sell' ? 'buy' : 'sell'
  const plan = { ...base, planType, holdSide, triggerPrice: price }
  return role === 'stop-loss' ? { ...plan, triggerType: 'mark_price' } : { ...plan, triggerType: 'fill_price', executePrice: price }
}

function marketOf(info: Row): Market {
  const places = Number(text(info, 'pricePlace'))
  return {
    symbol: text(info, 'symbol'),
    qtyStep: number(info, 'sizeMultiplier'),
    // The last digit moves in steps of priceEndStep.
    priceTick: decimal(`${text(info, 'priceEndStep')}e-${places}`),
    minQty: number(info, 'minTradeNum'),
    maxMarketQty: optionalNumber(info, 'maxMarketOrderQty'),
    minNotional: optionalNumber(info, 'minTradeUSDT') ?? decimal('5'),
  }
}

function fillOf(source: Row): VenueFill {
  const fee = rows(source['feeDetail'] ?? null, 'feeDetail')[0]
  const client = optionalText(source, 'clientOid')
  const kind = optionalText(source, 'tradeSide') ?? ''
  return {
    tradeId: text(source, 'tradeId') as TradeId,
    venueOrderId: text(source, 'orderId') as VenueOrderId,
    clientOrderId: client !== null && parseClientOrderId(client) ? client : null,
    symbol: text(source, 'symbol'),
    side: orderSide(source, 'side'),
    qty: number(source, 'baseVolume'),
    price: number(source, 'price'),
    // Written as a negative number where it was paid; classic futures accounts get no rebates.
    fee: fee ? absolute(quantity(fee, 'totalFee')) : decimal('0'),
    liquidity: source['tradeScope'] === 'maker' ? 'maker' : 'taker',
    at: milliseconds(source, 'cTime'),
    cause: /^burst|liquidat/i.test(kind) ? 'liquidation' : /adl|reduce|delivery/i.test(kind) ? 'adl' : 'order',
  }
}

function positionOf(source: Row): readonly VenuePosition[] {
  const qty = quantity(source, 'total')
  if (isZero(qty)) return []
  const side = text(source, 'holdSide')
  if (side !== 'long' && side !== 'short') throw new BadAnswer(`holdSide ${side}`)
  return [{ symbol: text(source, 'symbol'), direction: side, qty, entryPrice: number(source, 'openPriceAvg'), liquidationPrice: optionalNumber(source, 'liquidationPrice'), leverage: optionalNumber(source, 'leverage') }]
}
