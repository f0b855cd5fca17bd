/** When the venue or the network spoiled something that protecting a symbol may need: what the bounds are extended by. */
type Span = { readonly from: number; readonly to: number; readonly symbol: string | null }

export class Disturbances {
  readonly #spans: Span[] = []

  /** `symbol` null: whatever it was about. */
  add(from: number, to: number, symbol: string | null): void {
    this.#spans.push({ from, to, symbol })
  }

  /** How much of the time between two moments was spoiled for a symbol. */
  within(from: number, to: number, symbol: string | null): number {
    const spans = this.#spans
      .filter((span) => span.to > from && span.from < to && (symbol === null || span.symbol === null || span.symbol === symbol))
      .sort((a, b) => a.from - b.from)
    let spoiled = 0
    let until = from
    for (const span of spans) {
      const start = Math.max(until, span.from)
      const end = Math.min(to, span.to)
      if (end <= start) continue
      spoiled += end - start
      until = end
    }
    return spoiled
  }
}
