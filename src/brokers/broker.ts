/**
 * The one interface to whoever carries out orders. The lifecycle does not know which broker it talks to.
 *
 * Contract (`test/brokers/broker.contract.ts`):
 * 1. Every command is answered: by reports, or by `order.unresolved` where the fate is unknown. Silence is a bug.
 * 2. A report is a fact about the venue; it may come twice, late, or in another order. Fills carry a trade id.
 * 3. An order is sent under the client order id of its command, unchanged.
 * 4. Reports are handed to the listener, never returned into a fold.
 */
import type { BrokerCommand } from '../domain/commands.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { VenueFact } from '../domain/facts.ts'
import type { PositionId } from '../domain/ids.ts'
import type { OrderRecord } from '../domain/order.ts'
import type { Direction } from '../domain/signal.ts'

/** What a broker may report. */
export type BrokerReport = VenueFact

export type BrokerPosition = { readonly symbol: string; readonly direction: Direction; readonly qty: Decimal }

export interface Broker {
  readonly name: string
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** Carries out a durable command; its outcome comes through `onReport`. */
  execute(command: BrokerCommand): void
  onReport(listener: (report: BrokerReport) => void): void
  /** What the venue holds, for reconciliation. */
  syncPositions(): Promise<readonly BrokerPosition[]>
  /** Equity of the account in USDT. */
  balance(): Promise<Decimal>
}

/** What a paper broker may look up: the position as the journal has it. It keeps no memory of its own. */
export type PaperPosition = {
  readonly id: PositionId
  readonly symbol: string
  readonly direction: Direction
  readonly openQty: Decimal
  /** The price of its last journaled decision, else its entry price: for a close while nothing is quoted. */
  readonly lastPrice: Decimal
  readonly orders: readonly OrderRecord[]
}
