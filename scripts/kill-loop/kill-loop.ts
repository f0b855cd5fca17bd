/** Kills a busy service again and again and proves after each kill that nothing acknowledged was lost. */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '../../src/prices/random.ts'
import { startService, type ServiceStarted } from './child-service.ts'
import { checkAudit, checkPositions, checkReplay } from './proof.ts'
import { Memory, Traffic, type Random } from './traffic.ts'

export type KillLoopOptions = {
  readonly kills: number
  readonly seed: number
  readonly command: readonly [string, ...string[]]
  readonly onKill: (done: number) => void
}
export type KillLoopResult = {
  readonly kills: number
  /** Of them before the service was ready: in the middle of a recovery. */
  readonly killsInRecovery: number
  /** Of them while it was stopping, or just after. */
  readonly killsInShutdown: number
  readonly tornTails: number
  readonly requests: number
  readonly acknowledged: number
  readonly positions: number
  readonly violations: readonly string[]
}

const SENDERS = 16
/** A new directory every so often: the check of a whole journal grows with it. */
const KILLS_PER_DIRECTORY = 10
const [EARLIEST_MS, LATEST_MS] = [20, 500]
const SHUTDOWN_MS = 120
/** Prices that close positions all the time, and no limit but the size. */
const SETTINGS = { AUTO_CLOSE_INTERVAL_SEC: '0.05', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SESSION_LOSS_PCT: '', PORT: '0' }

export async function killLoop(options: KillLoopOptions): Promise<KillLoopResult> {
  const random = seededRandom(options.seed)
  const total = { kills: 0, killsInRecovery: 0, killsInShutdown: 0, tornTails: 0, requests: 0, acknowledged: 0, positions: 0, violations: [] as string[] }
  while (total.kills < options.kills && total.violations.length === 0) {
    const directory = fs.mkdtempSync(join(tmpdir(), 'loms-kill-loop-'))
    const life = new DirectoryLife(directory, random, options)
    const kills = Math.min(KILLS_PER_DIRECTORY, options.kills - total.kills)
    await life.run(kills, (done) => options.onKill(total.kills + done))
    const { memory } = life
    total.kills += life.kills
    total.killsInRecovery += life.killsInRecovery
    total.killsInShutdown += life.killsInShutdown
    total.tornTails += life.tornTails
    total.requests += memory.requests
    total.acknowledged += memory.acknowledged.length
    total.positions += memory.signals.filter(({ answer }) => answer !== null && 'position_id' in answer).length
    total.violations.push(...memory.violations)
    if (memory.violations.length === 0) fs.rmSync(directory, { recursive: true })
    else total.violations.push(`the data directory is kept: ${directory}`)
  }
  return total
}

/** One data directory from its first start to its last. */
class DirectoryLife {
  readonly memory = new Memory()
  kills = 0
  killsInRecovery = 0
  killsInShutdown = 0
  tornTails = 0
  readonly #directory: string
  readonly #random: Random
  readonly #command: KillLoopOptions['command']

  constructor(directory: string, random: Random, { command }: KillLoopOptions) {
    this.#directory = directory
    this.#random = random
    this.#command = command
  }

  async run(kills: number, onKill: (done: number) => void): Promise<void> {
    for (let done = 1; done <= kills && this.memory.violations.length === 0; done++) {
      this.kills = done
      await this.#cycle()
      checkReplay(this.#dataDir, this.memory)
      onKill(done)
    }
    // The last kill is recovered from, too, and then a clean stop.
    const last = await this.#start()
    if (!last?.ok) return
    await this.#prove(last.service.url)
    await last.service.stop()
    checkAudit(this.#dataDir, this.#auditLog, this.memory)
    checkReplay(this.#dataDir, this.memory)
  }

  get #dataDir(): string {
    return join(this.#directory, 'data')
  }
  get #auditLog(): string {
    return join(this.#dataDir, 'bounce_signals_dev.jsonl')
  }

  async #cycle(): Promise<void> {
    if (this.#random() < 0.2) return this.#killInRecovery()
    const started = await this.#start()
    if (!started?.ok) return
    const { service } = started
    this.tornTails += service.log.filter(({ event }) => event === 'journal_torn_tail').length
    await this.#prove(service.url)
    const traffic = new Traffic(service.url, this.memory, this.#random)
    const sending = traffic.run(SENDERS)
    await milliseconds(EARLIEST_MS + this.#random() * (LATEST_MS - EARLIEST_MS))
    // Some are told to stop first: they are killed while they write their checkpoint, or leave one to recover from.
    if (this.#random() < 0.3) {
      this.killsInShutdown += 1
      void service.stop()
      await milliseconds(this.#random() * SHUTDOWN_MS)
    }
    const killed = service.kill()
    traffic.stop()
    await Promise.all([killed, sending])
  }

  /** Starts and is killed wherever it then is. */
  async #killInRecovery(): Promise<void> {
    this.killsInRecovery += 1
    const started = await startService({ ...this.#process, abort: AbortSignal.timeout(Math.ceil(this.#random() * 400)) })
    if (started.ok) await started.service.kill()
    else if (started.exit.signal !== 'SIGKILL') this.memory.violations.push(`the start failed: ${started.exit.stderr}`)
  }

  async #start(): Promise<ServiceStarted | undefined> {
    const started = await startService(this.#process)
    if (started.ok) return started
    this.memory.violations.push(`the start after a kill failed (code ${started.exit.code}): ${started.exit.stderr}`)
    return undefined
  }

  get #process(): { command: KillLoopOptions['command']; environment: Record<string, string>; cwd: string } {
    return { command: this.#command, environment: { ...SETTINGS, PATH: process.env['PATH'] ?? '', DATA_DIR: this.#dataDir }, cwd: this.#directory }
  }

  /** Right after a start: what is there, and what a bot gets that sends its last signals again. */
  async #prove(url: string): Promise<void> {
    checkAudit(this.#dataDir, this.#auditLog, this.memory)
    await checkPositions(url, this.memory)
    const again = new Traffic(url, this.memory, this.#random)
    const unanswered = this.memory.signals.filter(({ answer }) => answer === null)
    await Promise.all([...unanswered, ...this.memory.signals.slice(-100)].map((signal) => again.send(signal)))
    await checkPositions(url, this.memory)
  }
}

const milliseconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count))
