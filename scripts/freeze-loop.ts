/**
 * `npm run freeze-loop -- --rounds 30 [--seed 1] [--exchange bybit]`: freezes a live service in the middle of entries,
 * starts another one on its data directory meanwhile, thaws it, and proves by the emulated exchange's own truth that
 * nothing was filled twice. `--json FILE` writes the counts. Exit code 1 on any violation.
 */
import fs from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compiled } from './compiled.ts'
import { freezeLoop } from './freeze-loop/freeze-loop.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' }, exchange: { type: 'string', default: 'bybit' }, json: { type: 'string' } } })
const started = performance.now()
const build = compiled()
try {
  const { rounds, filled, refused, doubleFills, violations } = await freezeLoop({
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    venue: values.exchange === 'bitget' ? 'bitget' : 'bybit',
    command: [process.execPath, join(build, 'src/main.js')],
    onRound: (done) => process.stderr.isTTY && process.stderr.write(`\r${done} rounds`),
  })
  for (const violation of violations) process.stderr.write(`${violation}\n`)
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  process.stdout.write(`rounds ${rounds}, entries filled ${filled}, other instances turned away ${refused}, double fills ${doubleFills}, violations ${violations.length}, seed ${values.seed}, ${values.exchange}, ${seconds} s\n`)
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify({ kind: 'freezes', rounds, filled, refused, doubleFills, seed: Number(values.seed), exchange: values.exchange, seconds: Number(seconds), violations })}\n`)
  process.exitCode = violations.length === 0 ? 0 : 1
} finally {
  fs.rmSync(build, { recursive: true })
}
