import { expect, it } from 'vitest'
import { MemoryStore } from '../../state/memory-store.ts'
import { PARTITION, record } from './journal-records.ts'
import { opened, storeContract } from './store.contract.ts'

storeContract('MemoryStore', () => {
  const store = new MemoryStore()
  return { store: () => store, remove: () => undefined }
})

it('answers at once, without a promise', () => {
  const store = new MemoryStore()
  const { epoch } = opened(store)
  expect(store.append(PARTITION, 1, epoch, [record(1, 1)])).toEqual({ ok: true })
})
