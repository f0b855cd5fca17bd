import { expect, it } from 'vitest'
import { PaperBroker } from '../../src/brokers/paper-broker.ts'
import { exchangePricing, simPricing, type PaperPricing } from '../../src/brokers/paper-prices.ts'
import type { ClientOrderId } from '../../src/domain/ids.ts'
import type { PriceQuote } from '../../src/domain/quote.ts'
import { d } from '../support/builders.ts'
import { ID, World, brokerContract, submit } from './broker.contract.ts'

const QUOTE: PriceQuote = { symbol: 'BTCUSDT', ts: 0, bid: 99.9, ask: 100.1, last: 100, mark: 100, source: 'test', path: 'point' }
const exchange = exchangePricing('last', { takerFeePct: d('0.06'), makerFeePct: d('0.02'), slippageBps: d(0) })
const broker = (pricing: PaperPricing, world: World, quote: PriceQuote | null = QUOTE): PaperBroker =>
  new PaperBroker(pricing, {
    position: world.position,
    positions: () => [world.position(ID)].flatMap((position) => position ?? []),
    isCurrent: () => true,
    quote: () => quote,
    extremes: () => undefined,
    balance: () => d(10000),
  })

brokerContract('paper-sim', (world) => broker(simPricing('last'), world))
brokerContract('exchange-paper', (world) => broker(exchange, world))

it('an exchange-paper entry without a price is accepted and fills at the first quote that has one', () => {
  const world = new World()
  const paper = broker(exchange, world, null)
  paper.onReport((report) => world.take(report))
  expect(world.send(paper, submit('entry', 'e1', 2, 100))).toMatchObject([{ type: 'order.accepted', clientOrderId: 'e1' }])
  paper.trigger(ID, 'e1' as ClientOrderId, { quote: QUOTE, price: d('100.1'), pathStart: null, trailedTo: null, extremes: null })
  expect(world.reports.at(-1)).toMatchObject({ type: 'order.filled', clientOrderId: 'e1', price: '100.1', qty: '2' })
})

it('a level reached after the order has ended fills nothing', () => {
  const world = new World()
  const paper = broker(simPricing('last'), world)
  paper.onReport((report) => world.take(report))
  world.send(paper, submit('entry', 'e1', 2, 100))
  world.send(paper, submit('stop-loss', 's1', 2, 98))
  world.send(paper, { type: 'order.cancel', positionId: ID, symbol: 'BTCUSDT', clientOrderId: 's1' as ClientOrderId })
  const before = world.reports.length
  paper.trigger(ID, 's1' as ClientOrderId, { quote: QUOTE, price: d(97), pathStart: null, trailedTo: null, extremes: null })
  expect(world.reports.length).toBe(before)
})

it('an exit fills no more than is open', () => {
  const world = new World()
  const paper = broker(simPricing('last'), world)
  paper.onReport((report) => world.take(report))
  world.send(paper, submit('entry', 'e1', 2, 100))
  world.send(paper, submit('stop-loss', 's1', 2, 98))
  world.openQty = d(1)
  paper.trigger(ID, 's1' as ClientOrderId, { quote: QUOTE, price: d(97), pathStart: null, trailedTo: null, extremes: null })
  expect(world.reports.at(-1)).toMatchObject({ type: 'order.filled', clientOrderId: 's1', qty: '1' })
})
