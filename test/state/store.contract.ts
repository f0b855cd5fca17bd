/** What every store promises. Run by a test file per implementation. */
import { describe, expect, it } from 'vitest'
import type { JournalRecord } from '../../state/record.ts'
import type { Checkpoint, Recovered, Store } from '../../state/store.ts'
import { batches, PARTITION, record } from './journal-records.ts'

/** A place that stores can be opened on, one after the other. */
export type StorePlace = { readonly store: () => Store; readonly remove: () => void }

export const checkpointAt = (seq: number): Checkpoint => ({ formatVersion: 1, seq, machineVersion: 3, stateHash: `h${seq}`, state: { upTo: seq } })

export function opened(store: Store): Recovered {
  const result = store.open()
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`)
  return result.recovered
}

export async function appendAll(store: Store, epoch: number, all: readonly JournalRecord[][]): Promise<void> {
  for (const batch of all) {
    const result = await store.append(PARTITION, batch[0]?.seq ?? 0, epoch, batch)
    if (!result.ok) throw new Error(result.message)
  }
}

export function storeContract(name: string, place: () => StorePlace): void {
  describe(`${name} keeps the promises of a store`, () => {
    const withPlace = (title: string, body: (place: StorePlace) => Promise<void>): void =>
      it(title, async () => {
        const here = place()
        try {
          await body(here)
        } finally {
          here.remove()
        }
      })

    withPlace('a new journal is empty, its owner is number 1', (here) => {
      const recovered = opened(here.store())
      expect({ ...recovered, tail: [...recovered.tail] }).toEqual({
        checkpoint: null,
        tail: [],
        durableSeq: 0,
        lastBatch: 0,
        epoch: 1,
        tornTail: null,
        remarks: [],
      })
      return Promise.resolve()
    })

    withPlace('what was acknowledged is there after a restart, unchanged and in order', async (here) => {
      const all = batches([1, 3, 2])
      const first = here.store()
      await appendAll(first, opened(first).epoch, all)
      await first.close()
      const recovered = opened(here.store())
      expect([...recovered.tail]).toEqual(all.flat())
      expect([...recovered.tail]).toEqual(all.flat())
      expect(recovered).toMatchObject({ durableSeq: 6, lastBatch: 3, epoch: 2 })
    })

    withPlace('reads any range, cut to what is durable', async (here) => {
      const all = batches([2, 2, 2]).flat()
      const store = here.store()
      await appendAll(store, opened(store).epoch, batches([2, 2, 2]))
      for (const [from, to] of [[1, 6], [3, 4], [6, 6], [0, 2], [5, 99], [7, 9], [4, 3]] as const) {
        expect([...store.read(from, to)]).toEqual(all.filter(({ seq }) => seq >= from && seq <= to))
      }
    })

    withPlace('refuses what does not continue the journal', async (here) => {
      const store = here.store()
      const { epoch } = opened(store)
      await appendAll(store, epoch, [[record(1, 1)]])
      const refused = async (expectedSeq: number, owner: number, records: JournalRecord[], partition = PARTITION): Promise<string> => {
        const result = await store.append(partition, expectedSeq, owner, records)
        return result.ok ? 'ok' : result.code
      }
      expect(await refused(1, epoch, [record(1, 2)])).toBe('out_of_order')
      expect(await refused(3, epoch, [record(3, 2)])).toBe('out_of_order')
      expect(await refused(2, epoch, [record(2, 2), record(4, 2)])).toBe('out_of_order')
      expect(await refused(2, epoch, [record(2, 2), record(3, 3)])).toBe('out_of_order')
      expect(await refused(2, epoch, [record(2, 1)])).toBe('out_of_order')
      expect(await refused(2, epoch, [record(2, 2)], 'another')).toBe('out_of_order')
      expect(await refused(2, epoch - 1, [record(2, 2)])).toBe('fenced')
      expect(await refused(2, epoch, [])).toBe('ok')
      expect(await refused(2, epoch, [record(2, 2)])).toBe('ok')
    })

    withPlace('batch numbers may have gaps (a batch that found no room)', async (here) => {
      const store = here.store()
      await appendAll(store, opened(store).epoch, [[record(1, 1)], [record(2, 7), record(3, 7)]])
      await store.close()
      expect(opened(here.store())).toMatchObject({ durableSeq: 3, lastBatch: 7 })
    })

    withPlace('a checkpoint shortens the tail', async (here) => {
      const store = here.store()
      await appendAll(store, opened(store).epoch, batches([2, 2, 2]))
      await store.checkpoint(checkpointAt(4))
      await store.close()
      const recovered = opened(here.store())
      expect(recovered.checkpoint).toEqual(checkpointAt(4))
      expect([...recovered.tail].map(({ seq }) => seq)).toEqual([5, 6])
    })

    withPlace('a checkpoint of what is not durable is a bug', async (here) => {
      const store = here.store()
      await appendAll(store, opened(store).epoch, batches([2]))
      await expect((async () => store.checkpoint(checkpointAt(3)))()).rejects.toThrow('durable')
    })

    withPlace('one owner at a time', async (here) => {
      const store = here.store()
      opened(store)
      expect(here.store().open()).toMatchObject({ ok: false, code: 'locked' })
      await store.close()
      expect(here.store().open().ok).toBe(true)
    })
  })
}
