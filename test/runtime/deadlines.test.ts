import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PositionId } from '../../src/domain/ids.ts'
import { Deadlines } from '../../src/runtime/deadlines.ts'

const id = (value: number): PositionId => value as PositionId
const drain = (deadlines: Deadlines, now: number): string[] => {
  const taken: string[] = []
  for (let due = deadlines.take(now); due; due = deadlines.take(now)) taken.push(`${due.positionId}:${due.name}@${due.dueAt}`)
  return taken
}

describe('deadlines', () => {
  it('come in order of time, equal times in order of insertion', () => {
    const deadlines = new Deadlines()
    deadlines.sync(id(2), { entry: 50 })
    deadlines.sync(id(1), { entry: 50, query: 20 })
    expect(drain(deadlines, 49)).toEqual(['1:query@20'])
    expect(drain(deadlines, 50)).toEqual(['2:entry@50', '1:entry@50'])
  })

  it('that were moved or dropped do not come', () => {
    const deadlines = new Deadlines()
    deadlines.sync(id(1), { entry: 10, query: 20 })
    deadlines.sync(id(1), { query: 30 })
    expect(deadlines.peek()).toMatchObject({ name: 'query', dueAt: 30 })
    deadlines.sync(id(1), {})
    expect(drain(deadlines, 100)).toEqual([])
  })

  it('that were put off come later, with the due time that their position knows', () => {
    const deadlines = new Deadlines()
    deadlines.sync(id(1), { query: 10 })
    deadlines.sync(id(2), { query: 15 })
    const due = deadlines.take(10)
    if (!due) throw new Error('one is due')
    deadlines.postpone(due, 20)
    expect(deadlines.peek()).toMatchObject({ positionId: 2, at: 15 })
    expect(drain(deadlines, 19)).toEqual(['2:query@15'])
    expect(drain(deadlines, 20)).toEqual(['1:query@10'])
    deadlines.sync(id(1), { query: 30 })
    deadlines.postpone(deadlines.take(30) as NonNullable<ReturnType<Deadlines['take']>>, 40)
    deadlines.sync(id(1), { query: 50 })
    expect(drain(deadlines, 60)).toEqual(['1:query@50'])
  })

  it('agree with a sorted list over random changes', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ position: fc.integer({ min: 1, max: 5 }), dueAt: fc.integer({ min: 0, max: 50 }), drop: fc.boolean() }), { maxLength: 60 }), (changes) => {
        const deadlines = new Deadlines()
        const model = new Map<number, number>()
        for (const { position, dueAt, drop } of changes) {
          if (drop) model.delete(position)
          else model.set(position, dueAt)
          deadlines.sync(id(position), drop ? {} : { only: dueAt })
        }
        const times = drain(deadlines, 100).map((text) => Number(text.split('@')[1]))
        expect(times).toEqual([...model.values()].sort((a, b) => a - b))
      }),
    )
  })
})
