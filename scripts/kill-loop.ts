/**
 * `npm run kill-loop -- --kills 200 [--seed 1]`: compiles the service, puts it under load, kills it at random moments and
 * proves after each kill that nothing acknowledged was lost or done twice. Exit code 1 on the first violation.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compiled } from './compiled.ts'
import { killLoop } from './kill-loop/kill-loop.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } })
const started = performance.now()
const build = compiled()
try {
  const result = await killLoop({
    kills: Number(values.kills),
    seed: Number(values.seed),
    command: [process.execPath, join(build, 'src/main.js')],
    onKill: (done) => process.stderr.isTTY && process.stderr.write(`\r${done} kills`),
  })
  const { kills, killsInRecovery, killsInShutdown, tornTails, requests, acknowledged, positions, violations } = result
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  const of = (word: RegExp): number => violations.filter((violation) => word.test(violation)).length
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(
    `kills ${kills} (${killsInRecovery} in recovery, ${killsInShutdown} in shutdown, ${tornTails} torn tails), requests ${requests}, acknowledged ${acknowledged}, positions ${positions}, ` +
      `lost ${of(/lost|missing|unknown/)}, doubled ${of(/two positions|audit lines|too many/)}, violations ${violations.length}, seed ${values.seed}, ${seconds} s\n`,
  )
  process.exitCode = violations.length === 0 ? 0 : 1
} finally {
  fs.rmSync(build, { recursive: true })
}
