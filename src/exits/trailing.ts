/**
 * `tp_sl_trailing_v1` (SPEC X-4): break-even, trailing stop and time-out on top of stop and target.
 *
 * The stop only ever tightens. Break-even and trail activation are levels that are waited for; once trailing, the stop
 * is a function of the best price since the fill and needs no further decision until it is hit.
 */
import { addPct, atLeast, atMost, greater, isPositive, isZero, less, maximum, minimum, negate, parseDecimal, type Decimal } from '../domain/decimal.ts'
import type { ExitReason } from '../domain/exit-reason.ts'
import type { Direction, JsonObject, JsonValue } from '../domain/signal.ts'
import type { ExitAction, ExitContext, ExitDecision, ExitParameter, ExitParameterProblem, ExitPolicy, ExitPosition, ExitWatch, HeldStop } from './exit-policy.ts'

const PARAMETERS = [
  {
    name: 'break_even_trigger_pct', default: '1', nullable: true, unit: '% of the entry', setting: 'TRAIL_BREAK_EVEN_TRIGGER_PCT',
    doc: 'Move that brings the stop to break-even.',
  },
  {
    name: 'break_even_offset_pct', default: '0', nullable: false, unit: '% of the entry', setting: 'TRAIL_BREAK_EVEN_OFFSET_PCT',
    doc: 'Distance of the break-even stop from the entry, in favour; at most `break_even_trigger_pct`.',
  },
  {
    name: 'trail_trigger_pct', default: '2', nullable: true, unit: '% of the entry', setting: 'TRAIL_TRIGGER_PCT',
    doc: 'Move that starts the trailing stop.',
  },
  {
    name: 'trail_distance_pct', default: '0.8', nullable: false, unit: '% of the best price', setting: 'TRAIL_DISTANCE_PCT',
    doc: 'Distance of the trailing stop from the best price; above 0.',
  },
  {
    name: 'timeout_candles', default: '12', nullable: true, unit: 'candles of `timeframe_min`', setting: 'TRAIL_TIMEOUT_CANDLES',
    doc: 'Age at which a position that never moved enough is closed.',
  },
  {
    name: 'timeout_min_move_pct', default: null, nullable: true, unit: '% of the entry', setting: 'TRAIL_TIMEOUT_MIN_MOVE_PCT',
    doc: 'Best move that keeps a position from timing out; without it `break_even_trigger_pct`, or 1 where that is null. With `null` every position times out.',
  },
] as const satisfies readonly ExitParameter[]
type ParameterName = (typeof PARAMETERS)[number]['name']

/** What X-4 defaults `timeout_min_move_pct` to where the break-even rule is off. */
const MIN_MOVE_WITHOUT_BREAK_EVEN = '1'

/** A level that every price reaches on its way in the position's favour. */
const EVERY_PRICE: Readonly<Record<Direction, Decimal>> = { long: '0' as Decimal, short: '1000000000000000000000' as Decimal }

/** A price moved by `pct` percent in the position's favour. */
const inFavour = (price: Decimal, pct: Decimal, direction: Direction): Decimal => addPct(price, direction === 'long' ? pct : negate(pct))
const against = (price: Decimal, pct: Decimal, direction: Direction): Decimal => addPct(price, direction === 'long' ? negate(pct) : pct)
const reached = (price: Decimal, level: Decimal, direction: Direction): boolean => (direction === 'long' ? atLeast(price, level) : atMost(price, level))
const tighter = (a: Decimal, b: Decimal, direction: Direction): Decimal => (direction === 'long' ? maximum(a, b) : minimum(a, b))

const number = (params: JsonObject, name: ParameterName): Decimal | null => (params[name] ?? null) as Decimal | null
const needed = (params: JsonObject, name: ParameterName): Decimal => params[name] as Decimal

export const trailingPolicy: ExitPolicy = {
  name: 'tp_sl_trailing_v1',
  summary: 'Stop to break-even, then trailing behind the best price; closes a position that does not move in time.',
  parameters: PARAMETERS,
  followsBest: true,
  parse: parseParameters,
  start: () => ({ break_even: 'waiting', trail: 'waiting' }),
  watches,
  stop: heldStop,
  on: decide,
}

function watches(memory: JsonObject, params: JsonObject, position: ExitPosition): readonly ExitWatch[] {
  const { direction, entryPrice } = position
  const when = direction === 'long' ? 'at-or-above' : 'at-or-below'
  const level = (key: 'break_even' | 'trail', trigger: ParameterName): ExitWatch[] => {
    const pct = number(params, trigger)
    if (memory[key] !== 'waiting' || pct === null) return []
    // The best price starts at the entry: a trigger of 0 is reached at the first price, whatever it is.
    return [{ kind: 'level', key, when, level: isZero(pct) ? EVERY_PRICE[direction] : inFavour(entryPrice, pct, direction) }]
  }
  const trail: ExitWatch[] = memory['trail'] === 'trailing' ? [{ kind: 'trail', key: 'trailing', distancePct: needed(params, 'trail_distance_pct'), peak: position.best }] : []
  return [...level('break_even', 'break_even_trigger_pct'), ...level('trail', 'trail_trigger_pct'), ...trail, ...timeout(memory, params, position)]
}

function timeout(memory: JsonObject, params: JsonObject, position: ExitPosition): ExitWatch[] {
  const candles = number(params, 'timeout_candles')
  if (candles === null || memory['timeout'] === 'passed') return []
  return [{ kind: 'deadline', key: 'timeout', at: position.openedAt + Math.round(Number(candles) * position.timeframeMin * 60_000) }]
}

/** The stop that the rules hold for the best price so far; null while none of them does. */
function heldStop(memory: JsonObject, params: JsonObject, position: ExitPosition): HeldStop | null {
  if (memory['trail'] !== 'trailing') return null
  return { price: trailPrice(params, position), reason: 'trailing' }
}

const trailPrice = (params: JsonObject, { best, direction }: ExitPosition): Decimal => against(best, needed(params, 'trail_distance_pct'), direction)

function decide(memory: JsonObject, key: string, context: ExitContext, params: JsonObject): ExitDecision {
  const { position } = context
  switch (key) {
    case 'break_even':
      return moveStop({ ...memory, break_even: 'done' }, breakEvenPrice(params, position), 'break_even', position)
    case 'trail':
      return moveStop({ ...memory, trail: 'trailing' }, trailPrice(params, position), 'trailing', position)
    case 'trailing':
      // The resting stop should have taken this price; whatever is left is closed.
      return { memory, actions: [{ type: 'CLOSE_POSITION', reason: 'trailing' }] }
    case 'timeout':
      return { memory: { ...memory, timeout: 'passed' }, actions: stillWaiting(params, position) ? [{ type: 'CLOSE_POSITION', reason: 'timeout' }] : [] }
    default:
      return { memory, actions: [] }
  }
}

const breakEvenPrice = (params: JsonObject, { entryPrice, direction }: ExitPosition): Decimal => inFavour(entryPrice, needed(params, 'break_even_offset_pct'), direction)

function moveStop(memory: JsonObject, price: Decimal, reason: ExitReason, { stopPrice, direction }: ExitPosition): ExitDecision {
  const moved = tighter(price, stopPrice, direction)
  const actions: ExitAction[] = moved === stopPrice ? [] : [{ type: 'ADJUST_STOP_LOSS', price: moved, reason }]
  return { memory, actions }
}

/** The best move never reached what the time-out asks for. */
function stillWaiting(params: JsonObject, { entryPrice, best, direction }: ExitPosition): boolean {
  const wanted = number(params, 'timeout_min_move_pct')
  return wanted === null || !reached(best, inFavour(entryPrice, wanted, direction), direction)
}

function parseParameters(params: JsonObject, defaults: JsonObject): ReturnType<ExitPolicy['parse']> {
  const problems: ExitParameterProblem[] = []
  const parsed: Record<string, JsonValue> = {}
  for (const { name, default: own, nullable } of PARAMETERS) {
    const fallback = own ?? parsed['break_even_trigger_pct'] ?? MIN_MOVE_WITHOUT_BREAK_EVEN
    const given = params[name] === undefined ? (defaults[name] === undefined ? fallback : defaults[name]) : params[name]
    parsed[name] = read(name, given, nullable, problems)
  }
  for (const name of Object.keys(params)) if (!(name in parsed)) problems.push({ field: name, message: `is unknown; allowed are ${Object.keys(parsed).join(', ')}` })
  if (problems.length === 0) checkTogether(parsed, problems)
  return problems.length === 0 ? { ok: true, params: parsed } : { ok: false, problems }
}

function read(name: string, given: JsonValue | undefined, nullable: boolean, problems: ExitParameterProblem[]): JsonValue {
  if (given === null && nullable) return null
  const value = parseDecimal(given)
  if (value !== undefined && !value.startsWith('-') && less(value, '100000' as Decimal)) return value
  problems.push({ field: name, message: `must be a number from 0 to 100000${nullable ? ', or null to switch the rule off' : ''}` })
  return null
}

function checkTogether(parsed: Readonly<Record<string, JsonValue>>, problems: ExitParameterProblem[]): void {
  const trigger = parsed['break_even_trigger_pct'] as Decimal | null
  if (trigger !== null && greater(parsed['break_even_offset_pct'] as Decimal, trigger))
    problems.push({ field: 'break_even_offset_pct', message: `must not exceed break_even_trigger_pct (${trigger})` })
  if (!isPositive(parsed['trail_distance_pct'] as Decimal)) problems.push({ field: 'trail_distance_pct', message: 'must be above 0' })
  if (parsed['timeout_candles'] !== null && !isPositive(parsed['timeout_candles'] as Decimal)) problems.push({ field: 'timeout_candles', message: 'must be above 0, or null' })
}
