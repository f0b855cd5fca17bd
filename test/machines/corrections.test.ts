/** What changes under a position: trades that the venue takes back, other market terms, a clock that was ahead. */
import { describe, expect, it } from 'vitest'
import type { TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { aSettings, d } from '../support/builders.ts'
import { OPEN, accepted, canceled, closeNow, deadline, filled, flat, play, reduceBy, type Line } from './lines.ts'

const THREE = { qty: d(3) }
const voided = (tradeId: string, qty: number, price: number) => ({ type: 'fill.voided', tradeId: tradeId as TradeId, correctionId: `undo ${tradeId}` as TradeId, qty: d(qty), price: d(price) }) as const
const byHand = (qty: number) => ({ type: 'external.filled', venueOrderId: 'v-hand' as VenueOrderId, tradeId: 'hand' as TradeId, qty: d(qty), price: d(101), fee: d('0.5'), liquidity: 'taker', cause: 'external' }) as const

describe('a trade that the venue takes back', () => {
  it('of an entry that still fills makes the order smaller, and a partial close less', () => {
    const { context } = play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [filled('e1', 1, 101, 'second'), 'entry-filled', ''],
        [accepted('s1'), 'entry-filled', 'replace s1 by s2 2@98.5'],
        [reduceBy(0.5), 'entry-filled', 'submit c1 sell 0.5'],
        [voided('second', 1, 101), 'entry-filled', 'voided-fill.noticed'],
      ],
      THREE,
    )
    expect(context).toMatchObject({ entryQty: '1', entryValue: '100', reduceTo: '0.5', fills: [{ tradeId: 'e1-1@100' }], voided: [{ tradeId: 'second', correctionId: 'undo second' }] })
    expect(context.orders[0]).toMatchObject({ status: 'partially_filled', qty: '2', filledQty: '1', filledValue: '100' })
    expect(context.outputs[0]?.body).toEqual({ type: 'voided-fill.noticed', positionId: 1, role: 'entry', tradeId: 'second', qty: '1', price: '101' })
  })

  it('was closed by somebody else: the position holds it again, with its fee undone', () => {
    const { context } = play([...OPEN, [byHand(0.4), 'tp-placed', 'position.reduced-externally, replace s1 by s2 0.6@98.5, replace t1 by t2 0.6@104.5'], [voided('hand', 0.4, 101), 'tp-placed', 'voided-fill.noticed']])
    expect(context).toMatchObject({ exitQty: '0', exitValue: '0', fees: '0' })
    expect(context.outputs[0]?.body).toMatchObject({ role: null })
  })

  it('is taken back once, and one that nobody booked changes nothing', () => {
    play([...OPEN, [voided('none', 1, 1), 'tp-placed', 'ignored']])
  })

  it('of a close makes it close again', () => {
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [canceled('t1'), 'closing', ''], [filled('c1', 1, 101), 'closing', 'prove flat'], [voided('c1-1@101', 1, 101), 'closing', 'voided-fill.noticed, close.failed'], [deadline('close-retry', 2007), 'closing', 'submit c2 sell 1']])
  })
})

describe('other market terms', () => {
  const terms = (qtyStep: number, minQty: number) => ({ symbol: 'BTCUSDT', qtyStep: d(qtyStep), priceTick: d('0.1'), minQty: d(minQty), maxMarketQty: null, minNotional: d(5), takesEntries: true })
  it.each<readonly [string, readonly Line[], number, number, boolean]>([
    ['that what is open still fits', OPEN, 0.1, 0.1, true],
    ['whose steps do not divide it', OPEN, 0.3, 0.1, false],
    ['whose minimum is above it', OPEN, 0.1, 2, false],
    ['while nothing is open', [], 0.3, 2, true],
  ])('%s', (_, lines, step, minimum, closable) => {
    const { context } = play([...lines, [{ type: 'market.changed', from: terms(0.1, 0.1), to: terms(step, minimum) }, lines.length === 0 ? 'pending' : 'tp-placed', 'market-change.noticed']])
    expect(context.outputs[0]?.body).toMatchObject({ closable, openQty: lines.length === 0 ? '0' : '1' })
  })
})

describe('a restart with a clock behind the last one\'s', () => {
  const late = { type: 'run.resumed', at: 501 } as const

  it('finds its deadlines as far away as they were', () => {
    const { context } = play([[accepted('e1'), 'pending', ''], [late, 'pending', '']])
    expect(context.deadlines).toEqual({ entry: 31_000 - 500 })
  })

  it('finds a finished position\'s too', () => {
    const { context } = play(
      [...OPEN, [filled('t1', 1, 104.5), 'closing', 'prove flat'], [flat, 'closing', 'cancel s1'], [canceled('s1'), 'closed', 'closed tp 4.5'], [late, 'closed', '']],
      {},
      aSettings({ settleMs: 2000 }),
    )
    expect(context.deadlines).toEqual({ settle: 3006 - 505 })
  })
})
