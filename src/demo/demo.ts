/**
 * `loms demo`: the real service on recorded prices, a bot that speaks only its public HTTP API, and a live view of what
 * becomes of the signals. Everything happens in a temporary folder on a free port and is gone afterwards.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LomsClient } from '../cli/http-client.ts'
import type { Terminal } from '../cli/terminal.ts'
import { startChild, type Child } from './child.ts'
import type { DemoState } from './demo-state.ts'
import { follow } from './follow.ts'
import { demoRecording, type Recording } from './recording.ts'
import { freePort, ready } from './start.ts'
import { printSummary } from './summary.ts'

/** 8 minutes of prices in about 34 seconds. */
const SPEED = 14

/** True only if at least one position really walked from pending to closed by its own stop or target. */
export async function runDemo(terminal: Terminal, json: boolean): Promise<boolean> {
  const recording = demoRecording()
  const folder = mkdtempSync(join(tmpdir(), 'loms-demo-'))
  const port = await freePort()
  const client = new LomsClient({ url: `http://127.0.0.1:${port}`, key: undefined, timeoutMs: 3_000 })
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort()
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  const service = startService(recording, folder, port)
  let bot: Child | undefined
  try {
    if (!(await ready(client, service, interrupted.signal))) {
      if (!interrupted.signal.aborted) terminal.err(['the demo cannot start its service:', ...service.lastLines()].join('\n'))
      return false
    }
    const lines: string[] = []
    bot = startBot(recording, folder, client.url, (line) => lines.push(line))
    const state = await follow({ client, terminal, service, signal: interrupted.signal, start: startState(recording), botLines: () => lines.splice(0) })
    await bot.stop()
    if (interrupted.signal.aborted) {
      terminal.err('demo interrupted')
      return false
    }
    if (service.ended() !== null) {
      terminal.err([`the service of the demo has ended (${service.ended()}):`, ...service.lastLines()].join('\n'))
      return false
    }
    return await printSummary(terminal, client, state, json)
  } finally {
    await Promise.all([bot?.stop(), service.stop()])
    rmSync(folder, { recursive: true, force: true })
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

const startState = ({ title, from, to }: Recording): DemoState => ({
  title, from, to, speed: SPEED, market: null, positions: [], candleNews: 'none yet', signalNews: 'none yet',
})

const startService = (recording: Recording, folder: string, port: number): Child =>
  startChild({
    program: '../main',
    folder,
    environment: {
      LOMS_PROFILE: 'lab',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: join(folder, 'data'),
      PRICE_SOURCE: 'replay',
      REPLAY_FILES: recording.file,
      REPLAY_SPEED: String(SPEED),
    },
  })

const startBot = ({ symbol }: Recording, folder: string, url: string, onLine: (line: string) => void): Child =>
  startChild({
    program: '../../scripts/bot/ema-bounce-bot',
    // Small levels and short candles: these eight minutes move by a fifth of a percent.
    args: ['--url', url, '--symbol', symbol, '--candle-sec', '5', '--tp', '0.05', '--sl', '0.05', '--qty', '0.1', '--poll-ms', '50'],
    folder,
    environment: {},
    onLine,
  })
