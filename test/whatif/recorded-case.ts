/** A what-if over small recorded files, played in this thread or in workers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { WhatIf, WhatIfOptions, WhatIfOutcome } from '../../src/cli/commands/whatif.ts'
import { openVariantPlayer } from '../../src/whatif/variant-player.ts'
import { runVariants, type WhatIfPorts } from '../../src/whatif/what-if.ts'

const directories: string[] = []
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'loms-whatif-'))
  directories.push(directory)
  return directory
}

export function signalsFile(signals: readonly object[]): string {
  const file = join(temporaryDirectory(), 'signals.jsonl')
  writeFileSync(file, signals.map((signal) => `${JSON.stringify(signal)}\n`).join(''))
  return file
}

export const START = Date.UTC(2026, 0, 1)

/** Trades of one symbol, one second apart. */
export function ticksFile(prices: readonly number[], symbol = 'BTCUSDT.P'): string {
  const file = join(temporaryDirectory(), 'ticks.csv')
  writeFileSync(file, ['ts_ms,symbol,bid,ask,last,mark,qty', ...prices.map((price, index) => `${START + index * 1000},${symbol},,,${price},,1`)].join('\n') + '\n')
  return file
}

/** A signal `second` seconds after the first price. */
export const signalAt = (second: number, changes: object = {}): object => ({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: new Date(START + second * 1000).toISOString(), ...changes })

type Case = { readonly signals: string; readonly prices: readonly string[] } & Partial<Omit<WhatIfOptions, 'signals' | 'prices'>>

export const play = ({ signals, ...options }: Case, ports: Partial<WhatIfPorts> = {}): Promise<WhatIfOutcome> =>
  runVariants({ signals: { file: signals }, candlePath: 'auto', set: [], variants: [], pictures: null, ...options }, { openLane: openVariantPlayer, onProgress: () => {}, ...ports })

/** The result of a case that must succeed. */
export async function played(options: Case, ports: Partial<WhatIfPorts> = {}): Promise<WhatIf> {
  const outcome = await play(options, ports)
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
  return outcome.whatIf
}
export async function problems(options: Case): Promise<readonly string[]> {
  const outcome = await play(options)
  return outcome.ok ? [] : outcome.problems
}
