/**
 * `npm run kill-loop -- --kills 200 [--seed 1] [--live] [--exchange bybit]`: compiles the service, puts it under load, kills
 * it at random moments and proves after each kill that nothing acknowledged was lost or done twice; with `--live` with real
 * orders at an emulated exchange, by that exchange's own truth. `--json FILE` writes the counts. Exit code 1 on the first violation.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compiled } from './compiled.ts'
import { killLoop } from './kill-loop/kill-loop.ts'
import { liveKillLoop } from './kill-loop/live-loop.ts'

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' }, live: { type: 'boolean', default: false }, exchange: { type: 'string', default: 'bybit' }, json: { type: 'string' } },
})
const started = performance.now()
const build = compiled()
const common = {
  kills: Number(values.kills),
  seed: Number(values.seed),
  command: [process.execPath, join(build, 'src/main.js')] as const,
  onKill: (done: number) => void (process.stderr.isTTY && process.stderr.write(`\r${done} kills`)),
}
try {
  const { violations, ...counts } = values.live ? await liveKillLoop({ ...common, venue: values.exchange === 'bitget' ? 'bitget' : 'bybit' }) : await killLoop(common)
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  const of = (word: RegExp): number => violations.filter((violation) => word.test(violation)).length
  const judged = {
    kind: values.live ? 'live-kills' : 'kills',
    ...counts,
    lost: of(/lost|missing|unknown/),
    doubled: of(/two positions|audit lines|too many|double entry/),
    seed: common.seed,
    seconds: Math.round((performance.now() - started) / 1000),
  }
  process.stdout.write(`${Object.entries(judged).map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ')}, violations ${violations.length}\n`)
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify({ ...judged, violations })}\n`)
  process.exitCode = violations.length === 0 ? 0 : 1
} finally {
  fs.rmSync(build, { recursive: true })
}
