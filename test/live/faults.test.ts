/**
 * What can go wrong between LOMS and an exchange, one fault at a time, injected on the wire (reliability.md §2). Whatever it
 * is, a signal becomes one position, that position is protected or closed within the bound, and everything is answered.
 */
import { describe, it } from 'vitest'
import type { CallFault, CallMatch } from '../../src/exchange-emulator/wire/fault-script.ts'
import type { LiveWorld } from './live-world.ts'
import { NEVER } from './oracle.ts'
import { play } from './scenario.ts'
import { CODE, VENUES } from './venues.ts'

type Venue = (typeof VENUES)[number]
type Fault = readonly [name: string, fault: CallFault | ((venue: Venue) => CallFault), mayBeSentAgain: boolean]

const codeOf = (name: keyof (typeof CODE)['bybit'], when: 'before' | 'after', httpStatus?: number) => (venue: Venue): CallFault => {
  const status = httpStatus ?? (venue === 'bitget' ? 400 : undefined)
  return { kind: 'code', when, code: CODE[venue][name], ...(status === undefined ? {} : { status }) }
}

/** Faults after which nobody can say whether the order exists. */
const UNKNOWN: readonly Fault[] = [
  ['X1: carried out, the connection reset', { kind: 'reset', when: 'after' }, false],
  ['X2: reset before it arrived', { kind: 'reset', when: 'before' }, true],
  ['N5: carried out, never answered', { kind: 'hang', when: 'after' }, false],
  ['never carried out, never answered', { kind: 'hang', when: 'before' }, true],
  ['X5: carried out long after the time-out', { kind: 'late', ms: 2200 }, true],
  ['answered after the time-out', { kind: 'delay', ms: 1800, when: 'after' }, false],
  ['N1: half a body', { kind: 'half_body', when: 'after' }, false],
  ['T9: a body that stalls', { kind: 'stall_body', when: 'after' }, false],
  ['N2: HTML with 200', { kind: 'html', when: 'after' }, false],
  ['X36: HTML with 502', { kind: 'html', when: 'after', status: 502 }, false],
  ['HTML with 503, not carried out', { kind: 'html', when: 'before', status: 503 }, true],
  ['an empty object', { kind: 'raw', when: 'after', body: '{}' }, false],
  ['an empty body', { kind: 'raw', when: 'after', body: '' }, false],
  ['T10, X35: a code that proves nothing, carried out', codeOf('unknown', 'after'), false],
  ['a code that proves nothing, not carried out', codeOf('unknown', 'before'), true],
  ['X4: told that its id is a duplicate, carried out', codeOf('duplicate', 'after'), false],
]

/** How an answer is read is the same for all orders of a venue; what is asked of each order afterwards is not. */
const ESSENTIAL = UNKNOWN.filter(([name]) => /^(X|N5|T9|never|answered)/.test(name))
const unknownOn = (venue: Venue): readonly Fault[] => (venue === 'bybit' ? UNKNOWN : ESSENTIAL)

const inject = (world: LiveWorld, match: CallMatch, fault: CallFault | ((venue: Venue) => CallFault), venue: Venue, times: number | 'always' = 1): void =>
  world.emulator.faults.add({ match, times, do: typeof fault === 'function' ? fault(venue) : fault })

const onlyOneId = (world: LiveWorld, call: string): boolean => new Set(world.sent(call)).size === 1

describe.concurrent.each(VENUES)('an entry on %s', (venue) => {
  it.each(UNKNOWN)('%s: found by its id, or sent again under it', (_name, fault, again) =>
    play({ venue, restWithinMs: 20_000 }, async (world, expect) => {
      inject(world, { call: 'entry' }, fault, venue)
      const id = world.signal()
      await world.until('tp-placed', () => world.state(id) === 'tp-placed', 15_000)
      expect(onlyOneId(world, 'entry')).toBe(true)
      if (!again) expect(world.sent('entry')).toHaveLength(1)
    }))

  it('X8: filled long before its answer: protected before the answer comes, counted once', () =>
    play({ venue, restWithinMs: 20_000 }, async (world, expect) => {
      inject(world, { call: 'entry' }, { kind: 'delay', ms: 1300, when: 'after' }, venue)
      const id = world.signal()
      await world.until('tp-placed', () => world.state(id) === 'tp-placed', 15_000)
      const [entry, stop] = ['entry', 'stop'].map((wanted) => world.emulator.seen.find(({ call }) => call === wanted)?.at)
      expect(Number(stop) - Number(entry)).toBeLessThan(1300)
      expect([world.sent('entry').length, world.context(id)?.entryQty]).toEqual([1, '0.01'])
    }))

  it.each<Fault>([
    ['X25: rate limit by code', codeOf('tooMany', 'before', 429), false],
    ['T10: no margin', codeOf('noMargin', 'before'), false],
    ['the clock is wrong', codeOf('clock', 'before'), false],
  ])('%s: refused for good, nothing is held', (_name, fault) =>
    play({ venue }, async (world, expect) => {
      inject(world, { call: 'entry' }, fault, venue)
      world.signal()
      await world.until('cancelled', () => world.notice('position.cancelled') !== undefined)
      expect(world.sent('entry')).toHaveLength(1)
    }))
})

describe.concurrent.each(VENUES)('a stop on %s', (venue) => {
  it.each(unknownOn(venue))('%s: one stop rests, nothing is closed', (_name, fault, again) =>
    play({ venue }, async (world, expect) => {
      inject(world, { call: 'stop' }, fault, venue)
      await world.protectedPosition()
      expect(world.resting('stop-loss')).toHaveLength(1)
      expect([onlyOneId(world, 'stop'), world.sent('close')]).toEqual([true, []])
      if (!again) expect(world.sent('stop')).toHaveLength(1)
    }))
})

describe.concurrent.each(VENUES)('a close on %s', (venue) => {
  it.each(ESSENTIAL)('%s: closed once, flat proven, nothing left', (_name, fault) =>
    play({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
      const id = await world.protectedPosition()
      world.oracle.startAnew()
      inject(world, { call: 'close' }, fault, venue)
      world.engine.requestExit(id, 'manual', null)
      expect(await world.closed(id)).toMatchObject({ reason: 'manual', qty: '0.01' })
      expect(world.emulator.model.account('main').fills.filter(({ side }) => side === 'sell')).toHaveLength(1)
    }))
})

describe.concurrent.each(VENUES)('a target and cancels on %s', (venue) => {
  const cancel = venue === 'bybit' ? 'cancel' : ['cancel', 'cancel_plan']
  it.each<Fault>([
    ['reset after', { kind: 'reset', when: 'after' }, false],
    ['reset before', { kind: 'reset', when: 'before' }, true],
    ['never answered', { kind: 'hang', when: 'after' }, false],
    ['HTML with 200', { kind: 'html', when: 'after' }, false],
    ['gone already', codeOf('gone', 'after'), false],
    ['gone, it says, and it rests', codeOf('gone', 'before'), true],
    ['an unknown code', codeOf('unknown', 'before'), true],
  ])('%s: the cancels of a close end with nothing resting', (_name, fault) =>
    play({ venue, nakedAtMostMs: NEVER }, async (world) => {
      const id = await world.protectedPosition()
      world.oracle.startAnew()
      inject(world, { call: cancel }, fault, venue, 2)
      world.engine.requestExit(id, 'manual', null)
      await world.closed(id, 15_000)
      await world.until('retired', () => world.state(id) === 'retired')
    }))

  it.each<Fault>([
    ['reset after', { kind: 'reset', when: 'after' }, false],
    ['never carried out', { kind: 'hang', when: 'before' }, true],
    ['a code that proves nothing', codeOf('unknown', 'after'), false],
  ])('%s: one target rests', (_name, fault) =>
    play({ venue }, async (world, expect) => {
      inject(world, { call: 'target' }, fault, venue)
      await world.protectedPosition()
      expect(world.resting('take-profit')).toHaveLength(1)
    }))
})
