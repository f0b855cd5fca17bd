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
  constructor(core: Core, ageHours: number) {
    this.#core = core
    this.#ageMs = ageHours * 3_600_000
  }

  peek(): OverduePosition | undefined {
    const { registry } = this.#core
    if (this.#next && registry.get(this.#next.positionId) && !this.#core.isOverdue(this.#next.positionId)) return this.#next
    this.#next = undefined
    for (const positionId of registry.ids()) {
      const context = registry.get(positionId)?.context
      if (!context || context.closedAt !== null || this.#core.isOverdue(positionId)) continue
      return (this.#next = { positionId, dueAt: context.createdAt + this.#ageMs })
    }
    return undefined
  }
}
