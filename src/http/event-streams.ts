/** `GET /events`: every durable notice as a server-sent event, to any number of readers (up to a limit). */
import type { Application, PublishedNotice } from './application.ts'
import { problem, reply } from './reply.ts'

const MAX_STREAMS = 100
/** Events a reader may lag behind before it is cut off; it reconnects by itself. */
const MAX_QUEUED = 1_000
const HEARTBEAT_MS = 15_000

const encoder = new TextEncoder()
type Controller = ReadableStreamDefaultController<Uint8Array>

export class EventStreams {
  readonly #application: Application
  readonly #open = new Set<Controller>()
  #unsubscribe: (() => void) | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #ended = false

  constructor(application: Application) {
    this.#application = application
  }

  /** A new stream; 503 while shutting down or with too many readers. */
  answer(requestId: string): Response {
    if (this.#ended || this.#open.size >= MAX_STREAMS) {
      const detail = this.#ended ? 'The service is shutting down.' : `There are ${MAX_STREAMS} readers already; close one.`
      return problem(requestId, { status: 503, code: 'unavailable', detail, headers: { 'retry-after': '5' } })
    }
    let own: Controller | undefined
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller
          this.#add(controller)
        },
        cancel: () => {
          if (own) this.#remove(own)
        },
      },
      { highWaterMark: MAX_QUEUED },
    )
    return reply(requestId, 200, 'text/event-stream', body, { 'x-accel-buffering': 'no' })
  }

  /** Ends all streams cleanly and takes no new ones. */
  end(): void {
    this.#ended = true
    for (const controller of this.#open) this.#close(controller)
  }

  #add(controller: Controller): void {
    this.#open.add(controller)
    controller.enqueue(encoder.encode('retry: 2000\n: connected\n\n'))
    this.#unsubscribe ??= this.#application.subscribe((published) => this.#send(eventText(published)))
    this.#heartbeat ??= setInterval(() => this.#send(': alive\n\n'), HEARTBEAT_MS).unref()
  }

  #send(text: string): void {
    const bytes = encoder.encode(text)
    for (const controller of this.#open) {
      if ((controller.desiredSize ?? 0) <= 0) this.#close(controller)
      else controller.enqueue(bytes)
    }
  }

  #close(controller: Controller): void {
    this.#remove(controller)
    controller.close()
  }

  #remove(controller: Controller): void {
    this.#open.delete(controller)
    if (this.#open.size > 0) return
    this.#unsubscribe?.()
    clearInterval(this.#heartbeat)
    this.#unsubscribe = undefined
    this.#heartbeat = undefined
  }
}

const eventText = ({ seq, at, notice }: PublishedNotice): string => `id: ${seq}\nevent: ${notice.type}\ndata: ${JSON.stringify({ seq, at, ...notice })}\n\n`
