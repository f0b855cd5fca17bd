/** Fills that name no client order id may be of an own order whose answer was lost: the order that they name has it. */
import { parseClientOrderId, type ClientOrderId, type VenueOrderId } from '../../domain/ids.ts'
import { within } from '../../exchange/request-scope.ts'
import type { VenueApi, VenueFill } from './venue-api.ts'

/** Time limit of one read. */
const READ_MS = 3000

export class OrderNames {
  readonly #api: VenueApi
  readonly #onOwn: (fill: VenueFill, name: ClientOrderId) => void
  /** False while it is being asked for. */
  readonly #asked = new Map<VenueOrderId, boolean>()

  constructor(api: VenueApi, onOwn: (fill: VenueFill, name: ClientOrderId) => void) {
    this.#api = api
    this.#onOwn = onOwn
  }

  /** Asks until the venue shows the order: its fills may be listed seconds before it. */
  ask(fill: VenueFill): void {
    const { symbol, venueOrderId } = fill
    if (!this.#api.plainOrder || this.#asked.has(venueOrderId)) return
    this.#asked.set(venueOrderId, false)
    within(READ_MS, async () => (await this.#api.plainOrder?.(symbol, venueOrderId))?.clientOrderId).then(
      (name) => {
        if (name === undefined) return void this.#asked.delete(venueOrderId)
        this.#asked.set(venueOrderId, true)
        if (typeof name === 'string' && parseClientOrderId(name)) this.#onOwn(fill, name as ClientOrderId)
      },
      () => void this.#asked.delete(venueOrderId),
    )
  }

  isAsking(venueOrderId: VenueOrderId): boolean {
    return this.#asked.get(venueOrderId) === false
  }
}
