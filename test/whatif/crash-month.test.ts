/** A what-if over a month with a crash, where a larger collection of recorded prices lies beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { runWhatIf, type WhatIf } from '../../src/cli/commands/whatif.ts'
import { memoryTerminal } from '../cli/run.ts'
import { played, signalsFile, temporaryDirectory } from './recorded-case.ts'

const MONTH = '../shared/data/market/klines/ftx-btcperp-1m-202201.csv.gz'
const present = existsSync(MONTH)
if (!present) console.warn(`SKIPPED: ${MONTH} is not there; what-if.test.ts plays the prices that ship with LOMS`)

/** What `loms whatif` prints of it. */
async function printedBy(json: boolean, whatIf: WhatIf): Promise<string> {
  const { terminal, out } = memoryTerminal()
  const options = { signals: { file: '' }, prices: [], candlePath: 'auto' as const, set: [], variants: [], pictures: null }
  await runWhatIf(terminal, json, options, () => Promise.resolve({ ok: true, whatIf, remarks: [] }))
  return out.join('\n')
}

/** Every six hours in the direction of the last half hour, at the close of the minute before. */
function momentumSignals(): string {
  const rows = gunzipSync(readFileSync(MONTH)).toString('utf8').split('\n').slice(1, -1).map((row) => row.split(','))
  const close = (index: number): number => Number(rows[index]?.[5])
  const bodies = rows.flatMap(([at, symbol], index) => {
    if (index % 360 !== 30) return []
    return [{ symbol, side: close(index - 1) > close(index - 30) ? 'long' : 'short', price: close(index - 1), qty: 0.01, timestamp: new Date(Number(at)).toISOString() }]
  })
  return signalsFile(bodies)
}

const VARIANTS = ['trail:exit_strategy=tp_sl_trailing_v1,timeout_candles=null', 'timed:exit_strategy=tp_sl_trailing_v1', 'one:MAX_OPEN_POSITIONS=1', 'free:MAX_OPEN_POSITIONS=null,MAX_OPEN_POSITIONS_PER_SYMBOL=null']

describe.skipIf(!present)('January 2022, 41,100 down to 32,837', () => {
  it('exits and limits side by side: what trails closes by its rules, limits block what they say, the sums agree', async () => {
    const { variants, prices } = await played({
      signals: momentumSignals(),
      prices: [MONTH],
      variants: VARIANTS,
    })
    expect(prices.quotes).toBe(45_031 * 4)
    const [baseline, trail, timed, one, free] = variants
    expect(Object.keys(baseline?.exits ?? {})).toEqual(['sl', 'tp'])
    expect(Object.keys(trail?.exits ?? {})).toEqual(expect.arrayContaining(['break_even', 'sl', 'trailing']))
    expect(timed?.exits['timeout']).toBeGreaterThan(20)
    expect(one?.signals.blocked).toBeGreaterThan(baseline?.signals.blocked ?? Infinity)
    expect(free?.signals.blocked).toBe(0)
    for (const { stats, exits, signals } of variants) {
      expect(Object.values(exits).reduce((sum, count) => sum + count, 0)).toBe(stats.closed_positions)
      expect(stats.closed_positions + stats.open_positions).toBe(signals.opened)
      expect(signals.opened + signals.blocked).toBe(signals.received)
    }
    // A break-even stop without an offset brings nothing and costs nothing where it is not jumped over.
    expect(trail?.stats.max_drawdown).toBeLessThan(free?.stats.max_drawdown ?? 0)
  })

  it('gives the same table, figures and pictures, byte for byte', async () => {
    const signals = momentumSignals()
    const [first, second] = await Promise.all([0, 1].map(async () => {
      const pictures = temporaryDirectory()
      const whatIf = await played({ signals, prices: [MONTH], variants: VARIANTS.slice(0, 2), pictures })
      const printed = (json: boolean): Promise<string> => printedBy(json, whatIf)
      return [await printed(true), await printed(false), ...readdirSync(pictures).map((name) => `${name}\n${readFileSync(join(pictures, name), 'utf8')}`)]
    }))
    expect(first).toEqual(second)
    expect(first?.[1]?.split('\n').map((line) => line.split(' ')[0])).toEqual(['VARIANT', 'baseline', 'trail', 'timed'])
  })
})
