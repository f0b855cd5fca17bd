import { describe, expect, it } from 'vitest'
import { outlivedAttachedStops } from '../../../src/brokers/exchange-live/attached-stop.ts'
import type { LivePosition } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueOrder } from '../../../src/brokers/exchange-live/venue-api.ts'
import { ZERO, round } from '../../../src/domain/decimal.ts'
import type { OrderRecord } from '../../../src/domain/order.ts'
import { d } from '../../support/builders.ts'

const long: LivePosition = {
  id: 1 as never, symbol: 'BTCUSDT', direction: 'long', createdAt: 0, openQty: d(2), stopPrice: d(88), firstStopPrice: d('90.04'), covered: true, closing: false, entryRefused: null, vanished: false, finished: false, orders: [], fills: [], tradeIds: new Set(), fundingIds: new Set(),
}
const attached: VenueOrder = {
  venueOrderId: 'v' as never, clientOrderId: null, symbol: 'BTCUSDT', side: 'sell', state: 'working', qty: d(2), filledQty: ZERO, reduceOnly: true, triggerPrice: d(90), triggersOnMark: true, fired: false, spawned: null,
}

describe('a stop that an entry brought along is removed', () => {
  it.each<[string, Partial<LivePosition>, Partial<VenueOrder>, boolean]>([
    ['once the stop in force is looser', {}, {}, true],
    ['for shorts alike', { direction: 'short', firstStopPrice: d(110), stopPrice: d(112) }, { side: 'buy', triggerPrice: d(110) }, true],
    ['not where it is where the stop is', { stopPrice: d(90) }, {}, false],
    ['not where the stop in force is tighter', { stopPrice: d(95) }, {}, false],
    ['not before the own stop covers everything', { covered: false }, {}, false],
    ['not where rounding alone makes it tighter', { firstStopPrice: d('89.96'), stopPrice: d('89.96') }, {}, false],
    ['not before the fill of the entry is booked', { openQty: ZERO }, {}, false],
    ['not while the entry may fill on', { orders: [{ role: 'entry', status: 'partially_filled' } as OrderRecord] }, {}, false],
    ['not while the position closes', { closing: true }, {}, false],
    ['not where somebody put it elsewhere', {}, { triggerPrice: d(91) }, false],
    ['not an order of somebody’s', {}, { clientOrderId: 'web-1' }, false],
    ['not on another symbol', {}, { symbol: 'ETHUSDT' }, false],
    ['not what opens', {}, { reduceOnly: false }, false],
    ['not on the other side', {}, { side: 'buy' }, false],
  ])('%s', (_when, position, order, removed) =>
    expect(outlivedAttachedStops([{ ...long, ...position }], [{ ...attached, ...order }], { symbol: (symbol) => symbol, price: (_, price) => round(price, 1) })).toEqual(removed ? ['BTCUSDT'] : []))
})
