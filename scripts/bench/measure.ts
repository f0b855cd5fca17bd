/** Measuring code that all benches share. Figures are ratios to a floor measured in the same run: the machine is noisy. */

/** One measured goal. */
export type BenchRow = {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with, in the same unit; null: the bound is an absolute one. */
  readonly floor: number | null
  /** `value / floor`, or `floor / value` where the name says how many times cheaper it is. Null without a floor. */
  readonly ratio: number | null
  /** What the ratio, or without one the value, may be: `≤ 1.5`, `≥ 5`. */
  readonly bound: string
  readonly ok: boolean
}

/** The ratio `value / floor` is at most `most`. */
export function atMost(name: string, unit: string, value: number, floor: number, most: number): BenchRow {
  return { name, value, unit, floor, ratio: value / floor, bound: `≤ ${most}`, ok: value / floor <= most }
}

/** A rate that is at least `least` times the floor's. */
export function timesTheRate(name: string, unit: string, value: number, floor: number, least: number): BenchRow {
  return { name, value, unit, floor, ratio: value / floor, bound: `≥ ${least}`, ok: value / floor >= least }
}

/** A cost that the naive way's (`floor`) is at least `least` times of. */
export function timesCheaper(name: string, unit: string, value: number, floor: number, least: number): BenchRow {
  return { name, value, unit, floor, ratio: floor / value, bound: `≥ ${least}`, ok: floor / value >= least }
}

/** An absolute bound. */
export function limit(name: string, unit: string, value: number, most: number): BenchRow {
  return { name, value, unit, floor: null, ratio: null, bound: `≤ ${most} ${unit}`, ok: value <= most }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Microseconds of CPU that this process has used: what others do on the machine meanwhile does not count. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Nanoseconds of CPU that one call of `work` takes, divided by `count`. */
export function nanoseconds(count: number, work: () => void): number {
  const begin = cpuMicroseconds()
  work()
  return ((cpuMicroseconds() - begin) * 1000) / count
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
  return mediansOf(names, samples)
}

/** The same for sides that must be awaited. */
export async function interleavedAsync<Name extends string>(repeats: number, sides: Record<Name, () => Promise<number>>): Promise<Record<Name, number>> {
  const names = Object.keys(sides) as Name[]
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round <= repeats; round++) {
    for (const name of names) {
      const sample = await sides[name]()
      if (round > 0) samples.get(name)?.push(sample)
    }
  }
  return mediansOf(names, samples)
}

const mediansOf = <Name extends string>(names: readonly Name[], samples: ReadonlyMap<Name, readonly number[]>): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, median(samples.get(name) as readonly number[])])) as Record<Name, number>

/** Collects garbage; the bench must run with `--expose-gc`. */
export function collectGarbage(): void {
  const { gc } = globalThis
  if (!gc) throw new Error('run this bench with node --expose-gc')
  for (let pass = 0; pass < 3; pass++) gc()
}

const figure = (value: number | null): string => (value === null ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** Rows as a table. */
export function table(rows: readonly BenchRow[]): string {
  const head = ['', 'name', 'value', 'unit', 'floor', 'ratio', 'bound']
  const lines = [head, ...rows.map((row) => [row.ok ? 'ok' : 'FAIL', row.name, figure(row.value), row.unit, figure(row.floor), figure(row.ratio), row.bound])]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] as string).length)))
  return lines.map((line) => line.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number))).join('  ')).join('\n')
}
