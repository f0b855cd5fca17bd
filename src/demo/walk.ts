/** How far a position has walked, read from what `GET /positions/{id}` tells about it. */
import { parseClientOrderId } from '../domain/ids.ts'
import type { PositionDetail, PositionEvent } from '../domain/wire.ts'

/** The path of a position that everything went well with. */
export const WALK = ['pending', 'entry-filled', 'sl-placed', 'tp-placed', 'closed'] as const
export type Step = (typeof WALK)[number]

/** The steps that the position's history proves, in order of the walk. */
export function stepsOf(detail: Pick<PositionDetail, 'state' | 'events'>): readonly Step[] {
  const reached = new Set<string>(['pending', detail.state, ...detail.events.map(stepOf)])
  return WALK.filter((step) => reached.has(step))
}

function stepOf(event: PositionEvent): string {
  const role = typeof event.clientOrderId === 'string' ? parseClientOrderId(event.clientOrderId)?.role : undefined
  if (event.type === 'order.filled' && role === 'entry') return 'entry-filled'
  if (event.type === 'order.accepted' && role === 'stop-loss') return 'sl-placed'
  if (event.type === 'order.accepted' && role === 'take-profit') return 'tp-placed'
  return ''
}

/** Every step of the walk, and closed by its own stop or target. */
export const walkedWhole = (detail: Pick<PositionDetail, 'state' | 'events' | 'auto_close_reason'>): boolean =>
  stepsOf(detail).length === WALK.length && (detail.auto_close_reason === 'tp' || detail.auto_close_reason === 'sl')
