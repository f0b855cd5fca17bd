/**
 * When positions began, on the venue's clock. This machine's may be wrong, and may be set meanwhile: until an own entry is
 * listed, what is told is that moment or one before it.
 */
import type { PositionId } from '../../domain/ids.ts'
import { entrySide } from '../../domain/signal.ts'
import type { LivePosition } from './live-world.ts'
import type { VenueFill } from './venue-api.ts'

type Clocks = { readonly api: { now: () => number }; readonly clock: () => number }

export class Beginnings {
  readonly #clocks: Clocks
  readonly #estimated = new Map<PositionId, number>()
  /** By the venue's own time of the first fill of the entry. What happened before it is about something else. */
  readonly #filled = new Map<PositionId, number>()

  constructor(clocks: Clocks) {
    this.#clocks = clocks
  }

  of({ id, createdAt }: LivePosition): number {
    const { api, clock } = this.#clocks
    return this.#filled.get(id) ?? this.#estimated.get(id) ?? Math.min(api.now(), createdAt, createdAt + api.now() - clock())
  }

  /** The venue took a request, so the difference between the clocks is known. `fills` are those of the positions' symbol. */
  listed(positions: readonly LivePosition[], fills: readonly VenueFill[]): void {
    for (const position of positions) {
      const { id, tradeIds, direction } = position
      if (!this.#estimated.has(id)) this.#estimated.set(id, this.of(position))
      const entered = fills.filter((fill) => fill.side === entrySide(direction) && tradeIds.has(fill.tradeId)).map(({ at }) => at)
      if (entered.length > 0) this.#filled.set(id, Math.min(...entered, this.#filled.get(id) ?? Infinity))
    }
  }

  /** Keeps only these. */
  retain(isKnown: (id: PositionId) => boolean): void {
    for (const known of [this.#estimated, this.#filled]) for (const id of known.keys()) if (!isKnown(id)) known.delete(id)
  }
}
