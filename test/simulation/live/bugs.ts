/** Where a deliberate bug may be put between LOMS's parts. Without one everything passes through. */
import type { Broker } from '../../../src/brokers/broker.ts'
import type { LiveWorld } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueApi } from '../../../src/brokers/exchange-live/venue-api.ts'
import type { Clock } from '../../../src/runtime/clock.ts'
import type { Core } from '../../../machines/core.ts'
import type { Store } from '../../../state/store.ts'

export type Bugs = {
  readonly clock: (clock: Clock) => Clock
  readonly store: (store: Store) => Store
  readonly core: (core: Core) => Core
  readonly broker: <T extends Broker>(broker: T) => T
  readonly world: (world: LiveWorld) => LiveWorld
  readonly api: (api: VenueApi) => VenueApi
}

export const NO_BUGS: Bugs = { clock: (clock) => clock, store: (store) => store, core: (core) => core, broker: (broker) => broker, world: (world) => world, api: (api) => api }
