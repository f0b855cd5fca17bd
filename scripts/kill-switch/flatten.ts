/**
 * A panic with real orders: many positions at an emulated exchange that keeps its rate limits, bots that go on sending.
 * Judged by the exchange's own truth: when it holds nothing, when no own order rests, and what entered behind the halt.
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decimal, isZero } from '../../src/domain/decimal.ts'
import { parseClientOrderId } from '../../src/domain/ids.ts'
import { standardMarkets, type Market } from '../../src/exchange-emulator/model/instrument.ts'
import { EMULATOR_KEY, startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { LIVE_KEY, liveEnvironment } from '../freeze-loop/live-environment.ts'
import { startService, type ChildService } from '../kill-loop/child-service.ts'
import { entriesAfterHalt } from './engage.ts'

export type FlattenOptions = { readonly venue: 'bybit' | 'bitget'; readonly positions: number; readonly command: readonly [string, ...string[]] }
export type FlattenResult = {
  readonly venue: string
  readonly positions: number
  /** Milliseconds from the request for the panic. */
  readonly engagedMs: number
  readonly flatMs: number
  readonly ordersGoneMs: number
  /** Until the service itself says flat, and can prove it. */
  readonly provenMs: number
  readonly entriesAfterHalt: number
  readonly refusedByRateLimit: number
  /** What was asked of the exchange from the panic to its end, and how often it refused that by its rate limits. */
  readonly asked: ReadonlyMap<string, { readonly sent: number; readonly refused: number }>
  readonly violations: readonly string[]
}
type Body = Readonly<Record<string, unknown>>

/** A usual round trip to an exchange. */
const LATENCY_MS = 120
/** Symbols that bots go on signalling while the panic comes. */
const SPARE = 10
const ARMED_WITHIN_MS = 40_000
const AT_A_TIME = 10
/** Until so many rest. */
const OPEN_WITHIN_MS = 60_000
const OVER_WITHIN_MS = 90_000
const RATE_LIMITED = /10006|"429"|Too many|too many/i
const UNLIMITED = {
  MAX_ACCOUNT_EQUITY_USDT: '', MAX_DAILY_LOSS_USDT: '9000', MAX_SESSION_LOSS_PCT: '90', MAX_DRAWDOWN_PCT: '', RISK_MAX_ALERTS_PER_DAY: '', RISK_MAX_ALERTS_PER_SYMBOL_PER_DAY: '',
  MAX_SAME_DIRECTION_PER_GROUP: '', MAX_ENTRY_DEVIATION_PCT: '20',
}

export async function flatten(options: FlattenOptions): Promise<FlattenResult> {
  const { venue, positions } = options
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-flatten-'))
  const markets = manyMarkets(venue, positions + SPARE)
  const emulator = await startEmulator({ venue, seed: 1, latencyMs: LATENCY_MS, markets, accounts: [{ id: 'main', balance: 100_000, keys: [EMULATOR_KEY] }] })
  const stopWalking = emulator.walk({ intervalMs: 1000, seed: 1, shape: { volatility: 0.0001, jumpChance: 0, jumpSize: 0, wickChance: 0, wickSize: 0, markPull: 1 } })
  const symbols = markets.slice(0, positions + SPARE).map(({ instrument }) => instrument.symbol)
  const environment = {
    PATH: process.env['PATH'] ?? '', ...liveEnvironment(emulator), ...UNLIMITED, PORT: '0', DATA_DIR: join(directory, 'data'), LIVE_SYMBOLS: symbols.join(','), MAX_OPEN_POSITIONS: String(symbols.length),
  }
  const started = await startService({ command: options.command, cwd: directory, environment })
  try {
    if (!started.ok) throw new Error(`the service did not start: ${started.exit.stderr}`)
    const result = await new Flattening(emulator, started.service).play(symbols, positions)
    await started.service.kill()
    return { ...result, entriesAfterHalt: result.entriesAfterHalt + entriesAfterHalt(environment.DATA_DIR) }
  } finally {
    if (started.ok) await started.service.kill()
    stopWalking()
    await emulator.stop()
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

/** The usual perpetuals, and many like SOLUSDT under other names. */
function manyMarkets(venue: 'bybit' | 'bitget', count: number): Market[] {
  const usual = standardMarkets(venue, Date.now())
  const like = usual.find(({ instrument }) => instrument.symbol === 'SOLUSDT') as Market
  const others = Array.from({ length: count }, (_, index) => {
    const base = `M${String(index).padStart(3, '0')}`
    return { instrument: { ...like.instrument, symbol: `${base}USDT`, base, minNotional: decimal(5) }, quote: { ...like.quote } }
  })
  return [...others, ...usual]
}

class Flattening {
  readonly #emulator: Emulator
  readonly #service: ChildService
  readonly #violations: string[] = []

  constructor(emulator: Emulator, service: ChildService) {
    this.#emulator = emulator
    this.#service = service
  }

  async play(symbols: readonly string[], positions: number): Promise<FlattenResult> {
    const armed = async (): Promise<boolean> => (await this.#post('/control/arm', { reason: 'measured' })).status === 200
    if (!(await until(armed, ARMED_WITHIN_MS, 1000))) throw new Error(`the service cannot be armed: ${JSON.stringify((await this.#post('/control/arm', { reason: 'measured' })).body)}; ${JSON.stringify(this.#service.log.slice(-3))}`)
    await this.#openAll(symbols.slice(0, positions))
    const bots = new AbortController()
    const load = this.#load(symbols.slice(positions), bots.signal)
    await sleep(300)
    const begin = Date.now()
    const panicking = this.#post('/control/panic', { reason: 'measured' })
    const flatMs = await this.#when(begin, () => this.#held() === 0)
    const ordersGoneMs = await this.#when(begin, () => this.#held() === 0 && this.#own() === 0)
    await panicking
    bots.abort()
    await load
    const provenMs = await this.#proven(begin)
    const engagedAt = Date.parse(String(this.#service.log.find(({ event, to }) => event === 'trading_changed' && to === 'halted')?.['ts']))
    const late = this.#emulator.seen.filter(({ call, at }) => call === 'entry' && at > engagedAt + LATENCY_MS / 2)
    const asked = this.#asked(begin)
    const refusedByRateLimit = [...asked.values()].reduce((sum, { refused }) => sum + refused, 0)
    return { venue: this.#emulator.venue, positions, engagedMs: engagedAt - begin, flatMs, ordersGoneMs, provenMs, entriesAfterHalt: late.length, refusedByRateLimit, asked, violations: this.#violations }
  }

  #asked(begin: number): Map<string, { readonly sent: number; readonly refused: number }> {
    const asked = new Map<string, { sent: number; refused: number }>()
    for (const { call = 'other', at, answer } of this.#emulator.seen) {
      if (at < begin) continue
      const { sent, refused } = asked.get(call) ?? { sent: 0, refused: 0 }
      asked.set(call, { sent: sent + 1, refused: refused + (RATE_LIMITED.test(JSON.stringify(answer ?? '').slice(0, 300)) ? 1 : 0) })
    }
    return asked
  }

  /** A few at a time: an entry that waits for its turn longer than thirty seconds is given up. */
  async #openAll(symbols: readonly string[]): Promise<void> {
    for (let first = 0; first < symbols.length; first += AT_A_TIME) {
      const wanted = symbols.slice(0, first + AT_A_TIME)
      for (const symbol of wanted.slice(first)) {
        const { body } = await this.#signal(symbol)
        if (body['risk_ok'] !== true) throw new Error(`${symbol} was not opened: ${JSON.stringify(body)}`)
      }
      const allRest = async (): Promise<boolean> => (await this.#open()).filter(({ state }) => state === 'tp-placed').length === wanted.length
      if (!(await until(allRest, OPEN_WITHIN_MS, 500))) throw new Error(`not every position rests: ${JSON.stringify((await this.#notResting()).slice(0, 5))}`)
    }
  }

  async #load(symbols: readonly string[], signal: AbortSignal): Promise<void> {
    for (let index = 0; !signal.aborted; index += 1) {
      await this.#signal(symbols[index % symbols.length] as string)
      await sleep(10)
    }
  }

  /** The service's own proof agrees with the exchange; asked for as `loms panic` does. */
  async #proven(begin: number): Promise<number> {
    const flat = async (): Promise<boolean> => (await this.#post('/control/panic', { reason: 'measured' })).body['flat'] === true
    if (!(await until(flat, OVER_WITHIN_MS, 0))) this.#violations.push(`the panic does not end with flat: ${JSON.stringify((await this.#open()).slice(0, 3))}`)
    return Date.now() - begin
  }

  async #when(begin: number, holds: () => boolean): Promise<number> {
    if (!(await until(() => Promise.resolve(holds()), OVER_WITHIN_MS, 20))) this.#violations.push(`after ${OVER_WITHIN_MS} ms ${this.#held()} positions are held and ${this.#own()} own orders rest`)
    return Date.now() - begin
  }

  #held(): number {
    return [...this.#emulator.model.account('main').positions.values()].filter(({ qty }) => !isZero(qty)).length
  }
  #own(): number {
    return [...this.#emulator.model.account('main').open.values()].filter(({ clientId }) => parseClientOrderId(clientId)).length
  }
  async #positions(filter: string): Promise<readonly Body[]> {
    const response = await fetch(`${this.#service.url}/positions?limit=1000${filter}`, { headers: { authorization: `Bearer ${LIVE_KEY}` } })
    return (await response.json()) as readonly Body[]
  }
  #open(): Promise<readonly Body[]> {
    return this.#positions('&status=open')
  }
  async #notResting(): Promise<readonly Body[]> {
    return (await this.#positions('')).filter(({ state }) => state !== 'tp-placed')
  }

  #signal(symbol: string): Promise<{ readonly status: number; readonly body: Body }> {
    const price = Number(this.#emulator.model.quoteOf(symbol)?.last)
    return this.#post('/signals/bounce', { symbol, side: 'long', price, qty: 0.1, sl_pct: 20, tp_pct: 20, timestamp: new Date().toISOString() })
  }

  async #post(path: string, body: object): Promise<{ readonly status: number; readonly body: Body }> {
    const response = await fetch(this.#service.url + path, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${LIVE_KEY}` }, body: JSON.stringify(body) })
    return { status: response.status, body: (await response.json()) as Body }
  }
}

async function until(holds: () => Promise<boolean>, withinMs: number, everyMs: number): Promise<boolean> {
  for (const giveUp = performance.now() + withinMs; performance.now() < giveUp; await sleep(everyMs)) if (await holds()) return true
  return false
}
