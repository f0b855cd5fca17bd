/** How often something was called within the last second. */
export class CallRates {
  readonly #calls = new Map<string, number[]>()

  /** Counts a call and says whether it was within the limit; refused calls do not count, nor those before the clock was set back. */
  allows(what: string, perSecond: number, at: number): boolean {
    const recent = (this.#calls.get(what) ?? []).filter((time) => time > at - 1_000 && time <= at)
    const allowed = recent.length < perSecond
    if (allowed) recent.push(at)
    this.#calls.set(what, recent)
    return allowed
  }
}
