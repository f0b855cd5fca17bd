/**
 * How long a panic takes to be on record while bots go on sending: from the request leaving the client to the durable
 * halt. Positions are opened, panic is asked for under load, the halt is lifted, and so on.
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJournal } from '../../state/journal-reading.ts'
import { startService, type ChildService } from '../kill-loop/child-service.ts'

export type EngageOptions = { readonly rounds: number; readonly positions: number; readonly senders: number; readonly command: readonly [string, ...string[]] }
export type EngageResult = {
  /** Milliseconds of each round, after one that warms the process up. */
  readonly engagedMs: readonly number[]
  /** Of it what the service itself took, from its turn to the durable record. */
  readonly recordedMs: readonly number[]
  readonly flatMs: readonly number[]
  readonly signals: number
  /** Entry orders in the journal between a halt and its reset. */
  readonly entriesAfterHalt: number
  readonly violations: readonly string[]
}
type Panic = { readonly engagedMs: number; readonly recordedMs: number; readonly flatMs: number }
type Body = Readonly<Record<string, unknown>>

/** So long bots send before each panic and behind it. */
const LOAD_MS = 200
const QUIET = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', AUTO_CLOSE_INTERVAL_SEC: '3600', AUTO_CLOSE_MIN_AGE_SEC: '0' }

export async function engage({ rounds, positions, senders, command }: EngageOptions): Promise<EngageResult> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-engage-'))
  const data = join(directory, 'data')
  try {
    const started = await startService({ command, cwd: directory, environment: { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: data, ...QUIET } })
    if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
    const bots = new Bots(started.service)
    const violations: string[] = []
    const taken: Panic[] = []
    for (let round = 0; round <= rounds; round += 1) taken.push(await bots.panic(positions, senders, violations))
    await started.service.kill()
    const of = (figure: keyof Panic): readonly number[] => taken.slice(1).map((panic) => panic[figure])
    return { engagedMs: of('engagedMs'), recordedMs: of('recordedMs'), flatMs: of('flatMs'), signals: bots.sent, entriesAfterHalt: entriesAfterHalt(data), violations }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

class Bots {
  readonly #service: ChildService
  sent = 0

  constructor(service: ChildService) {
    this.#service = service
  }

  async panic(positions: number, senders: number, violations: string[]): Promise<Panic> {
    await Promise.all(Array.from({ length: positions }, (_, index) => this.#signal(`S${index}USDT`)))
    let sending = true
    const load = Array.from({ length: senders }, async () => {
      while (sending) await this.#signal(`L${this.sent % 50}USDT`)
    })
    await sleep(LOAD_MS)
    const [wall, begin] = [Date.now(), performance.now()]
    const { closed, flat, steps } = await this.#post('/control/panic', { reason: 'measured' })
    const flatMs = performance.now() - begin
    await sleep(LOAD_MS)
    sending = false
    await Promise.all(load)
    if (flat !== true || typeof closed !== 'number' || closed < positions) violations.push(`a panic ended with flat: ${String(flat)}, closed: ${String(closed)}`)
    // Logged when it is durable.
    const line = this.#service.log.findLast(({ event, to }) => event === 'trading_changed' && to === 'halted')
    await this.#post('/control/reset-kill-switch', { reason: 'next round' })
    const [recorded] = steps as readonly { readonly ms: number }[]
    return { engagedMs: Date.parse(String(line?.['ts'])) - wall, recordedMs: recorded?.ms ?? NaN, flatMs }
  }

  #signal(symbol: string): Promise<Body> {
    const timestamp = new Date(Date.UTC(2026, 0, 1) + 60_000 * this.sent++).toISOString()
    return this.#post('/signals/bounce', { symbol, side: 'long', price: 100, tp_pct: 40, sl_pct: 40, timestamp })
  }

  async #post(path: string, body: object): Promise<Body> {
    const response = await fetch(this.#service.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    return (await response.json()) as Body
  }
}

/** By the journal: entry orders that are behind a halt and before its reset. */
export function entriesAfterHalt(directory: string): number {
  const opened = readJournal(directory)
  if (!opened.ok) throw new Error(opened.message)
  let halted = false
  let entries = 0
  for (const { kind, body } of opened.journal.records()) {
    if (kind === 'fact' && body.type === 'trading.halted') halted = true
    else if (kind === 'fact' && body.type === 'kill-switch.armed') halted = false
    else if (halted && kind === 'command' && body.type === 'order.submit' && body.role === 'entry') entries += 1
  }
  return entries
}
