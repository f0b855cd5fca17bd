/** How a position asks its exit policy and obeys it: moved stops, samples, questions, what comes too late. */
import { describe, expect, it } from 'vitest'
import type { ExitAdvice } from '../../src/domain/exit-advice.ts'
import type { Signal } from '../../src/domain/signal.ts'
import { aSettings, d } from '../support/builders.ts'
import { OPEN, accepted, closeNow, filled, flat, moveTo, play, said, type Line } from './lines.ts'

const TRAILING: Partial<Signal> = {
  exitStrategy: 'tp_sl_trailing_v1',
  exitParams: { break_even_trigger_pct: '1', break_even_offset_pct: '0', trail_trigger_pct: '2', trail_distance_pct: '0.8', timeout_candles: '12', timeout_min_move_pct: '1' },
}
const MODEL: Partial<Signal> = { exitStrategy: 'external_model_v1', exitParams: { ask_every_sec: '10' } }
const SHORT: Partial<Signal> = { direction: 'short', slPrice: d('101.5'), targets: [{ price: d('95.5'), sharePct: d(100) }] }
const SHORT_OPEN: readonly Line[] = [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 buy 1@101.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 buy 1@95.5'], [accepted('t1'), 'tp-placed', '']]
const QUOTE = { ts: 1, source: 'test', path: 'point' } as const
const crossed = (key: string, price: number, low = 100, high = price) => ({ type: 'price.crossed', key, price: d(price), quote: QUOTE, extremes: { high: d(high), low: d(low) } }) as const
const sampled = (price: number) => ({ type: 'price.sampled', key: 'ask', price: d(price), quote: QUOTE, extremes: { high: d(price), low: d(100) } }) as const
const trailed = (high: number, low: number) => ({ type: 'stop.trailed', extremes: { high: d(high), low: d(low) } }) as const
const due = (name: string, dueAt: number, price: number | null = null) => ({ type: 'deadline.passed', name, dueAt, price: price === null ? null : d(price) }) as const
const advised = (advice: ExitAdvice, question = 1) => ({ type: 'exit.advised', question, advice }) as const
const live = aSettings({ marketType: 'linear_perp' })
const TIMEOUT_AT = 1000 + 12 * 5 * 60_000
const BREAK_EVEN: Line = [crossed('break_even', 101), 'tp-placed', 'replace s1 by s2 1@100']
const TRAIL: Line = [crossed('trail', 102), 'tp-placed', 'replace s1 by s2 1@101.184']

describe('a stop that trails', () => {
  it('moves the order where it rests at an exchange, up only', () => {
    const { context } = play([...OPEN, TRAIL, [accepted('s2'), 'tp-placed', ''], [trailed(104, 100), 'tp-placed', 'replace s2 by s3 1@103.168'], [trailed(103, 100), 'tp-placed', '']], TRAILING, live)
    expect(context).toMatchObject({ stopPrice: '103.168', stopReason: 'trailing', stopMoved: true, stopByPerson: false, extremes: { high: '104', low: '100' } })
  })

  it('of a short moves down only', () => {
    const trail: Line = [{ ...crossed('trail', 98, 98, 100) }, 'tp-placed', 'replace s1 by s2 1@98.784']
    const { context } = play([...SHORT_OPEN, trail, [accepted('s2'), 'tp-placed', ''], [trailed(100, 96), 'tp-placed', 'replace s2 by s3 1@96.768'], [trailed(100, 97), 'tp-placed', '']], { ...TRAILING, ...SHORT }, live)
    expect(context.stopPrice).toBe('96.768')
  })

  it('stays where a person has put it, and a close takes no move any more', () => {
    play([...OPEN, TRAIL, [accepted('s2'), 'tp-placed', ''], [moveTo({ stopPrice: 97 }), 'tp-placed', 'replace s2 by s3 1@97'], [trailed(110, 100), 'tp-placed', ''], [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [trailed(120, 100), 'closing', 'ignored']], TRAILING, live)
  })

  it.each([
    ['on paper was where the policy held it', aSettings(), '105.152'],
    ['at an exchange was where it rested', live, '101.184'],
  ])('and fills %s', (_, settings, stopPrice) => {
    const fill = { ...filled('s2', 1, 101), extremes: { high: d(106), low: d(100) } }
    const { context } = play([...OPEN, TRAIL, [accepted('s2'), 'tp-placed', ''], [fill, 'closing', 'cancel t1, prove flat']], TRAILING, settings)
    expect([context.stopPrice, context.closing?.reason]).toEqual([stopPrice, 'trailing'])
  })

  it('that another order\'s fill finds higher is left where it rests', () => {
    const fill = { ...filled('t1', 0.5, 104.5), extremes: { high: d(106), low: d(100) } }
    expect(play([...OPEN, TRAIL, [accepted('s2'), 'tp-placed', ''], [fill, 'tp-placed', 'replace s2 by s3 0.5@101.184']], TRAILING).context.stopPrice).toBe('101.184')
  })

  it('and should have taken a price, but rests there still: what is left is closed', () => {
    play([...OPEN, TRAIL, [crossed('trailing', 101), 'closing', 'cancel t1, submit c1 sell 1'], [filled('c1', 1, 101), 'closing', 'prove flat']], TRAILING)
  })
})

describe('break-even', () => {
  it('moves the stop with its reason', () => {
    const { context } = play([...OPEN, BREAK_EVEN, [accepted('s2'), 'tp-placed', ''], [filled('s2', 1, 100), 'closing', 'cancel t1, prove flat']], TRAILING)
    expect([context.stopReason, context.closing?.reason]).toEqual(['break_even', 'break_even'])
  })

  it('does not touch a stop that a person put where it is, and is done with all the same', () => {
    const { context } = play([...OPEN, [moveTo({ stopPrice: 97 }), 'tp-placed', 'replace s1 by s2 1@97'], [crossed('break_even', 101), 'tp-placed', 'ignored']], TRAILING)
    expect(context).toMatchObject({ stopPrice: '97', stopReason: 'sl', exitMemory: { break_even: 'done' } })
  })
})

describe('the time-out', () => {
  it('closes a position that did not move, and waits as a deadline of its own', () => {
    expect(play(OPEN, TRAILING).context.deadlines).toEqual({ 'policy:timeout': TIMEOUT_AT })
    play([...OPEN, [due('policy:timeout', TIMEOUT_AT, 100.5), 'closing', 'cancel t1, submit c1 sell 1']], TRAILING)
  })

  it('is over for one that has moved, by the price of that very moment too', () => {
    const { context } = play([...OPEN, [{ ...due('policy:timeout', TIMEOUT_AT, 101), extremes: { high: d(101), low: d(100) } }, 'tp-placed', '']], TRAILING)
    expect([context.deadlines, context.lastPrice, context.exitMemory]).toEqual([{}, '101', { break_even: 'waiting', trail: 'waiting', timeout: 'passed' }])
  })

  it('without a price keeps the last that was known, and is never before the age at which exits are decided', () => {
    const { context } = play([...OPEN, [crossed('nothing', 100.5), 'tp-placed', ''], [due('policy:timeout', 9_000_000 + 1001), 'closing', 'cancel t1, submit c1 sell 1']], TRAILING, aSettings({ exitMinAgeMs: 9_000_000 }))
    expect(context.lastPrice).toBe('100.5')
  })

  it('is gone with a close', () => {
    expect(play([...OPEN, [crossed('trail', 102), 'tp-placed', 'replace s1 by s2 1@101.184'], [crossed('trailing', 101), 'closing', 'cancel t1, submit c1 sell 1']], TRAILING).context.deadlines).toEqual({})
  })
})

describe('a trigger', () => {
  it('that the policy does not know (of another version) changes nothing but the last price', () => {
    const { context } = play([...OPEN, [crossed('full_moon', 103), 'tp-placed', '']], TRAILING)
    expect([context.lastPrice, context.stopPrice, context.exitMemory]).toEqual(['103', '98.5', { break_even: 'waiting', trail: 'waiting' }])
  })

  it('before the entry has filled, or while it is being closed, decides nothing', () => {
    play([[crossed('trail', 102), 'pending', ''], ...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [crossed('break_even', 101), 'closing', '']], TRAILING)
  })

  it('of a static position changes nothing', () => {
    expect(play([...OPEN, [crossed('trail', 102), 'tp-placed', '']]).context).toMatchObject({ stopPrice: '98.5', exitMemory: {} })
  })
})

describe('a question to the model', () => {
  const asked: Line = [sampled(101), 'tp-placed', 'exit.ask']
  const FIRST = 11_001
  const toTheSample: readonly Line[] = [...OPEN]

  it('is asked with the sample that was due, and the next is due a whole number of periods after the fill', () => {
    const { context } = play([...toTheSample, asked], MODEL)
    expect(context.deadlines).toEqual({ 'sample:ask': FIRST })
    expect(context.outputs[0]?.body).toEqual({
      type: 'exit.ask', positionId: 1, question: 1, askedAt: 1004, answerWithinMs: 10_000, symbol: 'BTCUSDT', strategy: 'bounce_ema10_strict', direction: 'long', timeframeMin: 5, openedAt: 1000,
      openQty: '1', entryPrice: '100', stopPrice: '98.5', targetPrice: '104.5', price: '101', quote: QUOTE, extremes: { high: '101', low: '100' },
    })
  })

  it('is not asked by a sample that nobody waits for', () => {
    play([...OPEN, [sampled(101), 'tp-placed', 'ignored']])
    play([...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [sampled(101), 'closing', '']], MODEL)
  })

  it('is left out where no price is known when the sample is due', () => {
    const { context } = play([...OPEN, [due('sample:ask', FIRST), 'tp-placed', '']], MODEL)
    expect(context.deadlines).toEqual({ 'sample:ask': FIRST + 10_000 })
  })

  it.each<readonly [string, ExitAdvice, string, string]>([
    ['close', { kind: 'close' }, 'closing', 'cancel t1, submit c1 sell 1'],
    ['move the stop', { kind: 'move_stop', price: d(100) }, 'tp-placed', 'replace s1 by s2 1@100'],
    ['move the target', { kind: 'move_target', price: d(106) }, 'tp-placed', 'replace t1 by t2 1@106'],
    ['hold', { kind: 'hold' }, 'tp-placed', ''],
    ['nothing that can be used', { kind: 'move_stop', price: d(97) }, 'tp-placed', 'ignored'],
  ])('is answered: %s', (_, advice, state, expected) => {
    play([...toTheSample, asked, [advised(advice), state, expected], [advised({ kind: 'hold' }), state, 'ignored']], MODEL)
  })

  it('an answer to another question, or while it is being closed, is not heard', () => {
    play([...toTheSample, [advised({ kind: 'close' }), 'tp-placed', 'ignored'], asked, [advised({ kind: 'close' }, 2), 'tp-placed', 'ignored'], [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [advised({ kind: 'close' }), 'closing', 'ignored']], MODEL)
  })

  it('moves the target of a position that has none', () => {
    const open: readonly Line[] = [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'], [accepted('s1'), 'sl-placed', 'position.protected']]
    const { context } = play([...open, [sampled(101), 'sl-placed', 'exit.ask'], [advised({ kind: 'move_target', price: d(106) }), 'sl-placed', 'submit t1 sell 1@106'], [accepted('t1'), 'tp-placed', '']], { ...MODEL, targets: [] })
    expect(context).toMatchObject({ targets: [{ price: '106', sharePct: '100' }], targetMoved: true })
  })
})

it('what a position says when it opens', () => {
  const opened = (signal: Partial<Signal>) => play([[filled('e1', 1, 100), 'entry-filled', signal.direction === 'short' ? 'position.opened, submit s1 buy 1@101.5' : 'position.opened, submit s1 sell 1@98.5']], signal)
  expect(said(opened({}))).toContain('position.opened')
  expect(opened({}).context.outputs[0]?.body).toEqual({ type: 'position.opened', positionId: 1, symbol: 'BTCUSDT', direction: 'long', qty: '1', entryPrice: '100', stopPrice: '98.5', targetPrice: '104.5', strategy: 'bounce_ema10_strict' })
  expect(opened({ ...SHORT, targets: [] }).context.outputs[0]?.body).toMatchObject({ direction: 'short', stopPrice: '101.5', targetPrice: null })
})

it('a vanished position that is found again waits for its policy again', () => {
  const vanished: readonly Line[] = [...OPEN, [{ type: 'position.vanished' }, 'quarantined', 'position.quarantined'], [crossed('trail', 102), 'quarantined', 'ignored']]
  expect(play(vanished, TRAILING).context.deadlines).toEqual({})
  expect(play([...vanished, [{ ...flat, qty: d(1) }, 'quarantined', '']], TRAILING).context.deadlines).toEqual({ 'policy:timeout': TIMEOUT_AT })
})
