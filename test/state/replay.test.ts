/** The fold again: groups, replays up to a moment, differences, and the ordinary start from checkpoint and tail. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { stateHash } from '../../state/canonical.ts'
import { factGroups, foldedGroups } from '../../state/fold.ts'
import type { FactRecord, JournalRecord, MarkRecord, NoticeRecord } from '../../state/record.ts'
import { recover, recoverFrom, type Projection } from '../../state/recover.ts'
import { replay } from '../../state/replay.ts'
import { JournalDamagedError } from '../../state/segment-reader.ts'
import type { Checkpoint, Recovered } from '../../state/store.ts'
import { EngineWorld } from '../support/engine-world.ts'

let world: EngineWorld
let records: readonly JournalRecord[]
/** Two positions, one of them closed at its stop. */
beforeEach(() => {
  world = new EngineWorld()
  world.open({})
  world.open({ symbol: 'ETHUSDT' })
  world.quote('BTCUSDT', 98)
  records = [...world.store.read(1, Infinity)]
})
afterEach(() => void (records = []))

const END = (): number => (records.at(-1) as JournalRecord).seq
const envelope = (seq: number) => ({ v: 1, seq, batch: 99, at: 5, partition: 'lab_dev' }) as const
const fact = (seq: number, body: FactRecord['body'] = { type: 'price.pinned', price: null }): FactRecord => ({ ...envelope(seq), kind: 'fact', body })
const notice = (seq: number, cause: number): NoticeRecord => ({ ...envelope(seq), kind: 'notice', cause, body: { type: 'reconciliation.found', findings: [] } })
const mark = (seq: number, hash = 'x'): MarkRecord => ({ ...envelope(seq), kind: 'mark', body: { type: 'state.hashed', hash } })
const failure = (seq: number, failedSeq: number, positionId: number): FactRecord => fact(seq, { type: 'fact.failed', failedSeq, positionId: positionId as PositionId, error: 'boom' })
const groupsOf = (all: Iterable<ReturnType<typeof factGroups> extends Generator<infer Group> ? Group : never>): string[] =>
  [...all].map((group) => (group.kind === 'mark' ? `mark ${group.seq}` : `${group.fact.seq}: ${group.outputs.map(({ seq }) => seq).join()}`))

describe('records are grouped', () => {
  it.each<readonly [string, readonly JournalRecord[], readonly string[]]>([
    ['none', [], []],
    ['facts with what they caused', [fact(1), fact(2), notice(3, 2), notice(4, 2), fact(5)], ['1: ', '2: 3,4', '5: ']],
    ['marks between them', [mark(1), fact(2), notice(3, 2), mark(4)], ['mark 1', '2: 3', 'mark 4']],
  ])('%s', (_, given, groups) => expect(groupsOf(factGroups(given))).toEqual(groups))

  it.each([['without a fact', [notice(1, 1)]], ['of another fact', [fact(1), fact(2), notice(3, 1)]], ['behind a mark', [fact(1), mark(2), notice(3, 1)]]])('and an output %s is a bug', (_, given) => {
    expect(() => [...factGroups(given)]).toThrow('follows the fact that caused it')
  })

  it('so that a failure is known before the fact that failed, and no other waits for it', () => {
    const told: string[] = []
    const seen: string[] = []
    const given = [fact(1), fact(2), failure(3, 2, 7), failure(4, 2, 8), mark(5), fact(6), failure(7, 6, 9)]
    for (const group of foldedGroups(given, (seq, id) => told.push(`${seq}:${id}`))) seen.push(`${group.kind === 'mark' ? group.seq : group.fact.seq} after ${told.join() || 'none'}`)
    expect(seen).toEqual(['1 after none', '2 after 2:7,2:8', '3 after 2:7,2:8', '4 after 2:7,2:8', '5 after 2:7,2:8', '6 after 2:7,2:8,6:9', '7 after 2:7,2:8,6:9'])
  })
})

describe('a replay', () => {
  const ofAll = (all: readonly JournalRecord[] = records, until = {}) => replay({ records: () => all, until })

  it('of what was recorded differs in nothing and ends in the same state', () => {
    const { core, seq, at, records: count, ...differences } = ofAll()
    expect(stateHash(core.dump())).toBe(stateHash(world.engine.core.dump()))
    expect([seq, at, count]).toEqual([END(), (records.at(-1) as JournalRecord).at, records.length])
    const outputs = records.filter(({ kind }) => kind === 'command' || kind === 'notice').length
    expect(differences).toEqual({ outputDifferences: [], outputsCompared: outputs, hashDifferences: [], hashesCompared: 0 })
  })

  it('ends with the moment that is asked for; a fact is taken whole', () => {
    const group = groupsOf(factGroups(records)).find((text) => text.includes(',')) as string
    const [first, last] = [Number(group.split(':')[0]), Number(group.split(',').at(-1))]
    expect(ofAll(records, { seq: first })).toMatchObject({ seq: last })
    expect(ofAll(records, { seq: first - 1 }).seq).toBe(first - 1)
    const { at } = records[0] as JournalRecord
    expect(ofAll(records, { at: at - 1 })).toMatchObject({ seq: 0, at: null, records: 0 })
    expect(ofAll(records, { at }).at).toBe(at)
  })

  it('goes on from a checkpoint', () => {
    const half = ofAll(records, { seq: Math.floor(END() / 2) })
    const checkpoint: Checkpoint = { formatVersion: 1, seq: half.seq, machineVersion: MACHINE_VERSION, stateHash: '', state: { core: JSON.parse(JSON.stringify(half.core.dump())) as unknown, projection: null } }
    const whole = replay({ records: () => records.filter(({ seq }) => seq > half.seq), until: {}, checkpoint })
    expect(stateHash(whole.core.dump())).toBe(stateHash(world.engine.core.dump()))
    expect(replay({ records: () => [], until: {}, checkpoint })).toMatchObject({ seq: half.seq, at: null })
  })

  it('follows each fact with what it did', () => {
    const seen: number[] = []
    replay({ records: () => records, until: {}, follow: (group, applied) => void seen.push(group.outputs.length - applied.outputs.length) })
    expect([seen.length > 5, new Set(seen)]).toEqual([true, new Set([0])])
  })

  it('tells a recorded hash that it does not reach, and compares those that it does', () => {
    const reached = stateHash(ofAll().core.dump())
    const marked = [...records, { ...mark(END() + 1, reached), at: 9e15 }, { ...mark(END() + 2, 'f'.repeat(64)), at: 9e15 }]
    expect(ofAll(marked)).toMatchObject({ hashesCompared: 2, hashDifferences: [{ seq: END() + 2, what: `recorded ${'f'.repeat(12)}…, folded ${reached.slice(0, 12)}…` }], seq: END() + 2, records: records.length + 2 })
  })

  it.each<readonly [string, (all: readonly JournalRecord[]) => readonly JournalRecord[], RegExp]>([
    ['is another one', (all) => all.map((each) => (each.kind === 'notice' && each.body.type === 'signal.answered' ? { ...each, body: { ...each.body, answer: { ...each.body.answer, order_id: 77 } as never } } : each)), /^signal\.received: recorded .*"order_id":77.*, folded .*"order_id":1/],
    ['is missing', (all) => all.filter((each) => !(each.kind === 'command' && each.body.type === 'order.submit' && each.body.role === 'entry')), /^signal\.received: folded .*"order\.submit".*, recorded nothing/],
    ['is one too many', (all) => all.flatMap((each) => (each.kind === 'command' && each.body.type === 'order.submit' && each.body.role === 'entry' ? [each, { ...each, seq: each.seq + 0.5 }] : [each])), /^signal\.received: recorded .*, folded nothing/],
  ])('tells an output that %s, with its fact', (_, change, what) => {
    const { outputDifferences } = ofAll(change(records))
    expect(outputDifferences[0]?.what).toMatch(what)
    expect(records.find(({ seq }) => seq === outputDifferences[0]?.seq)).toMatchObject({ kind: 'fact', body: { type: 'signal.received' } })
  })

  it('keeps the first ten differences of each kind', () => {
    const marks = Array.from({ length: 12 }, (_, index) => ({ ...mark(END() + 1 + index), at: 9e15 }))
    const pinned = Array.from({ length: 12 }, (_, index) => fact(1000 + index * 2))
    const all = [...records, ...marks, ...pinned.flatMap((each) => [each, notice(each.seq + 1, each.seq)])]
    const { hashDifferences, hashesCompared, outputDifferences } = ofAll(all)
    expect([hashDifferences.length, hashesCompared, outputDifferences.length]).toEqual([10, 12, 10])
  })
})

describe('a start', () => {
  class Followed implements Projection {
    readonly restored: unknown[] = []
    facts = 0
    readonly fits: boolean
    constructor(fits = true) {
      this.fits = fits
    }
    restore(dump: unknown): boolean {
      this.restored.push(dump)
      return dump === null || this.fits
    }
    follow(): void {
      this.facts += 1
    }
  }
  const half = (): number => Math.floor(END() / 2)
  const checkpoint = (machineVersion = MACHINE_VERSION): Checkpoint => {
    const { core, seq } = replay({ records: () => records, until: { seq: half() } })
    return { formatVersion: 1, seq, machineVersion, stateHash: '', state: { core: JSON.parse(JSON.stringify(core.dump())) as unknown, projection: 'beside' } }
  }
  const recovered = (at: Checkpoint | null): Recovered => ({ checkpoint: at, tail: records.filter(({ seq }) => seq > (at?.seq ?? 0)), durableSeq: END(), lastBatch: 1, epoch: 1, tornTail: null, remarks: ['from the store'] })
  const start = (at: Checkpoint | null, projection: Followed) => recover(recovered(at), () => records, projection)

  it('folds everything where there is no checkpoint', () => {
    const projection = new Followed()
    const result = start(null, projection)
    expect([stateHash(result.core.dump()), result.fromCheckpoint, result.folded, projection.restored, result.remarks]).toEqual([stateHash(world.engine.core.dump()), false, groupsOf(factGroups(records)).length, [null], ['from the store']])
    expect(projection.facts).toBe(result.folded)
  })

  it('folds the tail behind one that can be used', () => {
    const projection = new Followed()
    const at = checkpoint()
    const result = start(at, projection)
    expect([stateHash(result.core.dump()), result.fromCheckpoint, projection.restored, result.remarks]).toEqual([stateHash(world.engine.core.dump()), true, ['beside'], ['from the store']])
    expect(result.folded).toBe(groupsOf(factGroups(records.filter(({ seq }) => seq > at.seq))).length)
  })

  it.each<readonly [string, number, boolean, readonly unknown[], RegExp]>([
    ['of another machine version', MACHINE_VERSION - 1, true, [null], /is of machine version \d+, this is \d+: the journal is folded from its beginning/],
    ['beside which the history does not fit', MACHINE_VERSION, false, ['beside', null], /the history beside the checkpoint at seq \d+ does not fit/],
  ])('folds everything behind a checkpoint %s, and says so', (_, version, fits, restored, remark) => {
    const projection = new Followed(fits)
    const result = start(checkpoint(version), projection)
    expect([stateHash(result.core.dump()), result.fromCheckpoint, projection.restored]).toEqual([stateHash(world.engine.core.dump()), false, restored])
    expect(result.remarks).toEqual(['from the store', expect.stringMatching(remark)])
    expect(result.folded).toBe(groupsOf(factGroups(records)).length)
  })

  it('shows a machine no fact that made it throw, and folds marks without looking', () => {
    const failed = [...records, failure(END() + 1, END(), 2), mark(END() + 2)]
    const projection = new Followed()
    const { core, folded } = recover({ ...recovered(null), tail: failed }, () => failed, projection)
    expect([folded, projection.facts]).toEqual([groupsOf(factGroups(failed)).length, groupsOf(factGroups(failed)).length - 1])
    expect(core.registry.get(2 as PositionId)?.value).toBe('quarantined')
  })

  it.each<readonly [string, Error, object | 'thrown']>([
    ['damage', new JournalDamagedError('Record 7 cannot be read'), { ok: false, code: 'damaged', message: 'Record 7 cannot be read' }],
    ['a file that cannot be opened', Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }), { ok: false, code: 'io', message: expect.stringMatching(/files beside the journal in \/data cannot be opened: EIO/) as string }],
    ['a bug', new TypeError('undefined is not a function'), 'thrown'],
  ])('meets %s', (_, error, outcome) => {
    const attempt = (): unknown => recoverFrom('/data', recovered(null), () => ({ [Symbol.iterator]: () => { throw error } }), new Followed())
    if (outcome === 'thrown') expect(attempt).toThrow(error)
    else expect(attempt()).toEqual(outcome)
  })

  it('that succeeds gives what was recovered', () => expect(recoverFrom('/data', recovered(null), () => records, new Followed())).toMatchObject({ ok: true, recovered: { fromCheckpoint: false } }))
})
