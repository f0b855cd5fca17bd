/**
 * Every quote that was decided on, kept so that any day can be played again (SPEC P-6): ticks CSV in gzip members, a file
 * per UTC day. Recording costs the caller one short text; packing and writing happen beside it and may fail without harm.
 */
import { appendFile, mkdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { PriceQuote } from '../../domain/quote.ts'
import { TICKS_HEADER } from '../recorded/data-problem.ts'
import type { PriceTimers } from '../timers.ts'
import { tapeEnd, tapeMember } from './tape-member.ts'

const DAY_MS = 24 * 3_600_000
const FLUSH_MS = 5000
/** Text that waits for the disk; what comes beyond is dropped and counted. */
const LARGEST_BUFFER = 8 * 1024 * 1024

export type TapeLog = (level: 'info' | 'warn', event: 'tape_failed' | 'tape_dropped' | 'tape_cut', fields: Readonly<Record<string, string | number>>) => void

export type TapeOptions = {
  /** Made when the first rows are written. */
  readonly directory: string
  /** The exchange; part of the file names: prices of two exchanges do not mix. */
  readonly venue: string
  readonly timers: PriceTimers
  readonly log: TapeLog
}

type Fields = Pick<PriceQuote, 'bid' | 'ask' | 'last' | 'mark'>
type Chunk = { readonly day: number; rows: string[] }

/** A field as a row carries it: nothing where it is what it was. */
const changed = (value: number, before: number | undefined): string => (value !== value || value === before ? '' : String(value))

export class Tape {
  readonly #options: TapeOptions
  #chunks: Chunk[] = []
  #day = 0
  #waiting = 0
  #dropped = 0
  #latestTs = 0
  /** What each symbol's rows have said so far in the current file. */
  #said = new Map<string, Fields>()
  /** The file that is written, known to be whole. */
  #file: string | null = null
  #failing = false
  #writing: Promise<void> = Promise.resolve()
  #stopFlushes: (() => void) | null = null

  constructor(options: TapeOptions) {
    this.#options = options
  }

  start(): void {
    this.#stopFlushes = this.#options.timers.every(FLUSH_MS, () => void this.flush())
  }

  /** Writes what waits, and stops. */
  stop(): Promise<void> {
    this.#stopFlushes?.()
    return this.flush()
  }

  /** Keeps a quote, at the time of its arrival: that is when it was decided on. */
  record(quote: PriceQuote): void {
    if (this.#waiting >= LARGEST_BUFFER) {
      this.#dropped += 1
      // What is not said now must be said again.
      this.#said.clear()
      return
    }
    const ts = Math.max(this.#latestTs, this.#options.timers.now())
    const chunk = this.#chunkOf(Math.floor(ts / DAY_MS))
    const said = this.#said.get(quote.symbol)
    const { symbol, bid, ask, last, mark } = quote
    const row = `${ts},${symbol},${changed(bid, said?.bid)},${changed(ask, said?.ask)},${changed(last, said?.last)},${changed(mark, said?.mark)},\n`
    this.#latestTs = ts
    this.#said.set(symbol, { bid, ask, last, mark })
    chunk.rows.push(row)
    this.#waiting += row.length
  }

  /** Resolves when everything recorded so far is written or given up; never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  #chunkOf(day: number): Chunk {
    const latest = this.#chunks.at(-1)
    if (latest?.day === day) return latest
    if (this.#day !== day) this.#said.clear()
    this.#day = day
    const chunk: Chunk = { day, rows: [] }
    this.#chunks.push(chunk)
    return chunk
  }

  async #write(): Promise<void> {
    const { log, directory } = this.#options
    const chunks = this.#chunks
    this.#chunks = []
    for (const { day, rows } of chunks) {
      const text = rows.join('')
      try {
        await this.#append(day, text)
        this.#failing = false
      } catch (error) {
        if (!this.#failing) log('warn', 'tape_failed', { directory, message: error instanceof Error ? error.message : String(error) })
        this.#failing = true
        this.#file = null
        this.#forget()
      }
      this.#waiting -= text.length
    }
    if (this.#dropped > 0) log('warn', 'tape_dropped', { directory, quotes: this.#dropped })
    this.#dropped = 0
  }

  /** Rows that wait say only what changed since those that were lost: they go too, and everything is said again. */
  #forget(): void {
    for (const { rows } of this.#chunks) {
      this.#dropped += rows.length
      this.#waiting -= rows.join('').length
    }
    this.#chunks = []
    this.#said.clear()
  }

  async #append(day: number, rows: string): Promise<void> {
    const { directory, venue } = this.#options
    const file = join(directory, `${new Date(day * DAY_MS).toISOString().slice(0, 10)}_${venue}.csv.gz`)
    const text = file === this.#file ? rows : await this.#continue(file, rows)
    await appendFile(file, await tapeMember(Buffer.from(text)))
    this.#file = file
  }

  /** Rows as they follow what the file holds: behind the header in a new one, never earlier than its last one. */
  async #continue(file: string, rows: string): Promise<string> {
    const lastText = await this.#open(file)
    if (lastText.length === 0) return `${TICKS_HEADER}\n${rows}`
    const last = Number(lastText.subarray(lastText.lastIndexOf(10, -2) + 1).toString('latin1').split(',')[0])
    // The clock may have been set back since.
    this.#latestTs = Math.max(this.#latestTs, last || 0)
    return rows.replace(/^\d+/gm, (ts) => String(Math.max(Number(ts), last || 0)))
  }

  /** Makes the file whole and gives its last part; empty: it has no rows yet. */
  async #open(file: string): Promise<Buffer> {
    const { directory } = this.#options
    await mkdir(directory, { recursive: true })
    const end = await tapeEnd(file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent' as const
      throw error
    })
    if (end === 'absent') return Buffer.alloc(0)
    if (end === null) throw new Error(`${file} is not a tape; move it away`)
    if (end.torn > 0) {
      await truncate(file, end.length)
      this.#options.log('info', 'tape_cut', { file, bytes: end.torn })
    }
    return end.lastText
  }
}
