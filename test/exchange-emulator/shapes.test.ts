/** The emulator's rows against recorded ones of the venues: the same fields, of the same kind. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decimal } from '../../src/domain/decimal.ts'
import * as bitget from '../../src/exchange-emulator/bitget/rows.ts'
import { BYBIT_ROUTES } from '../../src/exchange-emulator/bybit/routes.ts'
import * as bybit from '../../src/exchange-emulator/bybit/rows.ts'
import { ExchangeModel } from '../../src/exchange-emulator/model/exchange-model.ts'
import type { Venue } from '../../src/exchange-emulator/model/instrument.ts'
import type { EmulatedFill, EmulatedOrder } from '../../src/exchange-emulator/model/order.ts'
import type { Position } from '../../src/exchange-emulator/model/position.ts'
import { EMULATOR_KEY } from '../../src/exchange-emulator/server.ts'

type Row = Readonly<Record<string, unknown>>
const recorded = (name: string): Readonly<Record<string, Row>> => (JSON.parse(readFileSync(new URL(`../fixtures/exchange/${name}.json`, import.meta.url), 'utf8')) as { rows: Record<string, Row> }).rows

/** Numbers and numerals are one kind: some recordings had their numbers written as strings. */
function kindOf(value: unknown): string {
  if (value === null || value === '') return 'nothing'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))) return 'number'
  return typeof value
}
/** What the client has chosen itself may look like anything. */
const CLIENT_IDS = ['clientOid', 'orderLinkId']
const fits = (ours: string, theirs: string): boolean => ours === theirs || theirs === 'nothing' || ours === 'nothing'

/** Fields of a recorded row that ours lacks or has as something else. */
const differences = (ours: Row, theirs: Row): readonly string[] =>
  Object.entries(theirs).flatMap(([name, value]) => {
    if (!(name in ours)) return [`${name} is missing`]
    return CLIENT_IDS.includes(name) || fits(kindOf(ours[name]), kindOf(value)) ? [] : [`${name} is ${kindOf(ours[name])}, recorded ${kindOf(value)}`]
  })

/** A venue with a position that has been added to, reduced and closed, funding, resting orders, a fired stop. */
function world(venue: Venue) {
  const at = Date.UTC(2026, 0, 1, 1)
  const model = new ExchangeModel({ venue, seed: 1, startAt: at, accounts: [{ id: 'main', keys: [EMULATOR_KEY] }] })
  const account = model.account('main')
  const submit = (side: 'buy' | 'sell', more: object = {}): EmulatedOrder => {
    const outcome = model.submit('main', { symbol: 'BTCUSDT', side, kind: 'market', qty: decimal('0.01'), ...more }, at)
    if (!outcome.ok) throw new Error(outcome.refusal.code)
    return outcome.value
  }
  const filled = submit('buy', { clientId: 'entry' })
  model.fund('BTCUSDT', decimal('0.0001'), at)
  submit('sell', { qty: decimal('0.004'), reduceOnly: true })
  const fired = submit('sell', {
    reduceOnly: true, purpose: 'partial_stop', qty: decimal('0.001'), trigger: { price: decimal(59_500), source: 'mark', direction: 'falling' },
  })
  model.quote('BTCUSDT', { last: decimal(59_400) }, at)
  const resting = submit('buy', { kind: 'limit', price: decimal(59_000) })
  const partial = submit('buy', { clientId: 'parts', execution: { ratio: decimal('0.4'), rest: 'later', afterMs: 1 } })
  const position = account.positions.get('BTCUSDT') as Position
  submit('sell', { qty: decimal(position.qty), reduceOnly: true })
  const trades = account.fills.filter(({ kind }) => kind === 'trade')
  const [closing] = account.fills.filter(({ closedQty }) => closedQty !== '0')
  const funding = account.fills.find(({ kind }) => kind === 'funding') as EmulatedFill
  const market = model.markets.get('BTCUSDT')
  if (!market || !closing) throw new Error('incomplete')
  return {
    model, account, markets: model.markets, market, filled, resting, fired, partial, position, trade: trades[0] as EmulatedFill, closing, funding, at,
  }
}

describe('bybit', () => {
  const { model, account, markets, market, filled, resting, trade, closing, funding, position, at } = world('bybit')
  const rows = recorded('bybit')
  const answer = (path: string): Row => {
    const route = BYBIT_ROUTES[`GET ${path}`]
    const result = route?.signed ? route.run({ model, params: {}, at, execution: null, account, key: EMULATOR_KEY }) : undefined
    return result?.ok ? (result.result as Row) : {}
  }
  it.each<[string, Row]>([
    ['order, filled', bybit.orderRow(filled, market)],
    ['order, new', bybit.orderRow(resting, market)],
    ['execution', bybit.executionRow(trade)],
    ['execution, funding', bybit.executionRow(funding)],
    ['execution, pushed', { category: 'linear', ...bybit.executionRow(trade) }],
    ['position', bybit.positionRow(account, markets, 'BTCUSDT', position, 'avgPrice')],
    ['position, pushed', { category: 'linear', ...bybit.positionRow(account, markets, 'BTCUSDT', position, 'entryPrice') }],
    ['closed pnl', bybit.closedPnlRows(account, [closing])[0] ?? {}],
    ['instrument', bybit.instrumentRow(market)],
    ['ticker, pushed', bybit.tickerRow(market)],
    ['account info', answer('/v5/account/info')],
    ['key', answer('/v5/user/query-api')],
  ])('%s', (name, ours) => {
    const theirs = rows[name] ?? {}
    // The recording is of a spot trade: whether it was on margin is asked there alone.
    const { isLeverage, ...rest } = theirs
    expect(Object.keys(theirs).length).toBeGreaterThan(5)
    expect(differences(ours, name === 'execution, pushed' ? rest : theirs)).toEqual([])
  })
})

describe('bitget', () => {
  const { account, markets, market, filled, resting, fired, partial, trade, closing, funding, position } = world('bitget')
  const [rows, composed] = [recorded('bitget'), recorded('bitget-composed')]
  const [closed] = account.closed
  it.each<[string, Row]>([
    ['order, filled', bitget.orderRow(account, filled)],
    ['order, pending', bitget.orderRow(account, resting)],
    ['fill', bitget.fillRow(account, closing)],
    ['fill, pushed', bitget.fillPush(account, trade)],
    ['position', bitget.positionRow(account, markets, position)],
    ['position, pushed', bitget.positionPush(account, markets, position)],
    ['position history', closed ? bitget.closedRow(account, closed) : {}],
    ['contract', bitget.contractRow(market)],
    ['ticker', bitget.tickerRow(market)],
    ['ticker, pushed', bitget.tickerPush(market)],
    ['funding bill', bitget.billRow(account, funding)],
  ])('%s', (name, ours) => {
    expect(Object.keys(rows[name] ?? {}).length).toBeGreaterThan(5)
    expect(differences(ours, rows[name] ?? {})).toEqual([])
  })
  it.each<[string, Row]>([
    ['orders, live', bitget.orderPush(account, resting, null)],
    ['orders, partially filled', bitget.orderPush(account, partial, account.fills.find(({ orderId }) => orderId === partial.id) ?? null)],
    ['orders-algo, executed', bitget.planPush(account, fired)],
  ])('%s (shape as documented)', (name, ours) => expect(differences(ours, composed[name] ?? { missing: 1 })).toEqual([]))
})

it('a comparison that sees what it should', () => {
  expect(differences({ a: '1', b: {} }, { a: 2, b: [], c: '' })).toEqual(['b is object, recorded list', 'c is missing'])
})
