/**
 * `GET /page/records`: the journal as it grows, as server-sent events. The journal is read only for a reader that has room
 * for more; one that falls far behind is told how much it missed. Nothing runs while nobody looks, and nobody waits for a reader.
 */
import { eventBytes, Readers, type Reader } from '../readers.ts'
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

/** `position`: only its records; null: all. `at`: the last record that it was shown. */
type Place = { readonly position: number | null; at: number }

export class RecordStreams {
  readonly #port: PagePort
  readonly #readers: Readers<Place>
  #timer: NodeJS.Timeout | undefined

  constructor(port: PagePort) {
    this.#port = port
    const limits = { most: MAX_READERS, queued: MAX_QUEUED, retryMs: 1_000, full: `There are ${MAX_READERS} inspectors open already; close one.` }
    this.#readers = new Readers(limits, {
      begin: () => (this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref()),
      end: () => clearInterval(this.#timer),
    })
  }

  /** `position`: only its records; null: all. */
  answer(requestId: string, position: number | null): Response {
    return this.#readers.answer(requestId, { position, at: 0 }, (reader) => this.#greet(reader))
  }

  end(): void {
    this.#readers.end()
  }

  #greet(reader: Reader<Place>): void {
    const durable = this.#port.durableSeq()
    // Few records are a position's own: it is looked for further back.
    const from = Math.max(1, durable + 1 - (reader.state.position === null ? NEWEST : FAR_BEHIND))
    reader.state.at = durable
    reader.send(eventBytes('begin', this.#wanted(reader.state, from, durable).slice(-NEWEST)))
  }

  #look(): void {
    const durable = this.#port.durableSeq()
    for (const reader of this.#readers) {
      const { state } = reader
      if (state.at >= durable || reader.room <= 0) continue
      if (durable - state.at > FAR_BEHIND) {
        reader.send(eventBytes('left-out', { records: durable - NEWEST - state.at }))
        state.at = durable - NEWEST
      }
      const to = Math.min(durable, state.at + AT_ONCE)
      const records = this.#wanted(state, state.at + 1, to)
      state.at = to
      if (records.length > 0) reader.send(eventBytes('records', records))
    }
  }

  #wanted({ position }: Place, from: number, to: number): readonly RecordView[] {
    const records = to < from ? [] : [...this.#port.records(from, to)]
    return position === null ? records : records.filter(({ body }) => body['positionId'] === position)
  }
}
