/**
 * Faults on the wire, and the traps that the real client and the venues set: what a fault looks like to whoever calls,
 * and what the venue's truth is meanwhile.
 */
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { decimal } from '../../src/domain/decimal.ts'
import { pointAtEmulator } from '../../src/exchange-emulator/point-at-emulator.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import type { CallFault } from '../../src/exchange-emulator/wire/fault-script.ts'
import { S, clientOf, emulator, endAll, failure, idOf, subscribed, turns } from './clients.ts'

afterEach(endAll)

const VENUES = ['bybit', 'bitget'] as const

async function ready(venue: 'bybit' | 'bitget', options: Record<string, unknown> = {}, timeout = 400) {
  const at = await emulator({ venue })
  const client = clientOf(at, venue === 'bybit' ? { watchPositions: { fetchPositionsSnapshot: false }, ...options } : options)
  await client.loadMarkets()
  client.timeout = timeout
  const entry = (clientOrderId = 'p1-entry') => client.createOrder(S, 'market', 'buy', 0.01, undefined, { clientOrderId })
  const byMark = venue === 'bybit' ? { triggerBy: 'MarkPrice' } : { triggerType: 'mark_price' }
  const stop = (price: number | undefined, more: Record<string, unknown> = {}) =>
    client.createOrder(S, 'market', 'sell', 0.01, undefined, { stopLossPrice: price, reduceOnly: true, ...byMark, ...more })
  return { at, client, entry, stop }
}
const held = ({ model }: Emulator): string => model.account('main').positions.get('BTCUSDT')?.qty ?? '0'
const taken = ({ model }: Emulator): number => model.account('main').orders.size
const price = ({ model, now }: Emulator, last: number, mark = last) => model.quote('BTCUSDT', { last: decimal(last), mark: decimal(mark) }, now())
const codes = { bybit: { duplicate: '110072', busy: '10016', rate: '10006' }, bitget: { duplicate: '40786', busy: '40725', rate: '429' } }

describe.each(VENUES)('%s: an entry and a fault', (venue) => {
  const { duplicate, busy, rate } = codes[venue]
  it.each<[string, CallFault, RegExp, string]>([
    ['no answer, not carried out', { kind: 'hang', when: 'before' }, /^RequestTimeout/, '0'],
    ['no answer, carried out', { kind: 'hang', when: 'after' }, /^RequestTimeout/, '0.01'],
    ['reset before', { kind: 'reset', when: 'before' }, /^NetworkError/, '0'],
    ['reset after', { kind: 'reset', when: 'after' }, /^NetworkError/, '0.01'],
    ['half a body', { kind: 'half_body', when: 'after' }, /^(SocketError|TypeError|NetworkError)/, '0.01'],
    ['a page of HTML with 200', { kind: 'html', when: 'after' }, /^no failure: .*"fee/, '0.01'],
    ['an empty body with 200', { kind: 'raw', body: '', when: 'after' }, /^no failure/, '0.01'],
    ['a duplicate that never was', { kind: 'code', when: 'before', code: duplicate }, new RegExp(`^(InvalidOrder|ExchangeError) ${duplicate}`), '0'],
    ['an error although carried out', { kind: 'code', when: 'after', code: busy }, new RegExp(`^ExchangeError ${busy}`), '0.01'],
    ['too many requests', { kind: 'code', when: 'before', code: rate, status: 429 }, /^(RateLimitExceeded|DDoSProtection)/, '0'],
    ['a gateway in between', { kind: 'html', when: 'before', status: 502 }, /^ExchangeNotAvailable/, '0'],
    ['a slow answer', { kind: 'delay', when: 'after', ms: 50 }, /^no failure/, '0.01'],
  ])('%s', async (_, fault, seen, qty) => {
    const { at, entry } = await ready(venue)
    at.faults.add({ match: { call: 'entry' }, do: fault })
    expect(await failure(entry())).toMatch(seen)
    expect(held(at)).toBe(qty)
    expect(at.seen.filter(({ call }) => call === 'entry')).toHaveLength(1)
  })

  it('carried out late: the caller has long given up', async () => {
    const { at, entry } = await ready(venue, {}, 100)
    at.faults.add({ match: { call: 'entry' }, do: { kind: 'late', ms: 200 } })
    expect(await failure(entry())).toMatch(/^RequestTimeout/)
    expect(taken(at)).toBe(0)
    while (taken(at) === 0) await turns()
    expect(held(at)).toBe('0.01')
  })

  it('parts: some now, the rest later or never', async () => {
    const { at, entry } = await ready(venue)
    at.faults.add({ match: { call: 'entry' }, times: 2, do: { kind: 'partial_fill', ratio: '0.4', rest: 'cancel', afterMs: 0 } })
    await entry()
    expect(held(at)).toBe('0.004')
  })

  it('a stop that comes with it is overlooked', async () => {
    const { at, client } = await ready(venue)
    at.faults.add({ match: { call: 'entry' }, do: { kind: 'ignore_params', names: ['stopLoss', 'presetStopLossPrice'] } })
    await client.createOrder(S, 'market', 'buy', 0.01, undefined, { stopLoss: { triggerPrice: 59_000 } })
    expect([held(at), at.model.account('main').open.size]).toEqual(['0.01', 0])
  })

  it('the third stop only, then never again; rules count what fits them', async () => {
    const { at, entry, stop } = await ready(venue)
    await entry()
    at.faults.add({ match: { call: 'stop' }, nth: 2, times: 2, do: { kind: 'code', when: 'before', code: busy } })
    const outcomes = []
    for (const clientOrderId of ['a', 'b', 'c', 'd']) outcomes.push((await failure(stop(59_000, { clientOrderId, planType: 'loss_plan' }))).slice(0, 10))
    expect(outcomes).toEqual(['no failure', 'ExchangeEr', 'ExchangeEr', 'no failure'])
    expect(at.faults.list().calls).toMatchObject([{ seen: 4, hits: 2 }])
  })

  it('lists that are empty, cut short, or silent about some rows', async () => {
    const { at, client, entry, stop } = await ready(venue)
    await entry()
    await stop(59_000)
    at.faults.add({ match: { call: 'positions' }, do: { kind: 'empty_list' } }, {
      match: { call: ['open_orders', 'open_plan_orders'] }, do: { kind: 'cut_list', keep: 0 },
    })
    expect([await client.fetchPositions(), (await client.fetchPositions()).length]).toEqual([[], 1])
    const open = () => client.fetchOpenOrders(S, undefined, undefined, { trigger: true, ...(venue === 'bitget' ? { planType: 'profit_loss' } : {}) })
    expect([(await open()).length, (await open()).length]).toEqual([0, 1])
  })
})

describe('the body stalls behind its headers', () => {
  it('ccxt’s own timeout does not see it (T9)', async () => {
    const { at, entry } = await ready('bybit', {}, 100)
    at.faults.add({ match: { call: 'entry' }, do: { kind: 'stall_body', when: 'after' } })
    let settled = false
    void entry().catch(() => undefined).finally(() => (settled = true))
    while (taken(at) === 0) await turns()
    await new Promise((resolve) => AbortSignal.timeout(300).addEventListener('abort', resolve))
    expect(settled).toBe(false)
  })
})

describe('traps of the client', () => {
  it.each(VENUES)('%s T1: a stop without a price is a market order', async (venue) => {
    const { at, entry, stop } = await ready(venue)
    await entry()
    await stop(undefined)
    expect([held(at), at.model.account('main').fills.length]).toEqual(['0', 2])
  })
  it('bitget T2: a price makes a stop-limit of a market stop', async () => {
    const { at, client, entry } = await ready('bitget')
    await entry()
    await client.createOrder(S, 'market', 'sell', 0.01, 59_500, { stopLossPrice: 59_500, triggerType: 'mark_price' })
    price(at, 58_000)
    expect([
      held(at), [...at.model.account('main').open.values()].map(({ kind, price: limit }) => [kind, limit]),
    ]).toEqual(['0.01', [['limit', '59500']]])
  })
  it('bitget T3: without the plan type a stop is neither listed nor cancelled, and nothing says so', async () => {
    const { at, client, entry, stop } = await ready('bitget')
    await entry()
    const { id } = await stop(59_000)
    expect(await client.fetchOpenOrders(S)).toEqual([])
    expect(await client.fetchOpenOrders(S, undefined, undefined, { trigger: true })).toEqual([])
    expect((await client.cancelOrder(id ?? '', S, { trigger: true, planType: 'pos_profit' })).id).toBeUndefined()
    expect(at.model.account('main').open.size).toBe(1)
  })
  it('bitget T4: a watch for plan orders without a symbol never ends; T5: a margin mode as option watches the wrong channel', async () => {
    const { at, client, entry, stop } = await ready('bitget')
    let resolved = false
    void client.watchOrders(undefined, undefined, undefined, { trigger: true }).then(() => (resolved = true)).catch(() => undefined)
    await subscribed(at, ['orders-algo:default'])
    await entry()
    await stop(59_000)
    await turns()
    expect(resolved).toBe(false)
    const other = clientOf(at, { defaultMarginMode: 'cross' })
    void other.watchOrders().then(() => (resolved = true)).catch(() => undefined)
    while (at.streams.connections < 2) await turns()
    await turns()
    await entry('p2-entry')
    await turns()
    expect(resolved).toBe(false)
  })
  it('bitget T6: a push tells the last fill as if it were all of them', async () => {
    const { at, client, entry } = await ready('bitget')
    at.faults.add({ match: { call: 'entry' }, do: { kind: 'partial_fill', ratio: '0.6', rest: 'later', afterMs: 60_000 } })
    const first = client.watchOrders()
    await subscribed(at, ['orders:default'])
    await entry()
    expect(await first).toMatchObject([{ status: 'open', filled: 0.006 }])
    const second = client.watchOrders()
    await turns()
    at.model.advance(at.now() + 60_001)
    expect(await second).toMatchObject([{ status: 'closed', amount: 0.01, filled: 0.004, info: { accBaseVolume: '0.01' } }])
  })
  it('bitget T7: a stop that fires into nothing is fail_execute, which ccxt does not know', async () => {
    const { at, client, entry, stop } = await ready('bitget')
    await entry()
    await stop(59_000, { planType: 'loss_plan' })
    const waiting = client.watchOrders(S, undefined, undefined, { trigger: true })
    await subscribed(at, ['orders-algo:default'])
    at.model.account('main').positions.clear()
    price(at, 58_000)
    expect(await waiting).toMatchObject([{ status: 'fail_execute' }])
  })
  it('bitget T11: any failure of the first look makes a classic account of it for good', async () => {
    const { at, client } = await ready('bitget', { uta: undefined })
    at.faults.add({ match: { call: 'uta_settings' }, do: { kind: 'reset', when: 'before' } })
    await client.fetchPositions()
    expect([client.options['uta'], at.seen.filter(({ call }) => call === 'uta_settings').length]).toEqual([false, 1])
  })
  it('bybit T15: a cancel by clientOrderId finds nothing, by orderLinkId it does', async () => {
    const { client, entry, stop } = await ready('bybit')
    await entry()
    await stop(59_000, { clientOrderId: 'sl' })
    expect(await failure(client.cancelOrder(undefined as unknown as string, S, { clientOrderId: 'sl' }))).toBe('OrderNotFound 110001')
    expect((await client.cancelOrder(undefined as unknown as string, S, { orderLinkId: 'sl' })).clientOrderId).toBe('sl')
  })
  it('bybit T22: what was filled in part and cancelled is closed', async () => {
    const { at, client, entry } = await ready('bybit')
    at.faults.add({ match: { call: 'entry' }, do: { kind: 'partial_fill', ratio: '0.4', rest: 'cancel', afterMs: 0 } })
    const { id } = await entry()
    expect(await client.fetchOrder(id ?? '', S, { acknowledged: true })).toMatchObject({
      status: 'closed', amount: 0.01, filled: 0.004, info: { orderStatus: 'PartiallyFilledCanceled' },
    })
  })
  it('bybit T23: a stop watches the last price unless triggerBy says otherwise, in this word', async () => {
    const { at, client, entry } = await ready('bybit')
    await entry()
    await client.createOrder(S, 'market', 'sell', 0.01, undefined, { stopLossPrice: 59_000, triggerType: 'mark_price' })
    price(at, 58_900, 60_000)
    expect(held(at)).toBe('0')
  })
  it('bybit: a list holds twenty orders unless one asks for more', async () => {
    const { at, client } = await ready('bybit')
    for (let index = 0; index < 25; index += 1) at.model.submit('main', {
      symbol: 'BTCUSDT', side: 'buy', kind: 'limit', qty: decimal('0.001'), price: decimal(59_000),
    }, at.now())
    expect([(await client.fetchOpenOrders(S)).length, (await client.fetchOpenOrders(S, undefined, 50)).length]).toEqual([20, 25])
  })
  it('T25: amounts are cut, T26: ids are strings', async () => {
    const { at, client } = await ready('bitget')
    const order = await client.createOrder(S, 'market', 'buy', 0.00129)
    expect([held(at), idOf(order), typeof (order.info as { orderId: unknown }).orderId]).toEqual(['0.0012', idOf(order), 'string'])
    expect(Number.isSafeInteger(Number(order.id))).toBe(false)
  })
})

describe('queries that lag', () => {
  it.each(VENUES)('%s: an accepted order cannot be found for a while', async (venue) => {
    const { at, client, entry } = await ready(venue)
    at.model.behaviour.orderLagMs = 60_000
    const { id } = await entry()
    const look = () => (venue === 'bybit' ? client.fetchOrder(id ?? '', S, { acknowledged: true }) : client.fetchOrder(id ?? '', S))
    expect(await failure(look())).toMatch(/^OrderNotFound/)
    at.model.behaviour.orderLagMs = 0
    expect(await look()).toMatchObject({ status: 'closed' })
  })
})

describe('streams', () => {
  it('closed by the venue: every waiting call fails, the next one connects again', async () => {
    const { at, client, entry } = await ready('bybit', { ws: { backoff: { base: 1, factor: 1, max: 1 } } })
    const waiting = client.watchOrders()
    await subscribed(at, ['order'])
    const failed = failure(waiting)
    at.streams.disconnect(1001)
    expect(await failed).toMatch(/^NetworkError/)
    const again = client.watchOrders()
    await subscribed(at, ['order'])
    await entry()
    expect(await again).toMatchObject([{ status: 'closed' }])
  })
  it('mute: nothing comes, and nothing says so', async () => {
    const { at, client, entry } = await ready('bybit')
    let pushed = 0
    void client.watchOrders().then(() => (pushed += 1)).catch(() => undefined)
    await subscribed(at, ['order'])
    at.streams.muted = true
    await entry()
    await client.fetchPositions()
    expect([pushed, held(at)]).toEqual([0, '0.01'])
  })
  it('twice, out of order, and old ones again', async () => {
    const { at, client, entry, stop } = await ready('bybit')
    const statuses: string[] = []
    const collect = async (): Promise<void> => {
      for (;;) for (const { info } of await client.watchOrders()) statuses.push((info as { orderStatus: string }).orderStatus)
    }
    void collect().catch(() => undefined)
    await subscribed(at, ['order'])
    at.faults.addPush({ match: { topic: 'order' }, do: { kind: 'duplicate' } })
    await entry()
    await client.fetchPositions()
    expect(statuses.every((status) => status === 'Filled')).toBe(true)
    at.faults.addPush({ match: { topic: 'order' }, do: { kind: 'swap' } })
    statuses.length = 0
    const { id } = await stop(59_000)
    expect(statuses).toEqual([])
    await client.cancelOrder(id ?? '', S)
    await client.fetchPositions()
    // The news of the order came behind the news of its end: for ccxt it is open.
    expect([statuses.at(-1), at.model.account('main').open.size]).toEqual(['Untriggered', 0])
    statuses.length = 0
    at.streams.replay('order', 1)
    await client.fetchPositions()
    expect(statuses).toEqual(['Untriggered'])
  })
  it('bitget T21: one refused subscription takes every waiting call of the socket with it', async () => {
    const { at, client } = await ready('bitget')
    const waiting = failure(client.watchTicker(S).then(() => client.watchTicker(S)))
    await subscribed(at, ['ticker:BTCUSDT'])
    at.model.markets.delete('ETHUSDT')
    expect(await failure(client.watchTicker('ETH/USDT:USDT'))).toBe('BadRequest 30001')
    expect(await waiting).toBe('BadRequest 30001')
  })
  it.each(VENUES)('%s: a login may be refused', async (venue) => {
    const { at, client } = await ready(venue)
    const refusal = venue === 'bybit' ? {
      success: false, ret_msg: 'error:USVC1111', request: { op: 'auth', args: [] },
    } : { event: 'error', code: 30015, msg: 'Invalid sign' }
    at.faults.add({ match: { call: 'ws.auth' }, do: { kind: 'raw', when: 'before', body: JSON.stringify(refusal) } })
    expect(await failure(client.watchOrders())).toMatch(/^AuthenticationError/)
  })
})

describe('the controls of the emulator', () => {
  it('over HTTP: prices, faults, acts, settings, truth', async () => {
    const { at, entry } = await ready('bybit')
    const post = async (path: string, body: unknown): Promise<unknown> => (await fetch(
      `${at.httpUrl}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) },
    )).json()
    const state = async (): Promise<unknown> => (await fetch(`${at.httpUrl}/_emulator/state`)).json()
    await entry()
    expect(await post('price', { symbol: 'BTCUSDT', last: '61000', mark: 60_990.5 })).toEqual({ ok: true })
    expect(await post('price', { symbol: 'NOPE', last: '1' })).toMatchObject({ error: expect.stringContaining('BTCUSDT, ETHUSDT') as string })
    expect(await state()).toMatchObject({
      accounts: [{ positions: [{ qty: '0.01' }], orders: [{ clientId: 'p1-entry', status: 'filled' }] }],
      markets: expect.arrayContaining([expect.objectContaining({ quote: expect.objectContaining({ last: '61000', mark: '60990.5' }) as unknown })]) as unknown,
    })
    expect(await post(
      'faults', { calls: [{ match: { call: 'entry' }, do: { kind: 'reset', when: 'before' } }] },
    )).toMatchObject({ calls: [{ seen: 0 }] })
    expect(await failure(entry('p2'))).toMatch(/^NetworkError/)
    await fetch(`${at.httpUrl}/_emulator/faults`, { method: 'DELETE' })
    expect(await post('act', { act: 'adl', symbol: 'BTCUSDT', qty: '0.004' })).toMatchObject({ ok: true })
    expect(await post('act', { act: 'order', order: {} })).toMatchObject({ error: expect.stringContaining('cancel-order') as string })
    expect(await post('settings', { latencyMs: 5, behaviour: { slippageBps: 3 } })).toMatchObject({ latencyMs: 5, behaviour: { slippageBps: 3 } })
    expect(held(at)).toBe('0.006')
    const requests = (await (await fetch(`${at.httpUrl}/_emulator/requests`)).json()) as { call: string; fault?: string }[]
    expect(requests.filter(({ call }) => call === 'entry').map(({ fault }) => fault)).toEqual([undefined, 'reset'])
  })
})

describe('demo accounts', () => {
  it.each(VENUES)('%s: a client in demo mode is pointed like any other', async (venue) => {
    const at = await emulator({ venue })
    const client = clientOf(at)
    client.enableDemoTrading(true)
    pointAtEmulator(client, at.httpUrl, at.wsUrl)
    await client.loadMarkets()
    const waiting = client.watchOrders()
    await subscribed(at, [venue === 'bybit' ? 'order' : 'orders:default'])
    await client.createOrder(S, 'market', 'buy', 0.01)
    expect(await waiting).toMatchObject([{ status: 'closed' }])
  })
})

describe('orders that come from a trigger', () => {
  it.each(VENUES)('%s: may stay unfilled for a while', async (venue) => {
    const { at, entry, stop } = await ready(venue)
    await entry()
    await stop(59_000)
    at.model.behaviour.triggeredExecution = { ratio: decimal(0), rest: 'later', afterMs: 30 }
    price(at, 58_000)
    expect(held(at)).toBe('0.01')
    while (held(at) !== '0') await turns()
    expect(at.model.account('main').fills).toHaveLength(2)
  })
})

describe('what is no request', () => {
  it('garbage on a stream and a request that breaks off leave the venue running', async () => {
    const { at, client } = await ready('bybit')
    const socket = new WebSocket(`${at.wsUrl}/v5/public/linear`)
    const answer = await new Promise<string>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send('no json'))
      socket.addEventListener('message', ({ data }) => resolve(data as string))
      socket.addEventListener('error', () => reject(new Error('refused')))
    })
    expect(JSON.parse(answer)).toMatchObject({ success: false })
    socket.close()
    const half = connect(Number(new URL(at.httpUrl).port), '127.0.0.1')
    half.write('POST /v5/order/create HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{')
    await new Promise((resolve) => half.once('connect', resolve))
    half.destroy()
    expect(await client.fetchPositions()).toEqual([])
  })
})
