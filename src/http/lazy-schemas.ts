/** Loads the schemas when they are first needed. */
import type { SignalSettings } from '../config/settings.ts'
import type { KnownExitStrategies } from '../signals/bounce-signal.ts'
import type * as ExitSignals from '../signals/exit-signal.ts'
import type * as Schemas from './schemas.ts'

export type LoadedSchemas = typeof Schemas & { readonly entry: Schemas.EntrySchemas; readonly exits: typeof ExitSignals }

export class LazySchemas {
  #loading: Promise<LoadedSchemas> | undefined
  readonly #settings: SignalSettings
  readonly #known: KnownExitStrategies
  constructor(settings: SignalSettings, known: KnownExitStrategies) {
    this.#settings = settings
    this.#known = known
  }
  load(): Promise<LoadedSchemas> {
    return (this.#loading ??= this.#load())
  }
  async #load(): Promise<LoadedSchemas> {
    const [schemas, exits] = await Promise.all([import('./schemas.ts'), import('../signals/exit-signal.ts')])
    return { ...schemas, exits, entry: schemas.entrySchemas(this.#settings, this.#known) }
  }
}
