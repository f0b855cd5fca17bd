/** The emulated venue without any wire: orders, triggers, money. */
import { describe, expect, it } from 'vitest'
import { ZERO, add, decimal, multiply, subtract, sum, type Decimal } from '../../src/domain/decimal.ts'
import { equity, unrealisedTotal } from '../../src/exchange-emulator/model/account.ts'
import type { ModelEvent } from '../../src/exchange-emulator/model/core.ts'
import { ExchangeModel, type ModelOptions } from '../../src/exchange-emulator/model/exchange-model.ts'
import type { EmulatedOrder, OrderRequest, Outcome } from '../../src/exchange-emulator/model/order.ts'
import { pricePath } from '../../src/exchange-emulator/model/price-path.ts'
import { endedOrders, fillsOf, openOrders } from '../../src/exchange-emulator/model/queries.ts'
import { seededRandom } from '../../src/prices/random.ts'

const START = Date.UTC(2026, 0, 1, 1)
const d = decimal

function world(options: Partial<ModelOptions> = {}) {
  const model = new ExchangeModel({ venue: 'bybit', seed: 1, startAt: START, ...options })
  const events: ModelEvent[] = []
  model.onEvent((event) => events.push(event))
  let at = START
  const submit = (request: Partial<OrderRequest>): Outcome<EmulatedOrder> =>
    model.submit('main', { symbol: 'BTCUSDT', side: 'buy', kind: 'market', qty: d('0.01'), ...request }, (at += 1))
  const placed = (request: Partial<OrderRequest>): EmulatedOrder => {
    const outcome = submit(request)
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.value
  }
  const code = (request: Partial<OrderRequest>): string => {
    const outcome = submit(request)
    return outcome.ok ? 'taken' : outcome.refusal.code
  }
  const price = (last: number, mark = last): boolean => model.quote('BTCUSDT', { last: d(last), mark: d(mark) }, (at += 1))
  const account = model.account('main')
  const qty = (): string => account.positions.get('BTCUSDT')?.qty ?? '0'
  return { model, account, events, submit, placed, code, price, qty, later: (ms: number) => model.advance((at += ms)), now: () => at }
}

const stop = (price: number, more: Partial<OrderRequest> = {}): Partial<OrderRequest> => ({
  side: 'sell', reduceOnly: true, trigger: { price: d(price), source: 'mark', direction: 'falling' }, ...more,
})

describe('orders at the market', () => {
  it('fill at the other side of the book, pay the taker fee, and are one position', () => {
    const { placed, account, qty } = world()
    expect(placed({})).toMatchObject({ status: 'filled', filledQty: '0.01', filledValue: '600.001', fee: '0.33000055' })
    placed({ qty: d('0.03') })
    expect([qty(), account.positions.get('BTCUSDT')?.entryPrice]).toEqual(['0.04', '60000.1'])
    placed({ side: 'sell', qty: d('0.05') })
    expect([qty(), account.closed.length]).toEqual(['-0.01', 1])
  })

  it.each([
    [{ ratio: d('0.4'), rest: 'later', afterMs: 500 }, 'partially_filled', '0.004', 'filled', '0.01'],
    [{ ratio: d('0.4'), rest: 'cancel', afterMs: 0 }, 'canceled', '0.004', 'canceled', '0.004'],
  ] as const)('may fill in parts: %j', (execution, first, filled, last, total) => {
    const { placed, later } = world()
    const order = placed({ execution })
    expect([order.status, order.filledQty]).toEqual([first, filled])
    later(501)
    expect([order.status, order.filledQty]).toEqual([last, total])
  })
})

describe('limit orders', () => {
  it('rest, fill at their price as maker, never better', () => {
    const { placed, price, account } = world()
    const order = placed({ kind: 'limit', price: d(59_900) })
    expect(order.status).toBe('new')
    price(59_950)
    expect(order.status).toBe('new')
    price(59_800)
    expect([order.status, order.filledValue, order.fee, account.fills[0]?.maker]).toEqual(['filled', '599', '0.1198', true])
  })
  it('take what is there at once when they cross', () => {
    const { placed, account } = world()
    placed({ kind: 'limit', price: d(60_100) })
    expect([account.fills[0]?.price, account.fills[0]?.maker]).toEqual(['60000.1', false])
  })
})

describe('what is refused', () => {
  it.each<[string, Partial<OrderRequest>, string]>([
    ['an unknown symbol', { symbol: 'NOPEUSDT' }, 'unknown_symbol'],
    ['less than the minimum', { qty: d('0.0001') }, 'below_minimum_quantity'],
    ['a quantity between two lots', { qty: d('0.0015') }, 'bad_quantity'],
    ['nothing', { qty: ZERO }, 'bad_quantity'],
    ['more than a market order may have', { qty: d(120) }, 'above_maximum_quantity'],
    ['an order worth too little', { symbol: 'XRPUSDT', qty: d(1) }, 'below_minimum_notional'],
    ['a price between two ticks', { kind: 'limit', price: d('59000.05') }, 'bad_price'],
    ['a limit far above the market', { kind: 'limit', price: d(70_000) }, 'price_band'],
    ['a long client id', { clientId: 'x'.repeat(37) }, 'bad_client_id'],
    ['more than the margin allows', { qty: d('1.7') }, 'insufficient_margin'],
    ['reduce-only without a position', { side: 'sell', reduceOnly: true }, 'no_position'],
    ['a stop without a position', stop(59_000), 'no_position'],
    ['an entry whose stop has been passed', { attached: { stop: { price: d(60_001), source: 'last' } } }, 'would_trigger'],
  ])('%s', (_, request, code) => expect(world().code(request)).toBe(code))

  it('a stop that has been passed, by the price it watches', () => {
    const { placed, code, price } = world()
    placed({})
    price(59_000, 60_000)
    expect(code(stop(59_500))).toBe('taken')
    expect(code(stop(59_500, { trigger: { price: d(59_500), source: 'last', direction: 'falling' } }))).toBe('would_trigger')
  })
  it('a client id that has been used, whatever became of the order', () => {
    const { code } = world()
    expect([code({ clientId: 'a' }), code({ clientId: 'a' })]).toEqual(['taken', 'duplicate_client_id'])
  })
  it('too many conditional orders, and any order of a halted symbol', () => {
    const { placed, code, model } = world()
    placed({})
    for (let index = 0; index < 10; index += 1) placed(stop(59_000 - index))
    expect(code(stop(58_000))).toBe('too_many_orders')
    model.changeInstrument('BTCUSDT', { status: 'halted' })
    expect(code({ side: 'sell', reduceOnly: true })).toBe('halted')
    model.changeInstrument('BTCUSDT', { status: 'reduce_only' })
    expect([code({}), code({ side: 'sell', reduceOnly: true })]).toEqual(['reduce_only_symbol', 'taken'])
  })
})

describe('triggers', () => {
  it('watch the price they name: a wick of the last price leaves a stop by mark alone', () => {
    const { placed, price, qty } = world()
    placed({})
    const byMark = placed(stop(59_500))
    price(59_000, 59_900)
    expect([byMark.status, qty()]).toEqual(['untriggered', '0.01'])
    price(59_600, 59_499)
    expect([byMark.status, qty(), byMark.triggeredAt !== null]).toEqual(['filled', '0', true])
  })
  it('carry on under the same order at Bybit and become a second one at Bitget', () => {
    const bybit = world()
    bybit.placed({})
    const same = bybit.placed(stop(59_500))
    bybit.price(59_400)
    expect([same.status, same.spawnedId]).toEqual(['filled', null])
    const bitget = world({ venue: 'bitget' })
    bitget.placed({})
    const plan = bitget.placed(stop(59_500, { purpose: 'position_stop', clientId: 'sl' }))
    bitget.price(59_400)
    const spawned = bitget.account.orders.get(plan.spawnedId ?? '')
    expect([plan.status, plan.filledQty, spawned?.status, spawned?.filledQty]).toEqual(['triggered', '0', 'filled', '0.01'])
    expect(spawned?.clientId).not.toBe('sl')
  })
  it('of a stop-limit may leave it unfilled in a gap', () => {
    const { placed, price, qty } = world()
    placed({})
    const order = placed(stop(59_500, { kind: 'limit', price: d(59_490) }))
    price(59_000)
    expect([order.status, qty()]).toEqual(['new', '0.01'])
  })
})

describe('reduce-only', () => {
  it('takes no more than there is, and target and stop together close once', () => {
    const { placed, price, qty } = world()
    placed({})
    const target = placed({ side: 'sell', kind: 'limit', price: d(61_000), reduceOnly: true })
    const order = placed(stop(59_500, { qty: d('0.05') }))
    price(61_000)
    expect([target.status, qty(), order.status]).toEqual(['filled', '0', 'untriggered'])
    price(59_400)
    expect([order.status, order.filledQty, qty()]).toEqual(['canceled', '0', '0'])
  })
  it('a resting limit goes with the position; whole-position levels too; conditional orders by the venue', () => {
    for (const [venue, left] of [['bybit', 'untriggered'], ['bitget', 'canceled']] as const) {
      const { placed } = world({ venue })
      placed({})
      const target = placed({ side: 'sell', kind: 'limit', price: d(61_000), reduceOnly: true })
      const conditional = placed(stop(59_500))
      const level = placed(stop(59_400, { purpose: 'position_stop' }))
      placed({ side: 'sell', reduceOnly: true })
      expect([venue, target.status, conditional.status, level.status]).toEqual([venue, 'canceled', left, 'canceled'])
    }
  })
})

describe('stops that come with the entry or belong to the position', () => {
  it('begin with the first fill and cover what is held', () => {
    const { placed, account } = world()
    placed({ attached: { stop: { price: d(59_000), source: 'mark' } }, execution: { ratio: d('0.3'), rest: 'later', afterMs: 100 } })
    expect([...account.open.values()].filter(({ trigger }) => trigger).map(({ purpose, qty, createdBy }) => [purpose, qty, createdBy])).toEqual([['position_stop', '0.003', 'attached']])
    placed({ qty: d('0.02') })
    expect([...account.open.values()].find(({ trigger }) => trigger)?.qty).toBe('0.023')
  })
  it('are replaced in place at Bybit; Bitget refuses a second one', () => {
    const bybit = world()
    bybit.placed({})
    const level = (price: number) => bybit.model.setLevels('main', 'BTCUSDT', { stop: { price: d(price), source: 'mark' } }, bybit.now())
    expect([level(59_000).ok, level(59_100).ok, level(59_100).ok]).toEqual([true, true, false])
    expect([...bybit.account.open.values()].map(({ trigger }) => trigger?.price)).toEqual(['59100'])
    const bitget = world({ venue: 'bitget' })
    bitget.placed({})
    expect([
      bitget.code(stop(59_000, { purpose: 'position_stop' })), bitget.code(stop(59_100, { purpose: 'position_stop' })),
      bitget.code(stop(59_100, { purpose: 'partial_stop' })),
    ]).toEqual(['taken', 'stop_exists', 'taken'])
  })
  it('can be amended, unless the price has passed', () => {
    const { placed, model, now } = world()
    placed({})
    const order = placed(stop(59_000))
    expect(model.amend('main', { id: order.id }, { triggerPrice: d(59_500) }, now()).ok).toBe(true)
    expect(order.trigger?.price).toBe('59500')
    expect(model.amend('main', { id: order.id }, { triggerPrice: d(60_500) }, now())).toMatchObject({ refusal: { code: 'would_trigger' } })
  })
})

describe('what the venue does of its own accord', () => {
  it('funding: longs pay at 08:00 UTC where the rate is positive, shorts receive', () => {
    const { placed, account, model } = world()
    placed({ qty: d('0.1') })
    const before = account.balance
    model.advance(Date.UTC(2026, 0, 1, 8) + 1)
    expect(subtract(account.balance, before)).toBe('-0.6')
    expect(account.fills.at(-1)).toMatchObject({ kind: 'funding', qty: '0.1', fee: '0.6' })
  })
  it('liquidation takes positions and orders once the equity is down to the maintenance margin', () => {
    const { placed, account, price, qty } = world({ accounts: [{ id: 'main', balance: 100, keys: [] }] })
    placed({ qty: d('0.01') })
    const resting = placed(stop(10_000))
    price(51_000)
    expect(qty()).toBe('0.01')
    price(50_200, 50_200)
    price(50_100)
    expect([qty(), resting.endReason, account.fills.at(-1)?.kind]).toEqual(['0', 'liquidation', 'liquidation'])
  })
  it('deleveraging takes a part; a trade can be declared void', () => {
    const { placed, model, qty, account, now } = world()
    placed({})
    model.deleverage('main', 'BTCUSDT', d('0.004'), d(60_500), now())
    expect([qty(), account.fills.at(-1)?.kind]).toEqual(['0.006', 'adl'])
    const balance = account.balance
    expect(model.voidFill('main', account.fills[0]?.id ?? '', now())).toBe(true)
    expect(qty()).toBe('-0.004')
    expect(account.balance).not.toBe(balance)
  })
})

describe('lags', () => {
  it('an order stays invisible, an ended one out of the history, a fill out of the list', () => {
    const { placed, model, account, later } = world({ behaviour: { orderLagMs: 100, historyLagMs: 200, fillLagMs: 300 } })
    placed({ kind: 'limit', price: d(59_000) })
    placed({})
    const seen = () => [
      openOrders(model.core, account, {}).length, endedOrders(model.core, account, {}).length, fillsOf(model.core, account, {}).length,
    ]
    expect(seen()).toEqual([0, 0, 0])
    later(100)
    expect(seen()).toEqual([1, 0, 0])
    later(100)
    expect(seen()).toEqual([1, 1, 0])
    later(100)
    expect(seen()).toEqual([1, 1, 1])
  })
})

/** Some hundred random orders on a random walk. */
function randomRun(seed: number) {
  const run = world({ seed, behaviour: { slippageBps: 5, partialFillChance: 0.3 } })
  const random = seededRandom(seed)
  const market = run.model.markets.get('BTCUSDT')
  if (!market) throw new Error('no market')
  const next = pricePath(market.instrument, market.quote.last, random)
  for (let step = 0; step < 300; step += 1) {
    const quote = next()
    run.model.quote('BTCUSDT', quote, run.now())
    run.later(150)
    const side = random() < 0.5 ? 'buy' : 'sell'
    const qty = decimal(Math.ceil(random() * 20) / 1000)
    const choice = random()
    if (choice < 0.3) run.submit({ side, qty })
    else if (choice < 0.5) run.submit({ side, qty, kind: 'limit', price: quote.last })
    else if (choice < 0.6) run.submit({ side, qty, reduceOnly: true })
    else if (choice < 0.7) run.submit(stop(Math.round(Number(quote.mark) * 0.999), { qty }))
    else if (choice < 0.75) run.model.fund('BTCUSDT', decimal('0.0001'), run.now())
  }
  return run
}

describe('over hundreds of random orders', () => {
  it.each([1, 2, 3, 4, 5])('seed %i: the sum of all fills is the position, and money is neither made nor lost', (seed) => {
    const { account, model, qty } = randomRun(seed)
    const trades = account.fills.filter(({ kind }) => kind !== 'funding')
    const signed = (amount: Decimal, side: string): Decimal => (side === 'buy' ? amount : subtract(ZERO, amount))
    expect(sum(trades.map((fill) => signed(fill.qty, fill.side)))).toBe(qty())
    // What was paid for purchases and got for sales, with what is held valued at the mark price, is the change in equity.
    const mark = model.markets.get('BTCUSDT')?.quote.mark ?? ZERO
    const cash = sum(account.fills.map((fill) => subtract(
      fill.kind === 'funding' ? ZERO : signed(subtract(ZERO, multiply(fill.qty, fill.price)), fill.side), fill.fee,
    )))
    const expected = Number(add(cash, multiply(decimal(qty()), mark)))
    expect(Number(equity(account, model.markets)) - 10_000).toBeCloseTo(expected, 6)
    expect(Number(unrealisedTotal(account, model.markets))).not.toBeNaN()
    expect(trades.length).toBeGreaterThan(50)
  })
  it('the same seed tells the same story, another seed another one', () => {
    expect(JSON.stringify(randomRun(7).events)).toBe(JSON.stringify(randomRun(7).events))
    expect(JSON.stringify(randomRun(7).events)).not.toBe(JSON.stringify(randomRun(8).events))
  })
})
