/**
 * CPU of a signal over HTTP, of all threads of the compiled service, while this process sends over 64 connections.
 *
 * Until its answer: a service whose replayed prices do not have the signals' symbol and whose broker needs a price, so
 * that a position stays `pending` behind its accepted entry. Until `tp-placed`: the simulator, whose entries, stops and
 * targets are placed at once; its quotes are far between and all prices equal, so that none is closed.
 */
import { Agent } from 'node:http'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { atMost, interleavedAsync, type BenchRow } from './measure.ts'
import { scriptAt, send, startServer, startService, type Server } from './service.ts'
import { inDirectory, NO_LIMITS } from './world.ts'

const CONNECTIONS = 64
const SIGNALS = 5000
const ROUNDS = 5

let sent = 0
/** A signal as bots send them; every one has a timestamp of its own. */
function signalBody(): string {
  sent += 1
  const timestamp = new Date(Date.UTC(2026, 0, 1) + sent).toISOString()
  return JSON.stringify({ symbol: 'BTCUSDT', side: sent % 2 === 0 ? 'long' : 'short', price: 64_000.5, timestamp, exchange: 'bitget', timeframe_min: 5, strategy: 'bounce_ema10_strict', tp_pct: 30, sl_pct: 30, qty: null })
}

/** Microseconds of the server's CPU per signal; every answer must contain `expected`. */
async function cpuPerSignal(server: Server, expected: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let left = SIGNALS
  const connection = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const { status, text } = await send(server.port, 'POST', '/signals/bounce', signalBody(), agent)
      if (status !== 200 || !text.includes(expected)) throw new Error(`the signal was answered ${status} ${text}`)
    }
  }
  const before = server.cpuSeconds()
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
  // What the last signals caused belongs to them.
  await new Promise((resolve) => setTimeout(resolve, 200))
  const used = server.cpuSeconds() - before
  agent.destroy()
  return (used * 1e6) / SIGNALS
}

async function startAll(directory: string): Promise<Record<'empty' | 'answer' | 'placed', Server>> {
  const [answer, placed] = [join(directory, 'answer'), join(directory, 'placed')]
  for (const each of [answer, placed]) mkdirSync(each)
  const prices = join(directory, 'prices.csv')
  writeFileSync(prices, 'ts_ms,symbol,bid,ask,last,mark,qty\n1767225600000,ETHUSDT,1,1,1,1,1\n')
  return {
    empty: await startServer(scriptAt('./empty-post-server.js'), '/health', {}),
    answer: await startService({ ...NO_LIMITS, DATA_DIR: answer, PRICE_SOURCE: 'replay', REPLAY_FILES: prices, PAPER_BROKER: 'exchange' }),
    placed: await startService({ ...NO_LIMITS, DATA_DIR: placed, AUTO_CLOSE_INTERVAL_SEC: '86400', AUTO_CLOSE_MIN_AGE_SEC: '0' }),
  }
}

/** A position of the last round, to be sure that the service did what the row says. */
async function stateOfLast(server: Server): Promise<unknown> {
  const { text } = await send(server.port, 'GET', '/positions')
  return (JSON.parse(text) as { readonly state: string }[]).at(-1)?.state
}

export function signalBench(): Promise<BenchRow[]> {
  return inDirectory(async (directory) => {
    const servers = await startAll(directory)
    try {
      const cost = await interleavedAsync(ROUNDS, {
        empty: () => cpuPerSignal(servers.empty, 'received'),
        answer: () => cpuPerSignal(servers.answer, 'position_id'),
        placed: () => cpuPerSignal(servers.placed, 'position_id'),
      })
      const states = [await stateOfLast(servers.answer), await stateOfLast(servers.placed)]
      if (states.join() !== 'pending,tp-placed') throw new Error(`the last positions are ${states.join(' and ')} instead of pending and tp-placed`)
      return [
        atMost('CPU of a signal until its answer, against an empty POST', 'µs', cost.answer, cost.empty, 7),
        atMost('CPU of a signal until tp-placed, against an empty POST', 'µs', cost.placed, cost.empty, 12),
      ]
    } finally {
      for (const server of Object.values(servers)) await server.stop()
    }
  })
}
