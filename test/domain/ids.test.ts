/** Client order ids: the idempotency keys of orders. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientOrderId, journalId, ORDER_ROLES, parseClientOrderId, type JournalId, type PositionId } from '../../src/domain/ids.ts'

const parts = fc.record({
  journal: fc.stringMatching(/^[a-z0-9]{6}$/).map((text) => text as JournalId),
  position: fc.integer({ min: 1, max: 999_999_999_999 }).map((number) => number as PositionId),
  role: fc.constantFrom(...ORDER_ROLES),
  generation: fc.integer({ min: 0, max: 999_999 }),
})

describe('a client order id', () => {
  it.each([
    ['entry', 1, 'k3v9qa-12-e1'],
    ['stop-loss', 2, 'k3v9qa-12-s2'],
    ['take-profit', 3, 'k3v9qa-12-t3'],
    ['close', 4, 'k3v9qa-12-c4'],
  ] as const)('of a %s keeps its form for ever: journals and venues hold it', (role, generation, text) => {
    expect(clientOrderId('k3v9qa' as JournalId, 12 as PositionId, role, generation)).toBe(text)
  })

  it('says what it was made of, so that no two orders share one; Bybit takes 36 characters of these, Bitget 40', () => {
    fc.assert(
      fc.property(parts, ({ journal, position, role, generation }) => {
        const id = clientOrderId(journal, position, role, generation)
        expect(id).toMatch(/^[A-Za-z0-9_-]{1,32}$/)
        expect(parseClientOrderId(id)).toEqual({ journal, position, role, generation })
      }),
    )
  })

  it.each([
    ['', 'nothing'], ['k3v9qa-12-x1', 'no role'], ['k3v9qa-12-e', 'no generation'], ['k3v9qa-12-e1 ', 'something behind'], [' k3v9qa-12-e1', 'something before'],
    ['k3v9q-12-e1', 'a short journal'], ['K3v9qa-12-e1', 'a capital'], ['k3v9qa--e1', 'no position'], ['k3v9qa-1234567890123-e1', 'a position of 13 digits'], ['k3v9qa-12-e1234567', 'a generation of 7 digits'],
  ])('%o is not one of ours: %s', (text) => {
    expect(parseClientOrderId(text)).toBeUndefined()
  })

  it('that no venue would take is a bug', () => {
    expect(() => clientOrderId('k3v9qa' as JournalId, 12 as PositionId, 'entry', 1e21)).toThrow('is legal on every venue')
    expect(() => clientOrderId('k3v9qa' as JournalId, 1e30 as PositionId, 'entry', 1)).toThrow('k3v9qa-1e+30-e1')
  })
})

describe('a journal id', () => {
  it('is made of the first six bytes', () => {
    expect(journalId(Uint8Array.from([0, 25, 26, 35, 36, 255, 7]))).toBe('az09ad')
  })

  it('needs six', () => {
    expect(() => journalId(Uint8Array.from([1, 2, 3, 4, 5]))).toThrow('six random bytes')
  })
})
