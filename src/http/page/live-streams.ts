/**
 * `GET /page/live`: what the page shows, as server-sent events: open positions, prices, health, notices. Nothing runs
 * while nobody looks. A reader that cannot follow is left out and later gets everything anew; nobody waits for it.
 */
import type { PositionView } from '../../domain/wire.ts'
import type { PublishedNotice } from '../application.ts'
import { problem, reply } from '../reply.ts'
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

const encoder = new TextEncoder()
type Reader = { readonly controller: ReadableStreamDefaultController<Uint8Array>; lagging: boolean }

export class LiveStreams {
  readonly #port: PagePort
  readonly #readers = new Set<Reader>()
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
  #ended = false

  constructor(port: PagePort) {
    this.#port = port
  }

  answer(requestId: string): Response {
    if (this.#ended || this.#readers.size >= MAX_READERS) {
      const detail = this.#ended ? 'The service is shutting down.' : `There are ${MAX_READERS} pages open already; close one.`
      return problem(requestId, { status: 503, code: 'unavailable', detail, headers: { 'retry-after': '5' } })
    }
    let own: Reader | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = { controller, lagging: false }
          this.#add(own)
        },
        cancel: () => {
          if (own) this.#remove(own)
        },
      },
      { highWaterMark: MAX_QUEUED },
    )
    return reply(requestId, 200, 'text/event-stream', body, { 'x-accel-buffering': 'no' })
  }

  end(): void {
    this.#ended = true
    for (const reader of this.#readers) {
      this.#remove(reader)
      reader.controller.close()
    }
  }

  #add(reader: Reader): void {
    this.#readers.add(reader)
    reader.controller.enqueue(encoder.encode('retry: 1000\n: connected\n\n'))
    if (this.#readers.size === 1) this.#start()
    void this.#sendAll(reader)
  }

  #start(): void {
    this.#unsubscribe = this.#port.subscribe((published) => this.#noticed(published))
    this.#timers = [setInterval(() => this.#tick(), PRICE_EVERY_MS).unref(), setInterval(() => this.#sendStatus(), STATUS_EVERY_MS).unref()]
  }

  #remove(reader: Reader): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return
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
  async #sendAll(reader: Reader): Promise<void> {
    reader.lagging = false
    this.#send(reader, event('status', this.#port.status()))
    const prices = this.#port.prices()
    this.#send(reader, event('prices', prices))
    const read = await this.#port.views(this.#port.openIds())
    if (!this.#readers.has(reader) || read.kind !== 'ok') return
    for (const view of read.value) this.#sent.set(view.id, JSON.stringify(view))
    this.#send(reader, event('snapshot', read.value))
  }

  #noticed({ seq, at, notice }: PublishedNotice): void {
    this.#broadcast(event('notice', { seq, at, ...notice }))
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
    for (const reader of this.#readers) if (reader.lagging && (reader.controller.desiredSize ?? 0) > MAX_QUEUED / 2) void this.#sendAll(reader)
    const moved = this.#port.prices().filter((price) => this.#hasMoved(price))
    if (moved.length > 0) this.#broadcast(event('prices', moved))
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
    if (changed.length > 0) this.#broadcast(event('positions', changed))
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
    this.#broadcast(event('status', status))
  }

  #broadcast(bytes: Uint8Array): void {
    for (const reader of this.#readers) this.#send(reader, bytes)
  }

  #send(reader: Reader, bytes: Uint8Array): void {
    if (reader.lagging) return
    if ((reader.controller.desiredSize ?? 0) <= 0) reader.lagging = true
    else reader.controller.enqueue(bytes)
  }
}

const event = (type: string, data: unknown): Uint8Array => encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
