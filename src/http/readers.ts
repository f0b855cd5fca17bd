/** Server-sent events to several readers at once: what every stream of the service has in common. */
import { problem, reply } from './reply.ts'

const encoder = new TextEncoder()

/** One event as its bytes; a heartbeat or a hint is a text of its own. */
export const eventBytes = (type: string, data: unknown, id?: number): Uint8Array => encoder.encode(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`)
export const HEARTBEAT: Uint8Array = encoder.encode(': alive\n\n')

/** Somebody who reads. `state`: what its stream remembers of it. */
export class Reader<State> {
  state: State
  readonly #controller: ReadableStreamDefaultController<Uint8Array>

  constructor(controller: ReadableStreamDefaultController<Uint8Array>, state: State) {
    this.#controller = controller
    this.state = state
  }

  /** How many more events it may have waiting; 0 or less: it does not keep up. */
  get room(): number {
    return this.#controller.desiredSize ?? 0
  }
  send(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes)
  }
  close(): void {
    this.#controller.close()
  }
}

export type ReaderLimits = {
  readonly most: number
  /** Events that a reader may have waiting. */
  readonly queued: number
  /** After how long a reader that was cut off comes back, milliseconds. */
  readonly retryMs: number
  /** What one too many is told. */
  readonly full: string
}
/** Runs while somebody reads, and only then. */
export type WhileRead = { readonly begin: () => void; readonly end: () => void }

export class Readers<State> {
  readonly #limits: ReaderLimits
  readonly #whileRead: WhileRead
  readonly #open = new Set<Reader<State>>()
  #ended = false

  constructor(limits: ReaderLimits, whileRead: WhileRead) {
    this.#limits = limits
    this.#whileRead = whileRead
  }

  [Symbol.iterator](): IterableIterator<Reader<State>> {
    return this.#open.values()
  }
  has(reader: Reader<State>): boolean {
    return this.#open.has(reader)
  }

  /** A new stream, which `greet` may begin to fill; 503 while shutting down or with too many readers. */
  answer(requestId: string, state: State, greet: (reader: Reader<State>) => void = () => {}): Response {
    const { most, queued, full } = this.#limits
    if (this.#ended || this.#open.size >= most) {
      const detail = this.#ended ? 'The service is shutting down.' : full
      return problem(requestId, { status: 503, code: 'unavailable', detail, headers: { 'retry-after': '5' } })
    }
    let own: Reader<State> | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = new Reader(controller, state)
          this.#take(own)
          greet(own)
        },
        cancel: () => {
          if (own) this.#leave(own)
        },
      },
      { highWaterMark: queued },
    )
    return reply(requestId, 200, 'text/event-stream', body, { 'x-accel-buffering': 'no' })
  }

  /** Cuts a reader off; it comes back by itself. */
  drop(reader: Reader<State>): void {
    this.#leave(reader)
    reader.close()
  }

  /** Ends all streams cleanly and takes no new ones. */
  end(): void {
    this.#ended = true
    for (const reader of this.#open) this.drop(reader)
  }

  #take(reader: Reader<State>): void {
    this.#open.add(reader)
    reader.send(encoder.encode(`retry: ${this.#limits.retryMs}\n: connected\n\n`))
    if (this.#open.size === 1) this.#whileRead.begin()
  }

  #leave(reader: Reader<State>): void {
    if (this.#open.delete(reader) && this.#open.size === 0) this.#whileRead.end()
  }
}
