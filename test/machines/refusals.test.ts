/** What a venue refuses, loses or answers late, on the way out and at the stop. */
import { describe, expect, it } from 'vitest'
import type { TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import type { Signal } from '../../src/domain/signal.ts'
import { aSettings, d } from '../support/builders.ts'
import { OPEN, absent, accepted, canceled, closeNow, deadline, expired, filled, flat, moveTo, play, reduceBy, rejected, unresolved, type Line } from './lines.ts'

/** Three of them, stop and target at work. */
const THREE: Partial<Signal> = { qty: d(3) }
const THREE_OPEN: readonly Line[] = [
  [filled('e1', 3, 100), 'entry-filled', 'position.opened, submit s1 sell 3@98.5'],
  [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 3@104.5'],
  [accepted('t1'), 'tp-placed', ''],
]
const byHand = (trade: string, qty: number) => ({ type: 'external.filled', venueOrderId: 'v-hand' as VenueOrderId, tradeId: trade as TradeId, qty: d(qty), price: d(101), fee: d(0), liquidity: 'taker', cause: 'external' }) as const
const failed = { type: 'position.failed', error: 'boom' } as const
const holds = (qty: number) => ({ type: 'position.reported', qty: d(qty) }) as const

describe('a refused partial close', () => {
  it('that something else has made up for is not tried again: what is left stays open', () => {
    play(
      [
        ...THREE_OPEN,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [rejected('c1'), 'tp-placed', 'close.failed'],
        [filled('t1', 1, 104.5), 'tp-placed', 'replace s1 by s2 2@98.5'],
        [deadline('close-retry', 2005), 'tp-placed', 'ignored'],
      ],
      THREE,
    )
  })

  it('that something else has made up for in part is tried again for the rest', () => {
    play(
      [
        ...THREE_OPEN,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [rejected('c1'), 'tp-placed', 'close.failed'],
        [filled('t1', 0.4, 104.5), 'tp-placed', 'replace s1 by s2 2.6@98.5'],
        [deadline('close-retry', 2005), 'tp-placed', 'submit c2 sell 0.6'],
      ],
      THREE,
    )
  })

  it.each<[string, readonly Line[]]>([
    ['before', [[filled('t1', 1, 104.5), 'tp-placed', 'replace s1 by s2 2@98.5'], [absent('c1'), 'tp-placed', '']]],
    ['while its absence is being proven again', [[absent('c1'), 'tp-placed', 'submit c1 sell 1'], [unresolved('c1'), 'tp-placed', 'order.unresolved-noticed, query c1'], [filled('t1', 1, 104.5), 'tp-placed', 'replace s1 by s2 2@98.5'], [absent('c1'), 'tp-placed', '']]],
  ])('that the venue never had, and that something else has made up for %s, is over', (_, then) => {
    const { context } = play([...THREE_OPEN, [reduceBy(1), 'tp-placed', 'submit c1 sell 1'], [unresolved('c1'), 'tp-placed', 'order.unresolved-noticed, query c1'], ...then], THREE)
    expect(context.orders.find(({ role }) => role === 'close')).toMatchObject({ status: 'canceled', filledQty: '0' })
  })

  it('becomes a whole close where that is asked for meanwhile, after the same pause', () => {
    play(
      [
        ...THREE_OPEN,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [rejected('c1'), 'tp-placed', 'close.failed'],
        [closeNow, 'closing', 'cancel t1'],
        [deadline('close-retry', 2005), 'closing', 'submit c2 sell 3'],
      ],
      THREE,
    )
  })
})

describe('a stop whose replacement was refused for good', () => {
  const refusedForGood: readonly Line[] = [
    ...OPEN,
    [moveTo({ stopPrice: 99 }), 'tp-placed', 'replace s1 by s2 1@99'],
    [rejected('s2'), 'tp-placed', ''],
    [deadline('stop-retry', 1205), 'tp-placed', 'submit s2 sell 1@99'],
    [rejected('s2'), 'tp-placed', ''],
    [deadline('stop-retry', 1406), 'tp-placed', 'submit s2 sell 1@99'],
    [rejected('s2'), 'tp-placed', ''],
  ]

  it('stays at work, and is moved where it is moved to next', () => {
    play([
      ...refusedForGood,
      [accepted('t1'), 'tp-placed', ''],
      [moveTo({ stopPrice: 99.5 }), 'tp-placed', 'submit s3 sell 1@99.5'],
      [accepted('s3'), 'tp-placed', 'cancel s1'],
      [canceled('s1'), 'tp-placed', ''],
    ])
  })

  it('is given up once the venue drops it too: out at market', () => {
    play([...refusedForGood, [canceled('s1'), 'rolling-back', 'stop-loss.failed, cancel t1, submit c1 sell 1']])
  })
})

describe('a refused partial close of a position that was set aside', () => {
  it.each<readonly [string, number, string]>([
    ['more is open than it was to leave', 0.4, 'submit c2 sell 0.6'],
    ['as much is open', 1, ''],
    ['less is open', 1.5, ''],
  ])('is tried again only as far as %s', (_, elsewhere, asked) => {
    play(
      [
        ...THREE_OPEN,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [rejected('c1'), 'tp-placed', 'close.failed'],
        [failed, 'quarantined', 'position.quarantined'],
        [byHand('x', elsewhere), 'quarantined', `position.reduced-externally, replace s1 by s2 ${3 - elsewhere}@98.5`],
        [deadline('close-retry', 2005), 'quarantined', asked],
      ],
      THREE,
    )
  })
})

describe('the proof that nothing is held', () => {
  const closed: readonly Line[] = [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [canceled('t1'), 'closing', ''], [filled('c1', 1, 102), 'closing', 'prove flat']]

  it('is asked for again after a pause, once, while the venue still holds something', () => {
    play([
      ...closed,
      [holds(1), 'closing', ''],
      [holds(1), 'closing', 'ignored'],
      [deadline('close-retry', 2007), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 2, position.retired'],
    ])
  })

  it('that nobody asked for proves nothing', () => {
    play([...OPEN, [flat, 'tp-placed', 'ignored'], [holds(1), 'tp-placed', 'ignored']])
  })

  it('waits for an entry that fills on: what comes is closed at once, and the old pause sends no second close', () => {
    play(
      [
        [accepted('e1'), 'pending', ''],
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [closeNow, 'closing', 'cancel e1, submit c1 sell 1'],
        [filled('c1', 1, 101), 'closing', ''],
        [canceled('e1'), 'closing', 'prove flat'],
        [holds(1), 'closing', ''],
        [filled('e1', 1, 100, 'late'), 'closing', 'submit c2 sell 1'],
        [deadline('close-retry', 2006), 'closing', ''],
        [filled('c2', 1, 101), 'closing', 'prove flat'],
      ],
      THREE,
    )
  })
})

describe('a close', () => {
  it('that fails again says how often, and why: as the venue refused it, or what became of it', () => {
    const refused: readonly Line[] = [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [rejected('c1'), 'closing', 'close.failed']]
    expect(play(refused).context.outputs[0]?.body).toMatchObject({ type: 'close.failed', attempts: 1, error: 'refused' })
    const again = play([...refused, [deadline('close-retry', 2005), 'closing', 'submit c2 sell 1'], [expired('c2'), 'closing', 'close.failed']])
    expect(again.context.outputs[0]?.body).toMatchObject({ type: 'close.failed', attempts: 2, error: 'expired' })
  })

  it('whose absence was proven is sent again under its own name', () => {
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [unresolved('c1'), 'closing', 'order.unresolved-noticed, query c1'], [absent('c1'), 'closing', 'submit c1 sell 1']])
  })

  it('that was refused waits for its pause, whatever else is told', () => {
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [rejected('c1'), 'closing', 'close.failed'], [canceled('t1'), 'closing', ''], [deadline('close-retry', 2005), 'closing', 'submit c2 sell 1']])
  })

  it('under way is asked for once, and its levels move no more', () => {
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [closeNow, 'closing', 'ignored'], [reduceBy(0.5), 'closing', 'ignored'], [moveTo({ stopPrice: 99 }), 'closing', 'ignored']])
  })

  it('by a person has that reason, also where a fill passes the stop on the way', () => {
    play([
      [closeNow, 'pending', 'cancel e1'],
      [filled('e1', 1, 98), 'closing', 'position.opened, submit c1 sell 1'],
      [filled('c1', 1, 98), 'closing', 'prove flat'],
      [flat, 'closed', 'closed manual 0, position.retired'],
    ])
  })

  it('of a part, that was the last of several to fill, closes it as a person\'s', () => {
    play(
      [
        ...THREE_OPEN,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [filled('t1', 2, 104.5), 'tp-placed', 'replace s1 by s2 1@98.5'],
        [filled('c1', 1, 101), 'closing', 'cancel t1, prove flat'],
        [flat, 'closing', 'cancel s2'],
      ],
      THREE,
    )
  })
})

describe('a refusal', () => {
  it('stays the reason though the venue contradicts itself', () => {
    const { context } = play([
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [rejected('s1'), 'entry-filled', ''],
      [deadline('stop-retry', 1202), 'entry-filled', 'submit s1 sell 1@98.5'],
      [rejected('s1'), 'entry-filled', ''],
      [accepted('s1'), 'entry-filled', ''],
      [deadline('stop-retry', 1403), 'entry-filled', 'submit s1 sell 1@98.5'],
      [rejected('s1'), 'rolling-back', 'stop-loss.failed, submit c1 sell 1'],
    ])
    expect(context.outputs[0]).toMatchObject({ body: { attempts: 3, error: 'refused' } })
    expect(context.orders.find(({ role }) => role === 'stop-loss')).toMatchObject({ status: 'rejected', code: 'refused', venueOrderId: 'v-s1' })
  })
})

describe('deadlines that come late', () => {
  it.each<readonly [string, readonly Line[]]>([
    ['the bound of protection while it is being closed', [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [rejected('s1', 'would_trigger'), 'closing', 'submit c1 sell 1'], [deadline('protect', 7401), 'closing', '']]],
    [
      'the next attempt at a stop while it is being closed',
      [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [rejected('s1'), 'entry-filled', ''], [closeNow, 'closing', 'submit c1 sell 1'], [deadline('stop-retry', 1202), 'closing', '']],
    ],
    [
      'the next attempt at a stop that a late fill has made work after all',
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [rejected('s1'), 'entry-filled', ''], [deadline('stop-retry', 1202), 'entry-filled', 'submit s1 sell 1@98.5'],
        [rejected('s1'), 'entry-filled', ''], [filled('s1', 0.5, 98.5), 'entry-filled', ''],
      ],
    ],
    [
      'the next attempt at a target while it is being closed',
      [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5'], [rejected('t1'), 'sl-placed', 'take-profit.failed'], [closeNow, 'closing', 'submit c1 sell 1'], [deadline('take-profit-retry', 6003), 'closing', '']],
    ],
    ['a deadline that was moved', [...OPEN, [deadline('query', 1500), 'tp-placed', 'ignored']]],
  ])('%s', (_, lines) => void play(lines))
})

describe('a target', () => {
  const untilProtected: readonly Line[] = [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5']]

  it('that was refused waits for its pause, whatever else is told', () => {
    play([...untilProtected, [rejected('t1'), 'sl-placed', 'take-profit.failed'], [accepted('s1'), 'sl-placed', ''], [deadline('take-profit-retry', 6003), 'sl-placed', 'submit t1 sell 1@104.5']])
  })

  it('whose absence was proven is sent again under its own name', () => {
    play([...untilProtected, [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'], [absent('t1'), 'sl-placed', 'submit t1 sell 1@104.5'], [accepted('t1'), 'tp-placed', '']])
  })

  it('whose share is no whole step has no order: the last one takes all; the others are tried again alone', () => {
    const targets = [{ price: d(102), sharePct: d(40) }, { price: d(104), sharePct: d(60) }]
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104'],
        [rejected('t1'), 'sl-placed', 'take-profit.failed'],
        [deadline('take-profit-retry', 6003), 'sl-placed', 'submit t1 sell 1@104'],
        [accepted('t1'), 'tp-placed', ''],
      ],
      { targets, qtyStep: d(1) },
    )
  })

  it('that filled twice, before and after it was replaced, is done: the other one closes what is left', () => {
    const targets = [{ price: d(102), sharePct: d(50) }, { price: d(104), sharePct: d(50) }]
    play(
      [
        [filled('e1', 2, 100), 'entry-filled', 'position.opened, submit s1 sell 2@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@102, submit t2 sell 1@104'],
        [accepted('t1'), 'sl-placed', ''],
        [accepted('t2'), 'tp-placed', ''],
        [filled('t1', 1, 102), 'tp-placed', 'position.reduced, replace s1 by s2 1@98.5'],
        [filled('t1', 0.5, 102, 'once more'), 'tp-placed', 'position.reduced, replace t2 by t3 0.5@104'],
      ],
      { qty: d(2), targets },
    )
  })
})

it('a finished position takes nothing more, and leaves once it has settled', () => {
  const { context } = play(
    [
      ...OPEN,
      [filled('t1', 1, 104.5), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed tp 4.5'],
      [filled('s1', 1, 98.5), 'closed', 'ignored'],
      [deadline('query', 1600), 'closed', 'ignored'],
      [deadline('settle', 3006), 'closed', 'position.retired'],
    ],
    {},
    aSettings({ settleMs: 2000 }),
  )
  expect([context.exitQty, context.retired, context.deadlines]).toEqual(['1', true, {}])
})

describe('reports that change nothing', () => {
  it.each<readonly [string, readonly Line[]]>([
    ['of orders that are not its own', [accepted('x9'), canceled('x9'), expired('x9'), rejected('x9'), unresolved('x9'), absent('x9'), filled('x9', 1, 100), { type: 'cancel.rejected', clientOrderId: 'other' as never, code: 'gone', message: '' } as const].map((fact): Line => [fact, 'tp-placed', 'ignored'])],
    ['of orders that have ended', [canceled('e1'), expired('e1'), rejected('e1'), unresolved('e1'), absent('e1'), { type: 'cancel.rejected', clientOrderId: 'abcdef-1-e1' as never, code: 'gone', message: '' } as const].map((fact): Line => [fact, 'tp-placed', 'ignored'])],
    ['of orders that work', [[rejected('s1'), 'tp-placed', 'ignored'], [absent('s1'), 'tp-placed', 'ignored']]],
  ])('%s', (_, lines) => void play([...OPEN, ...lines]))

  it('a trade and a funding are booked once', () => {
    const funding = { type: 'funding.settled', fundingId: 'f1', amount: d('0.5') } as const
    const { context } = play([...THREE_OPEN, [byHand('x', 1), 'tp-placed', 'position.reduced-externally, replace s1 by s2 2@98.5, replace t1 by t2 2@104.5'], [byHand('x', 1), 'tp-placed', 'ignored'], [funding, 'tp-placed', ''], [funding, 'tp-placed', 'ignored']], THREE)
    expect([context.exitQty, context.funding]).toEqual(['1', { paid: '0.5', ids: ['f1'] }])
  })
})

describe('fills that come late', () => {
  it('count, and leave an order that has ended as it ended', () => {
    const { context } = play(
      [[accepted('e1'), 'pending', ''], [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [canceled('e1'), 'entry-filled', ''], [filled('e1', 1, 100, 'late'), 'entry-filled', '']],
      THREE,
    )
    expect([context.entryQty, context.orders[0]?.status, context.orders[0]?.filledQty]).toEqual(['2', 'canceled', '2'])
  })

  it('of an order whose cancel was refused leave it partly filled once it is known to rest', () => {
    const { context } = play(
      [
        ...THREE_OPEN,
        [filled('t1', 1, 104.5), 'tp-placed', 'replace s1 by s2 2@98.5'],
        [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'],
        [accepted('t1'), 'tp-placed', ''],
      ],
      THREE,
    )
    expect(context.orders.find(({ role }) => role === 'take-profit')?.status).toBe('partially_filled')
  })
})
