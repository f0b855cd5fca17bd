/** The product as its users run it: `main` in a process of its own, asked over HTTP, in a directory that goes away afterwards. */
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, expect } from 'vitest'
import { startService, type ChildService, type Exit } from '../../scripts/kill-loop/child-service.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** What tests read of an answer; `body` is parsed JSON where it is JSON. */
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown; readonly text: string }
export type Json = { readonly [field: string]: unknown }
export type Settings = Readonly<Record<string, string>>

/** The compiled service where it is newer than every source, else the source itself. */
function serviceCommand(): [string, ...string[]] {
  const changed = (path: string): number => {
    const stat = fs.statSync(path)
    if (!stat.isDirectory()) return stat.mtimeMs
    return Math.max(0, ...fs.readdirSync(path).map((name) => (name === 'data' ? 0 : changed(join(path, name)))))
  }
  const builtAt = fs.statSync(join(ROOT, 'dist/build.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const newest = Math.max(...['src', 'machines', 'state'].map((name) => changed(join(ROOT, name))))
  if (builtAt > newest) return [process.execPath, join(ROOT, 'dist/src/main.js')]
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  return [process.execPath, '--import', tsx, join(ROOT, 'src/main.ts')]
}
export const COMMAND = serviceCommand()

const directories: string[] = []
const running = new Set<ChildService>()
// Registered for the test file that imports this module.
afterAll(async () => {
  await Promise.all([...running].map((service) => service.kill()))
  for (const directory of directories) fs.rmSync(directory, { recursive: true, force: true })
})

export function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-e2e-'))
  directories.push(directory)
  return directory
}

/** Nobody's settings but the test's; any free port. */
const environment = (directory: string, settings: Settings): Settings => ({ PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: join(directory, 'data'), ...settings })

/** The exit of a start that is refused; fails where it is not. */
export async function refusedStart(settings: Settings, directory = temporaryDirectory()): Promise<Exit> {
  const started = await startService({ command: COMMAND, environment: environment(directory, settings), cwd: directory })
  if (!started.ok) return started.exit
  await started.service.kill()
  throw new Error('the service started')
}

/** One service and the directory it runs in; it may be stopped, killed and started again there. */
export class Loms {
  readonly directory: string
  readonly settings: Settings
  readonly #child: ChildService

  private constructor(directory: string, settings: Settings, child: ChildService) {
    this.directory = directory
    this.settings = settings
    this.#child = child
    running.add(child)
    void child.exited.then(() => running.delete(child))
  }

  static async start(settings: Settings = {}, directory = temporaryDirectory(), command = COMMAND): Promise<Loms> {
    const started = await startService({ command, environment: environment(directory, settings), cwd: directory })
    if (!started.ok) throw new Error(`the service did not start (code ${started.exit.code}): ${started.exit.stderr}`)
    return new Loms(directory, settings, started.service)
  }

  /** A new process on the same directory. */
  again(settings: Settings = this.settings): Promise<Loms> {
    return Loms.start(settings, this.directory)
  }
  async killedAndStartedAgain(settings: Settings = this.settings): Promise<Loms> {
    await this.kill()
    return this.again(settings)
  }

  get pid(): number {
    return this.#child.pid
  }
  get url(): string {
    return this.#child.url
  }
  get log(): ChildService['log'] {
    return this.#child.log
  }
  get dataDir(): string {
    return join(this.directory, 'data')
  }
  stop(): Promise<Exit> {
    return this.#child.stop()
  }
  kill(): Promise<Exit> {
    return this.#child.kill()
  }
  /** How it ended by itself. */
  exit(): Promise<Exit> {
    return this.#child.exited
  }

  get(path: string, headers?: Record<string, string>): Promise<Answer> {
    return this.request('GET', path, undefined, headers)
  }
  /** A text is sent as it is, anything else as JSON. */
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.request('POST', path, body, headers)
  }
  signal(body: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.post('/signals/bounce', body, headers)
  }
  async pin(price: number): Promise<void> {
    await this.post(`/market/price/${price}`)
  }

  async request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const response = await fetch(this.url + path, { method, ...sent, headers: { 'content-type': 'application/json', ...headers } })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : null, text }
  }

  async positions(query = ''): Promise<Json[]> {
    return (await this.get(`/positions?limit=100000${query}`)).body as Json[]
  }
  async position(id: number): Promise<Json> {
    return (await this.get(`/positions/${id}`)).body as Json
  }
  async stats(query = ''): Promise<Json> {
    return (await this.get(`/stats${query}`)).body as Json
  }
  /** Everything a reader can see of what was traded. */
  async everything(): Promise<Json> {
    const [positions, stats, orders] = await Promise.all([this.positions(), this.stats(), this.get('/orders')])
    return { positions, stats, orders: orders.body }
  }
  audit(): Json[] {
    const text = fs.readFileSync(join(this.dataDir, 'bounce_signals_dev.jsonl'), 'utf8')
    return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Json)
  }
}

/** Asks again and again until the answer is as expected; the other process needs no more than milliseconds, as a rule. */
export const eventually = <T>(read: () => T): ReturnType<typeof expect.poll<T>> => expect.poll(read, { interval: 10, timeout: 10_000 })

let minute = 0
/** A signal nobody sent before: each has its own minute. */
export const bounce = (changes: Json = {}): Json => ({
  symbol: 'BTCUSDT',
  side: 'long',
  price: 100,
  timestamp: new Date(Date.UTC(2026, 0, 1) + 60_000 * minute++).toISOString(),
  ...changes,
})
