/** Where a deliberate bug may be put between LOMS's parts. Without one everything passes through. */
import type { AlertDesk } from '../../../src/alerts/alert-desk.ts'
import type { Channel } from '../../../src/alerts/channel.ts'
import type { Broker } from '../../../src/brokers/broker.ts'
import type { LiveWorld } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueApi } from '../../../src/brokers/exchange-live/venue-api.ts'
import type { Settings } from '../../../src/config/settings.ts'
import type { Params } from '../../../src/exchange-emulator/wire/face.ts'
import type { Clock } from '../../../src/runtime/clock.ts'
import type { Core } from '../../../machines/core.ts'
import type { CoreDump } from '../../../machines/core-dump.ts'
import type { Store } from '../../../state/store.ts'

export type Bugs = {
  readonly clock: (clock: Clock) => Clock
  readonly store: (store: Store) => Store
  readonly core: (core: Core) => Core
  readonly broker: <T extends Broker>(broker: T) => T
  readonly world: (world: LiveWorld) => LiveWorld
  readonly api: (api: VenueApi) => VenueApi
  readonly settings: (settings: Settings) => Settings
  /** Parameters of a request before it is signed. */
  readonly edit: (path: string, params: Params) => Params
  /** Where alerts leave. */
  readonly channel: (channel: Channel) => Channel
  readonly alerts: (desk: AlertDesk) => AlertDesk
  /** What a checkpoint keeps. */
  readonly dump: (dump: CoreDump) => CoreDump
}

export const NO_BUGS: Bugs = {
  clock: (clock) => clock, store: (store) => store, core: (core) => core, broker: (broker) => broker, world: (world) => world, api: (api) => api,
  settings: (settings) => settings, edit: (_path, params) => params, dump: (dump) => dump, channel: (channel) => channel, alerts: (desk) => desk,
}
