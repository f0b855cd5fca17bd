/** What a position waits for in the Book: at which price, on which side, on which lane. */
import { describe, expect, it } from 'vitest'
import { policyKey, wantedWatches, type WatchLanes } from '../../machines/position.watches.ts'
import type { Signal } from '../../src/domain/signal.ts'
import { d } from '../support/builders.ts'
import { OPEN, accepted, closeNow, filled, moveTo, play, type Line } from './lines.ts'

const LANES: WatchLanes = { lane: (role) => (role === 'stop-loss' ? 'mark' : 'last'), entryLane: (side) => (side === 'buy' ? 'ask' : 'bid'), policyLane: 'mid', lowestPrice: d('0.1') }
const watched = (lines: readonly Line[], signal: Partial<Signal> = {}) =>
  wantedWatches(play(lines, signal).context, LANES).map((watch) => `${watch.of} ${watch.key.replace('abcdef-1-', '')} ${watch.class} ${watch.lane} ${watch.kind === 'trail' ? `${watch.direction} ${watch.distancePct}% from ${watch.peak}` : `${watch.when} ${watch.level}`}`)

const SHORT: Partial<Signal> = { direction: 'short', slPrice: d('101.5'), targets: [{ price: d('95.5'), sharePct: d(100) }] }
const SHORT_OPEN: readonly Line[] = [[filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 buy 1@101.5'], [accepted('s1'), 'sl-placed', 'position.protected, submit t1 buy 1@95.5'], [accepted('t1'), 'tp-placed', '']]
const TRAILING: Partial<Signal> = { exitStrategy: 'tp_sl_trailing_v1', exitParams: { break_even_trigger_pct: '1', break_even_offset_pct: '0', trail_trigger_pct: '2', trail_distance_pct: '0.8', timeout_candles: '12', timeout_min_move_pct: '1' } }
const crossed: Line = [{ type: 'price.crossed', key: 'trail', price: d(102), quote: { ts: 1, source: 'test', path: 'point' }, extremes: { high: d(102), low: d(100) } }, 'tp-placed', 'replace s1 by s2 1@101.184']

describe('a position waits for', () => {
  it.each<readonly [string, readonly Line[], Partial<Signal>, readonly string[]]>([
    ['nothing before its entry is confirmed', [], {}, []],
    ['any price that its resting entry can fill at: a buy', [[accepted('e1'), 'pending', '']], {}, ['order e1 stop ask at-or-above 0.1']],
    ['the same, a sale', [[accepted('e1'), 'pending', '']], SHORT, ['order e1 stop bid at-or-above 0.1']],
    ['stop below and target above, a long', OPEN, {}, ['order s1 stop mark at-or-below 98.5', 'order t1 target last at-or-above 104.5']],
    ['stop above and target below, a short', SHORT_OPEN, SHORT, ['order s1 stop mark at-or-above 101.5', 'order t1 target last at-or-below 95.5']],
    ['nothing for a close, which fills at once', [...OPEN, [closeNow, 'closing', 'cancel t1, submit c1 sell 1'], [accepted('c1'), 'closing', '']], {}, ['order s1 stop mark at-or-below 98.5', 'order t1 target last at-or-above 104.5']],
    ['the levels of its policy too, but not its deadlines', OPEN, TRAILING, ['order s1 stop mark at-or-below 98.5', 'order t1 target last at-or-above 104.5', 'policy policy:break_even policy mid at-or-above 101', 'policy policy:trail policy mid at-or-above 102']],
    ['a trail from the best price once it trails', [...OPEN, crossed], TRAILING, ['order s1 stop mark at-or-below 98.5', 'order t1 target last at-or-above 104.5', 'policy policy:break_even policy mid at-or-above 101', 'policy !policy:trailing stop mid long 0.8% from 102']],
    [
      'no trail once a person owns the stop', [...OPEN, crossed, [moveTo({ stopPrice: 97 }), 'tp-placed', '']], TRAILING,
      ['order s1 stop mark at-or-below 98.5', 'order t1 target last at-or-above 104.5', 'policy policy:break_even policy mid at-or-above 101'],
    ],
  ])('%s', (_, lines, signal, expected) => expect(watched(lines, signal)).toEqual(expected))

  it('gives back the key of a policy without its mark', () => expect(['policy:trail', '!policy:trailing', 'policy:a:b'].map(policyKey)).toEqual(['trail', 'trailing', 'a:b']))
})
