/**
 * `npm run fuzz -- --requests 20000 [--seed 1] [--json FILE]`: hostile HTTP against a real service in a process of its own.
 * `--seed 1 --index 42` sends request 42 of seed 1 alone. Exit code 1 on the first violation.
 */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { replayJournal } from '../src/replay/replay.ts'
import { descriptionOf, type Keys } from './fuzz/described-requests.ts'
import { FuzzRun, type FuzzResult } from './fuzz/fuzz-run.ts'
import { startService, type ChildService } from './kill-loop/child-service.ts'

const { values } = parseArgs({ options: { requests: { type: 'string', default: '20000' }, seed: { type: 'string', default: '1' }, index: { type: 'string' }, json: { type: 'string' } } })
const seed = Number(values.seed)
const [from, requests] = values.index === undefined ? [0, Number(values.requests)] : [Number(values.index), 1]

const keyOf = (scope: string): string => `fuzz-canary-key-${scope}-0123456789abcdef`
const KEYS: Keys = { read: keyOf('read'), signal: keyOf('signal'), trade: keyOf('trade'), admin: keyOf('admin'), all: keyOf('all') }
const WEBHOOK = { path: 'fuzz-canary-webhook-path-0123456789', secret: 'fuzz-canary-webhook-secret-0123456789' }
const SECRETS = [...Object.values(KEYS), ...Object.values(WEBHOOK)]
/** Prices stand still, so that what is recorded was asked for; the webhook's port is nobody's. */
const SETTINGS = {
  API_KEYS: Object.entries(KEYS).map(([scope, key]) => `${scope}:${scope}:${key}`).join(','), ALERT_WEBHOOK_URL: `http://127.0.0.1:9/${WEBHOOK.path}`, ALERT_WEBHOOK_SECRET: WEBHOOK.secret,
  AUTO_CLOSE_INTERVAL_SEC: '86400', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '50', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SESSION_LOSS_PCT: '', PORT: '0', LOG_LEVEL: 'info',
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

const filesUnder = (directory: string): string[] => fs.readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesUnder(join(directory, entry.name)) : [join(directory, entry.name)]))

/** What the run left behind: faults in the log, secrets in files, a journal that does not prove the state. */
function aftermath(service: ChildService, dataDir: string, stderr: string): string[] {
  const faults = service.log.filter(({ event }) => event === 'http_error').map((line) => `fault in the log: ${JSON.stringify(line).slice(0, 600)}`)
  const written = [...filesUnder(dataDir).map((file) => [file, fs.readFileSync(file, 'latin1')] as const), ['the log', JSON.stringify(service.log)] as const, ['stderr', stderr] as const]
  const leaks = written.flatMap(([place, text]) => SECRETS.filter((secret) => text.includes(secret)).map((secret) => `${secret} stands in ${place}`))
  const replayed = replayJournal({ source: dataDir, until: null, check: true, positionId: null })
  const unproven = replayed.ok ? (replayed.replay.check ?? []).filter(({ ok }) => !ok).map(({ name, detail }) => `replay: ${name}: ${detail}`) : [...replayed.problems]
  return [...faults.slice(0, 10), ...leaks, ...unproven, ...(stderr === '' ? [] : [`stderr: ${stderr.slice(0, 500)}`])]
}

async function fuzz(directory: string): Promise<{ readonly result: FuzzResult; readonly after: readonly string[] }> {
  const dataDir = join(directory, 'data')
  const started = await startService({ command: [process.execPath, '--import', tsx, main], environment: { ...SETTINGS, PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir }, cwd: directory })
  if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
  const { service } = started
  const openApi: unknown = await (await fetch(`${service.url}/openapi.json`)).json()
  const run = new FuzzRun({
    port: Number(new URL(service.url).port), pid: service.pid, seed, from, requests, keys: KEYS, description: descriptionOf(openApi), secrets: SECRETS,
    onBatch: (done) => process.stderr.isTTY && process.stderr.write(`\r${done} requests`),
  })
  try {
    await run.run()
  } catch (error) {
    run.result.violations.push({ index: from + run.result.requests, what: `the run ended: ${String(error)}`, request: '' })
  }
  const exit = await service.stop()
  return { result: run.result, after: [...aftermath(service, dataDir, exit.stderr), ...(exit.code === 0 ? [] : [`the service ended with ${exit.code ?? exit.signal}`])] }
}

const began = performance.now()
const directory = fs.mkdtempSync(join(tmpdir(), 'loms-fuzz-'))
try {
  const { result, after } = await fuzz(directory)
  const seconds = Math.round((performance.now() - began) / 1000)
  for (const { index, what, request } of result.violations) process.stdout.write(`${what}\n  ${request}\n  npm run fuzz -- --seed ${seed} --index ${index}\n`)
  for (const what of after) process.stdout.write(`${what}\n`)
  const { violations, ...figures } = result
  const summary = { seed, ...figures, violations: violations.length + after.length, seconds }
  process.stdout.write(`${JSON.stringify(summary)}\n`)
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify({ ...summary, violations: [...violations, ...after] }, null, 2)}\n`)
  process.exitCode = summary.violations === 0 ? 0 : 1
} finally {
  fs.rmSync(directory, { recursive: true })
}
