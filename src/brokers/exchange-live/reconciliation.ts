/**
 * LOMS's positions against the account's (SPEC C-1 to C-5): a pure comparison. It changes nothing; orders and fills are
 * settled before it by their own evidence, what it finds is told to people and to the start.
 */
import { add, atLeast, isZero, ZERO } from '../../domain/decimal.ts'
import { parseClientOrderId, type JournalId, type PositionId } from '../../domain/ids.ts'
import type { Finding } from '../../domain/reconciliation.ts'
import { exitSide } from '../../domain/signal.ts'
import type { LivePosition } from './live-world.ts'
import type { VenueOrder, VenuePosition } from './venue-api.ts'

/** Findings in order of symbol and kind; none: the account is as LOMS knows it. */
export function compareAccount(
  positions: Iterable<LivePosition>,
  held: readonly VenuePosition[],
  open: readonly VenueOrder[],
  journal: JournalId | null,
  venueSymbol: (symbol: string) => string,
): readonly Finding[] {
  const ours = [...positions].filter((position) => !position.finished)
  const findings: Finding[] = []
  for (const position of ours) findings.push(...comparePosition(position, venueSymbol(position.symbol), held, open, journal))
  for (const each of held) {
    // An entry under way may fill before its fill is listed.
    const known = ours.some((position) => venueSymbol(position.symbol) === each.symbol && !position.vanished && (position.direction === each.direction || isEntering(position)))
    if (!known) findings.push({ kind: 'orphan', symbol: each.symbol, direction: each.direction, positionId: null, expected: ZERO, found: each.qty })
  }
  return findings.sort((a, b) => (a.symbol + a.kind < b.symbol + b.kind ? -1 : 1))
}

const isEntering = (position: LivePosition): boolean => position.orders.some((order) => order.role === 'entry' && (order.status === 'created' || order.status === 'unresolved' || order.status === 'working' || order.status === 'partially_filled'))

function comparePosition(position: LivePosition, symbol: string, held: readonly VenuePosition[], open: readonly VenueOrder[], journal: JournalId | null): readonly Finding[] {
  const { direction, id: positionId, openQty } = position
  if (isZero(openQty)) return []
  const base = { symbol, direction, positionId }
  const there = held.find((each) => each.symbol === symbol && each.direction === direction)
  // What is held there instead may be somebody else's.
  if (!there || position.vanished) return [{ kind: 'vanished', ...base, expected: openQty, found: ZERO }]
  const findings: Finding[] = there.qty === openQty || isEntering(position) ? [] : [{ kind: 'quantity', ...base, expected: openQty, found: there.qty }]
  if (position.closing) return findings
  const stops = open.filter((order) => order.symbol === symbol && order.reduceOnly && order.triggerPrice !== null && order.side === exitSide(direction))
  const own = stops.filter((order) => isOwn(order, positionId, journal) === 'stop-loss' && order.triggersOnMark)
  const covered = own.reduce((sum, order) => add(sum, order.qty), ZERO)
  if (isZero(covered)) findings.push({ kind: 'stop-missing', ...base, expected: openQty, found: ZERO })
  else if (!atLeast(covered, openQty)) findings.push({ kind: 'stop-short', ...base, expected: openQty, found: covered })
  const foreign = stops.filter((order) => order.clientOrderId !== null && isOwn(order, positionId, journal) === null)
  for (const order of foreign) findings.push({ kind: 'foreign-stop', ...base, expected: ZERO, found: order.qty })
  return findings
}

/** The order's role if this journal placed it for this position. */
function isOwn(order: VenueOrder, positionId: PositionId, journal: JournalId | null): string | null {
  const parsed = order.clientOrderId === null ? undefined : parseClientOrderId(order.clientOrderId)
  return parsed && parsed.journal === journal && parsed.position === positionId ? parsed.role : null
}
