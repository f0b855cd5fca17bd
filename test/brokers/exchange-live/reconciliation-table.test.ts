/**
 * The whole product (SPEC C-1 to C-5): who has it × where the real machine stands × what else is true at the venue × which
 * stop rests = 4 × 12 × 10 × 4 = 1,920 combinations, each long and short. What must be found stands in `RULES`, in the
 * words of the requirement and not of the code.
 */
import { describe, expect, it } from 'vitest'
import { compareAccount } from '../../../src/brokers/exchange-live/reconciliation.ts'
import type { LivePosition } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueOrder, VenuePosition } from '../../../src/brokers/exchange-live/venue-api.ts'
import { ZERO } from '../../../src/domain/decimal.ts'
import type { PositionFact } from '../../../src/domain/facts.ts'
import type { Finding } from '../../../src/domain/reconciliation.ts'
import type { Direction } from '../../../src/domain/signal.ts'
import type { ApprovedSignal } from '../../../src/risk/risk-engine.ts'
import { liveWorld } from '../../../src/runtime/live-world.ts'
import type { Core } from '../../../machines/core.ts'
import { ACTIVE } from '../../../machines/ledger.ts'
import { Registry, stateOf } from '../../../machines/registry.ts'
import { JOURNAL, aSettings, aSignal, d } from '../../support/builders.ts'

type Told = PositionFact extends infer F ? (F extends unknown ? Omit<F, 'positionId'> : never) : never
const own = (role: string) => `${JOURNAL}-1-${role}` as never
const filled = (role: string, qty: number): Told => ({ type: 'order.filled', clientOrderId: own(role), venueOrderId: `v-${role}` as never, tradeId: `${role}-${qty}` as never, qty: d(qty), price: d(100), fee: ZERO, liquidity: 'taker' })
const accepted = (role: string): Told => ({ type: 'order.accepted', clientOrderId: own(role), venueOrderId: `v-${role}` as never })
const refused = (role: string, code: 'refused' | 'no_position' = 'refused'): Told => ({ type: 'order.rejected', clientOrderId: own(role), code, message: 'no' })
const canceled = (role: string): Told => ({ type: 'order.canceled', clientOrderId: own(role) })
const CLOSE: Told = { type: 'exit.requested', reason: 'manual', qty: null, note: null }
const OPEN = [filled('e1', 2), accepted('s1'), accepted('t1')]

/** Twelve places at which a crash can find a position, by the facts that lead there. */
const PHASES = {
  'sent, unanswered': [[], 'pending'],
  'sent, fate unknown': [[{ type: 'order.unresolved', clientOrderId: own('e1'), message: 'time-out' }], 'pending'],
  'partly filled': [[filled('e1', 1), accepted('s1')], 'entry-filled'],
  'filled, no stop yet': [[filled('e1', 2)], 'entry-filled'],
  'filled, stop refused once': [[filled('e1', 2), refused('s1')], 'entry-filled'],
  'protected': [[filled('e1', 2), accepted('s1')], 'sl-placed'],
  'protected, with target': [OPEN, 'tp-placed'],
  'partly closed': [[...OPEN, filled('t1', 1)], 'tp-placed'],
  'closing': [[...OPEN, CLOSE], 'closing'],
  'vanished': [[...OPEN, canceled('s1'), refused('s2', 'no_position'), { type: 'position.vanished' }], 'quarantined'],
  'ended unfilled': [[refused('e1')], 'cancelled'],
  'closed': [[...OPEN, filled('s1', 2), canceled('t1'), { type: 'position.reported', qty: ZERO }], 'closed'],
} as const satisfies Record<string, readonly [readonly Told[], string]>
type Phase = keyof typeof PHASES

function local(phase: Phase, direction: Direction, symbol: string): LivePosition {
  const registry = new Registry()
  const signal = aSignal({ direction, symbol, qty: d(2), ...(direction === 'short' ? { slPrice: d(101.5), targets: [{ price: d(95.5), sharePct: d(100) }] } : {}) }) as ApprovedSignal
  const settings = { ...aSettings(), settleMs: 1000 }
  registry.open({ id: 1 as never, orderId: 1 as never, journalId: JOURNAL, signal, settings, at: 0, strayFill: null })
  const [facts, state] = PHASES[phase]
  facts.forEach((fact, index) => registry.deliver(1 as never, { ...fact, positionId: 1, seq: index + 1, at: index } as never))
  expect(stateOf(registry.get(1 as never) as never)).toBe(state)
  const position = liveWorld({ registry, journalId: JOURNAL, settings, ledger: () => ({ trading: ACTIVE }) } as unknown as Core, {} as never).position(1 as never)
  return position as LivePosition
}

const CASES = ['C-1 both', 'C-2 exchange only', 'C-3 LOMS only', 'C-4 neither'] as const
const STOPS = ['none', 'short', 'ok', 'foreign'] as const
const SITUATIONS = ['exactly', 'more', 'less', 'one step', 'the other way round', 'beside another symbol', 'with an entry order of others', 'with a target of others', 'under another name', 'with another LOMS'] as const
type Case = (typeof CASES)[number]
type Situation = (typeof SITUATIONS)[number]
type StopKind = (typeof STOPS)[number]
type World = { readonly positions: readonly LivePosition[]; readonly held: readonly VenuePosition[]; readonly open: readonly VenueOrder[] }

const SYMBOL = 'BTCUSDT'
const venueName = (symbol: string): string => symbol.replace('/', '').replace(':USDT', '')
const other = (direction: Direction): Direction => (direction === 'long' ? 'short' : 'long')
const held = (symbol: string, direction: Direction, qty: string): VenuePosition => ({ symbol, direction, qty: d(qty), entryPrice: d(100), liquidationPrice: null, leverage: null })
const resting = (changes: Partial<VenueOrder>, direction: Direction): VenueOrder => ({
  venueOrderId: 'v' as never, clientOrderId: own('s9'), symbol: SYMBOL, side: direction === 'long' ? 'sell' : 'buy', state: 'working', qty: d(2), filledQty: ZERO, reduceOnly: true, triggerPrice: d(90), triggersOnMark: true, fired: false, spawned: null, ...changes,
})

/** What is open by LOMS's own book. */
const bookQty = (phase: Phase): number => (phase === 'partly filled' || phase === 'partly closed' ? 1 : ['sent, unanswered', 'sent, fate unknown', 'ended unfilled', 'closed'].includes(phase) ? 0 : 2)
const venueQty = (situation: Situation, phase: Phase): string => {
  const same = bookQty(phase) || 2
  return situation === 'more' ? String(same + 1) : situation === 'less' ? String(same - 0.5) : situation === 'one step' ? '0.001' : String(same)
}

function worldOf(boot: Case, phase: Phase, situation: Situation, stop: StopKind, direction: Direction): World {
  const symbol = situation === 'under another name' ? 'BTC/USDT:USDT' : SYMBOL
  const positions = boot === 'C-1 both' || boot === 'C-3 LOMS only' ? [local(phase, direction, symbol)] : []
  const there = boot === 'C-1 both' || boot === 'C-2 exchange only' ? [held(SYMBOL, situation === 'the other way round' ? other(direction) : direction, venueQty(situation, phase))] : []
  const stops = { none: [], short: [resting({ qty: d(0.5) }, direction)], ok: [resting({}, direction)], foreign: [resting({ clientOrderId: 'web-1' }, direction)] }[stop]
  const beside: Partial<Record<Situation, Partial<World>>> = {
    'beside another symbol': { held: [held('ETHUSDT', 'short', '5')] },
    'with an entry order of others': { open: [resting({ clientOrderId: 'web-2', reduceOnly: false, triggerPrice: null, triggersOnMark: false }, other(direction))] },
    'with a target of others': { open: [resting({ clientOrderId: 'web-3', triggerPrice: null, triggersOnMark: false }, direction)] },
    'with another LOMS': { held: [held('ETHUSDT', 'long', '1')], open: [resting({ clientOrderId: 'zzzzzz-1-s1', symbol: 'ETHUSDT', side: 'sell', qty: d(1) }, 'long')] },
  }
  return { positions, held: [...(beside[situation]?.held ?? []), ...there], open: [...(beside[situation]?.open ?? []), ...stops] }
}

type Combination = { readonly boot: Case; readonly phase: Phase; readonly situation: Situation; readonly stop: StopKind }
type Rule = { readonly says: string; readonly when: (combination: Combination) => boolean; readonly found: (combination: Combination) => string }

const hasIt = ({ boot }: Combination): boolean => boot === 'C-1 both' || boot === 'C-3 LOMS only'
const isThere = ({ boot }: Combination): boolean => boot === 'C-1 both' || boot === 'C-2 exchange only'
const thisWay = (all: Combination): boolean => isThere(all) && all.situation !== 'the other way round'
const isOpenHere = (all: Combination): boolean => hasIt(all) && bookQty(all.phase) > 0
/** Its fills may be at the venue before they are listed. */
const isEntering = ({ phase }: Combination): boolean => ['sent, unanswered', 'sent, fate unknown', 'partly filled'].includes(phase)
const isGone = ({ phase }: Combination): boolean => phase === 'vanished'
const isVouched = (all: Combination): boolean => hasIt(all) && (isEntering(all) || (isOpenHere(all) && !isGone(all) && thisWay(all)))
const needsStop = (all: Combination): boolean => isOpenHere(all) && thisWay(all) && !isGone(all) && all.phase !== 'closing'

const RULES: readonly Rule[] = [
  { says: 'C-2: the account holds what no position of LOMS accounts for', when: (all) => isThere(all) && !isVouched(all), found: (all) => `orphan ${SYMBOL} 0/${venueQty(all.situation, all.phase)}` },
  { says: 'C-2: on another symbol too', when: ({ situation }) => situation === 'beside another symbol', found: () => 'orphan ETHUSDT 0/5' },
  { says: 'C-2: another LOMS is somebody else', when: ({ situation }) => situation === 'with another LOMS', found: () => 'orphan ETHUSDT 0/1' },
  { says: 'C-3: LOMS has it, the account does not; once that is known, whatever is there', when: (all) => isOpenHere(all) && (!thisWay(all) || isGone(all)), found: (all) => `vanished ${SYMBOL} ${bookQty(all.phase)}/0` },
  { says: 'C-1: quantities agree', when: (all) => isOpenHere(all) && thisWay(all) && !isGone(all) && !isEntering(all) && ['more', 'less', 'one step'].includes(all.situation), found: (all) => `quantity ${SYMBOL} ${bookQty(all.phase)}/${venueQty(all.situation, all.phase)}` },
  { says: 'C-1: the stop really rests there', when: (all) => needsStop(all) && (all.stop === 'none' || all.stop === 'foreign'), found: (all) => `stop-missing ${SYMBOL} ${bookQty(all.phase)}/0` },
  { says: 'C-1: over all of it', when: (all) => needsStop(all) && all.stop === 'short', found: (all) => `stop-short ${SYMBOL} ${bookQty(all.phase)}/0.5` },
  { says: 'C-5: an order of somebody else would close it', when: (all) => needsStop(all) && all.stop === 'foreign', found: () => `foreign-stop ${SYMBOL} 0/2` },
]

const compare = ({ positions, held: there, open }: World): readonly Finding[] => compareAccount(positions, there, open, JOURNAL, venueName)
const worded = (findings: readonly Finding[]): readonly string[] => findings.map(({ kind, symbol, expected, found }) => `${kind} ${symbol} ${expected}/${found}`)

/** What LOMS itself does about a finding: it places the stop. Everything else is a person's. */
const repaired = (world: World, findings: readonly Finding[], direction: Direction): World => ({
  ...world,
  open: [...world.open, ...findings.filter(({ kind }) => kind === 'stop-missing' || kind === 'stop-short').map(({ expected }) => resting({ clientOrderId: own('s10'), qty: expected }, direction))],
})

const combinations = (boot: Case, phase: Phase): readonly Combination[] => SITUATIONS.flatMap((situation) => STOPS.map((stop) => ({ boot, phase, situation, stop })))

describe.each(CASES)('%s', (boot) => {
  it.each(Object.keys(PHASES) as Phase[])('a position that is %s: 40 combinations, long and short', (phase) => {
    for (const combination of combinations(boot, phase)) {
      for (const direction of ['long', 'short'] as const) {
        const world = worldOf(boot, phase, combination.situation, combination.stop, direction)
        const first = compare(world)
        const expected = RULES.filter(({ when }) => when(combination)).map(({ found }) => found(combination))
        expect([combination, direction, [...worded(first)].sort()]).toEqual([combination, direction, [...expected].sort()])
        // One pass converges: what is left is a person's. A second pass finds the same, and again.
        const left = first.filter(({ kind }) => kind !== 'stop-missing' && kind !== 'stop-short')
        const after = repaired(world, first, direction)
        expect([combination, direction, compare(after)]).toEqual([combination, direction, left])
        expect(compare(repaired(after, compare(after), direction))).toEqual(left)
        expect(compare({ ...world, held: [...world.held].reverse(), open: [...world.open].reverse() })).toEqual(first)
      }
    }
  })
})

it('is 1,920 combinations, every rule is met, and none is met everywhere', () => {
  const all = CASES.flatMap((boot) => (Object.keys(PHASES) as Phase[]).flatMap((phase) => combinations(boot, phase)))
  expect(all).toHaveLength(1920)
  for (const { says, when } of RULES) expect([says, all.filter(when).length > 0, all.filter(when).length < all.length]).toEqual([says, true, true])
})
