/** Every call that live trading makes at Bitget (USDT-M, one-way), by the real ccxt client over real sockets. */
import { afterEach, describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import { EMULATOR_KEY, type Emulator } from '../../src/exchange-emulator/server.ts'
import { S, clientOf, emulator, endAll, failure, idOf, raw, rawCall, subscribed, turns } from './clients.ts'

afterEach(endAll)

const LEVELS = { trigger: true, planType: 'profit_loss' }

async function ready(options: Partial<Parameters<typeof emulator>[0]> = {}) {
  const venue = await emulator({ venue: 'bitget', ...options })
  const client = clientOf(venue)
  await client.loadMarkets()
  const entry = (qty = 0.01, clientOrderId = 'p1-entry') => client.createOrder(S, 'market', 'buy', qty, undefined, { clientOrderId })
  const stop = (price: number, clientOrderId = 'p1-sl', more: Record<string, unknown> = {}) =>
    client.createOrder(S, 'market', 'sell', 0.01, undefined, {
      stopLossPrice: price, triggerType: 'mark_price', reduceOnly: true, clientOrderId, ...more,
    })
  return { venue, client, entry, stop }
}
const price = ({ model, now }: Emulator, last: number, mark = last) => model.quote('BTCUSDT', { last: decimal(last), mark: decimal(mark) }, now())

describe('market data and account', () => {
  it('markets, prices, time, balance, key, account mode', async () => {
    const { client } = await ready()
    expect(client.market(S)).toMatchObject({
      precision: { amount: 0.0001, price: 0.1 }, limits: { amount: { min: 0.0001 }, cost: { min: 5 }, leverage: { max: 125 } }, taker: 0.0006,
    })
    expect(await client.fetchTicker(S)).toMatchObject({ last: 60_000, bid: 59_999.9, ask: 60_000.1 })
    expect(Object.keys(await client.fetchTickers(undefined, { productType: 'USDT-FUTURES' }))).toHaveLength(7)
    expect((await client.fetchMarkPrice(S)).markPrice).toBe(60_000)
    expect(Math.abs(((await client.fetchTime()) ?? 0) - Date.now())).toBeLessThan(2_000)
    expect((await client.fetchBalance())['USDT']).toMatchObject({ total: 10_000, free: 10_000 })
    expect(await client.fetchFundingRate(S)).toMatchObject({ fundingRate: 0.0001 })
    expect(await rawCall(client, 'privateSpotGetV2SpotAccountInfo')).toMatchObject({ data: { authorities: ['coor', 'cpor', 'coow', 'cpow'], ips: '' } })
    expect(await rawCall(client, 'privateMixGetV2MixAccountAccount', { symbol: 'BTCUSDT', productType: 'USDT-FUTURES', marginCoin: 'USDT' })).toMatchObject({ data: { posMode: 'one_way_mode', marginMode: 'crossed' } })
  })
  it('what is set already is no error; a position forbids the margin mode; hedge mode refuses one-way orders', async () => {
    const { client, entry } = await ready()
    for (let time = 0; time < 2; time += 1) {
      await client.setLeverage(5, S)
      await client.setMarginMode('cross', S)
      await client.setPositionMode(false, S)
    }
    await entry()
    expect(await failure(client.setMarginMode('isolated', S))).toBe('ExchangeError 45117')
    await client.createOrder(S, 'market', 'sell', 0.01, undefined, { reduceOnly: true })
    await client.setPositionMode(true, S)
    expect(await failure(entry(0.01, 'p2-entry'))).toBe('InvalidOrder 40774')
  })
})

describe('the life of a position', () => {
  it('entry, stop, target, stop moved, close; every query agrees', async () => {
    const { venue, client, entry, stop } = await ready()
    expect(await entry()).toMatchObject({
      id: expect.stringMatching(/^\d{19}$/) as string, clientOrderId: 'p1-entry', status: undefined, filled: undefined,
    })
    const first = await stop(59_000, 'p1-sl', { planType: 'loss_plan' })
    const target = await client.createOrder(S, 'limit', 'sell', 0.01, 62_000, { reduceOnly: true, clientOrderId: 'p1-tp' })
    await stop(59_500, 'p1-sl2', { planType: 'loss_plan' })
    expect(await client.cancelOrder(idOf(first), S, { trigger: true, planType: 'loss_plan' })).toMatchObject({ id: first.id })
    await rawCall(client, 'privateMixPostV2MixOrderModifyTpslOrder', {
      symbol: 'BTCUSDT', productType: 'USDT-FUTURES', marginCoin: 'USDT', clientOid: 'p1-sl2', triggerPrice: '59600', size: '0.01',
    })
    expect((await client.fetchOpenOrders(S)).map((order) => [order.clientOrderId, order.status, order.price, order.reduceOnly])).toEqual([['p1-tp', 'open', 62_000, true]])
    const levels = await client.fetchOpenOrders(S, undefined, undefined, LEVELS)
    expect(levels.map((order) => [order.clientOrderId, order.status, order.triggerPrice])).toEqual([['p1-sl2', 'open', 59_600]])
    expect(levels.map(raw).map(({ planType }) => planType)).toEqual(['loss_plan'])
    expect((await client.fetchOpenOrders(S, undefined, undefined, { planType: 'profit_loss', clientOrderId: 'p1-sl2' })).length).toBe(1)
    expect(await client.fetchPositions()).toMatchObject([{
      symbol: S, side: 'long', contracts: 0.01, entryPrice: 60_000.1, leverage: 10, hedged: false, marginMode: 'cross',
    }])
    expect(await client.fetchPosition(S)).toMatchObject({ side: 'long', contracts: 0.01 })
    await client.createOrder(S, 'market', 'sell', 0.01, undefined, { reduceOnly: true, clientOrderId: 'p1-close' })
    expect(await client.fetchPositions()).toEqual([])
    expect(await client.fetchPosition(S)).toMatchObject({ contracts: undefined, side: undefined })
    expect(await client.fetchOrder(idOf(target), S)).toMatchObject({ status: 'canceled', filled: 0 })
    expect(await client.fetchOpenOrders(undefined, undefined, undefined, LEVELS)).toEqual([])
    expect((await client.fetchCanceledAndClosedOrders(S, undefined, undefined, LEVELS)).map(({ clientOrderId, status }) => [clientOrderId, status]).sort()).toEqual([['p1-sl', 'canceled'], ['p1-sl2', 'canceled']])
    expect((await client.fetchClosedOrders(S)).map(({ clientOrderId }) => clientOrderId).sort()).toEqual(['p1-close', 'p1-entry'])
    expect((await client.fetchMyTrades(S)).map(({ side, amount, price: at, fee }) => [side, amount, at, fee?.cost])).toEqual([
      ['buy', 0.01, 60_000.1, 0.3600006],
      ['sell', 0.01, 59_999.9, 0.3599994],
    ])
    expect((await client.fetchPositionsHistory([S])).map(({ info }) => (info as { netProfit: string }).netProfit)).toEqual(['-0.722'])
    expect(venue.truth().accounts[0]).toMatchObject({ balance: '9999.278', positions: [] })
  })

  it('a triggered stop is executed, and another order under another id is what fills', async () => {
    const { venue, client, entry, stop } = await ready()
    await entry()
    const id = idOf(await stop(59_500))
    price(venue, 59_600, 59_400)
    const [plan] = await client.fetchCanceledAndClosedOrders(S, undefined, undefined, LEVELS)
    expect(plan).toMatchObject({ id, status: 'closed', clientOrderId: 'p1-sl', info: { planStatus: 'executed' } })
    const spawned = (plan?.info as { executeOrderId: string }).executeOrderId
    expect(await client.fetchOrder(spawned, S)).toMatchObject({ status: 'closed', filled: 0.01, average: 59_600, reduceOnly: true })
    expect(await failure(client.fetchOrder(id, S))).toBe('OrderNotFound 40109')
  })

  it('a stop that comes with the entry watches the last price, whatever one asks for', async () => {
    const { client } = await ready()
    await client.createOrder(S, 'market', 'buy', 0.01, undefined, {
      stopLoss: { triggerPrice: 59_000 }, takeProfit: { triggerPrice: 62_000 }, triggerType: 'mark_price',
    })
    expect((await client.fetchOpenOrders(S, undefined, undefined, LEVELS)).map(raw).map((row) => [row['planType'], row['triggerPrice'], row['triggerType']]).sort()).toEqual([
      ['pos_loss', '59000', 'fill_price'],
      ['pos_profit', '62000', 'fill_price'],
    ])
  })

  it('a plain trigger order is of the other family', async () => {
    const { venue, client } = await ready()
    await client.createOrder(S, 'market', 'buy', 0.01, undefined, { triggerPrice: 60_500, triggerType: 'mark_price', clientOrderId: 'plan' })
    expect((await client.fetchOpenOrders(S, undefined, undefined, { trigger: true })).map(({ clientOrderId }) => clientOrderId)).toEqual(['plan'])
    expect(await client.fetchOpenOrders(S, undefined, undefined, LEVELS)).toEqual([])
    price(venue, 60_600)
    expect(await client.fetchPositions()).toMatchObject([{ contracts: 0.01 }])
  })
})

describe('refusals in Bitget’s words, with HTTP 400', () => {
  it.each<[string, (at: Awaited<ReturnType<typeof ready>>) => Promise<unknown>, string]>([
    ['a client id twice', async ({ entry }) => (await entry(), entry()), 'ExchangeError 40786'],
    ['a stop that has been passed', async ({ entry, stop }) => (await entry(), stop(60_500)), 'InvalidOrder 40917'],
    ['a stop before the position', ({ stop }) => stop(59_000), 'ExchangeError 43023'],
    [
      'a close without a position', ({ client }) => client.createOrder(S, 'market', 'sell', 0.01, undefined, { reduceOnly: true }),
      'ExchangeError 22002',
    ],
    ['too little money', ({ entry }) => entry(100), 'InsufficientFunds 40762'],
    ['too small an order', ({ client }) => client.createOrder('XRP/USDT:USDT', 'market', 'buy', 1), 'InvalidOrder 45110'],
    ['an order that is gone', ({ client }) => client.cancelOrder('1300000000000000000', S), 'OrderNotFound 40768'],
    ['a client id of 51 characters', ({ entry }) => entry(0.01, 'x'.repeat(51)), 'BadRequest 40305'],
    ['a unified account’s settings', ({ client }) => rawCall(client, 'privateUtaGetV3AccountSettings'), 'ExchangeError 40085'],
  ])('%s', async (_, act, expected) => expect(await failure(act(await ready()))).toBe(expected))

  it('wrong key, secret, passphrase; a clock that is off; a key that may not trade', async () => {
    const venue = await emulator({ venue: 'bitget', accounts: [{ id: 'main', keys: [{ ...EMULATOR_KEY, trade: false }] }] })
    const client = clientOf(venue)
    await client.loadMarkets()
    expect(await failure(client.createOrder(S, 'market', 'buy', 0.01))).toBe('PermissionDenied 40014')
    venue.settings.clockSkewMs = 60_000
    expect(await failure(client.fetchBalance())).toBe('InvalidNonce 40008')
    venue.settings.clockSkewMs = 0
    client.password = 'other'
    expect(await failure(client.fetchBalance())).toBe('AuthenticationError 40012')
    client.password = venue.password
    client.secret = 'other'
    expect(await failure(client.fetchBalance())).toBe('AuthenticationError 40009')
    client.apiKey = 'other'
    expect(await failure(client.fetchBalance())).toBe('AuthenticationError 40006')
  })

  it('a demo key needs the demo header, a live key must not have it', async () => {
    const keys = [
      { ...EMULATOR_KEY, apiKey: 'demo', environment: 'demo' as const }, { ...EMULATOR_KEY, apiKey: 'live', environment: 'live' as const },
    ]
    const venue = await emulator({ venue: 'bitget', accounts: [{ id: 'main', keys }] })
    const outcomes = []
    for (const apiKey of ['demo', 'live']) {
      for (const sandboxMode of [true, false]) outcomes.push((await failure(clientOf({ ...venue, apiKey }, { sandboxMode }).fetchBalance())).slice(0, 19))
    }
    expect(outcomes).toEqual(['no failure: {"info"', 'ExchangeError 40099', 'ExchangeError 40099', 'no failure: {"info"'])
  })

  it('too many calls within a second', async () => {
    const stopped = () => 1_800_000_000_000
    const client = clientOf(await emulator({ venue: 'bitget', now: stopped }))
    client.nonce = client.milliseconds = stopped
    await client.loadMarkets()
    const outcomes = await Promise.all(Array.from({ length: 7 }, () => failure(client.fetchPositions())))
    expect(outcomes.filter((outcome) => outcome === 'DDoSProtection 429')).toHaveLength(2)
  })
})

describe('what the venue does of its own accord', () => {
  it('liquidation and deleveraging are fills by another name; funding is a bill', async () => {
    const { venue, client, entry } = await ready()
    await entry()
    venue.model.fund('BTCUSDT', decimal('0.0001'), venue.now())
    venue.model.deleverage('main', 'BTCUSDT', decimal('0.004'), decimal(60_100), venue.now())
    venue.model.liquidate('main', undefined, venue.now())
    const fills = await client.fetchMyTrades(S)
    expect(fills.map((fill) => `${raw(fill)['tradeSide']} ${fill.amount}`).sort()).toEqual(['burst_close_net 0.006', 'buy_single 0.01', 'reduce_close_net 0.004'])
    expect((await client.fetchFundingHistory(S)).map(({ amount }) => amount)).toEqual([-0.06])
  })
})

describe('pushes', () => {
  it('both order families, fills, positions and prices, parsed by ccxt', async () => {
    const { venue, client, entry, stop } = await ready()
    const waiting = [client.watchOrders(), client.watchMyTrades()]
    expect(await client.watchPositions()).toEqual([])
    expect(await client.watchTicker(S)).toMatchObject({ last: 60_000, bid: 59_999.9, ask: 60_000.1, info: { markPrice: '60000' } })
    await subscribed(venue, ['orders:default', 'fill:default', 'positions:default'])
    const held = client.watchPositions()
    await turns()
    await entry()
    const [orders, trades] = await Promise.all(waiting)
    expect(orders).toMatchObject([{ clientOrderId: 'p1-entry', status: 'closed', filled: 0.01, average: 60_000.1, fee: { cost: 0.3600006 } }])
    expect(trades).toMatchObject([{ side: 'buy', amount: 0.01, price: 60_000.1 }])
    expect(await held).toMatchObject([{ side: 'long', contracts: 0.01 }])
    const plans = client.watchOrders(S, undefined, undefined, { trigger: true })
    await subscribed(venue, ['orders-algo:default'])
    await stop(59_500)
    expect(await plans).toMatchObject([{ clientOrderId: 'p1-sl', status: 'open', triggerPrice: 59_500, info: { planType: 'psl' } }])
    const [fired, flat] = [client.watchOrders(S, undefined, undefined, { trigger: true }), client.watchPositions()]
    await turns()
    price(venue, 59_400)
    expect(await fired).toMatchObject([{ clientOrderId: 'p1-sl', status: 'executed' }])
    expect(await flat).toEqual([])
  })
})
