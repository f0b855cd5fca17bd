/** The emulator for a person: with prices that move, until it is stopped. */
import type { Venue } from './model/instrument.ts'
import { openRecordedPrices, playedFrom } from './recorded-prices.ts'
import { startEmulator, type Emulator } from './server.ts'

export type ByHandOptions = {
  readonly venue: Venue
  readonly port: number
  readonly seed: number
  /** Recorded prices; empty: invented ones. */
  readonly prices: readonly string[]
  /** Recorded seconds per second. */
  readonly speed: number
}
export type ByHandOutcome =
  | { readonly ok: true; readonly emulator: Emulator; readonly symbols: readonly string[] }
  | { readonly ok: false; readonly problem: string }

/** How often invented prices change. */
const INTERVAL_MS = 500

const portProblem = (error: unknown, port: number): string =>
  (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    ? `port ${port} is taken by another program; give another one with --port (0 takes a free one)`
    : String(error)

/** Starts an emulated venue whose prices move. A problem is one readable line. */
export async function startByHand({ venue, port, seed, prices, speed }: ByHandOptions): Promise<ByHandOutcome> {
  const recorded = prices.length === 0 ? undefined : await openRecordedPrices(prices)
  if (recorded?.ok === false) return recorded
  try {
    // Prices come again as they were; ids never do, nor at a venue.
    const emulator = await startEmulator({ venue, port, seed: Date.now() })
    const known = [...emulator.model.markets.keys()]
    const sources = playedFrom(known, recorded?.symbols ?? [])
    if (recorded && sources.size === 0) {
      await emulator.stop()
      return { ok: false, problem: `none of the recorded symbols (${recorded.symbols.join(', ')}) is traded here: ${known.join(', ')}` }
    }
    if (recorded) void emulator.play(recorded.quotes, { speed, symbolOf: (symbol) => sources.get(symbol) })
    else emulator.walk({ intervalMs: INTERVAL_MS, seed })
    return { ok: true, emulator, symbols: recorded ? [...sources.values()] : known }
  } catch (error) {
    return { ok: false, problem: portProblem(error, port) }
  }
}
