/** A defence of the product, as one edit that takes it away, and the test that must miss it. */
export type Defence = {
  /** What asks for it: traps of the client (T1), lessons of the field (F1), faults (X1), invariants (I1), rules (L-3). */
  readonly serves: readonly string[]
  /** What it does, in a sentence. */
  readonly what: string
  readonly file: string
  /** What stands in the file exactly once, and what takes its place: it still runs, and defends no more. */
  readonly edit: readonly [stands: string, becomes: string]
  /** A file of tests, and what the full names of those hold that must turn red; ` … ` stands for anything. */
  readonly test: readonly [file: string, named: string]
  /** Time limit of each of these tests in milliseconds, where only waiting can tell; absent: `LIMIT_MS`. */
  readonly limitMs?: number
}

/** Far longer than any of these tests takes while all is well. */
export const LIMIT_MS = 45_000

/** The text with the defence taken away; null where the edit does not fit. */
export function without(text: string, { edit: [stands, becomes] }: Defence): string | null {
  const [before, after, ...more] = text.split(stands)
  return before === undefined || after === undefined || more.length > 0 ? null : before + becomes + after
}

/** The defence's tests by their full names, as a pattern for `vitest -t`. */
export const patternOf = ({ test: [, named] }: Defence): string => named.split(' … ').map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('.*')
