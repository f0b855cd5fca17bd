/**
 * `GET /page/records`: the journal as it grows, as server-sent events. The journal is read only for a reader that has room
 * for more; one that falls far behind is told how much it missed. Nothing runs while nobody looks, and nobody waits for a reader.
 */
import { problem, reply } from '../reply.ts'
import type { PagePort, RecordView } from './page-port.ts'

const MAX_READERS = 10
const LOOK_EVERY_MS = 100
/** Records read for one reader at a time. */
const AT_ONCE = 200
/** Where a reader begins, and where it goes on when it is further behind than `FAR_BEHIND`. */
const NEWEST = 250
const FAR_BEHIND = 2_000
/** Events that a reader may have waiting. */
const MAX_QUEUED = 4

const encoder = new TextEncoder()
type Reader = { readonly controller: ReadableStreamDefaultController<Uint8Array>; readonly position: number | null; at: number }

export class RecordStreams {
  readonly #port: PagePort
  readonly #readers = new Set<Reader>()
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor(port: PagePort) {
    this.#port = port
  }

  /** `position`: only its records; null: all. */
  answer(requestId: string, position: number | null): Response {
    if (this.#ended || this.#readers.size >= MAX_READERS) {
      const detail = this.#ended ? 'The service is shutting down.' : `There are ${MAX_READERS} inspectors open already; close one.`
      return problem(requestId, { status: 503, code: 'unavailable', detail, headers: { 'retry-after': '5' } })
    }
    let own: Reader | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = { controller, position, at: 0 }
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
    const durable = this.#port.durableSeq()
    // Few records are a position's own: it is looked for further back.
    const from = Math.max(1, durable + 1 - (reader.position === null ? NEWEST : FAR_BEHIND))
    reader.at = durable
    reader.controller.enqueue(event('begin', this.#wanted(reader, from, durable).slice(-NEWEST)))
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  #remove(reader: Reader): void {
    if (!this.#readers.delete(reader) || this.#readers.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const durable = this.#port.durableSeq()
    for (const reader of this.#readers) {
      if (reader.at >= durable || (reader.controller.desiredSize ?? 0) <= 0) continue
      if (durable - reader.at > FAR_BEHIND) {
        reader.controller.enqueue(event('left-out', { records: durable - NEWEST - reader.at }))
        reader.at = durable - NEWEST
      }
      const to = Math.min(durable, reader.at + AT_ONCE)
      const records = this.#wanted(reader, reader.at + 1, to)
      reader.at = to
      if (records.length > 0) reader.controller.enqueue(event('records', records))
    }
  }

  #wanted({ position }: Reader, from: number, to: number): readonly RecordView[] {
    const records = to < from ? [] : [...this.#port.records(from, to)]
    return position === null ? records : records.filter(({ body }) => body['positionId'] === position)
  }
}

const event = (type: string, data: unknown): Uint8Array => encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
