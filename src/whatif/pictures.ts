/** The equity curves of a what-if as files. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { equityRange, equitySvg } from './equity-svg.ts'
import type { RecordedSpan, VariantResult } from './variant-player.ts'

/** One file per variant, numbered in order and named after it, all on one scale. Returns what went wrong, or null. */
export function writePictures(directory: string, results: readonly VariantResult[], span: RecordedSpan): string | null {
  const range = equityRange(results.map(({ curve }) => curve))
  const digits = String(results.length - 1).length
  try {
    mkdirSync(directory, { recursive: true })
    for (const [index, { name, curve, stats }] of results.entries()) {
      const baseline = index === 0 ? null : (results[0]?.curve ?? null)
      const picture = equitySvg({ title: name, curve, trades: stats.closed_positions, baseline, from: span.from ?? 0, to: span.to ?? 0, range })
      writeFileSync(join(directory, pictureName(index, digits, name)), picture)
    }
    return null
  } catch (error) {
    return `cannot write the pictures into ${directory}: ${(error as Error).message}`
  }
}

/** `03-trail_trail_distance_pct=0.6.svg`: characters that a file system may not take become `_`. */
const pictureName = (index: number, digits: number, name: string): string =>
  `${String(index).padStart(digits, '0')}-${name.replaceAll(/[^A-Za-z0-9_.=,-]/g, '_').slice(0, 120)}.svg`
