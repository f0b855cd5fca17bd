/**
 * Pairing heap of trails by exact distance: melds in O(1), removes any node in amortised O(log n). A heap is its root
 * (null = empty). Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap" (1986).
 */
import { less } from '../domain/decimal.ts'
import type { ArmedTrail } from './armed-watch.ts'

/** Rounding keeps order, so different doubles decide; only equal doubles need decimals. */
function nearer(a: ArmedTrail, b: ArmedTrail): boolean {
  if (a.distance !== b.distance) return a.distance < b.distance
  return a.watch.distancePct !== b.watch.distancePct && less(a.watch.distancePct, b.watch.distancePct)
}

/** The union of two heaps. */
export function meldTrails(a: ArmedTrail | null, b: ArmedTrail | null): ArmedTrail | null {
  if (a === null) return b
  if (b === null) return a
  return nearer(b, a) ? adopt(b, a) : adopt(a, b)
}

/** The heap without `trail`, which must be in it. */
export function removeTrail(root: ArmedTrail, trail: ArmedTrail): ArmedTrail | null {
  const orphans = meldSiblings(trail.child)
  trail.child = null
  if (trail === root) return orphans
  const before = trail.before as ArmedTrail
  if (before.child === trail) before.child = trail.sibling
  else before.sibling = trail.sibling
  if (trail.sibling !== null) trail.sibling.before = before
  trail.sibling = null
  trail.before = null
  return meldTrails(root, orphans)
}

/** Every trail for which `reached` holds; where it does not hold, it must not hold for any greater distance. */
export function trailsReached(root: ArmedTrail | null, reached: (trail: ArmedTrail) => boolean): ArmedTrail[] {
  const found: ArmedTrail[] = []
  if (root !== null && reached(root)) found.push(root)
  for (let index = 0; index < found.length; index++) {
    for (let child = (found[index] as ArmedTrail).child; child !== null; child = child.sibling) if (reached(child)) found.push(child)
  }
  return found
}

function adopt(parent: ArmedTrail, child: ArmedTrail): ArmedTrail {
  child.before = parent
  child.sibling = parent.child
  if (parent.child !== null) parent.child.before = child
  parent.child = child
  return parent
}

/** Two passes without recursion: pairs from left to right, then all of them from right to left. */
function meldSiblings(first: ArmedTrail | null): ArmedTrail | null {
  let pairs: ArmedTrail | null = null
  while (first !== null) {
    const second: ArmedTrail | null = first.sibling
    const rest: ArmedTrail | null = second === null ? null : second.sibling
    const pair = meldTrails(detached(first), second === null ? null : detached(second)) as ArmedTrail
    pair.sibling = pairs
    pairs = pair
    first = rest
  }
  let root: ArmedTrail | null = null
  while (pairs !== null) {
    const rest: ArmedTrail | null = pairs.sibling
    root = meldTrails(root, detached(pairs))
    pairs = rest
  }
  return root
}

function detached(trail: ArmedTrail): ArmedTrail {
  trail.sibling = null
  trail.before = null
  return trail
}
