import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compare, decimal, less } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { ArmedTrail, WatchedPosition } from '../../src/prices/armed-watch.ts'
import { IndexedHeap } from '../../src/prices/indexed-heap.ts'
import { meldTrails, removeTrail, trailsReached } from '../../src/prices/trail-heap.ts'

type Item = { index: number; key: number }
const byNumber = (a: number, b: number): number => a - b

it('the indexed heap agrees with a sorted list under adding, removing, re-keying', () => {
  const step = fc.record({ op: fc.constantFrom('add', 'add', 'remove', 'rekey'), key: fc.integer({ min: 0, max: 50 }), pick: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const heap = new IndexedHeap<Item>((item, index) => void (item.index = index))
      let items: Item[] = []
      for (const { op, key, pick } of steps) {
        const item = items[pick % items.length]
        if (op === 'add') {
          const added = { index: -1, key }
          heap.add(added, key)
          items.push(added)
        } else if (item && op === 'remove') {
          heap.removeAt(item.index)
          items = items.filter((other) => other !== item)
          expect(item.index).toBe(-1)
        } else if (item) {
          item.key = key
          heap.rekeyAt(item.index, key)
        }
        const keys = items.map((each) => each.key).sort(byNumber)
        expect([heap.size, heap.topKey, heap.secondKey]).toEqual([items.length, keys[0] ?? Infinity, keys[1] ?? Infinity])
        expect(items.every((each) => heap.keyAt(each.index) === each.key)).toBe(true)
        expect(heap.upTo(25).map((each) => each.key).sort(byNumber)).toEqual(keys.filter((each) => each <= 25))
      }
    }),
    { numRuns: 300, seed: 1 },
  )
})

it('the heap of trails agrees with a sorted list under adding, removing, melding, by exact distance', () => {
  const distances = ['0.5', '1', '1.00000000000000000001', '1.00000000000000000002', '2', '3', '4.5']
  const op = fc.constantFrom('add', 'add', 'add', 'remove', 'remove', 'meld')
  const step = fc.record({ op, distance: fc.constantFrom(...distances), pick: fc.nat(), side: fc.nat(1) })
  const make = (distancePct: string): ArmedTrail =>
    new ArmedTrail(new WatchedPosition(1 as PositionId), {
      kind: 'trail', key: 'k', class: 'stop', lane: 'last', direction: 'long', distancePct: decimal(distancePct), peak: decimal(1),
    })
  const order = (trails: readonly ArmedTrail[]): string[] => trails.map((trail) => trail.watch.distancePct).sort(compare)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const roots: (ArmedTrail | null)[] = [null, null]
      const trails: ArmedTrail[][] = [[], []]
      for (const { op, distance, pick, side } of steps) {
        const held = trails[side] as ArmedTrail[]
        const trail = held[pick % held.length]
        if (op === 'add') {
          const added = make(distance)
          roots[side] = meldTrails(roots[side] ?? null, added)
          held.push(added)
        } else if (op === 'remove' && trail) {
          roots[side] = removeTrail(roots[side] as ArmedTrail, trail)
          trails[side] = held.filter((other) => other !== trail)
        } else if (op === 'meld') {
          roots[side] = meldTrails(roots[side] ?? null, roots[1 - side] ?? null)
          roots[1 - side] = null
          trails[side] = [...held, ...(trails[1 - side] as ArmedTrail[])]
          trails[1 - side] = []
        }
        for (const each of [0, 1]) {
          const near = (one: ArmedTrail): boolean => less(one.watch.distancePct, decimal('1.00000000000000000002'))
          expect(order(trailsReached(roots[each] ?? null, () => true))).toEqual(order(trails[each] as ArmedTrail[]))
          expect(order(trailsReached(roots[each] ?? null, near))).toEqual(order((trails[each] as ArmedTrail[]).filter(near)))
        }
      }
    }),
    { numRuns: 60, seed: 1 },
  )
})
