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
  #answer: ((result: AppendResult) => void) | null = null
  readonly store = {
    append: (_partition: string, _expected: number, _epoch: number, records: readonly JournalRecord[]) => {
      this.batches.push(records)
      return new Promise<AppendResult>((resolve) => (this.#answer = resolve))
    },
  } as unknown as Store

  async answer(result: AppendResult = { ok: true }): Promise<void> {
    this.#answer?.(result)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function world(): { held: HeldStore; sequencer: Sequencer; released: string[]; states: string[]; retries: (() => void)[]; flush: () => void } {
  const held = new HeldStore()
  const released: string[] = []
  const states: string[] = []
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
    onNotice: (notice) => released.push(notice.type),
    onState: (state) => states.push(state),
  }
  const sequencer = new Sequencer(ports, { partition: 'lab_dev', epoch: 1, durableSeq: 0, lastBatch: 0 })
  sequencer.accept({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  sequencer.accept({ type: 'settings.changed', settings: aSettings() })
  const flush = (): void => {
    for (const run of scheduled.splice(0)) run()
  }
  return { held, sequencer, released, states, retries, flush }
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
})
