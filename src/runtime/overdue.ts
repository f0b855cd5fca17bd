/**
 * Which position becomes too old next. Ids and ages run together, so it is the first in the registry that was not said
 * yet: nothing is kept per position.
 */
import type { PositionId } from '../domain/ids.ts'
import type { Core } from '../../machines/core.ts'

export type OverduePosition = { readonly positionId: PositionId; readonly dueAt: number }

export class Overdue {
  readonly #core: Core
  readonly #ageMs: number
  #next: OverduePosition | undefined
  /** Where the search goes on: ids only grow, and whoever was passed is finished or said. */
  #ids: Iterator<PositionId> | null = null
  #passed = 0
  constructor(core: Core, ageHours: number) {
    this.#core = core
    this.#ageMs = ageHours * 3_600_000
  }

  peek(): OverduePosition | undefined {
    const { registry } = this.#core
    if (this.#next && registry.get(this.#next.positionId) && !this.#core.isOverdue(this.#next.positionId)) return this.#next
    this.#next = undefined
    this.#ids ??= registry.ids()[Symbol.iterator]()
    for (let id = this.#ids.next(); !id.done; id = this.#ids.next()) {
      if (id.value <= this.#passed) continue
      this.#passed = id.value
      const context = registry.get(id.value)?.context
      if (!context || context.closedAt !== null || this.#core.isOverdue(id.value)) continue
      return (this.#next = { positionId: id.value, dueAt: context.createdAt + this.#ageMs })
    }
    // An iterator that has ended sees no newcomers.
    this.#ids = null
    return undefined
  }
}
