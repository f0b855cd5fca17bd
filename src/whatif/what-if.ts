/** `loms whatif`: plays the baseline and every variant on all cores and puts the results side by side. */
import { availableParallelism } from 'node:os'
import type { WhatIf, WhatIfOptions, WhatIfOutcome } from '../cli/commands/whatif.ts'
import { KEPT_ROWS } from '../prices/recorded/recorded-feed.ts'
import { readSignalBodies } from '../simulate/recorded-signals.ts'
import { readJournalSignals, type JournalSignals } from './journal-signals.ts'
import { writePictures } from './pictures.ts'
import type { Lane, LaneInput, LaneOpening, RecordedSpan, VariantOutcome, VariantResult } from './variant-player.ts'
import { readVariants } from './variant-text.ts'
import { lookAhead } from './variant-world.ts'
import { BASELINE, type Variant } from './variant.ts'

export type WhatIfPorts = {
  readonly openLane: (input: LaneInput) => Promise<LaneOpening>
  /** Called now and then with what is played of everything, 0 to 1. */
  readonly onProgress: (done: number) => void
}

/** Problems are sentences for the person who typed the command. */
export async function runVariants(options: WhatIfOptions, { openLane, onProgress }: WhatIfPorts): Promise<WhatIfOutcome> {
  const failed = (problems: readonly string[], usage = false): WhatIfOutcome => ({ ok: false, usage, problems })
  const typed = readVariants(options.variants)
  if (!typed.ok) return failed(typed.problems, true)
  const variants = [BASELINE, ...typed.variants]
  const read = readSource(options.signals)
  if (!read.ok) return failed([read.message])
  const set = { ...read.settings, ...Object.fromEntries(options.set.map(({ name, value }) => [name, value])) }
  const shared = { bodies: read.bodies, prices: options.prices, set }
  const ahead = lookAhead(variants, shared)
  if (ahead.problems.length > 0) return failed(ahead.problems)
  const lanes = Math.min(availableParallelism(), variants.length)
  const openings = await Promise.all(Array.from({ length: lanes }, () => openLane({ ...shared, candlePath: options.candlePath, keptRows: Math.floor(KEPT_ROWS / lanes) })))
  const opened = openings.flatMap((opening) => (opening.ok ? [opening.lane] : []))
  try {
    const refused = openings.find((opening) => !opening.ok)
    if (refused && !refused.ok) return failed(refused.problems)
    const outcomes = await playAll(variants, opened, onProgress)
    const problems = outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.problems))
    if (problems.length > 0) return failed(problems)
    const results = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.result] : []))
    const { span } = opened[0] as Lane
    const unwritten = options.pictures === null ? null : writePictures(options.pictures, results, span)
    return unwritten === null ? { ok: true, whatIf: sideBySide(results, span), remarks: [...read.remarks, ...ahead.remarks] } : failed([unwritten])
  } finally {
    await Promise.all(opened.map((lane) => lane.close()))
  }
}

function readSource(source: WhatIfOptions['signals']): JournalSignals {
  if ('journal' in source) return readJournalSignals(source.journal)
  const read = readSignalBodies(source.file)
  return read.ok ? { ...read, settings: {}, remarks: [] } : read
}

/** Each lane takes the next variant as soon as it is free; the outcomes stand in the order of the variants. */
async function playAll(variants: readonly Variant[], lanes: readonly Lane[], onProgress: (done: number) => void): Promise<readonly VariantOutcome[]> {
  const outcomes: VariantOutcome[] = []
  const shares = variants.map(() => 0)
  let done = 0
  let next = 0
  const advance = (index: number, share: number): void => {
    done += share - (shares[index] as number)
    shares[index] = share
    onProgress(done / variants.length)
  }
  const work = async (lane: Lane): Promise<void> => {
    while (next < variants.length) {
      const index = next++
      outcomes[index] = await lane.play(variants[index] as Variant, (share) => advance(index, share))
      advance(index, 1)
    }
  }
  await Promise.all(lanes.map(work))
  return outcomes
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

function sideBySide(results: readonly VariantResult[], { quotes, from, to }: RecordedSpan): WhatIf {
  return { prices: { quotes, from: iso(from), to: iso(to) }, variants: results.map(({ curve: _, ...shown }) => shown) }
}
