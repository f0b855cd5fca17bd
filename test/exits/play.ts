/** Plays a few prices through `loms simulate`; times are milliseconds after `START`, which is also when signals come. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PositionView } from '../../src/domain/wire.ts'
import { simulate, type Simulation } from '../../src/simulate/simulate.ts'
import type { CandlePath } from '../../src/prices/recorded/candle-path.ts'

export const START = Date.parse('2026-01-05T00:00:00Z')
export const iso = (ms: number): string => new Date(START + ms).toISOString()

export type Body = Readonly<Record<string, unknown>>

/** Rows `ms price`, or `ms bid ask last mark` with `-` for a field that a row does not carry. */
export const ticks = (rows: readonly string[], symbol = 'BTCUSDT'): string =>
  ['ts_ms,symbol,bid,ask,last,mark,qty', ...rows.map((row) => tickLine(row.split(' '), symbol)), ''].join('\n')

function tickLine([ms, ...fields]: readonly string[], symbol: string): string {
  const [bid, ask, last, mark] = fields.length === 1 ? ['', '', fields[0], ''] : fields.map((field) => (field === '-' ? '' : field))
  return `${START + Number(ms)},${symbol},${bid},${ask},${last},${mark},`
}

/** Rows `ms open high low close`. */
export const klines = (rows: readonly string[], symbol = 'BTCUSDT'): string =>
  ['ts_ms,symbol,open,high,low,close,volume', ...rows.map((row) => row.split(' ')).map(([ms, ...prices]) => `${START + Number(ms)},${symbol},${prices.join(',')},1`), ''].join('\n')

export type Played = { readonly prices: readonly string[]; readonly signals: readonly Body[]; readonly candlePath?: CandlePath; readonly set?: Readonly<Record<string, string>> }

/** Runs the simulation; every limit on the number of positions is off. Throws what a person would read. */
export async function run({ prices, signals, candlePath = 'auto', set = {} }: Played): Promise<Simulation> {
  const directory = mkdtempSync(join(tmpdir(), 'loms-exits-'))
  try {
    const files = prices.map((text, index) => {
      const file = join(directory, `prices-${index}.csv`)
      writeFileSync(file, text)
      return file
    })
    const signalFile = join(directory, 'signals.jsonl')
    writeFileSync(signalFile, signals.map((body) => `${JSON.stringify(body)}\n`).join(''))
    const unlimited = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', MAX_SIZE_PER_POSITION_USDT: '', MAX_SESSION_LOSS_PCT: '' }
    const outcome = await simulate({ signals: signalFile, prices: files, candlePath, set: { ...unlimited, ...set } }, () => 0)
    if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
    return outcome.simulation
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** One signal at 100 with the trailing policy, stop 1.5 %, target 10 %, and these prices: the position it makes. */
export async function position(signal: Body, prices: string, options: Omit<Played, 'prices' | 'signals'> = {}): Promise<PositionView> {
  const body = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: iso(0), tp_pct: 10, sl_pct: 1.5, exit_strategy: 'tp_sl_trailing_v1', ...signal }
  const { positions } = await run({ prices: [prices], signals: [body], ...options })
  return positions[0] as PositionView
}
