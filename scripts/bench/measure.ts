/** Measuring code that all benches share. Figures are ratios to a floor measured in the same run: the machine is noisy. */

/** One measured goal. `ratio` is `value / floor`; `bound` is what it may be at most, or at least where it begins with `≥`. */
export type BenchRow = {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with, in the same unit. */
  readonly floor: number
  readonly ratio: number
  readonly bound: string
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Nanoseconds that one call of `work` takes, divided by `count`. */
export function nanoseconds(count: number, work: () => void): number {
  const begin = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - begin) / count
}

/** Runs the sides in turn, so that a slow moment of the machine meets all of them; medians, the first round is warm-up. */
export function interleaved<Name extends string>(repeats: number, sides: Record<Name, () => number>): Record<Name, number> {
  const names = Object.keys(sides) as Name[]
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= repeats; round++) {
    for (const name of names) {
      const sample = sides[name]()
      if (round > 0) samples.get(name)?.push(sample)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(samples.get(name) as number[])])) as Record<Name, number>
}

/** A row whose ratio must be at most `most`. */
export function atMostRow(name: string, unit: string, value: number, floor: number, most: number): BenchRow {
  return { name, value, unit, floor, ratio: value / floor, bound: `≤ ${most}` }
}

/** Whether a row keeps its bound. */
export function withinBound(row: BenchRow): boolean {
  const [sign, limit] = row.bound.split(' ') as [string, string]
  return sign === '≥' ? row.ratio >= Number(limit) : row.ratio <= Number(limit)
}

/** Prints rows as a table, and sets the exit code if one is outside its bound. */
export function report(rows: readonly BenchRow[]): void {
  const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))
  for (const row of rows) {
    const verdict = withinBound(row) ? 'ok  ' : 'FAIL'
    console.log(`${verdict} ${row.name}: ${figure(row.value)} ${row.unit}, floor ${figure(row.floor)}, ratio ${row.ratio.toPrecision(3)} (${row.bound})`)
    if (!withinBound(row)) process.exitCode = 1
  }
}
