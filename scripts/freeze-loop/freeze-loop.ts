/**
 * A live service is frozen (SIGSTOP) in the middle of an entry, another instance is started on its data directory
 * meanwhile, then it is thawed (SIGCONT). Judged by the exchange's own truth: nothing is filled twice.
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { absolute, compare, decimal, greater, isZero, sum, type Decimal } from '../../src/domain/decimal.ts'
import { parseClientOrderId, type OrderRole } from '../../src/domain/ids.ts'
import { EMULATOR_KEY, startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { startService, type ChildService } from '../kill-loop/child-service.ts'
import { LIVE_KEY, liveEnvironment } from './live-environment.ts'

export type FreezeOptions = {
  readonly rounds: number
  readonly seed: number
  readonly venue: 'bybit' | 'bitget'
  readonly command: readonly [string, ...string[]]
  readonly onRound?: (done: number) => void
}
export type FreezeResult = {
  readonly rounds: number
  /** Rounds whose entry was filled; the others were refused or came too late, and nothing was opened. */
  readonly filled: number
  /** Other instances that the lock turned away. */
  readonly refused: number
  readonly doubleFills: number
  readonly violations: readonly string[]
}

/** When the process is frozen: at any moment after the signal, or when the exchange takes this call. */
const MOMENTS = ['any', 'entry', 'stop'] as const
type Moment = (typeof MOMENTS)[number]

const QTY = decimal('0.001')
const LATENCY_MS = 60
const ANY_MOMENT_MS = 150
/** Beyond this the exchange refuses what was signed before, and LOMS sends nothing that waited. */
const FROZEN_MS = { least: 500, most: 6500 }
const SETTLE_MS = 30_000

export async function freezeLoop({ rounds, seed, venue, command, onRound }: FreezeOptions): Promise<FreezeResult> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-freeze-'))
  const emulator = await startEmulator({ venue, seed, latencyMs: LATENCY_MS, accounts: [{ id: 'main', balance: 1000, keys: [EMULATOR_KEY] }] })
  emulator.walk({ intervalMs: 200, seed, symbols: ['BTCUSDT'] })
  const loop = new FreezeLoop(emulator, directory, command, seed)
  try {
    await loop.start()
    for (let round = 1; round <= rounds; round += 1) {
      await loop.round(round, MOMENTS[round % MOMENTS.length] as Moment)
      onRound?.(round)
    }
    return { rounds, ...loop.result() }
  } finally {
    await loop.stop()
    await emulator.stop()
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** No limit of the 100 EUR profile may end the loop early. */
const UNLIMITED = { MAX_ACCOUNT_EQUITY_USDT: '', MAX_DAILY_LOSS_USDT: '900', MAX_SESSION_LOSS_PCT: '90', MAX_DRAWDOWN_PCT: '', RISK_MAX_ALERTS_PER_DAY: '', RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '' }

class FreezeLoop {
  readonly #emulator: Emulator
  readonly #directory: string
  readonly #command: readonly [string, ...string[]]
  readonly #random: () => number
  readonly #violations: string[] = []
  #service: ChildService | null = null
  #filled = 0
  #refused = 0

  constructor(emulator: Emulator, directory: string, command: readonly [string, ...string[]], seed: number) {
    this.#emulator = emulator
    this.#directory = directory
    this.#command = command
    this.#random = seededRandom(seed)
  }

  result(): Omit<FreezeResult, 'rounds'> {
    const doubleFills = this.#violations.filter((violation) => /twice|too much|turned/.test(violation)).length
    return { filled: this.#filled, refused: this.#refused, doubleFills, violations: this.#violations }
  }

  async start(): Promise<void> {
    const started = await startService(this.#start())
    if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
    this.#service = started.service
    if (!(await this.#until(async () => (await this.#ask('POST', '/control/arm', { reason: 'freeze loop' })).status === 200))) throw new Error('the service cannot be armed')
  }

  async stop(): Promise<void> {
    await this.#service?.kill()
  }

  async round(round: number, moment: Moment): Promise<void> {
    const service = this.#service as ChildService
    const price = Number(this.#emulator.model.quoteOf('BTCUSDT')?.last)
    const signal = { symbol: 'BTCUSDT', side: 'long', price, qty: Number(QTY), sl_pct: 2, tp_pct: 4, timestamp: new Date().toISOString() }
    const seenBefore = this.#emulator.seen.length
    const answering = this.#ask('POST', '/signals/bounce', signal)
    await this.#momentOf(moment, seenBefore)
    process.kill(service.pid, 'SIGSTOP')
    const frozenUntil = performance.now() + FROZEN_MS.least + this.#random() * (FROZEN_MS.most - FROZEN_MS.least)
    await this.#startAnother(round)
    await sleep(Math.max(0, frozenUntil - performance.now()))
    process.kill(service.pid, 'SIGCONT')
    const id = (await answering).body['position_id']
    if (typeof id !== 'number') return void this.#violations.push(`round ${round}: the signal was not answered with a position`)
    // A bot that got no answer in time sends it again.
    const again = await this.#ask('POST', '/signals/bounce', signal)
    if (again.body['duplicate'] !== true || again.body['position_id'] !== id) this.#violations.push(`round ${round}: the repeated signal opened something twice: ${JSON.stringify(again.body)}`)
    await this.#closeDown(round, id)
    this.#judge(round, id)
  }

  /** The lock turns it away, however it is timed. */
  async #startAnother(round: number): Promise<void> {
    const started = await startService(this.#start())
    if (started.ok) {
      await started.service.kill()
      this.#violations.push(`round ${round}: another instance started on the same data directory`)
    } else if (/Another LOMS/.test(started.exit.stderr)) this.#refused += 1
    else this.#violations.push(`round ${round}: the other instance ended otherwise: ${started.exit.stderr.slice(0, 300)}`)
  }

  #start(): Parameters<typeof startService>[0] {
    const environment = { PATH: process.env['PATH'] ?? '', ...liveEnvironment(this.#emulator), ...UNLIMITED, PORT: '0', DATA_DIR: join(this.#directory, 'data') }
    return { command: this.#command, environment, cwd: this.#directory }
  }

  async #momentOf(moment: Moment, seenBefore: number): Promise<void> {
    if (moment === 'any') return sleep(this.#random() * ANY_MOMENT_MS)
    // The call has arrived at the exchange; its answer is still under way.
    for (const giveUp = performance.now() + 5000; performance.now() < giveUp; await sleep(2)) {
      if (this.#emulator.seen.slice(seenBefore).some(({ call }) => call === moment)) return
    }
  }

  /** Waits until the position rests or is over, closes it, and waits until nothing is left of it. */
  async #closeDown(round: number, id: number): Promise<void> {
    const state = async (): Promise<unknown> => (await this.#ask('GET', `/positions/${id}`)).body['state']
    if (!(await this.#until(async () => ['tp-placed', 'closed', 'cancelled'].includes(String(await state()))))) this.#violations.push(`round ${round}: position ${id} is neither protected nor over: ${String(await state())}`)
    const over = await this.#until(async () => {
      const now = String(await state())
      if (now !== 'closed' && now !== 'cancelled') await this.#ask('POST', `/positions/${id}/close`, { reason: 'freeze loop' })
      return (now === 'closed' || now === 'cancelled') && this.#own().length === 0
    })
    if (!over) this.#violations.push(`round ${round}: position ${id} is ${String(await state())}, at the exchange rest ${this.#own().join(', ')}`)
  }

  #own(): readonly string[] {
    return [...this.#emulator.model.account('main').open.values()].map(({ clientId }) => clientId).filter((clientId) => parseClientOrderId(clientId))
  }

  /** By the exchange's orders and fills. */
  #judge(round: number, id: number): void {
    const { orders, positions, fills } = this.#emulator.model.account('main')
    const of = (role: OrderRole): readonly { readonly filledQty: Decimal }[] =>
      [...orders.values()].filter(({ clientId }) => {
        const parsed = parseClientOrderId(clientId)
        return parsed?.role === role && parsed.position === id
      })
    const entries = of('entry').filter(({ filledQty }) => !isZero(filledQty))
    const entered = sum(entries.map(({ filledQty }) => filledQty))
    if (entries.length > 1) this.#violations.push(`round ${round}: ${entries.length} entries filled, entered twice`)
    if (greater(entered, QTY)) this.#violations.push(`round ${round}: entered ${entered}, too much`)
    if (entries.length === 1) this.#filled += 1
    const held = positions.get('BTCUSDT')?.qty
    if (held !== undefined && !isZero(held)) this.#violations.push(`round ${round}: ${held.startsWith('-') ? 'turned round to' : 'still held'} ${held}`)
    const bought = sum(fills.filter(({ side }) => side === 'buy').map(({ qty }) => qty))
    const sold = sum(fills.filter(({ side }) => side === 'sell').map(({ qty }) => qty))
    if (compare(absolute(bought), absolute(sold)) !== 0) this.#violations.push(`round ${round}: bought ${bought}, sold ${sold}`)
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
    const url = (this.#service as ChildService).url
    const response = await fetch(url + path, { method, headers: { 'content-type': 'application/json', authorization: `Bearer ${LIVE_KEY}` }, ...(body ? { body: JSON.stringify(body) } : {}) })
    return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> }
  }

  async #until(holds: () => Promise<boolean>): Promise<boolean> {
    for (const giveUp = performance.now() + SETTLE_MS; performance.now() < giveUp; await sleep(100)) if (await holds()) return true
    return false
  }
}
