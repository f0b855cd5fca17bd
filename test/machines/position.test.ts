/** The lifecycle as tables: one fact per line, then the state it leads to and what the position asks for. */
import { describe, expect, it } from 'vitest'
import type { TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { aSettings, d } from '../support/builders.ts'
import { OPEN, absent, accepted, canceled, closeNow, deadline, expired, filled, flat, moveTo, order, play, reduceBy, rejected, unresolved, voided } from './lines.ts'

describe('a position', () => {
  it('closes at its target', () => {
    play([...OPEN, [filled('t1', 1, 104.5), 'closing', 'prove flat'], [flat, 'closing', 'cancel s1'], [canceled('s1'), 'closed', 'closed tp 4.5, position.retired']])
  })

  it('closes at its stop', () => {
    play([...OPEN, [filled('s1', 1, 98.5), 'closing', 'cancel t1, prove flat'], [canceled('t1'), 'closing', ''], [flat, 'closed', 'closed sl -1.5, position.retired']])
  })

  it('ends as cancelled where its entry is declared void: flat is proven, nothing is left behind', () => {
    const ended = play([
      ...OPEN,
      [voided('e1-1@100'), 'closing', 'voided-fill.noticed, cancel t1, prove flat'],
      [canceled('t1'), 'closing', ''],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'cancelled', 'position.cancelled, position.retired'],
    ])
    expect([ended.context.fees, ended.context.entryQty, ended.context.voided?.map(({ tradeId, correctionId }) => `${tradeId} ${correctionId}`)]).toEqual(['0', '0', ['e1-1@100 back-e1-1@100']])
  })

  it('holds again what a void exit had closed; nothing void counts twice, or is taken back twice', () => {
    const held = play([
      ...OPEN,
      [reduceBy(0.4), 'tp-placed', 'submit c1 sell 0.4'],
      [filled('c1', 0.4, 103), 'tp-placed', 'position.reduced, replace s1 by s2 0.6@98.5, replace t1 by t2 0.6@104.5'],
      [accepted('s2'), 'tp-placed', ''],
      [accepted('t2'), 'tp-placed', ''],
      [canceled('s1'), 'tp-placed', ''],
      [canceled('t1'), 'tp-placed', ''],
      [voided('c1-0.4@103'), 'entry-filled', 'voided-fill.noticed, replace s2 by s3 1@98.5, replace t2 by t3 1@104.5'],
      [voided('c1-0.4@103'), 'entry-filled', 'ignored'],
      [filled('c1', 0.4, 103), 'entry-filled', 'ignored'],
      [{ type: 'external.filled', venueOrderId: null, tradeId: 'back-c1-0.4@103' as TradeId, qty: d(0.4), price: d(103), fee: d(0), liquidity: 'taker', cause: 'external' }, 'entry-filled', 'ignored'],
    ])
    expect([held.context.exitQty, held.context.exitValue]).toEqual(['0', '0'])
  })

  it('closes what a void close had closed', () => {
    play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [filled('c1', 1, 103), 'closing', 'prove flat'],
      [voided('c1-1@103'), 'closing', 'voided-fill.noticed, close.failed'],
      [flat, 'closing', 'ignored'],
    ])
  })

  it('is mirrored for a short', () => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 buy 1@101.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 buy 1@95.5'],
        [accepted('t1'), 'tp-placed', ''],
        [filled('t1', 1, 95.5), 'closing', 'prove flat'],
        [flat, 'closing', 'cancel s1'],
        [canceled('s1'), 'closed', 'closed tp 4.5, position.retired'],
      ],
      { direction: 'short', slPrice: d('101.5'), targets: [{ price: d('95.5'), sharePct: d(100) }] },
    )
  })

  it('is cancelled where the entry is refused', () => {
    play([[rejected('e1'), 'cancelled', 'position.cancelled, position.retired']])
  })

  it('is cancelled where the entry expires', () => {
    play([[accepted('e1'), 'pending', ''], [expired('e1'), 'cancelled', 'position.cancelled, position.retired']])
  })

  it('cancels an entry that is not filled in thirty seconds', () => {
    play([
      [accepted('e1'), 'pending', ''],
      [deadline('entry', 31_000), 'pending', 'cancel e1'],
      [canceled('e1'), 'cancelled', 'position.cancelled, position.retired'],
    ])
  })

  it('protects each partial fill at once and resizes the stop with the next', () => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [filled('e1', 2, 101), 'entry-filled', 'replace s1 by s2 3@98.5'],
        [accepted('s2'), 'sl-placed', 'position.protected, submit t1 sell 3@104.5'],
        [canceled('s1'), 'sl-placed', ''],
        [accepted('t1'), 'tp-placed', ''],
        [filled('t1', 3, 104.5), 'closing', 'prove flat'],
        [flat, 'closing', 'cancel s2'],
        [canceled('s2'), 'closed', 'closed tp 11.5, position.retired'],
      ],
      { qty: d(3) },
    )
  })

  it('keeps what was filled when the rest of the entry is given up', () => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [deadline('entry', 31_000), 'entry-filled', 'cancel e1'],
        [canceled('e1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5'],
      ],
      { qty: d(3) },
    )
  })

  it('is closed at market after the third refusal of its stop', () => {
    play([
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [rejected('s1'), 'entry-filled', ''],
      [deadline('stop-retry', 1202), 'entry-filled', 'submit s1 sell 1@98.5'],
      [rejected('s1'), 'entry-filled', ''],
      [deadline('stop-retry', 1403), 'entry-filled', 'submit s1 sell 1@98.5'],
      [rejected('s1'), 'rolling-back', 'stop-loss.failed, submit c1 sell 1'],
      [filled('c1', 1, 99), 'rolling-back', 'prove flat'],
      [flat, 'closed', 'closed sl_failed -1, position.retired'],
    ])
  })

  it('takes a stop that is refused because nothing is held for news that is on its way, not for a failure', () => {
    const fill = { venueOrderId: 'v-hand' as VenueOrderId, tradeId: 'hand' as TradeId, qty: d(1), price: d(101), fee: d(0), liquidity: 'taker' } as const
    play([
      ...OPEN,
      [canceled('s1'), 'entry-filled', 'submit s2 sell 1@98.5'],
      [rejected('s2', 'no_position'), 'entry-filled', ''],
      [deadline('stop-retry', 1205), 'entry-filled', 'submit s2 sell 1@98.5'],
      [rejected('s2', 'no_position'), 'entry-filled', ''],
      [deadline('stop-retry', 1606), 'entry-filled', 'submit s2 sell 1@98.5'],
      [rejected('s2', 'no_position'), 'entry-filled', ''],
      [{ type: 'external.filled', ...fill, cause: 'external' }, 'closing', 'position.reduced-externally, cancel t1, prove flat'],
    ])
    play([
      ...OPEN,
      [canceled('s1'), 'entry-filled', 'submit s2 sell 1@98.5'],
      [rejected('s2', 'no_position'), 'entry-filled', ''],
      [deadline('protect', 7404), 'rolling-back', 'stop-loss.failed, cancel t1, submit c1 sell 1'],
    ])
  })

  it('that vanished is held: nothing is sent for it, whatever is asked, until a fill says what became of it or the venue holds it again', () => {
    const fill = { venueOrderId: null, tradeId: 'stated' as TradeId, qty: d(1), price: d(101), fee: d(0), liquidity: 'taker', cause: 'stated' } as const
    const vanished = { type: 'position.vanished' } as const
    const gone = [...OPEN, [canceled('s1'), 'entry-filled', 'submit s2 sell 1@98.5'], [rejected('s2', 'no_position'), 'entry-filled', ''], [vanished, 'quarantined', 'position.quarantined']] as const
    play([
      ...gone,
      [vanished, 'quarantined', 'ignored'],
      [deadline('stop-retry', 1206), 'quarantined', 'ignored'],
      [deadline('protect', 7404), 'quarantined', 'ignored'],
      [closeNow, 'quarantined', 'ignored'],
      [{ type: 'levels.requested', stopPrice: d(99), note: null }, 'quarantined', 'ignored'],
      [flat, 'quarantined', 'ignored'],
      [{ type: 'external.filled', ...fill }, 'closing', 'position.reduced-externally, cancel t1'],
      [canceled('t1'), 'closed', 'closed external 1, position.retired'],
    ])
    play([...gone, [{ type: 'position.reported', qty: d(1) }, 'quarantined', ''], [deadline('stop-retry', 1207), 'quarantined', 'submit s2 sell 1@98.5'], [accepted('s2'), 'quarantined', ''], [closeNow, 'closing', 'cancel t1, submit c1 sell 1']])
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [rejected('c1', 'no_position'), 'closing', 'close.failed'], [vanished, 'quarantined', 'position.quarantined'], [{ type: 'position.reported', qty: d(1) }, 'closing', 'close.failed']])
  })

  it('is closed at once where the stop would trigger now', () => {
    play([
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [rejected('s1', 'would_trigger'), 'closing', 'submit c1 sell 1'],
      [filled('c1', 1, 98), 'closing', 'prove flat'],
      [flat, 'closed', 'closed sl -2, position.retired'],
    ])
  })

  it('is closed at once, reason sl, where the fill itself has passed the stop', () => {
    play([[filled('e1', 1, 98), 'closing', 'position.opened, submit c1 sell 1'], [filled('c1', 1, 98), 'closing', 'prove flat'], [flat, 'closed', 'closed sl 0, position.retired']])
  })

  it('stays protected and tries again where the target is refused', () => {
    play([
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5'],
      [rejected('t1'), 'sl-placed', 'take-profit.failed'],
      [deadline('take-profit-retry', 6003), 'sl-placed', 'submit t1 sell 1@104.5'],
      [rejected('t1'), 'sl-placed', ''],
      [deadline('take-profit-retry', 11_004), 'sl-placed', 'submit t1 sell 1@104.5'],
      [accepted('t1'), 'tp-placed', ''],
    ])
  })

  it('replaces a stop and a target that the venue dropped', () => {
    play([...OPEN, [canceled('s1'), 'entry-filled', 'submit s2 sell 1@98.5'], [accepted('s2'), 'tp-placed', ''], [canceled('t1'), 'sl-placed', 'submit t2 sell 1@104.5'], [accepted('t2'), 'tp-placed', '']])
  })

  it('closes on demand while pending', () => {
    play([[accepted('e1'), 'pending', ''], [closeNow, 'pending', 'cancel e1'], [canceled('e1'), 'cancelled', 'position.cancelled, position.retired']])
  })

  it('closes what fills while a pending entry is being cancelled', () => {
    play([
      [closeNow, 'pending', 'cancel e1'],
      [filled('e1', 1, 100), 'closing', 'position.opened, submit c1 sell 1'],
      [filled('c1', 1, 101), 'closing', 'prove flat'],
      [flat, 'closed', 'closed manual 1, position.retired'],
    ])
  })

  it('closes on demand: target cancelled, market close, flat proven, the stop removed last', () => {
    play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [canceled('t1'), 'closing', ''],
      [filled('c1', 1, 102), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 2, position.retired'],
    ])
  })

  it('tries a refused close again for what is open, for ever', () => {
    play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [canceled('t1'), 'closing', ''],
      [rejected('c1'), 'closing', 'close.failed'],
      [deadline('close-retry', 2006), 'closing', 'submit c2 sell 1'],
      [filled('c2', 0.4, 99), 'closing', ''],
      [expired('c2'), 'closing', 'close.failed'],
      [deadline('close-retry', 3008), 'closing', 'submit c3 sell 0.6'],
      [filled('c3', 0.6, 99), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual -1, position.retired'],
    ])
  })

  it('asks what became of an unresolved entry and sends it again only after its absence is proven', () => {
    play([
      [unresolved('e1'), 'pending', 'order.unresolved-noticed, query e1'],
      [deadline('query', 1501), 'pending', 'query e1'],
      [deadline('query', 2001), 'pending', 'query e1'],
      [absent('e1'), 'pending', 'submit e1 buy 1@100 opening'],
      ...OPEN.slice(0, 1),
    ])
  })

  it('does not send an absent entry again after its thirty seconds', () => {
    play([
      [unresolved('e1'), 'pending', 'order.unresolved-noticed, query e1'],
      [deadline('entry', 31_000), 'pending', ''],
      [absent('e1'), 'cancelled', 'position.cancelled, position.retired'],
    ])
  })

  it('adopts an unresolved stop that turns out to rest', () => {
    play([...OPEN.slice(0, 1), [unresolved('s1'), 'entry-filled', 'order.unresolved-noticed, query s1'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5']])
  })

  it('books a fill once, however often it is reported', () => {
    play([...OPEN, [filled('e1', 1, 100), 'tp-placed', 'ignored'], [accepted('s1'), 'tp-placed', '']])
  })

  it('takes a fill before its acceptance', () => {
    play([[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [accepted('e1'), 'entry-filled', '']])
  })

  it('asks for every open question after a restart and sends nothing twice', () => {
    play([...OPEN.slice(0, 1), [{ type: 'run.resumed' }, 'entry-filled', 'query s1'], [absent('s1'), 'entry-filled', 'submit s1 sell 1@98.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5']])
  })

  it('asks again for a cancel and a proof that were under way at the restart', () => {
    play([...OPEN, [filled('s1', 1, 98.5), 'closing', 'cancel t1, prove flat'], [{ type: 'run.resumed' }, 'closing', 'prove flat, cancel t1'], [canceled('t1'), 'closing', ''], [flat, 'closed', 'closed sl -1.5, position.retired']])
  })

  it('asks what became of an order whose cancel was refused', () => {
    play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [{ type: 'cancel.rejected', clientOrderId: order('t1'), code: 'gone', message: 'gone' }, 'closing', 'query t1'],
      [filled('t1', 1, 104.5), 'closing', 'prove flat'],
      [rejected('c1', 'no_position'), 'closing', ''],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 4.5, position.retired'],
    ])
  })

  it('is kept until it has settled where the venue may report late', () => {
    const settled = play(
      [...OPEN, [filled('t1', 1, 104.5), 'closing', 'prove flat'], [flat, 'closing', 'cancel s1'], [canceled('s1'), 'closed', 'closed tp 4.5'], [deadline('settle', 3006), 'closed', 'position.retired']],
      {},
      aSettings({ settleMs: 2000 }),
    )
    expect(settled.context.retired).toBe(true)
  })

  it('closes a part: the close goes out, then stop and target follow what is left', () => {
    play(
      [
        [filled('e1', 3, 100), 'entry-filled', 'position.opened, submit s1 sell 3@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 3@104.5'],
        [accepted('t1'), 'tp-placed', ''],
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [filled('c1', 1, 102), 'tp-placed', 'position.reduced, replace s1 by s2 2@98.5, replace t1 by t2 2@104.5'],
        [accepted('s2'), 'tp-placed', ''],
        [canceled('s1'), 'tp-placed', ''],
        [accepted('t2'), 'tp-placed', ''],
        [canceled('t1'), 'tp-placed', ''],
        [filled('s2', 2, 98.5), 'closing', 'cancel t2, prove flat'],
        [canceled('t2'), 'closing', ''],
        [flat, 'closed', 'closed sl -1, position.retired'],
      ],
      { qty: d(3) },
    )
  })

  it('tries a refused partial close again', () => {
    play(
      [
        [filled('e1', 3, 100), 'entry-filled', 'position.opened, submit s1 sell 3@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 3@104.5'],
        [accepted('t1'), 'tp-placed', ''],
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [rejected('c1'), 'tp-placed', 'close.failed'],
        [deadline('close-retry', 2005), 'tp-placed', 'submit c2 sell 1'],
        [filled('c2', 1, 101), 'tp-placed', 'position.reduced, replace s1 by s2 2@98.5, replace t1 by t2 2@104.5'],
      ],
      { qty: d(3) },
    )
  })

  it('is closed where a partial close asks for all of it or more', () => {
    play([...OPEN, [reduceBy(2), 'closing', 'cancel t1, submit c1 sell 1']])
  })

  it('works several targets: each has its share, the stop follows', () => {
    const targets = [
      { price: d(102), sharePct: d(50) },
      { price: d(104), sharePct: d(50) },
    ]
    play(
      [
        [filled('e1', 3, 100), 'entry-filled', 'position.opened, submit s1 sell 3@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1.5@102, submit t2 sell 1.5@104'],
        [accepted('t1'), 'sl-placed', ''],
        [accepted('t2'), 'tp-placed', ''],
        [filled('t1', 1.5, 102), 'tp-placed', 'position.reduced, replace s1 by s2 1.5@98.5'],
        [accepted('s2'), 'tp-placed', ''],
        [canceled('s1'), 'tp-placed', ''],
        [filled('t2', 1.5, 104), 'closing', 'prove flat'],
        [flat, 'closing', 'cancel s2'],
        [canceled('s2'), 'closed', 'closed tp 9, position.retired'],
      ],
      { qty: d(3), targets },
    )
  })

  it('lets a share without a target run on', () => {
    play(
      [
        [filled('e1', 2, 100), 'entry-filled', 'position.opened, submit s1 sell 2@98.5'],
        [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 0.5@102'],
        [accepted('t1'), 'tp-placed', ''],
        [filled('t1', 0.5, 102), 'sl-placed', 'position.reduced, replace s1 by s2 1.5@98.5'],
      ],
      { qty: d(2), targets: [{ price: d(102), sharePct: d(25) }] },
    )
  })

  it('moves stop and target on demand, a stop never leaving before its successor rests', () => {
    play([
      ...OPEN,
      [moveTo({ stopPrice: 97 }), 'tp-placed', 'replace s1 by s2 1@97'],
      [accepted('s2'), 'tp-placed', ''],
      [canceled('s1'), 'tp-placed', ''],
      [moveTo({ targetPrice: 110 }), 'tp-placed', 'replace t1 by t2 1@110'],
      [accepted('t2'), 'tp-placed', ''],
      [canceled('t1'), 'tp-placed', ''],
      [moveTo({ targetPrice: null }), 'sl-placed', 'cancel t2'],
      [canceled('t2'), 'sl-placed', ''],
    ])
  })

  it('keeps its stop where a replacement is refused, and drops it once a later one rests', () => {
    play([
      ...OPEN,
      [moveTo({ stopPrice: 99 }), 'tp-placed', 'replace s1 by s2 1@99'],
      [rejected('s2'), 'tp-placed', ''],
      [deadline('stop-retry', 1205), 'tp-placed', 'submit s2 sell 1@99'],
      [accepted('s2'), 'tp-placed', 'cancel s1'],
      [canceled('s1'), 'tp-placed', ''],
    ])
  })
  it('cancels again where a cancel got no answer and the order turns out to rest', () => {
    play([
      [accepted('e1'), 'pending', ''],
      [deadline('entry', 31_000), 'pending', 'cancel e1'],
      [unresolved('e1'), 'pending', 'order.unresolved-noticed, query e1'],
      [accepted('e1'), 'pending', 'cancel e1'],
      [canceled('e1'), 'cancelled', 'position.cancelled, position.retired'],
    ])
  })

  it('is closed at market where no stop is confirmed in time, whatever becomes of it', () => {
    play([
      [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
      [unresolved('s1'), 'entry-filled', 'order.unresolved-noticed, query s1'],
      [deadline('query', 1502), 'entry-filled', 'query s1'],
      [deadline('protect', 7401), 'rolling-back', 'stop-loss.failed, submit c1 sell 1'],
      [accepted('s1'), 'rolling-back', ''],
      [filled('c1', 1, 99), 'rolling-back', 'prove flat'],
      [flat, 'rolling-back', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed sl_failed -1, position.retired'],
    ])
  })

  it('asks once at a time, however often the answer is that nobody knows', () => {
    play([
      [unresolved('e1'), 'pending', 'order.unresolved-noticed, query e1'],
      [unresolved('e1'), 'pending', 'ignored'],
      [deadline('query', 1501), 'pending', 'query e1'],
    ])
  })

  it('counts the attempts anew for each stop', () => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [rejected('s1'), 'entry-filled', ''],
        [deadline('stop-retry', 1202), 'entry-filled', 'submit s1 sell 1@98.5'],
        [rejected('s1'), 'entry-filled', ''],
        [deadline('stop-retry', 1403), 'entry-filled', 'submit s1 sell 1@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [filled('e1', 1, 100, 'second'), 'entry-filled', 'replace s1 by s2 2@98.5'],
        [rejected('s2'), 'entry-filled', ''],
        [deadline('stop-retry', 1606), 'entry-filled', 'submit s2 sell 2@98.5'],
      ],
      { qty: d(3) },
    )
  })

  it('does not wait for the entry once it has ended', () => {
    expect(play(OPEN).context.deadlines).toEqual({})
  })

  it('never sends a negative quantity where the venue closed more than there was', () => {
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [filled('t1', 1, 104.5), 'closing', 'prove flat'], [filled('c1', 1, 102), 'closing', '']])
  })

  it('closes a part of what was open when it was asked for, though the entry fills on', () => {
    play(
      [
        [filled('e1', 2, 100), 'entry-filled', 'position.opened, submit s1 sell 2@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [reduceBy(1), 'entry-filled', 'submit c1 sell 1'],
        [filled('e1', 1, 100, 'rest'), 'entry-filled', 'replace s1 by s2 3@98.5'],
        [filled('c1', 1, 101), 'sl-placed', 'position.reduced, position.protected, submit t1 sell 2@104.5'],
      ],
      { qty: d(3) },
    )
  })

  it.each([
    ['refused', rejected('s2'), 'cancel s1'],
    ['absent', absent('s2'), 'cancel s1'],
  ])('cancels a stop whose replacement turned out %s after the close had begun', (_, failed, asked) => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [filled('e1', 2, 100), 'entry-filled', 'replace s1 by s2 3@98.5'],
        [unresolved('s2'), 'entry-filled', 'order.unresolved-noticed, query s2'],
        [closeNow, 'closing', 'submit c1 sell 3'],
        [failed, 'closing', ''],
        [filled('c1', 3, 100), 'closing', 'prove flat'],
        [flat, 'closing', asked],
        [canceled('s1'), 'closed', 'closed manual 0, position.retired'],
      ],
      { qty: d(3) },
    )
  })

  it('forgets a target that was removed and that the venue never had', () => {
    play([
      ...OPEN.slice(0, -1),
      [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'],
      [moveTo({ targetPrice: null }), 'sl-placed', ''],
      [absent('t1'), 'sl-placed', ''],
      [closeNow, 'closing', 'submit c1 sell 1'],
      [filled('c1', 1, 101), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 1, position.retired'],
    ])
  })

  it('sends no cancel for a target that the venue never had', () => {
    play([
      ...OPEN.slice(0, -1),
      [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'],
      [closeNow, 'closing', 'submit c1 sell 1'],
      [absent('t1'), 'closing', ''],
      [filled('c1', 1, 101), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 1, position.retired'],
    ])
  })

  it('removes a stop whose replacement never came while it was being closed', () => {
    play([
      ...OPEN,
      [moveTo({ stopPrice: 99 }), 'tp-placed', 'replace s1 by s2 1@99'],
      [unresolved('s2'), 'tp-placed', 'order.unresolved-noticed, query s2'],
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [canceled('t1'), 'closing', ''],
      [absent('s2'), 'closing', ''],
      [filled('c1', 1, 101), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s1'],
      [canceled('s1'), 'closed', 'closed manual 1, position.retired'],
    ])
  })
})
