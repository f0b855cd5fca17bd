/** The one door in: numbering, batches, release only when durable, a full disk, a failed sync. */
import { describe, expect, it } from 'vitest'
import type { Fact } from '../../src/domain/facts.ts'
import { VirtualClock } from '../../src/runtime/clock.ts'
import { MOST_WAITING, Sequencer, type SequencerPorts } from '../../src/runtime/sequencer.ts'
import { Core } from '../../machines/core.ts'
import type { JournalRecord } from '../../state/record.ts'
import type { AppendResult, Store } from '../../state/store.ts'
import { JOURNAL, aSettings, aSignal } from '../support/builders.ts'

/** A store whose answers the test gives. */
class HeldStore {
  readonly batches: (readonly JournalRecord[])[] = []
  readonly offers: (readonly [partition: string, expectedSeq: number, epoch: number])[] = []
  #answer: ((result: AppendResult) => void) | null = null
  #fail: ((error: Error) => void) | null = null
  readonly store = {
    append: (partition: string, expected: number, epoch: number, records: readonly JournalRecord[]) => {
      this.batches.push(records)
      this.offers.push([partition, expected, epoch])
      return new Promise<AppendResult>((resolve, reject) => ([this.#answer, this.#fail] = [resolve, reject]))
    },
  } as unknown as Store

  async answer(result: AppendResult = { ok: true }): Promise<void> {
    this.#answer?.(result)
    await new Promise((resolve) => setImmediate(resolve))
  }
  async fail(error: Error): Promise<void> {
    this.#fail?.(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type World = {
  readonly held: HeldStore
  readonly sequencer: Sequencer
  readonly released: string[]
  /** Seq and time of each notice. */
  readonly told: (readonly [number, number])[]
  readonly states: string[]
  readonly messages: string[]
  readonly retries: (() => void)[]
  readonly scheduled: (() => void)[]
  readonly flush: () => void
}

function world(): World {
  const held = new HeldStore()
  const released: string[] = []
  const told: (readonly [number, number])[] = []
  const states: string[] = []
  const messages: string[] = []
  const retries: (() => void)[] = []
  const scheduled: (() => void)[] = []
  const ports: SequencerPorts = {
    store: held.store,
    core: new Core(),
    clock: new VirtualClock(1000),
    schedule: (flush) => scheduled.push(flush),
    retryLater: (retry) => retries.push(retry),
    onApplied: () => {},
    onCommand: (command) => released.push(command.type),
    onNotice: (notice, seq, at) => (released.push(notice.type), told.push([seq, at])),
    onState: (state, message) => (states.push(state), messages.push(message)),
  }
  const sequencer = new Sequencer(ports, { partition: 'lab_dev', epoch: 1, durableSeq: 0, lastBatch: 0 })
  sequencer.accept({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  sequencer.accept({ type: 'settings.changed', settings: aSettings() })
  const flush = (): void => {
    for (const run of scheduled.splice(0)) run()
  }
  return { held, sequencer, released, told, states, messages, retries, scheduled, flush }
}

const signal = (): Fact => ({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal(), payload: {}, idempotencyKey: null, duplicateOf: null })

describe('the sequencer', () => {
  it('numbers without gaps and puts a fact and what it caused into one batch', async () => {
    const { held, sequencer, flush } = world()
    sequencer.accept(signal())
    flush()
    await held.answer()
    const [batch] = held.batches
    expect(batch?.map(({ seq, kind, batch: number }) => [seq, kind, number])).toEqual([
      [1, 'fact', 1], [2, 'fact', 1], [3, 'fact', 1], [4, 'notice', 1], [5, 'notice', 1], [6, 'command', 1],
    ])
    expect(batch?.flatMap((record) => ('cause' in record ? [record.cause] : []))).toEqual([3, 3, 3])
  })

  it('releases nothing before its batch is durable', async () => {
    const { held, sequencer, released, flush } = world()
    sequencer.accept(signal())
    flush()
    expect(released).toEqual([])
    const durable = sequencer.whenDurable(3)
    await held.answer()
    expect(released).toEqual(['signal.answered', 'position.moved', 'order.submit'])
    expect(await durable).toBe(true)
  })

  it('writes one batch at a time: the next is what queued meanwhile', async () => {
    const { held, sequencer, flush } = world()
    flush()
    sequencer.accept(signal())
    sequencer.accept(signal())
    flush()
    expect(held.batches.length).toBe(1)
    await held.answer()
    flush()
    expect(held.batches.map((batch) => batch.length)).toEqual([2, 8])
    expect(held.batches[1]?.every((record) => record.batch === 2)).toBe(true)
  })

  it('holds a batch back while the disk is full and writes the very same one later', async () => {
    const { held, sequencer, released, states, retries, flush } = world()
    sequencer.accept(signal())
    flush()
    await held.answer({ ok: false, code: 'no_space', message: 'full' })
    expect([sequencer.state, released]).toEqual(['stalled', []])
    retries.shift()?.()
    await held.answer()
    expect(held.batches[1]).toBe(held.batches[0])
    expect([sequencer.state, states, released.length]).toEqual(['open', ['stalled', 'open'], 3])
  })

  it('acknowledges nothing after a failed sync, and takes no more facts', async () => {
    const { held, sequencer, released, flush } = world()
    sequencer.accept(signal())
    const durable = sequencer.barrier()
    flush()
    await held.answer({ ok: false, code: 'poisoned', message: 'fdatasync failed' })
    expect(await durable).toBe(false)
    expect(await sequencer.whenDurable(3)).toBe(false)
    expect(sequencer.accept(signal())).toEqual({ seq: 0, outputs: [] })
    expect([sequencer.state, released]).toEqual(['failed', []])
  })

  it('refuses a fact from within the fold', () => {
    const core = new Core()
    const reentrant: { sequencer?: Sequencer } = {}
    const apply = core.apply.bind(core)
    core.apply = (fact) => {
      reentrant.sequencer?.accept({ type: 'price.pinned', price: null })
      return apply(fact)
    }
    const ports = { core, clock: new VirtualClock(0), schedule: () => {}, onApplied: () => {} } as unknown as SequencerPorts
    reentrant.sequencer = new Sequencer(ports, { partition: 'p', epoch: 1, durableSeq: 0, lastBatch: 0 })
    expect(() => reentrant.sequencer?.accept({ type: 'price.pinned', price: null })).toThrow('outside the fold')
  })

  it('is crowded while a disk that has stopped leaves too much waiting, takes all the same what comes, and recovers', async () => {
    const { held, sequencer, flush } = world()
    flush()
    const last = (): number => sequencer.nextSeq - 1
    while (last() < MOST_WAITING) sequencer.accept({ type: 'trading.resumed', accountLabel: null, reason: 'again' })
    expect(sequencer.crowded).toBe(false)
    expect(sequencer.accept(signal()).outputs).toHaveLength(3)
    expect(sequencer.crowded).toBe(true)
    await held.answer()
    flush()
    await held.answer()
    expect([sequencer.durableSeq, sequencer.crowded]).toEqual([last(), false])
  })

  it('carries the time of its clock, or the one that is given, into every record and notice', async () => {
    const { held, sequencer, flush, told } = world()
    sequencer.accept(signal(), 777)
    flush()
    await held.answer()
    expect(held.batches[0]?.map(({ at }) => at)).toEqual([1000, 1000, 777, 777, 777, 777])
    expect(told).toEqual([[4, 777], [5, 777]])
    expect(held.batches[0]?.every(({ v, partition }) => v === 1 && partition === 'lab_dev')).toBe(true)
  })

  it('offers each batch with its first number and its owner', async () => {
    const { held, sequencer, flush } = world()
    flush()
    await held.answer()
    sequencer.accept(signal())
    flush()
    expect(held.offers).toEqual([['lab_dev', 1, 1], ['lab_dev', 3, 1]])
  })

  it('records the hash of the state behind what was folded', async () => {
    const { held, sequencer, flush } = world()
    expect(sequencer.mark('abc')).toBe(3)
    expect(sequencer.nextSeq).toBe(4)
    flush()
    await held.answer()
    expect(held.batches[0]?.at(-1)).toEqual({ v: 1, seq: 3, batch: 1, at: 1000, partition: 'lab_dev', kind: 'mark', body: { type: 'state.hashed', hash: 'abc' } })
  })

  it('goes on behind what a journal holds already', () => {
    const { batches, sequencer } = settling({ durableSeq: 41, lastBatch: 6 })
    expect([sequencer.durableSeq, sequencer.nextSeq, sequencer.idle, sequencer.crowded]).toEqual([41, 42, true, false])
    sequencer.accept({ type: 'price.pinned', price: null })
    sequencer.settle()
    expect(batches.map((batch) => batch.map(({ seq, batch: number }) => [seq, number]))).toEqual([[[42, 7]]])
  })

  it('records the failure of a machine right behind the fact that made it throw, in the same batch', () => {
    const { batches, sequencer, core } = settling()
    const apply = core.apply.bind(core)
    core.apply = (fact) => (fact.type === 'price.pinned' ? { outputs: [], touched: [], failures: [{ positionId: 5 as never, error: 'boom' }] } : apply(fact))
    expect(sequencer.accept({ type: 'price.pinned', price: null }).seq).toBe(1)
    sequencer.settle()
    expect(batches[0]?.map(({ body }) => body)).toEqual([{ type: 'price.pinned', price: null }, { type: 'fact.failed', failedSeq: 1, positionId: 5, error: 'boom' }])
  })

  it('settles with a store that answers at once: what a release causes is written too', () => {
    const { batches, sequencer, onCommand } = settling()
    onCommand.push(() => sequencer.accept({ type: 'price.pinned', price: null }))
    for (const fact of [{ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' }, { type: 'settings.changed', settings: aSettings() }, signal()] as const) sequencer.accept(fact)
    sequencer.settle()
    expect(batches.map((batch) => batch.length)).toEqual([6, 1])
    expect([sequencer.idle, sequencer.durableSeq]).toEqual([true, 7])
  })

  it('a flush that comes late, when all was settled, writes nothing and is scheduled again for what comes next', () => {
    const { batches, sequencer, scheduled } = settling()
    sequencer.accept({ type: 'price.pinned', price: null })
    sequencer.settle()
    expect([batches.length, scheduled.length]).toEqual([1, 1])
    scheduled.shift()?.()
    expect(batches).toHaveLength(1)
    sequencer.accept({ type: 'price.pinned', price: null })
    expect(scheduled).toHaveLength(1)
    scheduled.shift()?.()
    expect(batches).toHaveLength(2)
  })

  it('a flush that comes late, while a batch is being written, waits for it', async () => {
    const { held, sequencer, flush } = world()
    sequencer.settle()
    sequencer.accept(signal())
    flush()
    sequencer.settle()
    expect(held.batches.map((batch) => batch.length)).toEqual([2])
    await held.answer()
    flush()
    expect(held.batches.map((batch) => batch.length)).toEqual([2, 4])
  })

  it('says at once of what is durable that it is', async () => {
    const { sequencer } = settling()
    expect(await sequencer.barrier()).toBe(true)
    sequencer.accept({ type: 'price.pinned', price: null })
    sequencer.settle()
    expect(await Promise.all([sequencer.barrier(), sequencer.whenDurable(1), sequencer.whenDurable(0)])).toEqual([true, true, true])
    await sequencer.whenIdle()
  })

  it('schedules one flush for all that comes before it, and another for what comes behind a batch', async () => {
    const { held, sequencer, flush, scheduled } = world()
    expect(scheduled).toHaveLength(1)
    flush()
    sequencer.accept(signal())
    expect(scheduled).toHaveLength(0)
    await held.answer()
    expect(scheduled).toHaveLength(1)
    flush()
    await held.answer()
    expect([sequencer.idle, scheduled.length]).toEqual([true, 0])
  })

  it('wakes each who waits when its record is durable, not before', async () => {
    const { held, sequencer, flush } = world()
    const woken: number[] = []
    const wait = (seq: number): void => void sequencer.whenDurable(seq).then(() => woken.push(seq))
    flush()
    sequencer.accept(signal())
    for (const seq of [1, 2, 6]) wait(seq)
    expect(sequencer.idle).toBe(false)
    await held.answer()
    expect(woken).toEqual([1, 2])
    flush()
    await held.answer()
    expect(woken).toEqual([1, 2, 6])
    expect(await sequencer.whenDurable(2)).toBe(true)
  })

  it('is idle once nothing waits, and is waited for no longer once it has failed', async () => {
    const { held, sequencer, flush } = world()
    let idle = false
    void sequencer.whenIdle().then(() => (idle = true))
    flush()
    sequencer.accept(signal())
    await held.answer()
    expect(idle).toBe(false)
    flush()
    await held.answer({ ok: false, code: 'poisoned', message: 'EIO' })
    expect([idle, sequencer.idle]).toEqual([true, false])
    await sequencer.whenIdle()
  })

  it('takes a store that throws for one that has failed, and says why', async () => {
    const { held, sequencer, flush, messages } = world()
    flush()
    await held.fail(new Error('no such file'))
    expect([sequencer.state, messages]).toEqual(['failed', ['Error: no such file']])
  })

  it('says once that the disk is full, however often it is tried', async () => {
    const { held, sequencer, flush, states, retries } = world()
    flush()
    await held.answer({ ok: false, code: 'no_space', message: 'full' })
    retries.shift()?.()
    await held.answer({ ok: false, code: 'no_space', message: 'full' })
    sequencer.accept(signal())
    flush()
    expect([states, held.batches.length, retries.length]).toEqual([['stalled'], 2, 1])
    sequencer.settle()
    expect(held.batches).toHaveLength(2)
    retries.shift()?.()
    await held.answer()
    flush()
    expect(held.batches.map((batch) => batch.length)).toEqual([2, 2, 2, 4])
  })
})

/** A sequencer over a store that answers at once. */
function settling(start = { durableSeq: 0, lastBatch: 0 }): { batches: (readonly JournalRecord[])[]; sequencer: Sequencer; core: Core; onCommand: (() => void)[]; scheduled: (() => void)[] } {
  const batches: (readonly JournalRecord[])[] = []
  const onCommand: (() => void)[] = []
  const scheduled: (() => void)[] = []
  const core = new Core()
  const store = { append: (_partition: string, _expected: number, _epoch: number, records: readonly JournalRecord[]) => (batches.push(records), { ok: true }) } as unknown as Store
  const ports: SequencerPorts = {
    store, core, clock: new VirtualClock(1000), schedule: (flush) => scheduled.push(flush), retryLater: () => {}, onApplied: () => {}, onCommand: () => onCommand.shift()?.(), onNotice: () => {}, onState: () => {},
  }
  return { batches, sequencer: new Sequencer(ports, { partition: 'p', epoch: 1, ...start }), core, onCommand, scheduled }
}
