/** Timers that move only when told: tests need no waiting. */
import type { PriceTimers } from '../../src/prices/timers.ts'

type Timer = { readonly id: number; due: number; readonly everyMs: number | null; readonly task: () => void }

export class ManualTimers implements PriceTimers {
  #now: number
  #timers: Timer[] = []
  #nextId = 1

  constructor(start = 1_000_000) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  every(ms: number, task: () => void): () => void {
    return this.#add(ms, ms, task)
  }

  after(ms: number, task: () => void): () => void {
    return this.#add(ms, null, task)
  }

  /** How many timers are armed. */
  get armed(): number {
    return this.#timers.length
  }

  /** Moves the clock, running what falls due in order of time, then of arming. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const next = this.#timers.filter((timer) => timer.due <= end).toSorted((a, b) => a.due - b.due || a.id - b.id)[0]
      if (!next) break
      this.#now = next.due
      if (next.everyMs === null) this.#remove(next.id)
      else next.due += next.everyMs
      next.task()
    }
    this.#now = end
  }

  #add(ms: number, everyMs: number | null, task: () => void): () => void {
    const id = this.#nextId++
    this.#timers.push({ id, due: this.#now + ms, everyMs, task })
    return () => this.#remove(id)
  }

  #remove(id: number): void {
    this.#timers = this.#timers.filter((timer) => timer.id !== id)
  }
}
