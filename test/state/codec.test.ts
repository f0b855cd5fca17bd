import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BatchEncoder, decodeLine, encodeRecord, encodeSeal, parseRecord, protectedLine } from '../../state/codec.ts'
import type { JournalRecord } from '../../state/record.ts'
import { record } from './journal-records.ts'

const withReason = (reason: string, seq = 7): JournalRecord => ({ ...record(seq, 2), body: { type: 'trading.paused', accountLabel: 'lab_dev', reason } }) as JournalRecord
const line = (text: string): Buffer => Buffer.from(text.slice(0, -1))

describe('a line of the journal', () => {
  it('gives back the record, whatever text it carries', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 9 }), (reason, of) => {
        const text = encodeRecord(withReason(reason, 20), of, 9)
        expect(text.indexOf('\n')).toBe(text.length - 1)
        const bytes = line(text)
        const decoded = decodeLine(bytes, 0, bytes.length)
        expect(decoded).toMatchObject({ kind: 'record', seq: 20, batch: 2, part: of, of: 9 })
        // A lone surrogate comes back as JSON writes it: compare the JSON.
        if (decoded.kind === 'record') expect(JSON.stringify(parseRecord(bytes, decoded))).toBe(JSON.stringify(withReason(reason, 20)))
      }),
    )
  })

  it('is the same in the one buffer of a batch, whatever the batch before it was', () => {
    const encoder = new BatchEncoder()
    const texts = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(texts, (reasons) => {
        const records = reasons.map((reason, index) => withReason(reason, index + 1))
        const lines = records.map((each, index) => encodeRecord(each, index + 1, records.length))
        expect(encoder.encode(records).toString()).toBe(lines.join(''))
      }),
    )
    const huge = withReason('ü'.repeat(6_000_000))
    expect(encoder.encode([record(1, 1), huge]).equals(Buffer.from(encodeRecord(record(1, 1), 1, 2) + encodeRecord(huge, 2, 2)))).toBe(true)
    expect(encoder.encode([record(7, 2)]).toString()).toBe(encodeRecord(record(7, 2), 1, 1))
  })

  it('is JSON with the fields in a fixed order, whatever the order in memory', () => {
    const { v, seq, batch, ...rest } = record(7, 2)
    const text = encodeRecord({ ...rest, batch, seq, v }, 1, 1)
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['crc', 'part', 'v', 'seq', 'batch', 'at', 'partition', 'kind', 'body'])
    expect(text).toBe(encodeRecord(record(7, 2), 1, 1))
  })

  it('any bytes are decoded without a throw, inside their bounds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(220), fc.nat(220), (bytes, start, end) => {
        expect(['bad', 'newer']).toContain(decodeLine(Buffer.from(bytes), start, end).kind)
      }),
    )
  })

  it('what stands behind the end of a line does not count', () => {
    const bytes = line(encodeRecord(record(7, 2), 1, 1))
    const longer = Buffer.concat([bytes, Buffer.from('\nmore')])
    expect(decodeLine(longer, 0, bytes.length).kind).toBe('record')
    expect(decodeLine(longer, 0, bytes.length + 1).kind).toBe('bad')
    expect(decodeLine(bytes, 0, bytes.length + 1).kind).toBe('bad')
  })

  it.each([
    ['"part":[1,1],"v":1,"seq":1,"batch":1,"x":1}', 'record'],
    ['"part":[0,1],"v":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[2,1],"v":1,"seq":2,"batch":1,"x":1}', 'bad'],
    ['"part":[2,2],"v":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":99999999999999999999,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":-1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":9007199254740993,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":1,"batch":0,"x":1}', 'bad'],
    ['"part":[1 1],"v":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[,1],"v":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1,1],"v":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"w":1,"seq":1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"sequence":1,"batch":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":1,"batches":1,"x":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":1,"batch":1}', 'bad'],
    ['"part":[1,1],"v":1,"seq":1,"batch":1', 'bad'],
    ['"part":[1,1],"v":2,"anything":1}', 'newer'],
    ['"journal":"loms","format":1,"epoch":1,"next":1,"lastBatch":0,"previous":null}', 'seal'],
    ['"journal":"loms","format":1,"epoch":0,"next":1,"lastBatch":0,"previous":null}', 'bad'],
    ['"journal":"loms","format":2,"epoch":1,"next":1,"lastBatch":0,"previous":null}', 'newer'],
    ['"journal":"loms","format":1,"epoch":1,"next":0,"lastBatch":0,"previous":null}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":1,"lastBatch":-1,"previous":null}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":1.5,"lastBatch":0,"previous":null}', 'bad'],
    ['"journal":"loms","format":0,"epoch":1,"next":1,"lastBatch":0,"previous":null}', 'bad'],
    ['"journal":"loms","format":"2","epoch":1,"next":1,"lastBatch":0,"previous":null}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":1,"lastBatch":0,"previous":7}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":9,"lastBatch":3,"previous":{"first":0,"bytes":9,"crc":"00000000"}}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":9,"lastBatch":3,"previous":{"first":1,"bytes":0,"crc":"00000000"}}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":9,"lastBatch":3,"previous":{"first":1,"bytes":9,"crc":0}}', 'bad'],
    ['"journal":"loms","format":1,"epoch":1,"next":9,"lastBatch":3,"previous":{"first":1,"bytes":9,"crc":"00000000"}}', 'seal'],
    ['"journal":"another","format":1}', 'newer'],
    ['null}', 'newer'],
    ['"something":"else"}', 'newer'],
  ])('with a right checksum, %s is %s', (members, kind) => {
    const bytes = line(protectedLine(members))
    expect(decodeLine(bytes, 0, bytes.length).kind).toBe(kind)
  })

  it('of a command or a notice names the fact that caused it', () => {
    const caused: JournalRecord = { v: 1, seq: 9, batch: 2, at: 1000, partition: 'lab_dev', kind: 'notice', cause: 8, body: { type: 'reconciliation.found', findings: [] } }
    const bytes = line(encodeRecord(caused, 2, 2))
    const decoded = decodeLine(bytes, 0, bytes.length)
    expect(decoded.kind === 'record' && parseRecord(bytes, decoded)).toEqual(caused)
    expect(Object.keys(JSON.parse(bytes.toString()) as object)).toEqual(['crc', 'part', 'v', 'seq', 'batch', 'at', 'partition', 'kind', 'cause', 'body'])
  })

  it('that is no JSON though its checksum holds is no record', () => {
    const bytes = line(protectedLine('"part":[1,1],"v":1,"seq":1,"batch":1,"at":}'))
    const decoded = decodeLine(bytes, 0, bytes.length)
    expect(decoded.kind === 'record' && parseRecord(bytes, decoded)).toBeUndefined()
  })

  it('a seal comes back', () => {
    const seal = { format: 1, epoch: 4, next: 8, lastBatch: 2, previous: { first: 1, bytes: 900, crc: '1a2b3c4d' } }
    const bytes = line(encodeSeal(seal))
    expect(decodeLine(bytes, 0, bytes.length)).toEqual({ kind: 'seal', seal })
  })
})
