/** How long each symbol has been without a quote. Plain state, asked with the time; it has no timers. */

export class Staleness {
  readonly #staleAfterMs: number
  /** When the symbol was last quoted, or else first expected. */
  readonly #since = new Map<string, number>()
  readonly #expected = new Set<string>()

  /** `staleAfterMs`: `PRICE_STALE_SEC` in milliseconds. */
  constructor(staleAfterMs: number) {
    this.#staleAfterMs = staleAfterMs
  }

  /** The symbol is wanted from now on; its age counts from here until its first quote. */
  expect(symbol: string, now: number): void {
    this.#expected.add(symbol)
    if (!this.#since.has(symbol)) this.#since.set(symbol, now)
  }

  /** A quote arrived, of a wanted symbol or of another one. */
  seen(symbol: string, now: number): void {
    this.#since.set(symbol, now)
  }

  /** The symbol is no longer wanted. */
  forget(symbol: string): void {
    this.#expected.delete(symbol)
    this.#since.delete(symbol)
  }

  /** Milliseconds since the last quote (or since the symbol was wanted); undefined for a symbol never heard of. */
  ageMs(symbol: string, now: number): number | undefined {
    const since = this.#since.get(symbol)
    return since === undefined ? undefined : Math.max(0, now - since)
  }

  /** Older than allowed, or never heard of: nothing may be decided on its price. */
  isStale(symbol: string, now: number): boolean {
    const age = this.ageMs(symbol, now)
    return age === undefined || age > this.#staleAfterMs
  }

  /** Age in milliseconds of every symbol that is wanted or quoted. */
  ages(now: number): ReadonlyMap<string, number> {
    return new Map([...this.#since].map(([symbol, since]) => [symbol, Math.max(0, now - since)]))
  }

  /** The wanted symbols. */
  expected(): Iterable<string> {
    return this.#expected
  }

  /** The stale symbols among the wanted ones. */
  stale(now: number): readonly string[] {
    return [...this.#expected].filter((symbol) => this.isStale(symbol, now))
  }
}
