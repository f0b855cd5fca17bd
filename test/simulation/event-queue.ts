/** What happens later in virtual time, in order of (time, insertion). */
export class EventQueue {
  readonly #events: { readonly at: number; readonly act: () => void }[] = []

  put(at: number, act: () => void): void {
    let index = this.#events.length
    while (index > 0 && (this.#events[index - 1]?.at ?? 0) > at) index -= 1
    this.#events.splice(index, 0, { at, act })
  }

  get nextAt(): number {
    return this.#events[0]?.at ?? Infinity
  }

  take(): (() => void) | undefined {
    return this.#events.shift()?.act
  }

  get size(): number {
    return this.#events.length
  }
}
