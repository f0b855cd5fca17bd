/**
 * `npm run kill-switch -- [--rounds 30] [--positions 100] [--senders 8] [--exchange both|bybit|bitget|none]`: how fast a panic is on record
 * under load, and how fast it empties an account at an emulated exchange that keeps its rate limits. Exit code 1 where a
 * bound is broken: recorded within 50 ms (99 of 100), flat within 15 s, own orders gone within 40 s, no entry behind it.
 */
import fs from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compiled } from './compiled.ts'
import { engage } from './kill-switch/engage.ts'
import { flatten } from './kill-switch/flatten.ts'

const BOUNDS = { engagedMs: 50, flatMs: 15_000, ordersGoneMs: 40_000 }

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '30' }, positions: { type: 'string', default: '100' }, senders: { type: 'string', default: '8' }, exchange: { type: 'string', default: 'both' } },
})
const positions = Number(values.positions)
const build = compiled()
const command = [process.execPath, join(build, 'src/main.js')] as const
const failures: string[] = []
const bound = (what: string, ms: number, limit: number): void => void (ms <= limit || failures.push(`${what}: ${ms.toFixed(0)} ms, the bound is ${limit}`))
/** The smallest figure that this share of all does not exceed. */
const quantile = (sorted: readonly number[], share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN
const said = (text: string): void => void process.stdout.write(`${text}\n`)

try {
  const busy = (): string => `${(loadavg()[0] ?? 0).toFixed(1)} processes wanted ${availableParallelism()} processors`
  if (Number(values.rounds) > 0) {
    const { engagedMs, recordedMs, flatMs, signals, entriesAfterHalt, violations } = await engage({ rounds: Number(values.rounds), positions, senders: Number(values.senders), command })
    const [engaged, recorded, flat] = [engagedMs, recordedMs, flatMs].map((all) => [...all].sort((a, b) => a - b)) as [number[], number[], number[]]
    said(`paper, ${positions} positions, ${values.senders} senders, ${signals} signals, ${engaged.length} panics: on record p50 ${quantile(engaged, 0.5)} ms, p99 ${quantile(engaged, 0.99)} ms (of it in the service p50 ${quantile(recorded, 0.5).toFixed(1)} ms, p99 ${quantile(recorded, 0.99).toFixed(1)} ms); flat p50 ${quantile(flat, 0.5).toFixed(0)} ms, p99 ${quantile(flat, 0.99).toFixed(0)} ms; entries behind a halt ${entriesAfterHalt}; ${busy()}`)
    bound('on record, p99', quantile(engaged, 0.99), BOUNDS.engagedMs)
    failures.push(...violations, ...(entriesAfterHalt > 0 ? [`${entriesAfterHalt} entries behind a halt`] : []))
  }
  for (const venue of (['bybit', 'bitget'] as const).filter((each) => values.exchange === each || values.exchange === 'both')) {
    const live = await flatten({ venue, positions, command })
    said(`live at an emulated ${live.venue}, ${positions} positions: on record ${live.engagedMs} ms, flat ${live.flatMs} ms, own orders gone ${live.ordersGoneMs} ms, proven ${live.provenMs} ms; entries behind the halt ${live.entriesAfterHalt}, refused by rate limits ${live.refusedByRateLimit}; ${busy()}`)
    said(`asked of it: ${[...live.asked].sort(([, a], [, b]) => b.sent - a.sent).map(([call, { sent, refused }]) => `${call} ${sent}${refused > 0 ? ` (${refused} refused)` : ''}`).join(', ')}`)
    bound(`flat at ${venue}`, live.flatMs, BOUNDS.flatMs)
    bound(`own orders gone at ${venue}`, live.ordersGoneMs, BOUNDS.ordersGoneMs)
    failures.push(...live.violations, ...(live.entriesAfterHalt > 0 ? [`${live.entriesAfterHalt} entries behind the halt`] : []))
  }
  for (const failure of failures) process.stderr.write(`FAILED ${failure}\n`)
  process.exitCode = failures.length === 0 ? 0 : 1
} finally {
  fs.rmSync(build, { recursive: true })
}
