/**
 * Bybit linear perpetuals of a unified account in one-way mode, by the endpoints of API v5. Signing, addresses and streams
 * are ccxt's; bodies and answers are the venue's own texts, so that no quantity ever becomes a number on the way.
 */
import type { BybitClient } from '../../exchange/client.ts'
import type { VenueClock } from '../../exchange/venue-clock.ts'
import { decimal, isZero, negate, type Decimal } from '../../domain/decimal.ts'
import type { ClientOrderId, TradeId, VenueOrderId } from '../../domain/ids.ts'
import type { Market } from '../../domain/market.ts'
import { BadAnswer, milliseconds, number, optionalNumber, optionalText, orderSide, quantity, row, rows, text, type Row } from './answer.ts'
import { marketsOf } from './markets.ts'
import { venueCode } from './outcome.ts'
import { shared, SharedBySymbol, type ReadsBySymbol } from './shared-reads.ts'
import { AccountStreams, type News, type StreamListener } from './streams.ts'
import type { FillCause, PlacedOrder, VenueAccount, VenueApi, VenueFill, VenueMarket, VenueOrder, VenueOrderState, VenuePosition } from './venue-api.ts'

const LINEAR = { category: 'linear' } as const
/** Answer of `set-leverage` where it was so already (110043): success. */
const NOT_MODIFIED = new Set(['110043', '34036', '140043'])

type Call = (parameters: Record<string, unknown>) => Promise<unknown>

export class BybitApi implements VenueApi {
  readonly venue = 'bybit'
  readonly attachesStops = true
  readonly #orders: BybitClient
  readonly #polling: BybitClient
  readonly #clock: VenueClock
  #streams: AccountStreams | null = null
  readonly #positions = shared(() => this.#readPositions())
  readonly #executions: ReadsBySymbol<Row> = {
    one: (symbol, sinceMs) => this.#readExecutions(symbol, sinceMs),
    all: (sinceMs) => this.#readExecutions(null, sinceMs),
    placeOf: (each) => ({ symbol: text(each, 'symbol'), at: milliseconds(each, 'execTime') }),
  }
  /** Fills never wait for funding. */
  readonly #fills = new SharedBySymbol(this.#executions)
  readonly #funding = new SharedBySymbol(this.#executions)

  constructor(clients: { readonly orders: BybitClient; readonly polling: BybitClient }, clock: VenueClock) {
    this.#clock = clock
    this.#orders = clients.orders
    this.#polling = clients.polling
  }

  async markets(): Promise<ReadonlyMap<string, VenueMarket>> {
    // Halted ones among them: what is held there still has steps and ticks.
    // ccxt's streams need its own market data anyway: they are loaded once, and read from their raw rows.
    const loaded = await this.#polling.loadMarkets(true)
    const all = Object.values(loaded).map((market) => row(market?.info, 'market'))
    const perpetuals = all.filter((each) => each['contractType'] === 'LinearPerpetual' && each['settleCoin'] === 'USDT')
    return marketsOf(perpetuals, marketOf, (each) => each['status'] === 'Trading')
  }

  get clockAheadMs(): number {
    return this.#clock.aheadMs
  }

  now(): number {
    return this.#clock.now()
  }

  async time(): Promise<number> {
    return Number(number(row((await this.#polling.publicGetV5MarketTime()) as unknown, 'answer'), 'time'))
  }

  async submit(order: PlacedOrder): Promise<VenueOrderId> {
    const result = resultOf(await this.#orders.privatePostV5OrderCreate(createBody(order)))
    if (optionalText(result, 'orderLinkId') !== order.clientOrderId) throw new BadAnswer('the answer names another order')
    return text(result, 'orderId') as VenueOrderId
  }

  async cancel(symbol: string, clientOrderId: ClientOrderId): Promise<void> {
    resultOf(await this.#orders.privatePostV5OrderCancel({ ...LINEAR, symbol, orderLinkId: clientOrderId }))
  }

  async cancelPlain(symbol: string, venueOrderId: VenueOrderId): Promise<void> {
    resultOf(await this.#orders.privatePostV5OrderCancel({ ...LINEAR, symbol, orderId: venueOrderId }))
  }

  async removeAttachedStop(symbol: string): Promise<void> {
    resultOf(await this.#orders.privatePostV5PositionTradingStop({ ...LINEAR, symbol, stopLoss: '0', tpslMode: 'Full', positionIdx: 0 }))
  }

  async order(symbol: string, clientOrderId: ClientOrderId): Promise<VenueOrder | null> {
    const wanted = { ...LINEAR, symbol, orderLinkId: clientOrderId }
    const find = async (call: Call): Promise<Row | undefined> => listOf(await call(wanted)).find((each) => each['orderLinkId'] === clientOrderId)
    const found = (await find((each) => this.#polling.privateGetV5OrderRealtime(each))) ?? (await find((each) => this.#polling.privateGetV5OrderHistory(each)))
    return found ? orderOf(found) : null
  }

  async openOrders(): Promise<readonly VenueOrder[]> {
    const all = await this.#pages((parameters) => this.#polling.privateGetV5OrderRealtime(parameters), { ...LINEAR, settleCoin: 'USDT', openOnly: '0', limit: '50' })
    return all.map(orderOf).filter((order) => order.state === 'working')
  }

  async fills(symbol: string, sinceMs: number): Promise<readonly VenueFill[]> {
    return (await this.#fills.read(symbol, sinceMs)).filter((each) => each['execType'] !== 'Funding' && !isZero(quantity(each, 'execQty'))).map(fillOf)
  }

  async funding(symbol: string, sinceMs: number): Promise<readonly { readonly id: string; readonly at: number; readonly amount: Decimal }[]> {
    const paid = (await this.#funding.read(symbol, sinceMs)).filter((each) => each['execType'] === 'Funding')
    return paid.map((each) => ({ id: text(each, 'execId'), at: milliseconds(each, 'execTime'), amount: number(each, 'execFee') }))
  }

  positions(): Promise<readonly VenuePosition[]> {
    return this.#positions()
  }

  async #readPositions(): Promise<readonly VenuePosition[]> {
    const all = await this.#pages((parameters) => this.#polling.privateGetV5PositionList(parameters), { ...LINEAR, settleCoin: 'USDT', limit: '200' })
    return all.flatMap(positionOf)
  }

  async account(): Promise<VenueAccount> {
    // A demo account does not tell the rights of its keys, and holds nothing that could be withdrawn.
    const isDemo = this.#polling.options['enableDemoTrading'] === true
    const [wallet, key, probe] = await Promise.all([
      this.#polling.privateGetV5AccountWalletBalance({ accountType: 'UNIFIED' }),
      isDemo ? null : this.#polling.privateGetV5UserQueryApi(),
      this.#polling.privateGetV5PositionList({ ...LINEAR, symbol: 'BTCUSDT' }),
    ])
    const account = listOf(wallet)[0]
    if (!account) throw new BadAnswer('no unified account')
    const rights = key === null ? {} : row(resultOf(key)['permissions'], 'permissions')
    const surplus = ['Wallet', 'Exchange', 'Earn', 'Affiliate'].flatMap((group) => (Array.isArray(rights[group]) ? (rights[group] as unknown[]).map((right) => `${group}: ${String(right)}`) : []))
    // One-way mode has rows with positionIdx 0 only, hedge mode two with 1 and 2.
    const hedged = listOf(probe).some((each) => Number(each['positionIdx']) !== 0)
    return { equity: number(account, 'totalEquity'), positionMode: hedged ? 'hedge' : 'one-way', surplusRights: surplus, cancelsOnDisconnect: !isDemo && (await this.#cancelsOnDisconnect()) }
  }

  /** Disconnected-CancelAll-Prevention. An account for which it was never set up is told so, with an empty list or a code. */
  async #cancelsOnDisconnect(): Promise<boolean> {
    try {
      const infos = rows(resultOf(await this.#polling.privateGetV5AccountQueryDcpInfo())['dcpInfos'] ?? null, 'dcpInfos')
      return infos.some((each) => each['product'] === 'DERIVATIVES' && each['dcpStatus'] === 'ON')
    } catch (error) {
      if (error instanceof Error && venueCode('bybit', error.message) !== null) return false
      throw error
    }
  }

  async leverage(symbol: string): Promise<Decimal> {
    const [first] = listOf(await this.#polling.privateGetV5PositionList({ ...LINEAR, symbol }))
    if (!first) throw new BadAnswer(`no position row of ${symbol}`)
    return number(first, 'leverage')
  }

  async setLeverage(symbol: string, leverage: Decimal): Promise<void> {
    try {
      resultOf(await this.#orders.privatePostV5PositionSetLeverage({ ...LINEAR, symbol, buyLeverage: leverage, sellLeverage: leverage }))
    } catch (error) {
      const code = error instanceof Error ? venueCode('bybit', error.message) : null
      if (code === null || !NOT_MODIFIED.has(code)) throw error
    }
  }

  watch(listener: StreamListener): void {
    const client = this.#polling
    const topics = {
      orders: { next: () => client.watchOrders(), tells: ['order', 'conditional-order', 'fill'] },
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

  /** Of one symbol, or of all. */
  #readExecutions(symbol: string | null, sinceMs: number): Promise<readonly Row[]> {
    const week = 7 * 24 * 3_600_000
    const startTime = String(Math.max(sinceMs, this.now() - week + 60_000))
    return this.#pages((parameters) => this.#polling.privateGetV5ExecutionList(parameters), { ...LINEAR, ...(symbol === null ? {} : { symbol }), startTime, limit: '100' }).then((all) =>
      [...all].sort((a, b) => milliseconds(a, 'execTime') - milliseconds(b, 'execTime')),
    )
  }

  /** Every page of a list. */
  async #pages(call: Call, parameters: Record<string, unknown>): Promise<readonly Row[]> {
    const found: Row[] = []
    let cursor: string | null = null
    do {
      const result: Row = resultOf(await call(cursor === null ? parameters : { ...parameters, cursor }))
      const page: readonly Row[] = rows(result['list'], 'list')
      found.push(...page)
      cursor = page.length === 0 ? null : optionalText(result, 'nextPageCursor')
    } while (cursor !== null)
    return found
  }
}

/** The answer's result. A body without `retCode` 0 proves nothing (ccxt lets some through). */
function resultOf(answer: unknown): Row {
  const body = row(answer, 'answer')
  if (String(body['retCode']) !== '0') throw new BadAnswer(`retCode ${String(body['retCode'])}`)
  return row(body['result'], 'result')
}

const listOf = (answer: unknown): readonly Row[] => rows(resultOf(answer)['list'], 'list')

function createBody({ market, clientOrderId, role, side, qty, price, attachedStop }: PlacedOrder): Record<string, unknown> {
  const base = { ...LINEAR, symbol: market.symbol, side: side === 'buy' ? 'Buy' : 'Sell', qty, orderLinkId: clientOrderId, positionIdx: 0 }
  if (role === 'entry') return { ...base, orderType: 'Market', ...(attachedStop === null ? {} : { stopLoss: attachedStop, slTriggerBy: 'MarkPrice', slOrderType: 'Market', tpslMode: 'Full' }) }
  if (role === 'close') return { ...base, orderType: 'Market', reduceOnly: true }
  // 1: triggered by a rise, 2: by a fall. The stop of a long sells below.
  const isStop = role === 'stop-loss'
  const triggerDirection = (side === 'buy') === isStop ? 1 : 2
  const conditional = { ...base, reduceOnly: true, triggerPrice: price, triggerDirection }
  return isStop ? { ...conditional, orderType: 'Market', triggerBy: 'MarkPrice' } : { ...conditional, orderType: 'Limit', price, triggerBy: 'LastPrice' }
}

function marketOf(info: Row): Market {
  const [lot, price] = [row(info['lotSizeFilter'], 'lotSizeFilter'), row(info['priceFilter'], 'priceFilter')]
  return {
    symbol: text(info, 'symbol'),
    qtyStep: number(lot, 'qtyStep'),
    priceTick: number(price, 'tickSize'),
    minQty: number(lot, 'minOrderQty'),
    maxMarketQty: optionalNumber(lot, 'maxMktOrderQty'),
    minNotional: optionalNumber(lot, 'minNotionalValue') ?? decimal('5'),
  }
}

const STATES: Readonly<Record<string, VenueOrderState>> = {
  New: 'working', PartiallyFilled: 'working', Untriggered: 'working', Triggered: 'working', Active: 'working', Created: 'working',
  Filled: 'filled', PartiallyFilledCanceled: 'canceled', Cancelled: 'canceled', Deactivated: 'canceled', Rejected: 'rejected',
}

function orderOf(source: Row): VenueOrder {
  const state = STATES[text(source, 'orderStatus')]
  if (!state) throw new BadAnswer(`orderStatus ${text(source, 'orderStatus')}`)
  return {
    venueOrderId: text(source, 'orderId') as VenueOrderId,
    clientOrderId: optionalText(source, 'orderLinkId'),
    symbol: text(source, 'symbol'),
    side: orderSide(source, 'side'),
    state,
    qty: number(source, 'qty'),
    filledQty: quantity(source, 'cumExecQty'),
    reduceOnly: source['reduceOnly'] === true,
    triggerPrice: optionalNumber(source, 'triggerPrice'),
    triggersOnMark: source['triggerBy'] === 'MarkPrice',
    fired: optionalNumber(source, 'triggerPrice') !== null && source['orderStatus'] !== 'Untriggered',
    spawned: null,
  }
}

/** Of liquidation, auto-deleveraging and the attached stop: orders that LOMS did not place. */
function causeOf(source: Row): FillCause {
  const kind = String(source['execType'])
  if (kind === 'BustTrade' || kind === 'Bust') return 'liquidation'
  if (kind === 'AdlTrade') return 'adl'
  return optionalText(source, 'orderLinkId') === null && String(source['stopOrderType']) === 'StopLoss' ? 'position-stop' : 'order'
}

const fillOf = (source: Row): VenueFill => ({
  tradeId: text(source, 'execId') as TradeId,
  venueOrderId: text(source, 'orderId') as VenueOrderId,
  clientOrderId: optionalText(source, 'orderLinkId'),
  symbol: text(source, 'symbol'),
  side: orderSide(source, 'side'),
  qty: number(source, 'execQty'),
  price: number(source, 'execPrice'),
  fee: optionalText(source, 'execFee') === null ? decimal('0') : number(source, 'execFee'),
  liquidity: source['isMaker'] === true ? 'maker' : 'taker',
  at: milliseconds(source, 'execTime'),
  cause: causeOf(source),
})

/** Flat rows have size 0. */
function positionOf(source: Row): readonly VenuePosition[] {
  const size = quantity(source, 'size')
  if (isZero(size)) return []
  const direction = orderSide(source, 'side') === 'buy' ? 'long' : 'short'
  const qty = size.startsWith('-') ? negate(size) : size
  return [{ symbol: text(source, 'symbol'), direction, qty, entryPrice: number(source, 'avgPrice'), liquidationPrice: optionalNumber(source, 'liqPrice'), leverage: optionalNumber(source, 'leverage') }]
}
