/**
 * `npm run kill-loop -- --kills 200 [--seed 1]`: compiles the service, puts it under load, kills it at random moments and
 * proves after each kill that nothing acknowledged was lost or done twice. Exit code 1 on the first violation.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { killLoop } from './kill-loop/kill-loop.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

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

/** Compiles once into a folder that goes away: a start is then three times as fast as from source. */
function compiled(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'loms-build-'))
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', folder, '--tsBuildInfoFile', join(folder, 'build.tsbuildinfo')], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the service does not compile:\n${stdout}`)
  fs.symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  fs.copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  return folder
}
