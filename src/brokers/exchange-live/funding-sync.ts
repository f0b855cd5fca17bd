/** Funding that the venue settled on positions: read once a minute, and once more before a close is told. */
import type { PositionId } from '../../domain/ids.ts'
import { within } from '../../exchange/request-scope.ts'
import type { BrokerReport } from '../broker.ts'
import type { LivePosition, LiveWorld } from './live-world.ts'
import type { StreamTimers } from './streams.ts'
import type { VenueApi } from './venue-api.ts'

/** Time limit of one read. */
const READ_MS = 3000
/** Funding is settled every eight hours at most. */
const FUNDING_MS = 60_000

export type FundingPorts = {
  readonly api: Pick<VenueApi, 'funding'>
  readonly world: LiveWorld
  readonly timers: StreamTimers
  readonly report: (report: BrokerReport) => void
  readonly venueSymbol: (symbol: string) => string
}

export class FundingSync {
  readonly #ports: FundingPorts
  /** On the venue's clock, or before. */
  readonly #openedAt: (position: LivePosition) => number
  #readAt = -Infinity

  constructor(ports: FundingPorts, openedAt: (position: LivePosition) => number) {
    this.#ports = ports
    this.#openedAt = openedAt
  }

  /** Of every position that is not finished, where the last time is long ago. Rejects where it could not be read. */
  async bookDue(): Promise<void> {
    const { world, timers } = this.#ports
    if (timers.now() - this.#readAt < FUNDING_MS) return
    await Promise.all([...world.positions()].filter((position) => !position.finished).map((position) => this.book(position.id)))
    this.#readAt = timers.now()
  }

  /** What was settled on one position up to now. Rejects where it could not be read. */
  async book(positionId: PositionId): Promise<void> {
    const { api, world, report, venueSymbol } = this.#ports
    const position = world.position(positionId)
    if (!position) return
    const openedAt = this.#openedAt(position)
    const settled = await within(READ_MS, () => api.funding(venueSymbol(position.symbol), openedAt))
    const known = world.position(positionId)?.fundingIds ?? new Set<string>()
    for (const { id: fundingId, at, amount } of settled)
      if (at >= openedAt && !known.has(fundingId)) report({ type: 'funding.settled', positionId, fundingId, amount })
  }
}
