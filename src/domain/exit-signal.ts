/** What can be asked of open positions, by a person or by a signal, and how a signal is answered. */
import type { Decimal } from './decimal.ts'
import type { Direction } from './signal.ts'

export type ExitChange =
  | { readonly kind: 'close' }
  /** Exactly one of the two is given; percent of what is open. */
  | { readonly kind: 'partial_close'; readonly qty: Decimal | null; readonly pct: Decimal | null }
  /** Absent: as it is. A target of null: none. */
  | { readonly kind: 'levels'; readonly stopPrice?: Decimal; readonly targetPrice?: Decimal | null }

/** Which open positions are meant: every condition that is given must hold. `positionId` or `symbol` is given. */
export type PositionAddress = {
  readonly positionId: number | null
  readonly symbol: string | null
  readonly strategy: string | null
  readonly accountLabel: string | null
  readonly direction: Direction | null
}

/** A validated signal for open positions. */
export type ExitSignal = {
  readonly address: PositionAddress
  readonly change: ExitChange
  readonly note: string | null
  readonly signalId: string | null
  /** What identifies it without an id of its own; null: nothing does. */
  readonly naturalKey: string | null
}

export type RefusedPosition = { readonly position_id: number; readonly code: string; readonly detail: string }

/** The body that answers it: all positions that matched, and those of them that were left as they are. */
export type ExitSignalAnswer = {
  readonly received: true
  readonly matched: number
  readonly positions: readonly number[]
  readonly refused: readonly RefusedPosition[]
}
