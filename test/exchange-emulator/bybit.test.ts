/** Every call that live trading makes at Bybit, by the real ccxt client over real sockets. */
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { EMULATOR_KEY, type Emulator } from '../../src/exchange-emulator/server.ts'
import { S, clientOf, emulator, endAll, failure, idOf, raw, rawCall, subscribed, turns } from './clients.ts'

afterEach(endAll)

async function ready(options: Partial<Parameters<typeof emulator>[0]> = {}) {
  const venue = await emulator({ venue: 'bybit', ...options })
  // Else the first call of watchPositions is answered by REST.
  const client = clientOf(venue, { watchPositions: { fetchPositionsSnapshot: false } })
  await client.loadMarkets()
  const entry = (qty = 0.01, clientOrderId = 'p1-entry') => client.createOrder(S, 'market', 'buy', qty, undefined, { clientOrderId })
  const stop = (price: number, clientOrderId = 'p1-sl', qty = 0.01) =>
    client.createOrder(S, 'market', 'sell', qty, undefined, { stopLossPrice: price, triggerBy: 'MarkPrice', reduceOnly: true, clientOrderId })
  return { venue, client, entry, stop }
}
const price = ({ model, now }: Emulator, last: number, mark = last) => model.quote('BTCUSDT', { last: decimal(last), mark: decimal(mark) }, now())

describe('market data and account', () => {
  it('markets, prices, time, balance, key', async () => {
    const { client } = await ready()
    expect(client.market(S)).toMatchObject({
      precision: { amount: 0.001, price: 0.1 }, limits: { amount: { min: 0.001, max: 1190 }, cost: { min: 5 }, leverage: { max: 100 } },
      info: { lotSizeFilter: { maxMktOrderQty: '119' } },
    })
    expect(await client.fetchTicker(S)).toMatchObject({ last: 60_000, bid: 59_999.9, ask: 60_000.1, markPrice: 60_000 })
    expect(Object.keys(await client.fetchTickers())).toHaveLength(7)
    expect(Math.abs(((await client.fetchTime()) ?? 0) - Date.now())).toBeLessThan(2_000)
    expect((await client.fetchBalance())['USDT']).toMatchObject({ total: 10_000, free: 10_000, used: 0 })
    expect(await rawCall(client, 'privateGetV5UserQueryApi')).toMatchObject({ result: {
      readOnly: 0, permissions: { ContractTrade: ['Order', 'Position'], Wallet: [] },
    } })
    expect(await rawCall(client, 'privateGetV5AccountInfo')).toMatchObject({ result: { marginMode: 'REGULAR_MARGIN', dcpStatus: 'OFF' } })
    expect(await client.fetchFundingRate(S)).toMatchObject({ fundingRate: 0.0001 })
  })
  it('leverage, margin mode and position mode say when there is nothing to change', async () => {
    const { client } = await ready()
    await client.setLeverage(5, S)
    expect(await failure(client.setLeverage(5, S))).toBe('BadRequest 110043')
    expect(await failure(client.setMarginMode('cross', S))).toBe('MarginModeAlreadySet 110026')
    expect(await failure(client.setPositionMode(false, S))).toBe('NoChange 110025')
    await client.setPositionMode(true, S)
    expect(await failure(client.createOrder(S, 'market', 'buy', 0.01))).toBe('BadRequest 10001')
  })
})

describe('the life of a position', () => {
  it('entry, stop, target, stop moved, close; every query agrees', async () => {
    const { venue, client, entry, stop } = await ready()
    const opened = await entry()
    expect(opened).toMatchObject({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, clientOrderId: 'p1-entry' })
    const first = await stop(59_000)
    const target = await client.createOrder(S, 'limit', 'sell', 0.01, 62_000, { reduceOnly: true, clientOrderId: 'p1-tp' })
    const second = await stop(59_500, 'p1-sl2')
    await client.cancelOrder(idOf(first), S)
    await client.editOrder(idOf(second), S, 'market', 'sell', undefined, undefined, { triggerPrice: 59_600 })
    const open = (await client.fetchOpenOrders(S)).map((order) => [order.clientOrderId, order.status, order.triggerPrice, order.price, order.reduceOnly])
    expect(open.sort()).toEqual([
      ['p1-sl2', 'open', 59_600, undefined, true],
      ['p1-tp', 'open', undefined, 62_000, true],
    ])
    expect((await client.fetchOpenOrders(undefined, undefined, undefined, { trigger: true })).map(({ clientOrderId }) => clientOrderId)).toEqual(['p1-sl2'])
    expect(await client.fetchPositions()).toMatchObject([{
      symbol: S, side: 'long', contracts: 0.01, entryPrice: 60_000.1, leverage: 10, hedged: false,
    }])
    await client.createOrder(S, 'market', 'sell', 0.01, undefined, { reduceOnly: true, clientOrderId: 'p1-close' })
    expect(await client.fetchPositions()).toEqual([])
    expect(await client.fetchPosition(S)).toMatchObject({ contracts: 0, info: { size: '0', side: '' } })
    expect(await client.fetchOrder(idOf(target), S, { acknowledged: true })).toMatchObject({ status: 'canceled', filled: 0 })
    expect((await client.fetchOpenOrders(S)).map(({ clientOrderId }) => clientOrderId)).toEqual(['p1-sl2'])
    expect((await client.fetchCanceledAndClosedOrders(S, undefined, undefined, { orderLinkId: 'p1-sl' })).map(({ status }) => status)).toEqual(['canceled'])
    expect((await client.fetchClosedOrders(S)).map(({ clientOrderId }) => clientOrderId).sort()).toEqual(['p1-close', 'p1-entry'])
    expect((await client.fetchMyTrades(S)).map(({ side, amount, price: at, fee }) => [side, amount, at, fee?.cost])).toEqual([
      ['buy', 0.01, 60_000.1, 0.33000055],
      ['sell', 0.01, 59_999.9, 0.32999945],
    ])
    expect((await client.fetchPositionsHistory([S])).map(({ info }) => (info as { closedPnl: string }).closedPnl)).toEqual(['-0.662'])
    expect(venue.truth().accounts[0]).toMatchObject({ balance: '9999.338', positions: [] })
  })

  it('a conditional order fires under its own id and both ids still find it', async () => {
    const { venue, client, entry, stop } = await ready()
    await entry()
    const id = idOf(await stop(59_500))
    price(venue, 59_600, 59_400)
    expect(await client.fetchOrder(id, S, { acknowledged: true })).toMatchObject({
      status: 'closed', filled: 0.01, average: 59_600, clientOrderId: 'p1-sl',
    })
    expect(await client.fetchOpenOrders(S, undefined, undefined, { orderLinkId: 'p1-sl' })).toMatchObject([{ id }])
  })

  it('a stop that comes with the entry, and one of the position', async () => {
    const { client } = await ready()
    await client.createOrder(S, 'market', 'buy', 0.01, undefined, {
      stopLoss: { triggerPrice: 59_000 }, takeProfit: { triggerPrice: 62_000 }, slTriggerBy: 'MarkPrice',
    })
    const orders = await client.fetchOpenOrders(S)
    expect(orders.map(raw).map((row) => [row['stopOrderType'], row['triggerPrice'], row['triggerBy'], row['orderLinkId'], row['createType']])).toEqual([
      ['TakeProfit', '62000', 'LastPrice', '', 'CreateByTakeProfit'],
      ['StopLoss', '59000', 'MarkPrice', '', 'CreateByStopLoss'],
    ])
    await client.createOrder(S, 'market', 'sell', 0, undefined, {
      stopLossPrice: 59_500, tradingStopEndpoint: true, slTriggerBy: 'MarkPrice', positionIdx: 0,
    })
    expect(await client.fetchPositions()).toMatchObject([{ info: { stopLoss: '59500', takeProfit: '62000' } }])
    const again = client.createOrder(S, 'market', 'sell', 0, undefined, {
      stopLossPrice: 59_500, tradingStopEndpoint: true, slTriggerBy: 'MarkPrice', positionIdx: 0,
    })
    expect(await failure(again)).toBe('ExchangeError 34040')
  })
})

describe('refusals in Bybit’s words', () => {
  it.each<[string, (at: Awaited<ReturnType<typeof ready>>) => Promise<unknown>, string]>([
    ['a client id twice', async ({ entry }) => (await entry(), entry()), 'InvalidOrder 110072'],
    ['a stop that has been passed', async ({ entry, stop }) => (await entry(), stop(60_500)), 'InvalidOrder 110093'],
    [
      'a target that has been passed',
      async ({ entry, client }) => (await entry(), client.createOrder(S, 'market', 'sell', 0.01, undefined, { takeProfitPrice: 59_000 })),
      'InvalidOrder 110092',
    ],
    [
      'a close without a position', ({ client }) => client.createOrder(S, 'market', 'sell', 0.01, undefined, { reduceOnly: true }),
      'InvalidOrder 110017',
    ],
    ['too little money', ({ entry }) => entry(100), 'InsufficientFunds 110007'],
    ['too small an order', ({ client }) => client.createOrder('XRP/USDT:USDT', 'market', 'buy', 1), 'InvalidOrder 110094'],
    ['an order that is gone', ({ client }) => client.cancelOrder('nothing', S), 'OrderNotFound 110001'],
    [
      'no position to protect',
      ({ client }) => client.createOrder(S, 'market', 'sell', 0, undefined, { stopLossPrice: 59_000, tradingStopEndpoint: true, positionIdx: 0 }),
      'BadRequest 10001',
    ],
  ])('%s', async (_, act, expected) => expect(await failure(act(await ready()))).toBe(expected))

  it('wrong key, wrong secret, a clock that is off, a key that may not trade', async () => {
    const readOnly = { ...EMULATOR_KEY, trade: false }
    const venue = await emulator({ venue: 'bybit', accounts: [{ id: 'main', keys: [readOnly] }] })
    const client = clientOf(venue)
    await client.loadMarkets()
    expect(await failure(client.createOrder(S, 'market', 'buy', 0.01))).toBe('PermissionDenied 10005')
    venue.settings.clockSkewMs = 20_000
    expect(await failure(client.fetchBalance())).toBe('InvalidNonce 10002')
    venue.settings.clockSkewMs = 0
    client.secret = 'other'
    expect(await failure(client.fetchBalance())).toBe('AuthenticationError 10004')
    client.apiKey = 'other'
    expect(await failure(client.fetchBalance())).toBe('AuthenticationError 10003')
  })

  it('too many calls within a second', async () => {
    const stopped = () => 1_800_000_000_000
    const client = clientOf(await emulator({ venue: 'bybit', now: stopped }))
    client.nonce = client.milliseconds = stopped
    await client.loadMarkets()
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => failure(client.fetchOpenOrders(S))))
    expect(outcomes.filter((outcome) => outcome === 'RateLimitExceeded 10006')).toHaveLength(10)
  })
})

describe('accounts and keys', () => {
  it('keep their positions apart, and the doctor can see what a key may do', async () => {
    const venue = await emulator({
      venue: 'bybit',
      accounts: [
        { id: 'main', keys: [EMULATOR_KEY] },
        { id: 'small', sub: true, balance: 100, keys: [{ ...EMULATOR_KEY, apiKey: 'second', withdraw: true, ips: ['10.0.0.1'] }] },
      ],
    })
    const [first, second] = [clientOf(venue), clientOf({ ...venue, apiKey: 'second' })]
    await Promise.all([first.loadMarkets(), second.loadMarkets()])
    await first.createOrder(S, 'market', 'buy', 0.01)
    expect([
      (await first.fetchPositions()).length, (await second.fetchPositions()).length, (await second.fetchBalance())['USDT']?.total,
    ]).toEqual([1, 0, 100])
    expect(await rawCall(second, 'privateGetV5UserQueryApi')).toMatchObject({ result: {
      isMaster: false, ips: ['10.0.0.1'], permissions: { Wallet: expect.arrayContaining(['Withdraw']) as string[] },
    } })
  })
})

describe('what the venue does of its own accord', () => {
  it('liquidation, deleveraging and funding are executions that the usual list of trades hides', async () => {
    const { venue, client, entry } = await ready()
    await entry()
    venue.model.fund('BTCUSDT', decimal('0.0001'), venue.now())
    venue.model.deleverage('main', 'BTCUSDT', decimal('0.004'), decimal(60_100), venue.now())
    venue.model.liquidate('main', undefined, venue.now())
    expect(await client.fetchMyTrades(S)).toHaveLength(1)
    const all = await client.fetchMyTrades(S, undefined, undefined, { execType: undefined })
    expect(all.map((trade) => `${raw(trade)['execType']} ${trade.amount}`).sort()).toEqual(['AdlTrade 0.004', 'BustTrade 0.006', 'Funding 0.01', 'Trade 0.01'])
    expect((await client.fetchFundingHistory(S)).map(({ amount }) => amount)).toEqual([0.06])
    expect(await client.fetchPositions()).toEqual([])
  })
})

describe('pushes', () => {
  it('orders, fills, positions and prices, parsed by ccxt', async () => {
    const { venue, client, entry, stop } = await ready()
    const waiting = [client.watchOrders(), client.watchMyTrades(), client.watchPositions()]
    const ticker = await client.watchTicker(S)
    expect(ticker).toMatchObject({ last: 60_000, bid: 59_999.9, ask: 60_000.1, markPrice: 60_000 })
    await subscribed(venue, ['order', 'execution', 'position'])
    await entry()
    const [orders, trades, positions] = await Promise.all(waiting)
    expect(orders).toMatchObject([{ clientOrderId: 'p1-entry', status: 'closed', filled: 0.01, average: 60_000.1 }])
    expect(trades).toMatchObject([{ side: 'buy', amount: 0.01, price: 60_000.1, takerOrMaker: 'taker' }])
    expect(positions).toMatchObject([{ side: 'long', contracts: 0.01 }])
    const next = client.watchOrders()
    await stop(59_500)
    expect(await next).toMatchObject([{ clientOrderId: 'p1-sl', status: 'open', triggerPrice: 59_500 }])
    const [fired, flat] = [client.watchOrders(), client.watchPositions()]
    await turns()
    price(venue, 59_400)
    expect((await fired).at(-1)).toMatchObject({ clientOrderId: 'p1-sl', id: expect.any(String) as string })
    expect(await flat).toMatchObject([{ contracts: 0, side: undefined }])
  })
})
