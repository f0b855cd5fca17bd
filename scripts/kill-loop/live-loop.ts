/**
 * Kills a service with real orders again and again, at any moment and in the middle of calls to the exchange, and judges
 * by the emulated exchange's own truth, which outlives every kill.
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { add, decimal, isZero, negate, subtract, ZERO, type Decimal } from '../../src/domain/decimal.ts'
import { parseClientOrderId } from '../../src/domain/ids.ts'
import { EMULATOR_KEY, startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { readJournal } from '../../state/journal-reading.ts'
import type { JournalRecord } from '../../state/record.ts'
import { LIVE_KEY, liveEnvironment } from '../freeze-loop/live-environment.ts'
import { startService, type ServiceStarted } from './child-service.ts'
import { ExchangeWatch } from './exchange-watch.ts'
import { LiveTraffic, QUANTITIES } from './live-traffic.ts'
import { checkAudit, checkReplay } from './proof.ts'
import { Memory, type Json, type Random } from './traffic.ts'

export type LiveLoopOptions = {
  readonly kills: number
  readonly seed: number
  readonly venue: 'bybit' | 'bitget'
  readonly command: readonly [string, ...string[]]
  readonly onKill?: (done: number) => void
}
export type LiveLoopResult = {
  readonly kills: number
  readonly byMoment: Readonly<Record<string, number>>
  readonly requests: number
  readonly acknowledged: number
  readonly positions: number
  /** Entries that the exchange filled. */
  readonly entries: number
  readonly longestNakedMs: number
  readonly longestNakedReadyMs: number
  readonly violations: readonly string[]
}

/** When it is killed: at any moment of its start or of its work, or when the exchange takes this call and has not answered yet. */
const MOMENTS = ['start', 'any', 'entry', 'stop', 'close', 'any'] as const
type Moment = (typeof MOMENTS)[number]

const LATENCY_MS = 30
const SENDERS = 3
const KILLS_PER_DIRECTORY = 10
const READY_WITHIN_MS = 30_000
const REST_WITHIN_MS = 40_000
/** The hard bound of the protective procedure (reliability of stops), counted while a service is ready. */
const PROTECT_WITHIN_MS = 7900
const SETTINGS = {
  MAX_ACCOUNT_EQUITY_USDT: '', MAX_DAILY_LOSS_USDT: '900', MAX_SESSION_LOSS_PCT: '90', MAX_DRAWDOWN_PCT: '', RISK_MAX_ALERTS_PER_DAY: '', RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '',
  MAX_OPEN_POSITIONS: '7', LIVE_SYMBOLS: Object.keys(QUANTITIES).join(','), PORT: '0',
}

export async function liveKillLoop({ kills, seed, venue, command, onKill }: LiveLoopOptions): Promise<LiveLoopResult> {
  const random = seededRandom(seed)
  const emulator = await startEmulator({ venue, seed, latencyMs: LATENCY_MS, accounts: [{ id: 'main', balance: 1000, keys: [EMULATOR_KEY] }] })
  emulator.walk({ intervalMs: 100, seed, symbols: Object.keys(QUANTITIES) })
  const watch = new ExchangeWatch(emulator)
  const total = { kills: 0, byMoment: {} as Record<string, number>, requests: 0, acknowledged: 0, positions: 0, entries: 0, violations: [] as string[] }
  try {
    while (total.kills < kills && total.violations.length === 0) {
      const directory = fs.mkdtempSync(join(tmpdir(), 'loms-live-kills-'))
      const life = new LiveDirectory({ directory, emulator, watch, random, command, byMoment: total.byMoment })
      await life.run(Math.min(KILLS_PER_DIRECTORY, kills - total.kills), () => onKill?.((total.kills += 1)) ?? undefined)
      total.requests += life.memory.requests
      total.acknowledged += life.memory.acknowledged.length
      total.positions += life.positions
      total.entries += life.entries
      total.violations.push(...life.memory.violations)
      if (total.violations.length === 0) fs.rmSync(directory, { recursive: true })
      else total.violations.push(`the data directory is kept: ${directory}`)
    }
    const { longestNakedMs, longestNakedReadyMs } = watch
    if (longestNakedReadyMs > PROTECT_WITHIN_MS) total.violations.push(`I1: a position was without a stop for ${longestNakedReadyMs} ms of a ready service`)
    return { ...total, longestNakedMs, longestNakedReadyMs }
  } finally {
    await emulator.stop()
  }
}

type DirectoryParts = { readonly directory: string; readonly emulator: Emulator; readonly watch: ExchangeWatch; readonly random: Random; readonly command: LiveLoopOptions['command']; readonly byMoment: Record<string, number> }

/** One data directory from its first start until nothing of it is left at the exchange. */
class LiveDirectory {
  readonly memory = new Memory()
  positions = 0
  entries = 0
  readonly #parts: DirectoryParts
  #armed = false

  constructor(parts: DirectoryParts) {
    this.#parts = parts
  }

  async run(kills: number, onKill: () => void): Promise<void> {
    const { random, byMoment } = this.#parts
    for (let done = 0; done < kills && this.memory.violations.length === 0; done += 1) {
      const moment = MOMENTS[Math.floor(random() * MOMENTS.length)] as Moment
      byMoment[moment] = (byMoment[moment] ?? 0) + 1
      if (moment === 'start') await this.#killInStart()
      else await this.#killAtWork(moment)
      onKill()
      checkReplay(this.#dataDir, this.memory)
    }
    if (this.memory.violations.length === 0) await this.#comeToRest()
  }

  get #dataDir(): string {
    return join(this.#parts.directory, 'data')
  }

  get #process(): Omit<Parameters<typeof startService>[0], 'abort'> {
    const { command, emulator, directory } = this.#parts
    return { command, environment: { PATH: process.env['PATH'] ?? '', ...liveEnvironment(emulator), ...SETTINGS, DATA_DIR: this.#dataDir }, cwd: directory }
  }

  async #killInStart(): Promise<void> {
    const started = await startService({ ...this.#process, abort: AbortSignal.timeout(Math.ceil(this.#parts.random() * 1500)) })
    // Ready for HTTP, and just now comparing the account with its journal.
    if (started.ok) {
      await sleep(this.#parts.random() * 300)
      await started.service.kill()
    } else if (started.exit.signal !== 'SIGKILL') this.#violate(`the start failed: ${started.exit.stderr}`)
  }

  async #killAtWork(moment: Moment): Promise<void> {
    const { random, emulator, watch } = this.#parts
    const started = await this.#start()
    if (!started?.ok) return
    const { service } = started
    if (!(await this.#ready(service.url))) return void (await service.kill())
    watch.ready()
    const traffic = new LiveTraffic(service.url, this.memory, random, emulator)
    const sending = traffic.run(SENDERS)
    await this.#moment(moment)
    const killed = service.kill()
    watch.gone()
    traffic.stop()
    await Promise.all([killed, sending])
  }

  /** The call has arrived at the exchange; its answer is still under way. */
  async #moment(moment: Moment): Promise<void> {
    const { emulator, random } = this.#parts
    await sleep(20 + random() * 480)
    if (moment === 'any') return
    const seenBefore = emulator.seen.length
    for (const giveUp = performance.now() + 2000; performance.now() < giveUp; await sleep(2)) if (emulator.seen.slice(seenBefore).some(({ call }) => call === moment)) break
    await sleep(random() * LATENCY_MS * 1.5)
  }

  async #start(): Promise<ServiceStarted | undefined> {
    const started = await startService(this.#process)
    if (!started.ok) this.#violate(`the start after a kill failed (code ${started.exit.code}): ${started.exit.stderr}`)
    return started
  }

  /** The account was compared, and a person has armed it once. */
  async #ready(url: string): Promise<boolean> {
    const ready = await until(READY_WITHIN_MS, async () => {
      if (!this.#armed) this.#armed = (await ask(url, 'POST', '/control/arm', { reason: 'kill loop' })).status === 200
      return this.#armed && (await ask(url, 'GET', '/readyz')).status === 200
    })
    if (!ready) this.#violate(`the service did not become ready: ${JSON.stringify((await ask(url, 'GET', '/health')).body)}`)
    return ready
  }

  /** The last kill is recovered from; everything is protected or over; everything is closed; nothing is left. */
  async #comeToRest(): Promise<void> {
    const { watch, random, emulator } = this.#parts
    const started = await this.#start()
    if (!started?.ok) return
    const { service } = started
    if (await this.#ready(service.url)) {
      watch.ready()
      const again = new LiveTraffic(service.url, this.memory, random, emulator)
      // What opened a position is answered the same for ever.
      for (const signal of this.memory.signals.filter(({ answer }) => answer?.['risk_ok'] === true)) await again.send(signal)
      await this.#prove(service.url)
      await this.#flatten(service.url, again)
    }
    await service.stop()
    watch.gone()
    this.#judge()
    checkReplay(this.#dataDir, this.memory)
  }

  async #open(url: string): Promise<readonly Json[]> {
    return (await ask(url, 'GET', '/positions?limit=100000')).body as unknown as readonly Json[]
  }

  async #prove(url: string): Promise<void> {
    let [positions, held, left]: [readonly Json[], Readonly<Record<string, Decimal>>, string] = [[], {}, '']
    const rested = await until(REST_WITHIN_MS, async () => {
      positions = await this.#open(url)
      held = this.#parts.watch.held()
      left = difference(positions, held)
      return left === '' && positions.every(({ state }) => ['tp-placed', 'sl-placed', 'closed', 'cancelled', 'rejected'].includes(String(state)))
    })
    if (!rested) this.#violate(`I2/I25: not at rest: ${left}; ${JSON.stringify(positions.filter(({ state }) => state !== 'closed').map(({ id, symbol, side, state, qty }) => ({ id, symbol, side, state, qty })))}; the exchange holds ${JSON.stringify(held)}`)
    const byId = new Map(positions.map((position) => [position['id'], position]))
    for (const { number, body, answer } of this.memory.signals) {
      const position = answer && 'position_id' in answer ? byId.get(answer['position_id']) : undefined
      if (answer && 'position_id' in answer && (position === undefined || position['symbol'] !== body['symbol'] || position['side'] !== body['side'])) this.#violate(`signal ${number}: position ${String(answer['position_id'])} is lost`)
    }
    this.positions = positions.length
  }

  async #flatten(url: string, traffic: LiveTraffic): Promise<void> {
    const { watch } = this.#parts
    const flat = await until(REST_WITHIN_MS, async () => {
      const open = (await this.#open(url)).filter(({ state }) => !['closed', 'cancelled', 'rejected'].includes(String(state)))
      for (const { id } of open) await traffic.close(id as number)
      return open.length === 0 && Object.keys(watch.held()).length === 0 && watch.resting().length === 0
    })
    if (!flat) this.#violate(`I12: left at the exchange: ${JSON.stringify(watch.held())}, orders ${watch.resting().join(', ')}`)
  }

  /** By journal and exchange together: every order has its durable intent, every signal at most one entry. */
  #judge(): void {
    const { watch } = this.#parts
    checkAudit(this.#dataDir, auditLogIn(this.#dataDir), this.memory)
    const opened = readJournal(this.#dataDir)
    if (!opened.ok) return this.#violate(opened.message)
    const records = [...opened.journal.records()]
    const identity = records.map(({ kind, body }) => (kind === 'fact' && body.type === 'journal.created' ? body.journalId : undefined)).find((id) => id !== undefined)
    const text = records.flatMap((record) => (record.kind === 'command' ? [JSON.stringify(record.body)] : [])).join('\n')
    for (const { clientId } of watch.ordersOf(identity ?? '')) if (!text.includes(`"${clientId}"`)) this.#violate(`I8: ${clientId} reached the exchange and is not in the journal`)
    for (const problem of watch.tradeProblems(identity ?? '')) this.#violate(problem)
    for (const problem of doubleEntries(records)) this.#violate(problem)
    this.entries = watch.ordersOf(identity ?? '').filter(({ clientId, filledQty }) => parseClientOrderId(clientId)?.role === 'entry' && !isZero(filledQty)).length
  }

  #violate(what: string): void {
    this.memory.violations.push(what)
  }
}

/** Signals for which more than one position was entered, by the journal. */
function doubleEntries(records: readonly JournalRecord[]): readonly string[] {
  const signals = new Map<number, string>()
  const entered = new Map<string, Set<number>>()
  for (const record of records) {
    if (record.kind === 'fact' && record.body.type === 'signal.received' && record.body.signal.signalId !== null) signals.set(record.seq, record.body.signal.signalId)
    const signal = record.kind === 'command' && record.body.type === 'order.submit' && record.body.role === 'entry' ? signals.get(record.cause) : undefined
    if (signal === undefined || record.kind !== 'command') continue
    entered.set(signal, (entered.get(signal) ?? new Set()).add(record.body.positionId))
  }
  return [...entered].flatMap(([signal, positions]) => (positions.size > 1 ? [`I3: ${signal} opened positions ${[...positions].join(', ')}, a double entry`] : []))
}

/** Where LOMS and the exchange differ in what is open; empty: nowhere. */
function difference(positions: readonly Json[], held: Readonly<Record<string, Decimal>>): string {
  const ours = new Map<string, Decimal>()
  for (const { symbol, side, open_qty, qty, status } of positions) {
    if (status !== 'open') continue
    const size = decimal(String(open_qty ?? qty))
    ours.set(String(symbol), add(ours.get(String(symbol)) ?? ZERO, side === 'long' ? size : negate(size)))
  }
  const symbols = new Set([...ours.keys(), ...Object.keys(held)])
  return [...symbols].filter((symbol) => !isZero(subtract(ours.get(symbol) ?? ZERO, held[symbol] ?? ZERO))).map((symbol) => `${symbol} is ${held[symbol] ?? ZERO} at the exchange and ${ours.get(symbol) ?? ZERO} here`).join(', ')
}

const auditLogIn = (dataDir: string): string => join(dataDir, fs.readdirSync(dataDir).find((name) => name.startsWith('bounce_signals_') && name.endsWith('.jsonl')) ?? 'bounce_signals.jsonl')

async function ask(url: string, method: 'GET' | 'POST', path: string, body?: object): Promise<{ readonly status: number; readonly body: Json }> {
  const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json', authorization: `Bearer ${LIVE_KEY}` }, ...(body ? { body: JSON.stringify(body) } : {}) })
  return { status: response.status, body: (await response.json()) as Json }
}

async function until(withinMs: number, holds: () => Promise<boolean>): Promise<boolean> {
  for (const giveUp = performance.now() + withinMs; performance.now() < giveUp; await sleep(50)) if (await holds()) return true
  return false
}
