/**
 * `loms demo --live`: the real service in live mode against the exchange emulator, both as processes of their own, on
 * recorded prices; signals through the public API, accidents by script. In a temporary folder, without a network.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LomsClient } from '../../cli/http-client.ts'
import type { Terminal } from '../../cli/terminal.ts'
import { startChild, type Child } from '../child.ts'
import { newsBetween } from '../demo-state.ts'
import { look } from '../follow.ts'
import { followPositions } from '../notice-stream.ts'
import { demoRecording, type Recording } from '../recording.ts'
import { freePort, ready } from '../start.ts'
import { inPlace } from '../view.ts'
import { ACTS, type Stage } from './acts.ts'
import { DemoExchange } from './exchange.ts'
import { printLiveSummary } from './live-summary.ts'
import type { Claim, LiveState } from './live-state.ts'
import { renderLive } from './live-view.ts'

export type LiveDemoOptions = { readonly json: boolean; readonly exchange: LiveState['exchange'] }

/** The recording's 8 minutes last as long as the script, with something to spare. */
const SPEED = 8
const KEY = 'demo-key'
const BALANCE = '100'
const ROUND_MS = 100
/** Nothing may keep the demo longer than this. */
const TIME_LIMIT_MS = 58_000

/** True only if everything that was shown came true and nothing is left open. */
export async function runLiveDemo(terminal: Terminal, { json, exchange: venue }: LiveDemoOptions): Promise<boolean> {
  const recording = demoRecording()
  const folder = mkdtempSync(join(tmpdir(), 'loms-demo-'))
  const [exchangePort, port] = [await freePort(), await freePort()]
  const exchange = new DemoExchange(`http://127.0.0.1:${exchangePort}`)
  const client = new LomsClient({ url: `http://127.0.0.1:${port}`, key: KEY, timeoutMs: 3_000 })
  const over = new AbortController()
  const interrupt = (): void => over.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const children: Child[] = []
  try {
    const problem = await startBoth({ venue, recording, folder, exchangePort, port, exchange, client, children, signal: over.signal })
    if (problem !== null) {
      terminal.err(over.signal.aborted ? 'demo interrupted' : problem)
      return false
    }
    const claims = await perform({ terminal, venue, recording, exchange, client, over })
    if (over.signal.aborted) terminal.err('demo interrupted')
    return !over.signal.aborted && (await printLiveSummary(terminal, client, exchange, recording.symbol, claims, json))
  } finally {
    await Promise.all(children.map((child) => child.stop()))
    rmSync(folder, { recursive: true, force: true })
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

type Start = {
  readonly venue: LiveState['exchange']
  readonly recording: Recording
  readonly folder: string
  readonly exchangePort: number
  readonly port: number
  readonly exchange: DemoExchange
  readonly client: LomsClient
  readonly children: Child[]
  readonly signal: AbortSignal
}

/** Exchange first, then the service, then armed as a person would; a problem in words, or null. */
async function startBoth({ venue, recording, folder, exchangePort, port, exchange, client, children, signal }: Start): Promise<string | null> {
  const explain = (what: string, child: Child): string => [`the demo cannot start its ${what}:`, ...child.lastLines()].join('\n')
  const emulator = startChild({
    program: '../cli/loms',
    args: ['exchange-emulator', '--venue', venue, '--port', String(exchangePort), '--prices', recording.file, '--speed', String(SPEED)],
    folder,
    environment: {},
  })
  children.push(emulator)
  for (let tries = 0; (await exchange.truth(recording.symbol)) === null; tries += 1) {
    if (tries === 200 || emulator.ended() !== null || signal.aborted) return explain('exchange', emulator)
    await sleep(50)
  }
  await exchange.deposit(BALANCE)
  const service = startChild({ program: '../main', folder, environment: { ...LIVE, ...KEYS[venue], PRICE_EXCHANGE: venue, EXCHANGE_EMULATOR_URL: exchange.url, PORT: String(port), DATA_DIR: join(folder, 'data') } })
  children.push(service)
  if (!(await ready(client, service, signal))) return explain('service', service)
  const armed = await client.post('/control/arm', { reason: 'demo' })
  return armed.kind === 'ok' ? null : `the account was not armed: ${JSON.stringify(armed)}`
}

/** The 100 EUR profile; only the size is raised to the smallest order of BTCUSDT on either venue. */
const LIVE: Readonly<Record<string, string>> = {
  LOMS_PROFILE: 'semi-live',
  LIVE_TRADING: 'true',
  LIVE_STRATEGIES: 'bounce_ema10_strict',
  LIVE_SYMBOLS: 'BTCUSDT',
  MAX_SIZE_PER_POSITION_USDT: '80',
  HOST: '127.0.0.1',
  API_KEYS: KEY,
}
/** Of the emulator: worth nothing anywhere else. */
const KEYS: Readonly<Record<LiveState['exchange'], Readonly<Record<string, string>>>> = {
  bybit: { BYBIT_API_KEY: 'emulator-key', BYBIT_API_SECRET: 'emulator-secret' },
  bitget: { BITGET_API_KEY: 'emulator-key', BITGET_API_SECRET: 'emulator-secret', BITGET_API_PASSPHRASE: 'emulator-password' },
}

type Performance = Pick<Start, 'venue' | 'recording' | 'exchange' | 'client'> & { readonly terminal: Terminal; readonly over: AbortController }

/** Plays the acts while the picture is drawn. */
async function perform({ terminal, venue, recording, exchange, client, over }: Performance): Promise<readonly Claim[]> {
  const { title, symbol, from, to } = recording
  const startedAt = performance.now()
  let state: LiveState = {
    title, from, to, speed: SPEED, market: null, positions: [], candleNews: '', signalNews: '', exchange: venue, act: 1, acts: ACTS.length, told: [], accident: null, connected: true, truth: null,
  }
  const changed = new Set<number>()
  const finished = new AbortController()
  const stream = followPositions(client.url, finished.signal, (id) => changed.add(id), KEY)
  const picture = inPlace((text) => terminal.draw(text))
  const isTimeUp = (): boolean => over.signal.aborted || performance.now() - startedAt > TIME_LIMIT_MS
  const refresh = async (): Promise<void> => {
    const before = state
    const [seen, truth, health] = await Promise.all([look(client, before, changed), exchange.truth(symbol), client.get<{ readonly executor?: { readonly connected?: unknown; readonly failure?: unknown } }>('/health', 'object')])
    const executor = health.kind === 'ok' ? health.body.executor : undefined
    // What was told meanwhile stays.
    state = { ...state, market: seen.market, positions: seen.positions, truth, connected: executor?.connected === true && executor.failure === null }
    if (terminal.errIsTty) picture.show(renderLive(state, ACTS[state.act - 1]?.title ?? '', symbol, terminal.columns, terminal.colours))
    else for (const line of newsBetween(before, state)) terminal.err(line)
  }
  const tell = (line: string): void => {
    state = { ...state, told: [...state.told, `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${line}`] }
    if (!terminal.errIsTty) terminal.err(line)
  }
  const stage: Stage = {
    symbol, exchange, client, tell,
    state: () => state,
    accident: (what) => {
      state = { ...state, accident: what }
      if (what !== null) tell(`ACCIDENT: ${what}`)
    },
    until: async (holds, withinMs) => {
      for (const end = performance.now() + withinMs; performance.now() < end && !isTimeUp(); await sleep(ROUND_MS)) {
        await refresh()
        if (holds(state)) return true
      }
      return false
    },
  }
  const claims: Claim[] = []
  await refresh()
  for (const [index, act] of ACTS.entries()) {
    state = { ...state, act: index + 1 }
    tell(`${index + 1}/${ACTS.length} ${act.title}`)
    claims.push(...(await act.play(stage)))
    // Long enough to read what happened.
    await stage.until(() => false, 1000)
  }
  if (terminal.errIsTty) picture.leave()
  finished.abort()
  await stream
  return claims
}
