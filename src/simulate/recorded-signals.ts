/** The signals of a simulation: JSON Lines of signal bodies, or an audit log of LOMS. */
import { readFileSync } from 'node:fs'
import type { EntryReading } from '../signals/bounce-signal.ts'
import type { JsonObject, Signal } from '../domain/signal.ts'

export type RecordedSignal = { readonly signal: Signal; readonly payload: JsonObject; readonly at: number }
export type SignalsRead = { readonly ok: true; readonly signals: readonly RecordedSignal[] } | { readonly ok: false; readonly message: string }

/** Reads and validates every line; sorted by time, equal times in order of the file. The first bad line is named. */
export function readSignals(file: string, read: (body: unknown) => EntryReading): SignalsRead {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return { ok: false, message: `cannot read the signals in ${file}: ${(error as Error).message}` }
  }
  const signals: RecordedSignal[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const place = `${file} line ${index + 1}`
    const body = parse(line)
    if (body === undefined) return { ok: false, message: `${place}: not a JSON object` }
    const reading = read(body)
    if (!reading.ok) return { ok: false, message: `${place}: ${reading.problems.map(({ field, message }) => `${field} ${message}`).join('; ')}` }
    signals.push({ signal: reading.signal, payload: reading.payload, at: reading.signal.timestampMs ?? 0 })
  }
  return { ok: true, signals: signals.sort((a, b) => a.at - b.at) }
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
