/**
 * Whether the main thread still turns. A thread of its own says so at once when it is silent, since the main thread cannot
 * report its own stall (reliability.md §3.12); the figures of the event loop are for `/health`.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { JsonObject } from '../domain/signal.ts'

/** Silent for so long is worth an alert: stops, closes and answers wait. */
const SILENT_MS = 2000
const BEATS_PER_SILENCE = 8
/** So long after a stall the service does not call itself ready, and the alert about it stands. */
const RECENT_MS = 10_000
const MS_IN_NS = 1e6

export type Stall = { readonly ms: number; readonly endedAt: number }

/** The text of the second thread, which must not wait for anything of the first: it writes to stderr by itself. */
const WATCHER = `
const { workerData: { beats, silentMs } } = require('node:worker_threads')
const beat = new BigInt64Array(beats)
const pause = new Int32Array(new SharedArrayBuffer(4))
let told = 0n
for (;;) {
  Atomics.wait(pause, 0, 0, silentMs / ${BEATS_PER_SILENCE})
  const last = Atomics.load(beat, 0)
  if (last < 0n) break
  const silent = Number(process.hrtime.bigint() - last) / ${MS_IN_NS}
  if (silent < silentMs || told === last) continue
  told = last
  require('node:fs').writeSync(2, JSON.stringify({ level: 60, ts: new Date().toISOString(), silent_ms: Math.round(silent), event: 'event_loop_silent' }) + '\\n')
}
`

export class LoopWatch {
  readonly #silentMs: number
  readonly #onStall: (stall: Stall) => void
  readonly #beats = new BigInt64Array(new SharedArrayBuffer(8))
  readonly #delays = monitorEventLoopDelay({ resolution: 20 })
  readonly #worker: Worker
  readonly #timer: NodeJS.Timeout
  #last: Stall | null = null

  /** `silentMs`: from when on silence is a stall. */
  constructor(onStall: (stall: Stall) => void, silentMs = SILENT_MS) {
    this.#onStall = onStall
    this.#silentMs = silentMs
    this.#delays.enable()
    this.#turn()
    this.#worker = new Worker(WATCHER, { eval: true, workerData: { beats: this.#beats.buffer, silentMs }, env: {}, resourceLimits: { maxOldGenerationSizeMb: 8 } })
    this.#worker.unref()
    this.#timer = setInterval(() => this.#turn(), silentMs / BEATS_PER_SILENCE)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#delays.disable()
    // Ends the thread's loop.
    Atomics.store(this.#beats, 0, -1n)
  }

  /** The last stall, while it is not long ago. */
  recentStall(): Stall | null {
    return this.#last !== null && performance.now() - this.#last.endedAt < RECENT_MS ? this.#last : null
  }

  /** Milliseconds: how late the loop comes to what is due, since the start. */
  view(): JsonObject {
    const ms = (nanoseconds: number): number => Math.round(nanoseconds / 1e5) / 10
    const { p50, p99, max } = { p50: this.#delays.percentile(50), p99: this.#delays.percentile(99), max: this.#delays.max }
    const last = this.#last === null ? null : { ms: Math.round(this.#last.ms), ago_sec: Math.round((performance.now() - this.#last.endedAt) / 1000) }
    return { delay_p50_ms: ms(p50), delay_p99_ms: ms(p99), delay_max_ms: ms(max), last_stall: last }
  }

  #turn(): void {
    const now = process.hrtime.bigint()
    const before = Atomics.exchange(this.#beats, 0, now)
    const silent = Number(now - before) / MS_IN_NS
    if (before <= 0n || silent < this.#silentMs) return
    this.#last = { ms: silent, endedAt: performance.now() }
    this.#onStall(this.#last)
  }
}

/** What to say of a stall that is not long ago. */
export const stallText = ({ ms }: Stall): string => `the event loop stood still for ${(ms / 1000).toFixed(1)} s: nothing was answered, closed or moved meanwhile`
