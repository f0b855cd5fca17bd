/** The whole state of the core, as a checkpoint holds it: JSON, in one canonical order. */
import type { CoreSettings } from '../src/domain/core-settings.ts'
import type { Decimal } from '../src/domain/decimal.ts'
import type { JournalId, PositionId, TradeId } from '../src/domain/ids.ts'
import type { AccountsDump } from './accounts.ts'
import type { AlertBookDump } from './alert-book.ts'
import type { PeaksDump } from './peaks.ts'
import type { PositionDump } from './registry.ts'

export type CoreDump = {
  readonly journalId: JournalId | null
  readonly clock: 'real' | 'virtual' | null
  readonly settings: CoreSettings | null
  readonly lastPositionId: number
  readonly lastOrderId: number
  readonly pinnedPrice: Decimal | null
  readonly signalPrices: readonly (readonly [string, Decimal])[]
  readonly strayTrades: readonly TradeId[]
  readonly peaks: PeaksDump
  readonly overdue: readonly PositionId[]
  readonly accounts: AccountsDump
  readonly positions: readonly PositionDump[]
  /** Absent while no alert was ever delivered and no condition stands: journals from before alerts existed keep their hashes. */
  readonly alerts?: AlertBookDump
}
