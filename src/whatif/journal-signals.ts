/** The signals that a service received, out of its journal. The service may be running: nothing is locked or written. */
import { readJournal } from '../../state/journal-reading.ts'
import type { SignalBody } from '../simulate/recorded-signals.ts'

export type JournalSignals =
  | { readonly ok: true; readonly bodies: readonly SignalBody[]; readonly remarks: readonly string[] }
  | { readonly ok: false; readonly message: string }

/** Each body as it was sent, at the moment it came. Orders by hand and trades of a strategy runner are left out: somebody else decides when they end. */
export function readJournalSignals(source: string): JournalSignals {
  const opened = readJournal(source)
  if (!opened.ok) return opened
  const bodies: SignalBody[] = []
  let others = 0
  for (const record of opened.journal.records()) {
    if (record.kind !== 'fact' || record.body.type !== 'signal.received') continue
    const { kind, payload, idempotencyKey } = record.body
    if (kind !== 'bounce_signal') others += 1
    else bodies.push({ place: `${source} record ${record.seq}`, body: payload, at: record.at, idempotencyKey })
  }
  const left = others === 0 ? [] : [`${others} order(s) by hand or trade event(s) are left out`]
  return { ok: true, bodies, remarks: [...opened.journal.remarks, ...left] }
}
