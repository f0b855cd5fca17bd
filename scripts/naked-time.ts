/**
 * How long positions are without a stop: `npm run naked-time -- --entries 200 --latency 50`. The real engine and the real
 * exchange clients open positions at a local exchange that takes so many milliseconds for every call. Told twice: by the
 * exchange's own truth, and as `time_to_protect` counts it. Exit code 1 where the 99th percentile is a second or more, or
 * any is beyond the hard bound.
 */
import { parseArgs } from 'node:util'
import { EMULATOR_KEY } from '../src/exchange-emulator/server.ts'
import { PROTECT_WITHIN_MS } from '../test/live/oracle.ts'
import { LiveWorld } from '../test/live/live-world.ts'
import { VENUES } from '../test/live/venues.ts'

const P99_BELOW_MS = 1000
const PRICES = { BTCUSDT: [50_000, 0.01], ETHUSDT: [3000, 0.1], SOLUSDT: [150, 1] } as const
const SYMBOLS = Object.keys(PRICES) as (keyof typeof PRICES)[]

type Figures = { readonly entries: number; readonly p50: number; readonly p99: number; readonly longest: number }

function figures(times: readonly number[]): Figures {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { entries: sorted.length, p50: at(0.5), p99: at(0.99), longest: sorted.at(-1) ?? 0 }
}

/** Opens positions one after another, each symbol in its turn; the last of a symbol is closed before its next. */
async function measure(venue: (typeof VENUES)[number], entries: number, latencyMs: number): Promise<{ readonly truth: Figures; readonly counted: Figures }> {
  const world = await LiveWorld.open({ venue, latencyMs, accounts: [{ id: 'main', balance: 1_000_000, keys: [EMULATOR_KEY] }] })
  const open = new Map<string, number>()
  for (const symbol of SYMBOLS) world.price(symbol, { last: PRICES[symbol][0] })
  try {
    for (let index = 0; index < entries; index += 1) {
      const symbol = SYMBOLS[index % SYMBOLS.length] as keyof typeof PRICES
      const before = open.get(symbol)
      if (before !== undefined) await world.closed(before as never, 60_000)
      const [price, qty] = PRICES[symbol]
      const id = world.signal({ symbol, price, qty })
      await world.until('protected, or given up', () => ['tp-placed', 'closed', 'retired'].includes(world.state(id)), 60_000)
      world.engine.requestExit(id, 'manual', null)
      open.set(symbol, id)
    }
    for (const id of open.values()) await world.closed(id as never, 60_000)
    const naked = world.oracle.nakedSpells.map(({ ms }) => ms)
    const counted = world.notices.flatMap((notice) => (notice.type === 'position.protected' ? [notice.nakedMs] : []))
    // An entry whose stop came with it was never naked.
    return { truth: figures([...naked, ...Array.from<number>({ length: Math.max(0, entries - naked.length) }).fill(0)]), counted: figures(counted) }
  } finally {
    await world.stop()
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { entries: { type: 'string', default: '200' }, latency: { type: 'string', default: '50' } } })
  const [entries, latency] = [Number(values.entries), Number(values.latency)]
  let held = true
  for (const venue of VENUES) {
    const { truth, counted } = await measure(venue, entries, latency)
    const row = (what: string, { p50, p99, longest }: Figures): string => `${venue.padEnd(7)} ${what.padEnd(24)} ${entries} entries  p50 ${p50} ms  p99 ${p99} ms  longest ${longest} ms\n`
    process.stdout.write(row('by the exchange’s truth', truth) + row('as LOMS counts it', counted))
    held = held && counted.entries === entries && [truth, counted].every(({ p99, longest }) => p99 < P99_BELOW_MS && longest <= PROTECT_WITHIN_MS)
  }
  process.stdout.write(held ? `held: p99 below ${P99_BELOW_MS} ms, none beyond ${PROTECT_WITHIN_MS} ms, at ${latency} ms a call\n` : 'NOT HELD\n')
  process.exit(held ? 0 : 1)
}

await main()
