/** Entries that were given up as absent, or on the way out: a venue may carry them out later, and take away again what came of it. */
import type { GivenUpEntry, LiveWorld } from './live-world.ts'

/** So long after it was asked for such an entry is looked for. */
const GIVEN_UP_MS = 15 * 60_000

type Ports = { readonly api: { now: () => number }; readonly world: LiveWorld; readonly clock: () => number; readonly venueSymbol: (symbol: string) => string }

export class GivenUp {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** The venue's names of their symbols. */
  symbols(): readonly string[] {
    return this.#latest().map(({ symbol }) => this.#ports.venueSymbol(symbol))
  }

  /** When the first of them on a symbol was asked for, on the venue's clock or before it; Infinity without one. */
  firstOn(venueSymbol: string): number {
    const { api, clock } = this.#ports
    const asked = this.#latest().filter(({ symbol }) => this.#ports.venueSymbol(symbol) === venueSymbol)
    return Math.min(...asked.map(({ createdAt }) => createdAt + Math.min(0, api.now() - clock())))
  }

  #latest(): readonly GivenUpEntry[] {
    const { world, clock } = this.#ports
    return world.givenUp().filter(({ createdAt }) => clock() - createdAt < GIVEN_UP_MS)
  }
}
