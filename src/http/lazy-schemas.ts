/** Loads `schemas.ts` when it is first needed. */
import type { SignalSettings } from '../config/settings.ts'
import type { KnownExitStrategies } from '../signals/bounce-signal.ts'
import type * as Schemas from './schemas.ts'

export type LoadedSchemas = typeof Schemas & { readonly entry: Schemas.EntrySchemas }

export class LazySchemas {
  #loading: Promise<LoadedSchemas> | undefined
  readonly #settings: SignalSettings
  readonly #known: KnownExitStrategies
  constructor(settings: SignalSettings, known: KnownExitStrategies) {
    this.#settings = settings
    this.#known = known
  }
  load(): Promise<LoadedSchemas> {
    return (this.#loading ??= import('./schemas.ts').then((schemas) => ({ ...schemas, entry: schemas.entrySchemas(this.#settings, this.#known) })))
  }
}
