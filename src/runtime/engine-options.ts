/** What the engine is given: the edges that differ between live operation, replay and tests. */
import type { Broker } from '../brokers/broker.ts'
import type { LiveWorld } from '../brokers/exchange-live/live-world.ts'
import type { Settings } from '../config/settings.ts'
import type { AskExit } from '../domain/commands.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { Market } from '../domain/market.ts'
import type { Notice } from '../domain/notices.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { Core } from '../../machines/core.ts'
import type { Store } from '../../state/store.ts'
import type { Clock } from './clock.ts'
import type { ReadModel } from './read-model.ts'
import type { SequencerPorts, SequencerStart } from './sequencer.ts'

/** The feed as the engine needs it. */
export type FeedPort = {
  readonly resolve: (symbol: string) => string | undefined
  readonly watch: (feedSymbol: string, referencePrice: Decimal) => void
  readonly unwatch: (feedSymbol: string) => void
  /** Whether a signal's price is compared with them: not where prices are invented or recorded. */
  readonly checksMarket: boolean
  /** Whether the symbol's last quote is young enough to decide on; absent: every quote is. */
  readonly isCurrent?: (feedSymbol: string) => boolean
  /** Why no symbol can be judged now; null: they can. Absent: they always can. */
  readonly unavailable?: () => string | null
}

export type EngineOptions = {
  readonly settings: Settings
  readonly version: string
  readonly store: Store
  readonly start: SequencerStart
  readonly core: Core
  readonly readModel: ReadModel
  readonly clock: Clock
  readonly feed: FeedPort
  readonly schedule: SequencerPorts['schedule']
  readonly retryLater: SequencerPorts['retryLater']
  readonly audit: (seq: number, at: number, payload: JsonObject) => string | null
  /** Why entries cannot be taken now; null: they can. */
  readonly closed: () => string | null
  readonly onNotice: (notice: Notice, seq: number, at: number) => void
  readonly onSequencerState: SequencerPorts['onState']
  /** Timers or their order changed; the shell arms its clock again. */
  readonly onTimers: () => void
  /** Six random bytes for the id of a new journal. */
  readonly random: () => Uint8Array
  /** At most one record of moved best prices per symbol in this time; Infinity: none, nothing outlives the process. */
  readonly peakIntervalMs: number
  /** Asks the external model of exits; absent: nobody answers, positions are held. */
  readonly askModel?: (question: AskExit) => void
  /** What the venue demands of orders on a symbol; absent: nothing is known. */
  readonly market?: (symbol: string) => Market | undefined
  /** Puts something between the engine and the paper broker: faults in tests. */
  readonly wrapBroker?: (broker: Broker) => Broker
  /** Makes the broker of an exchange; absent: orders are paper. */
  readonly liveBroker?: (world: LiveWorld) => Broker
}
