/** Which fills take a trade of ours back, and which are somebody else's. */
import { expect, it } from 'vitest'
import type { LiveFill, LivePosition, PastPosition } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueFill } from '../../../src/brokers/exchange-live/venue-api.ts'
import { voidedBy } from '../../../src/brokers/exchange-live/voids.ts'
import type { TradeId } from '../../../src/domain/ids.ts'
import { d } from '../../support/builders.ts'

const own = (tradeId: string, side: 'buy' | 'sell', qty: string, price: string): LiveFill => ({ tradeId: tradeId as TradeId, side, qty: d(qty), price: d(price) })
const FILLS = [own('entry', 'buy', '0.01', '50000'), own('target', 'sell', '0.004', '52000')]
const PAST: PastPosition = { id: 1 as never, symbol: 'BTCUSDT', fills: FILLS }
const OPEN = { id: 2 as never, symbol: 'BTCUSDT', direction: 'long', openQty: d('0.006'), finished: false, fills: FILLS } as unknown as LivePosition

const fill = (more: Partial<Record<'side' | 'qty' | 'price' | 'fee' | 'cause', string>> = {}): VenueFill =>
  ({ tradeId: 'back', venueOrderId: 'v', clientOrderId: null, symbol: 'BTCUSDT', side: 'sell', qty: '0.01', price: '50000', fee: '0', liquidity: 'taker', at: 0, cause: 'order', ...more }) as VenueFill

it.each<readonly [string, LivePosition | PastPosition, VenueFill, string | undefined]>([
  ['an entry of a position that is over', PAST, fill(), 'entry'],
  ['an exit of one that is over', PAST, fill({ side: 'buy', qty: '0.004', price: '52000' }), 'target'],
  ['an exit of an open one', OPEN, fill({ side: 'buy', qty: '0.004', price: '52000' }), 'target'],
  ['no entry of which a part is closed already: nothing could be turned round', OPEN, fill(), undefined],
  ['an entry of which all is open', { ...OPEN, openQty: d('0.01') }, fill(), 'entry'],
  ['with a rebate', PAST, fill({ fee: '-0.3' }), 'entry'],
  ['not what costs a fee', PAST, fill({ fee: '0.3' }), undefined],
  ['not at another price', PAST, fill({ price: '50000.1' }), undefined],
  ['not another quantity', PAST, fill({ qty: '0.009' }), undefined],
  ['not on the same side', PAST, fill({ side: 'buy' }), undefined],
  ['not a liquidation', PAST, fill({ cause: 'liquidation' }), undefined],
])('takes back %s', (_, position, given, tradeId) => {
  expect(voidedBy(given, [position])).toEqual(tradeId === undefined ? null : expect.objectContaining({ type: 'fill.voided', positionId: position.id, tradeId, correctionId: 'back' }))
})
