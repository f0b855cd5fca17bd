/** What a comparison of LOMS's positions with the account's can find (SPEC C). */
import type { Decimal } from './decimal.ts'
import type { PositionId } from './ids.ts'
import type { Direction } from './signal.ts'

/**
 * `orphan`: the account holds what LOMS knows nothing of; never touched. `vanished`: LOMS holds it, the account does not.
 * `quantity`: both hold it, not the same amount. `stop-missing`, `stop-short`: no own mark-price stop over all of it rests
 * there. `foreign-stop`: an order of somebody else would close part of it.
 */
export type FindingKind = 'orphan' | 'vanished' | 'quantity' | 'stop-missing' | 'stop-short' | 'foreign-stop'

export type Finding = {
  readonly kind: FindingKind
  readonly symbol: string
  readonly direction: Direction
  readonly positionId: PositionId | null
  /** What LOMS holds, or has stops for. */
  readonly expected: Decimal
  /** What the account holds, or has stops for. */
  readonly found: Decimal
}
