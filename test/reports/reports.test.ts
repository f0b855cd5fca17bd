/** Reports and what-if over the journal of a running service, at prices the test pins. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exitReport } from '../../src/reports/exit-report.ts'
import { csvLine } from '../../src/reports/outcome.ts'
import { writeOutcomes } from '../../src/reports/outcome-files.ts'
import { openVariantPlayer } from '../../src/whatif/variant-player.ts'
import { runVariants } from '../../src/whatif/what-if.ts'
import { bounce, eventually, Loms, temporaryDirectory, type Json } from '../e2e/service-process.ts'

const TRAILING = { exit_strategy: 'tp_sl_trailing_v1', exit_params: { trail_trigger_pct: null, timeout_candles: 7 } }
let loms: Loms
/** Each: a signal at 100, the prices that follow, how it ends. */
const LIVES: readonly (readonly [signal: Json, prices: readonly number[], reason: string])[] = [
  [{ strategy: 'a', signal_id: 'x,"1"' }, [102, 98], 'sl'],
  [{ strategy: 'a', qty: 2 }, [99, 105], 'tp'],
  [{ strategy: 'b', side: 'short', symbol: 'ETHUSDT' }, [101, 95], 'tp'],
  [{ strategy: 'b', ...TRAILING }, [99.5, 101.5, 100], 'break_even'],
]

beforeAll(async () => {
  loms = await Loms.start({ AUTO_CLOSE_MIN_AGE_SEC: '0' })
})

it('first: positions end one after the other, two stay open', async () => {
  for (const [signal, prices] of LIVES) {
    await loms.pin(100)
    const { position_id: id } = (await loms.signal(bounce(signal))).body as { position_id: number }
    await eventually(async () => (await loms.position(id))['state']).toBe('tp-placed')
    for (const price of prices) {
      await loms.pin(price)
      await eventually(async () => ((await loms.get('/market?symbol=BTCUSDT')).body as Json)['price']).toBe(price)
    }
    await eventually(() => loms.position(id)).toMatchObject({ status: 'closed' })
  }
  await loms.pin(100)
  await loms.signal(bounce())
  await loms.post('/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 })
})

/** PnL and moves of one group, as sum, average, least and greatest. */
const pnl = (sum: number, avg: number, min: number, max: number): object => ({ sum, avg, min, max })

describe('while the service runs', () => {
  it('exits: counts, PnL and moves per status and reason, per strategy and symbol', () => {
    const outcome = exitReport(loms.dataDir)
    expect(outcome).toMatchObject({
      ok: true,
      report: {
        by_reason: [
          { status: 'closed', reason: 'break_even', positions: 1, pnl: pnl(0, 0, 0, 0), max_favorable_move: { avg: 1.5, max: 1.5 }, max_adverse_move: { avg: 0.5, max: 0.5 } },
          { status: 'closed', reason: 'sl', positions: 1, pnl: pnl(-2, -2, -2, -2), max_favorable_move: { avg: 2, max: 2 }, max_adverse_move: { avg: 2, max: 2 } },
          { status: 'closed', reason: 'tp', positions: 2, pnl: pnl(15, 7.5, 5, 10), max_favorable_move: { avg: 5, max: 5 }, max_adverse_move: { avg: 1, max: 1 } },
          { status: 'open', reason: null, positions: 2, pnl: { sum: null, avg: null, min: null, max: null }, max_favorable_move: { avg: null, max: null } },
        ],
        by_strategy: [
          { exit_strategy: 'tp_sl_static', strategy: 'a', symbol: 'BTCUSDT', positions: 2, pnl: pnl(8, 4, -2, 10) },
          { exit_strategy: 'tp_sl_static', strategy: 'b', symbol: 'ETHUSDT', positions: 1, pnl: pnl(5, 5, 5, 5) },
          { exit_strategy: 'tp_sl_static', strategy: 'bounce_ema10_strict', positions: 1 },
          { exit_strategy: 'tp_sl_static', strategy: 'manual', positions: 1 },
          { exit_strategy: 'tp_sl_trailing_v1', strategy: 'b', symbol: 'BTCUSDT', positions: 1, pnl: pnl(0, 0, 0, 0) },
        ],
      },
    })
  })

  it('outcomes: one row per closed position, equal to what HTTP shows', async () => {
    const folder = temporaryDirectory()
    const [csv, jsonl] = [join(folder, 'o.csv'), join(folder, 'o.jsonl')]
    expect(writeOutcomes({ source: loms.dataDir, csv, jsonl })).toEqual({ ok: true, rows: 4, remarks: [] })
    const rows = readFileSync(jsonl, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Json)
    const views = await loms.positions('&status=closed')
    for (const [index, row] of rows.entries()) {
      const view = views[index] ?? {}
      for (const field of ['symbol', 'side', 'qty', 'entry_price', 'close_price', 'pnl', 'fees', 'max_favorable_move', 'max_adverse_move', 'tp_price', 'sl_price', 'closed_at']) expect(row[field]).toBe(view[field])
      expect(row).toMatchObject({ position_id: view['id'], reason: LIVES[index]?.[2], signal_price: 100, timeframe_min: 5 })
      expect(row['duration_sec']).toBe((Date.parse(view['closed_at'] as string) - Date.parse(row['opened_at'] as string)) / 1000)
    }
    expect(rows[3]).toMatchObject({ 'exit_params.break_even_trigger_pct': 1, 'exit_params.trail_trigger_pct': null, 'exit_params.timeout_candles': 7 })
    const [head = '', ...lines] = readFileSync(csv, 'utf8').trimEnd().split('\n')
    expect(head.split(',')).toEqual(Object.keys(rows[0] ?? {}))
    expect(lines[0]).toMatch(/^1,"x,""1""",2026-01-01T00:0\d:00\.000Z,BTCUSDT,long,/)
    expect(lines.slice(1).map((line) => line.split(','))).toEqual(rows.slice(1).map((row) => Object.values(row).map((value) => (value === null ? '' : String(value as string | number)))))
  })

  it('what-if: the signals of its journal at the moments they came, on recorded prices', async () => {
    const from = Date.now()
    const prices = join(temporaryDirectory(), 'prices.csv')
    writeFileSync(prices, ['ts_ms,symbol,bid,ask,last,mark,qty', ...[99, 103, 104.5].map((price, index) => `${from + index * 1000},BTCUSDT,,,${price},,1`), ''].join('\n'))
    const options = { signals: { journal: loms.dataDir }, prices: [prices], candlePath: 'auto' as const, set: [], variants: ['a:tp_pct=3'], pictures: null }
    const outcome = await runVariants(options, { openLane: openVariantPlayer, onProgress: () => {} })
    // Three longs on BTCUSDT fill the limit per symbol, the fourth is blocked; nothing was recorded of ETHUSDT.
    expect(outcome).toMatchObject({
      ok: true,
      remarks: ['1 order(s) by hand or trade event(s) are left out', 'the baseline has the settings of the journal: AUTO_CLOSE_MIN_AGE_SEC=0, PAPER_BROKER=sim'],
      whatIf: { variants: [{ signals: { opened: 3, blocked: 1, unplayed: 1 }, stats: { total_pnl: 18 } }, { signals: { opened: 3 }, stats: { total_pnl: 12 } }] },
    })
  })
})

describe('what cannot be read or written', () => {
  it.each<[what: string, outcome: () => object, says: string]>([
    ['no data directory', () => exitReport('nowhere'), 'nowhere is no data directory of LOMS'],
    ['no data directory for outcomes', () => writeOutcomes({ source: 'nowhere', csv: null, jsonl: null }), 'nowhere is no data directory of LOMS'],
    ['a folder that is not there', () => writeOutcomes({ source: loms.dataDir, csv: 'nowhere/o.csv', jsonl: null }), 'cannot write the outcomes'],
  ])('%s', (_, outcome, says) => expect(outcome()).toEqual({ ok: false, problems: [expect.stringContaining(says)] }))

  it.each([
    [['a', 1, null], 'a,1,\n'],
    [['a,b', 'a"b', 'a\nb', ''], '"a,b","a""b","a\nb",\n'],
  ])('CSV: %j', (values, line) => expect(csvLine(values)).toBe(line))
})
