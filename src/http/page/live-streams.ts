/**
 * `GET /page/live`: what the page shows, as server-sent events: open positions, prices, health, notices. Nothing runs
 * while nobody looks. A reader that cannot follow is left out and later gets everything anew; nobody waits for it.
 */
import type { PositionView } from '../../domain/wire.ts'
import type { PublishedNotice } from '../application.ts'
import { eventBytes, Readers, type Reader } from '../readers.ts'
import type { LivePrice, PagePort } from './page-port.ts'

const MAX_READERS = 50
/** Events a reader may lag behind. */
const MAX_QUEUED = 64
/** What changes within this time is sent together. */
const GATHER_MS = 25
const PRICE_EVERY_MS = 200
const STATUS_EVERY_MS = 1_000
/** Best prices and held stops move without a notice: every open position is looked at in turn, so many per tick. */
const LOOKED_AT_PER_TICK = 100

/** A reader that lags is left out until it has room again. */
type Lag = { lagging: boolean }

export class LiveStreams {
  readonly #port: PagePort
  readonly #readers: Readers<Lag>
  readonly #dirty = new Set<number>()
  /** What was sent last of each open position. */
  readonly #sent = new Map<number, string>()
  readonly #prices = new Map<string, number>()
  #status = ''
  #gathering: NodeJS.Timeout | undefined
  #timers: readonly NodeJS.Timeout[] = []
  #unsubscribe: (() => void) | undefined
  #turn = 0
  #looking = false

  constructor(port: PagePort) {
    this.#port = port
    const limits = { most: MAX_READERS, queued: MAX_QUEUED, retryMs: 1_000, full: `There are ${MAX_READERS} pages open already; close one.` }
    this.#readers = new Readers(limits, { begin: () => this.#begin(), end: () => this.#stop() })
  }

  answer(requestId: string): Response {
    return this.#readers.answer(requestId, { lagging: false }, (reader) => void this.#sendAll(reader))
  }

  end(): void {
    this.#readers.end()
  }

  #begin(): void {
    this.#unsubscribe = this.#port.subscribe((published) => this.#noticed(published))
    this.#timers = [setInterval(() => this.#tick(), PRICE_EVERY_MS).unref(), setInterval(() => this.#sendStatus(), STATUS_EVERY_MS).unref()]
  }

  #stop(): void {
    this.#unsubscribe?.()
    for (const timer of this.#timers) clearInterval(timer)
    clearTimeout(this.#gathering)
    this.#gathering = undefined
    this.#sent.clear()
    this.#prices.clear()
    this.#dirty.clear()
    this.#status = ''
  }

  /** Everything there is to see, for one reader. */
  async #sendAll(reader: Reader<Lag>): Promise<void> {
    reader.state.lagging = false
    this.#send(reader, eventBytes('status', this.#port.status()))
    const prices = this.#port.prices()
    this.#send(reader, eventBytes('prices', prices))
    const read = await this.#port.views(this.#port.openIds())
    if (!this.#readers.has(reader) || read.kind !== 'ok') return
    for (const view of read.value) this.#sent.set(view.id, JSON.stringify(view))
    this.#send(reader, eventBytes('snapshot', read.value))
  }

  #noticed({ seq, at, notice }: PublishedNotice): void {
    this.#broadcast(eventBytes('notice', { seq, at, ...notice }))
    if ('positionId' in notice) this.#dirty.add(notice.positionId)
    if (notice.type === 'signal.answered' && 'position_id' in notice.answer) this.#dirty.add(notice.answer.position_id)
    if (this.#dirty.size > 0) this.#gathering ??= setTimeout(() => void this.#sendDirty(), GATHER_MS)
  }

  async #sendDirty(): Promise<void> {
    this.#gathering = undefined
    const ids = [...this.#dirty]
    this.#dirty.clear()
    await this.#sendViews(ids)
    this.#sendStatus()
  }

  #tick(): void {
    for (const reader of this.#readers) if (reader.state.lagging && reader.room > MAX_QUEUED / 2) void this.#sendAll(reader)
    const moved = this.#port.prices().filter((price) => this.#hasMoved(price))
    if (moved.length > 0) this.#broadcast(eventBytes('prices', moved))
    const ids = this.#port.openIds()
    if (ids.length === 0 || this.#looking) return
    if (this.#turn >= ids.length) this.#turn = 0
    const turn = ids.slice(this.#turn, this.#turn + LOOKED_AT_PER_TICK)
    this.#turn += turn.length
    this.#looking = true
    void this.#sendViews(turn).finally(() => (this.#looking = false))
  }

  #hasMoved([symbol, , ts]: LivePrice): boolean {
    if (this.#prices.get(symbol) === ts) return false
    this.#prices.set(symbol, ts)
    return true
  }

  /** Those of the positions that differ from what was sent. */
  async #sendViews(ids: readonly number[]): Promise<void> {
    const read = await this.#port.views(ids)
    if (read.kind !== 'ok') return
    const changed = read.value.filter((view) => this.#differs(view))
    if (changed.length > 0) this.#broadcast(eventBytes('positions', changed))
  }

  #differs(view: PositionView): boolean {
    const text = JSON.stringify(view)
    if (this.#sent.get(view.id) === text) return false
    if (view.status === 'open') this.#sent.set(view.id, text)
    else this.#sent.delete(view.id)
    return true
  }

  #sendStatus(): void {
    const status = this.#port.status()
    const text = JSON.stringify({ ...status, now: 0, health: { ...status.health, uptime_sec: 0 } })
    if (text === this.#status) return
    this.#status = text
    this.#broadcast(eventBytes('status', status))
  }

  #broadcast(bytes: Uint8Array): void {
    for (const reader of this.#readers) this.#send(reader, bytes)
  }

  #send(reader: Reader<Lag>, bytes: Uint8Array): void {
    if (reader.state.lagging) return
    if (reader.room <= 0) reader.state.lagging = true
    else reader.send(bytes)
  }
}
