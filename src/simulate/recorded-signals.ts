/** The signals of a simulation: JSON Lines of signal bodies, or an audit log of LOMS. */
import { readFileSync } from 'node:fs'
import type { EntryReading } from '../signals/bounce-signal.ts'
import type { JsonObject, Signal } from '../domain/signal.ts'

/** A body as it was sent, not validated yet. */
export type SignalBody = {
  /** For messages: file and line. */
  readonly place: string
  readonly body: unknown
  /** When it came, milliseconds since the epoch; null: at its own timestamp. */
  readonly at: number | null
  readonly idempotencyKey: string | null
}
export type BodiesRead = { readonly ok: true; readonly bodies: readonly SignalBody[] } | { readonly ok: false; readonly message: string }

export type RecordedSignal = { readonly signal: Signal; readonly payload: JsonObject; readonly at: number; readonly idempotencyKey: string | null }
export type SignalsRead = { readonly ok: true; readonly signals: readonly RecordedSignal[] } | { readonly ok: false; readonly message: string }

/** One body per line. The first line that is no JSON is named. */
export function readSignalBodies(file: string): BodiesRead {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { ok: false, message: `cannot read the signals in ${file}: ${(error as Error).message}` }
  }
  const bodies: SignalBody[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const place = `${file} line ${index + 1}`
    const body = parse(line)
    if (body === undefined) return { ok: false, message: `${place}: not a JSON object` }
    bodies.push({ place, body, at: null, idempotencyKey: null })
  }
  return { ok: true, bodies }
}

function parse(line: string): unknown {
  try {
    const value = JSON.parse(line) as unknown
    const audited = value as { readonly type?: unknown; readonly payload?: unknown } | null
    return audited?.type === 'bounce_signal' ? audited.payload : value
  } catch {
    return undefined
  }
}

/** Validates every body; sorted by time, equal times in order of the file. The first bad one is named. */
export function validSignals(bodies: readonly SignalBody[], read: (body: unknown) => EntryReading): SignalsRead {
  const signals: RecordedSignal[] = []
  for (const { place, body, at, idempotencyKey } of bodies) {
    const reading = read(body)
    if (!reading.ok) return { ok: false, message: `${place}: ${reading.problems.map(({ field, message }) => `${field} ${message}`).join('; ')}` }
    signals.push({ signal: reading.signal, payload: reading.payload, at: at ?? reading.signal.timestampMs ?? 0, idempotencyKey })
  }
  return { ok: true, signals: signals.sort((a, b) => a.at - b.at) }
}
