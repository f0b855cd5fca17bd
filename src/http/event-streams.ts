/** `GET /events`: every durable notice as a server-sent event, to any number of readers (up to a limit). */
import type { Application } from './application.ts'
import { eventBytes, HEARTBEAT, Readers } from './readers.ts'

const MAX_STREAMS = 100
/** Events a reader may lag behind before it is cut off; it reconnects by itself. */
const MAX_QUEUED = 1_000
const HEARTBEAT_MS = 15_000

export class EventStreams {
  readonly #application: Application
  readonly #readers: Readers<undefined>
  #unsubscribe: (() => void) | undefined
  #heartbeat: NodeJS.Timeout | undefined

  constructor(application: Application) {
    this.#application = application
    const limits = { most: MAX_STREAMS, queued: MAX_QUEUED, retryMs: 2_000, full: `There are ${MAX_STREAMS} readers already; close one.` }
    this.#readers = new Readers(limits, { begin: () => this.#begin(), end: () => this.#stop() })
  }

  /** A new stream; 503 while shutting down or with too many readers. */
  answer(requestId: string): Response {
    return this.#readers.answer(requestId, undefined)
  }

  /** Ends all streams cleanly and takes no new ones. */
  end(): void {
    this.#readers.end()
  }

  #begin(): void {
    this.#unsubscribe = this.#application.subscribe(({ seq, at, notice }) => this.#send(eventBytes(notice.type, { seq, at, ...notice }, seq)))
    this.#heartbeat = setInterval(() => this.#send(HEARTBEAT), HEARTBEAT_MS).unref()
  }

  #stop(): void {
    this.#unsubscribe?.()
    clearInterval(this.#heartbeat)
  }

  #send(bytes: Uint8Array): void {
    for (const reader of this.#readers) {
      if (reader.room <= 0) this.#readers.drop(reader)
      else reader.send(bytes)
    }
  }
}
