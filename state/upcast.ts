/**
 * Records of earlier versions in the form of this one. Pure and total; the journal's bytes stay as they are. What a
 * field means never changes, so a record is recognised by the fields it has.
 */
import { wholeTarget, type Signal } from '../src/domain/signal.ts'
import type { Decimal } from '../src/domain/decimal.ts'
import type { FactRecord, JournalRecord } from './record.ts'

/** Signals had one price to take profit at, until machine version 2. */
type SingleTarget = Omit<Signal, 'targets'> & { readonly tpPrice: Decimal | null }

export function upcast(record: JournalRecord): JournalRecord {
  if (record.kind !== 'fact') return record
  const { body } = record
  if (body.type === 'signal.received' && 'tpPrice' in body.signal) return withBody(record, { ...body, signal: withTargets(body.signal as SingleTarget & Signal) })
  // Every exit closed all of a position, until machine version 2.
  if (body.type === 'exit.requested' && (body as Partial<typeof body>).qty === undefined) return withBody(record, { ...body, qty: null })
  return record
}

const withBody = (record: FactRecord, body: FactRecord['body']): FactRecord => ({ ...record, body })

function withTargets({ tpPrice, ...signal }: SingleTarget): Signal {
  return { ...signal, targets: wholeTarget(tpPrice) }
}
