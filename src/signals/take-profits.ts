/** `take_profits`: several targets, each with its share of the position. */
import { z } from 'zod'
import { HUNDRED, addPct, compare, greater, isPositive, less, negate, sum, type Decimal } from '../domain/decimal.ts'
import type { Direction, TargetLevel } from '../domain/signal.ts'
import { optional, positiveNumber, required, share, type Field } from './fields.ts'
import type { FieldProblem } from './json-body.ts'

const MAX_TARGETS = 10
const COUNT = `must be a list of 1 to ${MAX_TARGETS} targets`

/** The field as it may be sent. `levelPct` bounds the distances in percent. */
export const takeProfits = (levelPct: Field<Decimal>, instead: string) =>
  z
    .array(
      z.object(
        {
          share_pct: required(share, 'Percent of the filled quantity; all shares together at most 100, a rest runs on without a target'),
          price: optional(positiveNumber, 'The target as a price; either price or pct'),
          pct: optional(levelPct, 'The target as a distance from the entry price in percent, in favour of the position'),
        },
        { error: 'must be an object such as {"share_pct": 50, "pct": 2}' },
      ),
      { error: COUNT },
    )
    .min(1, COUNT)
    .max(MAX_TARGETS, COUNT)
    .nullish()
    .describe(`Several targets in any order, instead of ${instead}`)

export type TakeProfits = NonNullable<z.output<ReturnType<typeof takeProfits>>>
export type TargetsReading = { readonly targets: readonly TargetLevel[]; readonly problems: readonly FieldProblem[] }

/** The targets, nearest first. All on the profit side of the entry price, all at different prices. */
export function targetsOf(direction: Direction, entryPrice: Decimal, list: TakeProfits): TargetsReading {
  const problems: FieldProblem[] = []
  const targets = list.flatMap(({ share_pct: sharePct, price, pct }, index): TargetLevel[] => {
    const field = `take_profits.${index}`
    if ((price === undefined) === (pct === undefined)) {
      problems.push({ field, message: 'needs either price or pct' })
      return []
    }
    const level = price ?? addPct(entryPrice, direction === 'long' ? (pct as Decimal) : negate(pct as Decimal))
    if (!isPositive(level)) problems.push({ field: `${field}.pct`, message: 'puts the target at or below zero' })
    else if (!(direction === 'long' ? greater : less)(level, entryPrice)) {
      problems.push({ field: `${field}.price`, message: `must be ${direction === 'long' ? 'above' : 'below'} the entry price of a ${direction} position` })
    }
    return [{ price: level, sharePct }]
  })
  if (targets.length < list.length) return { targets, problems }
  for (const [index, { price }] of targets.entries()) {
    if (targets.findIndex((other) => other.price === price) < index) problems.push({ field: `take_profits.${index}`, message: `must not have the price of another target (${price})` })
  }
  const total = sum(targets.map(({ sharePct }) => sharePct))
  if (greater(total, HUNDRED)) problems.push({ field: 'take_profits', message: `must not close more than 100 percent; the shares sum up to ${total}` })
  const sign = direction === 'long' ? 1 : -1
  return { targets: [...targets].sort((a, b) => sign * compare(a.price, b.price)), problems }
}

/** Both ways to name targets in one body: each field is told. */
export const eitherTarget = (single: string): readonly FieldProblem[] => [
  { field: single, message: 'must not be sent together with take_profits' },
  { field: 'take_profits', message: `must not be sent together with ${single}` },
]
