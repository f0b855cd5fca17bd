/** Orders whose fate nobody knows, stops that end while something is open, and what a restart asks. */
import { describe, expect, it } from 'vitest'
import { needsResume } from '../../machines/position.orders.ts'
import { d } from '../support/builders.ts'
import { OPEN, absent, accepted, canceled, closeNow, deadline, expired, filled, flat, moveTo, order, play, reduceBy, rejected, unresolved, type Line } from './lines.ts'

const THREE = { qty: d(3) }

describe('an order whose fate is unknown', () => {
  it('is asked for again and again, until it is known; then nobody asks', () => {
    const { context } = play([
      [unresolved('e1'), 'pending', 'order.unresolved-noticed, query e1'],
      [deadline('query', 1501), 'pending', 'query e1'],
      [deadline('query', 2001), 'pending', 'query e1'],
      [accepted('e1'), 'pending', ''],
      [deadline('query', 2501), 'pending', ''],
    ])
    expect(context.deadlines).toEqual({ entry: 31_000 })
  })

  it('is asked for beside every other one', () => {
    play([...OPEN, [unresolved('s1'), 'entry-filled', 'order.unresolved-noticed, query s1'], [unresolved('t1'), 'entry-filled', 'order.unresolved-noticed, query t1'], [deadline('query', 1505), 'entry-filled', 'query s1, query t1']])
  })

  it('is not cancelled before it is known', () => {
    play([...OPEN, [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'], [closeNow, 'closing', 'submit c1 sell 1'], [accepted('t1'), 'closing', 'cancel t1']])
  })
})

describe('a replacement that was found and cancelled before its request was given up', () => {
  it('leaves nothing behind: what it replaced is cancelled as well', () => {
    play([
      ...OPEN,
      [moveTo({ stopPrice: 99 }), 'tp-placed', 'replace s1 by s2 1@99'],
      [accepted('s2'), 'tp-placed', ''],
      [filled('t1', 1, 104.5), 'closing', 'prove flat'],
      [flat, 'closing', 'cancel s2'],
      [canceled('s2'), 'closing', ''],
      [unresolved('s2'), 'closing', 'ignored, cancel s1'],
      [canceled('s1'), 'closed', 'closed tp 4.5, position.retired'],
    ])
  })
})

describe('a stop that ended is followed by another one', () => {
  it.each<readonly [string, Line]>([
    ['expired', [expired('s1'), 'entry-filled', 'submit s2 sell 1@98.5']],
    ['cancelled', [canceled('s1'), 'entry-filled', 'submit s2 sell 1@98.5']],
  ])('that %s', (_, line) => void play([...OPEN, line]))

  it('that filled, where the entry fills on', () => {
    play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [filled('s1', 1, 98.5), 'entry-filled', ''],
        [filled('e1', 1, 99, 'rest'), 'entry-filled', 'submit s2 sell 1@98.5'],
      ],
      THREE,
    )
  })

  it('that was given up leaves no bound behind', () => {
    const { context } = play([[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [deadline('protect', 7401), 'rolling-back', 'stop-loss.failed, submit c1 sell 1']])
    expect([context.deadlines, context.outputs[0]]).toMatchObject([{}, { body: { attempts: 1, error: 'no confirmed stop in time' } }])
  })
})

describe('a restart', () => {
  const failed: Line = [{ type: 'position.failed', error: 'boom' }, 'quarantined', 'position.quarantined']

  it('does not doubt an order whose absence was proven', () => {
    play([...OPEN, failed, [unresolved('t1'), 'quarantined', 'order.unresolved-noticed, query t1'], [absent('t1'), 'quarantined', ''], [{ type: 'run.resumed' }, 'quarantined', '']])
  })

  it('tells why an order is in doubt', () => {
    const { context } = play([[{ type: 'run.resumed' }, 'pending', 'query e1']])
    expect(context.orders[0]).toMatchObject({ status: 'unresolved', code: 'restart' })
  })

  it('lets a cancel be asked for again, of what rests only', () => {
    const { context } = play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [canceled('t1'), 'closing', ''],
      [{ type: 'run.resumed' }, 'closing', 'query c1'],
    ])
    expect(context.orders.find(({ role }) => role === 'take-profit')?.cancelRequested).toBe(true)
  })

  it.each<readonly [string, readonly Line[], boolean]>([
    ['an entry that was sent', [], true],
    ['an entry that rests', [[accepted('e1'), 'pending', '']], false],
    ['an order in doubt among others that are known', [...OPEN, [unresolved('s1'), 'entry-filled', 'order.unresolved-noticed, query s1']], true],
    ['stop and target that rest', OPEN, false],
    ['a cancel under way', [[accepted('e1'), 'pending', ''], [deadline('entry', 31_000), 'pending', 'cancel e1']], true],
    ['a cancel that is done', [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [canceled('t1'), 'closing', ''], [rejected('c1'), 'closing', 'close.failed']], false],
    ['a proof that was asked for', [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [canceled('t1'), 'closing', ''], [filled('c1', 1, 101), 'closing', 'prove flat']], true],
    ['a proof that was given, the stop on its way out', [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [canceled('t1'), 'closing', ''], [filled('c1', 1, 101), 'closing', 'prove flat'], [flat, 'closing', 'cancel s1']], true],
  ])('asks, or has nothing to ask, of %s', (_, lines, something) => {
    const { context } = play(lines)
    expect(needsResume(context, context.at)).toBe(something)
  })
})

describe('a target', () => {
  const HALVES = { qty: d(4), targets: [{ price: d(102), sharePct: d(50) }, { price: d(104), sharePct: d(50) }] }
  const halves: readonly Line[] = [
    [filled('e1', 4, 100), 'entry-filled', 'position.opened, submit s1 sell 4@98.5'],
    [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 2@102, submit t2 sell 2@104'],
    [accepted('t1'), 'sl-placed', ''],
    [accepted('t2'), 'tp-placed', ''],
  ]

  it('that expired is placed again', () => void play([...OPEN, [expired('t1'), 'sl-placed', 'submit t2 sell 1@104.5']]))

  it('that filled gets its share of what fills late', () => {
    play(
      [
        [filled('e1', 2, 100), 'entry-filled', 'position.opened, submit s1 sell 2@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [expired('e1'), 'sl-placed', 'position.protected, submit t1 sell 1@102, submit t2 sell 1@104'],
        [accepted('t1'), 'sl-placed', ''],
        [accepted('t2'), 'tp-placed', ''],
        [filled('t1', 1, 102), 'tp-placed', 'position.reduced, replace s1 by s2 1@98.5'],
        [filled('e1', 2, 100, 'late'), 'entry-filled', 'submit t3 sell 1@102, replace t2 by t4 2@104'],
      ],
      HALVES,
    )
  })

  it('whose fate is unknown is replaced once it is known', () => {
    play([...OPEN, [unresolved('t1'), 'sl-placed', 'order.unresolved-noticed, query t1'], [moveTo({ targetPrice: 110 }), 'sl-placed', ''], [accepted('t1'), 'tp-placed', 'replace t1 by t2 1@110']])
  })

  it('that is being cancelled is placed anew only once it is gone', () => {
    play([...OPEN, [moveTo({ targetPrice: null }), 'sl-placed', 'cancel t1'], [moveTo({ targetPrice: 106 }), 'tp-placed', ''], [canceled('t1'), 'sl-placed', 'submit t2 sell 1@106']])
  })

  it('that is taken away while it is being placed is cancelled once it rests', () => {
    play([...OPEN.slice(0, 2), [moveTo({ targetPrice: null }), 'sl-placed', ''], [accepted('t1'), 'sl-placed', 'cancel t1']])
  })

  it('that was refused is tried again alone', () => {
    play([...halves.slice(0, 3), [rejected('t2'), 'sl-placed', 'take-profit.failed'], [deadline('take-profit-retry', 6004), 'sl-placed', 'submit t2 sell 2@104']], HALVES)
  })

  it('whose replacement is refused stays; what else is being replaced goes', () => {
    const { context } = play(
      [
        ...halves,
        [reduceBy(1), 'tp-placed', 'submit c1 sell 1'],
        [filled('c1', 1, 101), 'tp-placed', 'position.reduced, replace s1 by s2 3@98.5, replace t2 by t3 1@104'],
        [moveTo({ targetPrice: 106 }), 'tp-placed', 'replace t1 by t4 3@106'],
        [rejected('t4'), 'tp-placed', 'take-profit.failed'],
      ],
      HALVES,
    )
    const leaving = context.orders.filter(({ cancelRequested }) => cancelRequested).map(({ clientOrderId }) => clientOrderId.split('-')[2])
    expect(leaving).toEqual(['s1', 't2'])
  })
})

describe('a cancel that was refused', () => {
  it('is sent again once the order is known to rest', () => {
    play([
      ...OPEN,
      [closeNow, 'closing', 'cancel t1, submit c1 sell 1'],
      [{ type: 'cancel.rejected', clientOrderId: order('t1'), code: 'refused', message: 'busy' }, 'closing', 'query t1'],
      [accepted('t1'), 'closing', 'cancel t1'],
    ])
  })
})

describe('a partial close that was refused while the entry still fills', () => {
  it('is meant for what was open when it was asked for', () => {
    const { context } = play(
      [
        [filled('e1', 2, 100), 'entry-filled', 'position.opened, submit s1 sell 2@98.5'],
        [accepted('s1'), 'entry-filled', ''],
        [reduceBy(1), 'entry-filled', 'submit c1 sell 1'],
        [rejected('c1'), 'entry-filled', 'close.failed'],
        [filled('e1', 1, 100, 'rest'), 'entry-filled', 'replace s1 by s2 3@98.5'],
        [deadline('close-retry', 2004), 'entry-filled', 'submit c2 sell 1'],
      ],
      THREE,
    )
    expect([context.firstFillAt, context.firstFillSeq, context.reduceTo]).toEqual([1001, 2, '2'])
  })
})

describe('a position that vanished', () => {
  it('is still asked for where an order of it is in doubt, and its entry is still given up in time', () => {
    const { context } = play(
      [
        [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
        [unresolved('s1'), 'entry-filled', 'order.unresolved-noticed, query s1'],
        [{ type: 'position.vanished' }, 'quarantined', 'position.quarantined'],
        [deadline('query', 1502), 'quarantined', 'query s1'],
      ],
      THREE,
    )
    expect(context.deadlines).toEqual({ entry: 31_000, query: 2002 })
  })
})
