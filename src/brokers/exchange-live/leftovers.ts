/** Open orders that should not be there: own ones that no position knows any more, and stops that triggered and do not fill. */
import { parseClientOrderId, type VenueOrderId } from '../../domain/ids.ts'
import { isTerminal } from '../../domain/order.ts'
import type { LiveWorld } from './live-world.ts'
import { Misses } from './misses.ts'
import type { VenueOrder } from './venue-api.ts'

/** A triggered stop goes to the market: by then it has filled. */
const STUCK = { looks: 2, overMs: 3000 } as const

export class Leftovers {
  readonly #world: LiveWorld
  readonly #stuck: Misses<VenueOrderId>
  /** Of the last look. */
  #strays: ReadonlySet<string> = new Set()

  constructor(world: LiveWorld, now: () => number) {
    this.#world = world
    this.#stuck = new Misses(now)
  }

  /** A stop has triggered and may be stuck. */
  get isUnsure(): boolean {
    return this.#stuck.size > 0
  }

  /** Own orders that no live position knows any more, seen in two looks in a row (SPEC C-5). */
  strays(open: readonly VenueOrder[]): readonly VenueOrder[] {
    const strays = open.filter((order) => isStray(order, this.#world))
    const lasting = strays.filter((order) => this.#strays.has(order.venueOrderId))
    this.#strays = new Set(strays.map((order) => order.venueOrderId))
    return lasting
  }

  /** Stops that triggered and do not fill: they protect no more. `startedBy`: the conditional order that started a plain one. `isAttached`: it came with an entry of ours. */
  stuck(open: readonly VenueOrder[], startedBy: (order: VenueOrder) => string | undefined, isAttached: (order: VenueOrder) => boolean): readonly VenueOrder[] {
    const fired = open.filter((order) => {
      const name = order.fired ? order.clientOrderId : startedBy(order)
      return typeof name === 'string' ? parseClientOrderId(name)?.role === 'stop-loss' : order.fired && isAttached(order)
    })
    this.#stuck.retain(new Set(fired.map((order) => order.venueOrderId)))
    return fired.filter((order) => this.#stuck.miss(order.venueOrderId, STUCK))
  }
}

function isStray(order: VenueOrder, world: LiveWorld): boolean {
  const parsed = order.clientOrderId === null ? undefined : parseClientOrderId(order.clientOrderId)
  if (!parsed || parsed.journal !== world.journalId()) return false
  const position = world.position(parsed.position)
  const record = position?.orders.find((each) => each.clientOrderId === order.clientOrderId)
  return !position || !record || isTerminal(record.status)
}
