/**
 * The deadlines that positions hold in their contexts, in order of (due time, insertion). Derived: rebuilt from the
 * contexts at start. A firing is journaled as a fact by whoever drains this.
 */
import type { PositionId } from '../domain/ids.ts'

export type Deadline = { readonly positionId: PositionId; readonly name: string; readonly dueAt: number }
/** `at`: when it comes up, which is later than its due time where it was put off. */
type Entry = Deadline & { readonly at: number; readonly order: number }

export class Deadlines {
  readonly #heap: Entry[] = []
  /** What is wanted now, with the entry that stands for each; other entries of the heap are dead and dropped when they come up. */
  readonly #wanted = new Map<PositionId, { readonly deadlines: Readonly<Record<string, number>>; readonly orders: Map<string, number> }>()
  #inserted = 0

  /** Takes over a position's deadlines as they are now. */
  sync(positionId: PositionId, deadlines: Readonly<Record<string, number>>): void {
    const known = this.#wanted.get(positionId)
    if (known?.deadlines === deadlines) return
    const names = Object.keys(deadlines)
    if (names.length === 0) {
      this.#wanted.delete(positionId)
      return
    }
    const orders = new Map<string, number>()
    for (const name of names) {
      const dueAt = deadlines[name] as number
      if (known?.deadlines[name] !== dueAt) {
        orders.set(name, this.#inserted)
        this.#push({ positionId, name, dueAt, at: dueAt, order: this.#inserted++ })
        continue
      }
      // One that was taken already is not offered again until it is moved.
      const standing = known.orders.get(name)
      if (standing !== undefined) orders.set(name, standing)
    }
    this.#wanted.set(positionId, { deadlines, orders })
  }

  /** The earliest deadline and when it comes up, or undefined. */
  peek(): (Deadline & { readonly at: number }) | undefined {
    while (this.#heap.length > 0) {
      const top = this.#heap[0] as Entry
      if (this.#wanted.get(top.positionId)?.orders.get(top.name) === top.order) return top
      this.#pop()
    }
    return undefined
  }

  /** Takes the earliest deadline that comes up at or before `now`, or undefined. */
  take(now: number): Deadline | undefined {
    const top = this.peek()
    if (!top || top.at > now) return undefined
    this.#wanted.get(top.positionId)?.orders.delete(top.name)
    this.#pop()
    return top
  }

  /** Puts off one that was just taken until `at`. Its due time stays what its position knows. */
  postpone({ positionId, name, dueAt }: Deadline, at: number): void {
    this.#wanted.get(positionId)?.orders.set(name, this.#inserted)
    this.#push({ positionId, name, dueAt, at, order: this.#inserted++ })
  }

  get size(): number {
    return this.#heap.length
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    heap.push(entry)
    let index = heap.length - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(entry, heap[parent] as Entry)) break
      heap[index] = heap[parent] as Entry
      index = parent
    }
    heap[index] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1
      if (!before(heap[child] as Entry, last)) break
      heap[index] = heap[child] as Entry
      index = child
    }
    heap[index] = last
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
