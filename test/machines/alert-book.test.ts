/** Which conditions stand, what is said of them, and how far each lane has been told. */
import { describe, expect, it } from 'vitest'
import { AlertBook, type AlertBookDump } from '../../machines/alert-book.ts'
import type { ConditionKind } from '../../src/domain/facts.ts'

type Severity = 'urgent' | 'warning'
type Line = readonly [kind: ConditionKind, subject: string, what: Severity | 'cleared', said: 'raised' | 'cleared' | 'nothing']

let at = 0
/** What a fact made the book say. */
function tell(book: AlertBook, kind: ConditionKind, subject: string, what: Severity | 'cleared'): string {
  at += 1
  const outputs = what === 'cleared' ? book.condition({ type: 'condition.cleared', kind, subject, seq: at, at }) : book.condition({ type: 'condition.raised', kind, subject, severity: what, detail: `told at ${at}`, seq: at, at })
  for (const { kind: output, body } of outputs) {
    expect(output).toBe('notice')
    expect(body).toEqual(what === 'cleared' ? { type: 'condition.cleared', kind, subject } : { type: 'condition.raised', kind, subject, severity: what, detail: `told at ${at}` })
  }
  return outputs.map(({ body }) => body.type.slice('condition.'.length)).join() || 'nothing'
}

describe('a condition', () => {
  it.each<readonly [string, readonly Line[]]>([
    ['is said when it begins and when it ends, not in between', [['PRICE_STALE', 'BTCUSDT', 'warning', 'raised'], ['PRICE_STALE', 'BTCUSDT', 'warning', 'nothing'], ['PRICE_STALE', 'BTCUSDT', 'cleared', 'cleared'], ['PRICE_STALE', 'BTCUSDT', 'cleared', 'nothing']]],
    ['is said again when it becomes urgent, never when it becomes less', [['PRICE_STALE', 'BTCUSDT', 'warning', 'raised'], ['PRICE_STALE', 'BTCUSDT', 'urgent', 'raised'], ['PRICE_STALE', 'BTCUSDT', 'urgent', 'nothing'], ['PRICE_STALE', 'BTCUSDT', 'warning', 'nothing']]],
    ['that ended begins anew', [['AUDIT_FAILED', '', 'urgent', 'raised'], ['AUDIT_FAILED', '', 'cleared', 'cleared'], ['AUDIT_FAILED', '', 'urgent', 'raised']]],
    ['of another subject or kind is another one', [['PRICE_STALE', 'BTCUSDT', 'warning', 'raised'], ['PRICE_STALE', 'ETHUSDT', 'warning', 'raised'], ['ZOMBIE_POSITION', 'BTCUSDT', 'warning', 'raised'], ['PRICE_STALE', 'ETHUSDT', 'cleared', 'cleared'], ['PRICE_STALE', 'BTCUSDT', 'warning', 'nothing']]],
  ])('%s', (_, lines) => {
    const book = new AlertBook()
    expect(lines.map(([kind, subject, what]) => tell(book, kind, subject, what))).toEqual(lines.map(([, , , said]) => said))
  })

  it('stands since it was first said, however urgent it became', () => {
    const book = new AlertBook()
    tell(book, 'PRICE_STALE', 'BTCUSDT', 'warning')
    const since = at
    tell(book, 'PRICE_STALE', 'BTCUSDT', 'urgent')
    expect(book.stands('PRICE_STALE', 'BTCUSDT')).toEqual({ kind: 'PRICE_STALE', subject: 'BTCUSDT', severity: 'urgent', detail: `told at ${at}`, since })
    expect([...book.standing]).toHaveLength(1)
    expect(book.stands('PRICE_STALE', 'ETHUSDT')).toBeUndefined()
  })
})

describe('a lane', () => {
  it('is told up to a record, and never goes back', () => {
    const book = new AlertBook()
    const delivered = (lane: string, upTo: number): void => book.delivered({ type: 'alerts.delivered', lane, upTo })
    expect(book.deliveredUpTo('mail')).toBeUndefined()
    for (const upTo of [7, 5]) delivered('mail', upTo)
    delivered('chat', 3)
    expect([book.deliveredUpTo('mail'), book.deliveredUpTo('chat')]).toEqual([7, 3])
    delivered('mail', 9)
    expect(book.deliveredUpTo('mail')).toBe(9)
  })
})

describe('the book', () => {
  it('is empty until something stands or was told', () => {
    expect(new AlertBook().isEmpty).toBe(true)
    const standing = new AlertBook()
    tell(standing, 'PRICE_STALE', 'BTCUSDT', 'warning')
    const told = new AlertBook()
    told.delivered({ type: 'alerts.delivered', lane: 'mail', upTo: 1 })
    expect([standing.isEmpty, told.isEmpty]).toEqual([false, false])
  })

  it('is the same after a checkpoint, in one order whatever the order of events', () => {
    const kinds = ['ZOMBIE_POSITION', 'PRICE_STALE', 'AUDIT_FAILED'] as const
    const dumpOf = (order: readonly ConditionKind[], lanes: readonly string[]): AlertBookDump => {
      const book = new AlertBook()
      for (const kind of order) book.condition({ type: 'condition.raised', kind, subject: 'x', severity: 'urgent', detail: '', seq: 1, at: 5 })
      for (const lane of lanes) book.delivered({ type: 'alerts.delivered', lane, upTo: 4 })
      return book.dump()
    }
    const dump = dumpOf(kinds, ['mail', 'chat', 'voice'])
    expect(dump).toEqual(dumpOf([...kinds].reverse(), ['voice', 'mail', 'chat']))
    expect([dump.standing.map(({ kind }) => kind), dump.delivered]).toEqual([[...kinds].sort(), [['chat', 4], ['mail', 4], ['voice', 4]]])
    const restored = new AlertBook()
    restored.restore(JSON.parse(JSON.stringify(dump)) as AlertBookDump)
    expect(restored.dump()).toEqual(dump)
    expect(tell(restored, 'PRICE_STALE', 'x', 'urgent')).toBe('nothing')
  })
})
