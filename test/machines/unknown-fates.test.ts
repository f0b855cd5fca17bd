/** Orders whose fate nobody knows, stops that end while something is open, and what a restart asks. */
import { describe, expect, it } from 'vitest'
import { needsResume } from '../../machines/position.orders.ts'
import { d } from '../support/builders.ts'
import { OPEN, absent, accepted, canceled, closeNow, deadline, expired, filled, flat, play, rejected, unresolved, type Line } from './lines.ts'

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
