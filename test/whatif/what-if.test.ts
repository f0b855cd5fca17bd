/** Variants over recorded prices: the baseline is `simulate`, every variant is `simulate` with its changes written out. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { simulate, type Simulation } from '../../src/simulate/simulate.ts'
import { equityCurve, openVariantPlayer, type LaneInput } from '../../src/whatif/variant-player.ts'
import { openWorkerLane } from '../../src/whatif/worker-lane.ts'
import { play, played, problems, signalAt, signalsFile, START, temporaryDirectory, ticksFile } from './recorded-case.ts'

/** The year 2020 of the candles that ship with LOMS, with the crash of March. */
const [HEADER = '', ...rows] = gunzipSync(readFileSync(join(import.meta.dirname, '../data/coinbase-btcusd-4h-2016-2025.csv.gz'))).toString('utf8').split('\n')
const year = rows.filter((row) => row >= String(Date.UTC(2020, 0, 1)) && row < String(Date.UTC(2021, 0, 1)))
const CANDLES = join(temporaryDirectory(), 'candles.csv')
writeFileSync(CANDLES, [HEADER, ...year, ''].join('\n'))

/** A signal every fourth day, in turn long and short, at the open of its candle. */
const bodies = year.filter((_, index) => index % 24 === 6).map((row, index) => {
  const [at, symbol, open] = row.split(',')
  return { symbol, side: index % 2 === 0 ? 'long' : 'short', price: open, qty: 0.01, timeframe_min: 240, timestamp: new Date(Number(at)).toISOString() }
})
const SIGNALS = signalsFile(bodies)
const UNLIMITED = [{ name: 'MAX_OPEN_POSITIONS', value: '' }, { name: 'MAX_OPEN_POSITIONS_PER_SYMBOL', value: '' }]

async function simulation(signals: string, prices: readonly string[], set: Readonly<Record<string, string>> = {}): Promise<Simulation> {
  const outcome = await simulate({ signals, prices, candlePath: 'auto', set }, () => 0)
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
  return outcome.simulation
}

/** What a what-if says of a run. */
const summary = ({ stats, signals, positions }: Simulation): object => {
  const exits: Record<string, number> = {}
  for (const { auto_close_reason: reason } of positions) if (reason) exits[reason] = (exits[reason] ?? 0) + 1
  return { stats, signals, exits }
}

describe('over a year of candles', () => {
  it('the baseline is `simulate`; a variant is `simulate` of the changed signals and settings', async () => {
    const trailing = { exit_strategy: 'tp_sl_trailing_v1', exit_params: { trail_distance_pct: 3, break_even_trigger_pct: null, timeout_candles: null }, tp_pct: 12 }
    const whatIf = await played({
      signals: SIGNALS,
      prices: [CANDLES],
      set: [{ name: 'MAX_OPEN_POSITIONS_PER_SYMBOL', value: '6' }],
      variants: ['trail:exit_strategy=tp_sl_trailing_v1,trail_distance_pct=3,break_even_trigger_pct=null,timeout_candles=null,tp_pct=12', 'few:MAX_OPEN_POSITIONS=1,MAX_OPEN_POSITIONS_PER_SYMBOL=null'],
    })
    const expected = [
      await simulation(SIGNALS, [CANDLES], { MAX_OPEN_POSITIONS_PER_SYMBOL: '6' }),
      await simulation(signalsFile(bodies.map((body) => ({ ...body, ...trailing }))), [CANDLES], { MAX_OPEN_POSITIONS_PER_SYMBOL: '6' }),
      await simulation(SIGNALS, [CANDLES], { MAX_OPEN_POSITIONS: '1', MAX_OPEN_POSITIONS_PER_SYMBOL: '' }),
    ]
    expect(whatIf.variants).toMatchObject(expected.map(summary))
    expect(whatIf.variants.map(({ name }) => name)).toEqual(['baseline', 'trail', 'few'])
    expect(new Set(whatIf.variants.map(({ stats }) => stats.total_pnl)).size).toBe(3)
    expect(whatIf.variants[1]?.exits['trailing']).toBeGreaterThan(5)
    expect(whatIf.prices).toEqual({ quotes: year.length * 4, from: '2020-01-01T00:00:00.000Z', to: '2020-12-31T23:59:59.999Z' })
  })

  it('gives the same bytes in any lane: here, in worker threads, from the disk instead of memory', async () => {
    const options = { signals: SIGNALS, prices: [CANDLES], set: UNLIMITED, variants: ['a:exit_strategy=tp_sl_trailing_v1,trail_trigger_pct=1..2/1', 'b:sl_pct=1'] }
    const here = JSON.stringify(await played(options))
    expect(JSON.parse(here)).toMatchObject({ variants: { length: 4 } })
    expect(JSON.stringify(await played(options, { openLane: openWorkerLane }))).toBe(here)
    expect(JSON.stringify(await played(options, { openLane: (input: LaneInput) => openVariantPlayer({ ...input, keptRows: 1 }) }))).toBe(here)
  })

  it('draws every variant to the PnL it reports', async () => {
    const pictures = join(temporaryDirectory(), 'new/folder')
    const { variants } = await played({ signals: SIGNALS, prices: [CANDLES], variants: ['a:sl_pct=0.5..1/0.5'], pictures })
    expect(readdirSync(pictures)).toEqual(['0-baseline.svg', '1-a_sl_pct=0.5.svg', '2-a_sl_pct=1.svg'])
    for (const [index, name] of readdirSync(pictures).entries()) {
      const { total_pnl: pnl, closed_positions: closes } = variants[index]?.stats ?? { total_pnl: NaN, closed_positions: NaN }
      expect(closes).toBeGreaterThan(10)
      expect(readFileSync(join(pictures, name), 'utf8')).toContain(`>PnL ${Number(pnl.toFixed(4))} USDT,`)
    }
    const { positions } = await simulation(SIGNALS, [CANDLES])
    expect(equityCurve(positions).pnl.at(-1)).toBe(variants[0]?.stats.total_pnl)
  })

  it('tells how far it is, from nothing to all, never backwards', async () => {
    const seen: number[] = []
    await played({ signals: SIGNALS, prices: [CANDLES], variants: ['a:sl_pct=1'] }, { onProgress: (done) => seen.push(done) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen[0]).toBeLessThanOrEqual(0.5)
    expect(seen.at(-1)).toBeCloseTo(1, 9)
  })
})

describe('limits and exits by hand', () => {
  // Three signals while the price stands; then up 3 %, and down through the stop.
  const signals = signalsFile([signalAt(0), signalAt(1), signalAt(2)])
  const prices = [ticksFile([100, 100, 100, 100, 103, 102.5, 102, 98])]
  const variantsOf = async (...variants: string[]): Promise<unknown> =>
    (await played({ signals, prices, variants })).variants.slice(1).map(({ stats, exits, signals: counts }) => [stats.total_pnl, exits, counts.opened, counts.blocked])

  it.each<[variant: string, pnl: number, exits: object, opened: number]>([
    ['a:MAX_OPEN_POSITIONS=2', -4, { sl: 2 }, 2],
    ['a:MAX_OPEN_POSITIONS_PER_SYMBOL=1', -2, { sl: 1 }, 1],
    ['a:MAX_SIZE_PER_POSITION_USDT=99', 0, {}, 0],
    ['a:tp_pct=3', 9, { tp: 3 }, 3],
    ['a:sl_pct=2.5', 0, {}, 3],
    ['a:DEFAULT_QTY=2', -12, { sl: 3 }, 3],
    ['a:OMS_ENABLED=false', 0, {}, 0],
    // Stop at break-even after 3 %, passed by 98.
    ['a:exit_strategy=tp_sl_trailing_v1,trail_trigger_pct=null', -6, { break_even: 3 }, 3],
    // The stop trails 0.5 % behind 103, at 102.485.
    ['a:exit_strategy=tp_sl_trailing_v1,trail_distance_pct=0.5', 6, { trailing: 3 }, 3],
    ['a:EXIT_STRATEGY=tp_sl_trailing_v1,TRAIL_DISTANCE_PCT=0.5', 6, { trailing: 3 }, 3],
    ['a:EXIT_STRATEGY=tp_sl_trailing_v1,trail_distance_pct=0.5', 6, { trailing: 3 }, 3],
  ])('%s', async (variant, pnl, exits, opened) => expect(await variantsOf(variant)).toEqual([[pnl, exits, opened, 3 - opened]]))

  it('the signals as they are come first', async () => {
    const { variants } = await played({ signals, prices })
    expect(variants).toMatchObject([{ name: 'baseline', changes: {}, stats: { total_pnl: -6, closed_positions: 3 }, exits: { sl: 3 }, signals: { opened: 3, unplayed: 0 } }])
  })

  it.each<[what: string, variants: readonly string[], says: readonly string[]]>([
    ['a parameter out of range', ['a:exit_strategy=tp_sl_trailing_v1,trail_distance_pct=0'], [`variant a: ${signals} line 3: exit_params.trail_distance_pct must be above 0`]],
    ['parameters that clash', ['a:exit_strategy=tp_sl_trailing_v1,break_even_offset_pct=2'], ['variant a: ', 'break_even_offset_pct must not exceed break_even_trigger_pct (1)']],
    ['a level out of range', ['a:tp_pct=60'], ['variant a: ', 'tp_pct must be a percentage from 0.05 to 50']],
    ['a strategy that does not exist', ['a:exit_strategy=magic'], ['variant a: ', 'exit_strategy']],
    ['a setting that does not exist', ['a:MAX_OPEN_POSITION=3'], ['variant a: ', 'MAX_OPEN_POSITIONS']],
    ['a setting out of range', ['a:MAX_OPEN_POSITIONS=0'], ['variant a: ', 'a limit of 0 is refused']],
    ['a place in a grid', ['a:MAX_LEVEL_PCT=4..5/0.5,tp_pct=4.5'], ['variant a:MAX_LEVEL_PCT=4: ']],
    ['a parameter that changes nothing', ['a:trail_distance_pct=1'], ['variant a: trail_distance_pct is no parameter of tp_sl_static, which the signals use; add exit_strategy=…']],
  ])('refuses %s, and names the variant', async (_, variants, says) => {
    const [problem = '', ...more] = await problems({ signals, prices, variants })
    expect(more).toEqual([])
    for (const text of says) expect(problem).toContain(text)
  })

  it('a variant that clashes with one signal only is told when it is played', async () => {
    const mixed = signalsFile([signalAt(0, { sl_pct: 0.3, exit_strategy: 'tp_sl_trailing_v1', exit_params: { break_even_offset_pct: 0.9 } }), signalAt(1, { exit_strategy: 'tp_sl_trailing_v1' })])
    expect(await problems({ signals: mixed, prices, variants: ['a:break_even_trigger_pct=0.5'] })).toEqual([
      `variant a: ${mixed} line 1: exit_params.break_even_offset_pct must not exceed break_even_trigger_pct (0.5)`,
    ])
  })

  it.each<[what: string, options: Partial<Parameters<typeof play>[0]>, says: string, usage: boolean]>([
    ['variants that cannot be read', { variants: ['a'] }, 'write NAME:KEY=VALUE', true],
    ['a file of signals that is not there', { signals: 'none.jsonl' }, 'cannot read the signals in none.jsonl', false],
    ['prices that are not there', { prices: ['none.csv'] }, 'none.csv', false],
    ['a wrong setting of the whole run', { set: [{ name: 'PRICE_MODE', value: 'x' }] }, 'PRICE_MODE', false],
    ['a folder that cannot be made', { pictures: `${signals}/pictures` }, 'cannot write the pictures', false],
  ])('says so: %s', async (_, options, says, usage) => {
    const outcome = await play({ signals, prices, ...options })
    expect(outcome).toMatchObject({ ok: false, usage })
    if (!outcome.ok) expect(outcome.problems.join('\n')).toContain(says)
  })

  it('worker threads hand back what went wrong', async () => {
    expect(await play({ signals, prices: ['none.csv'] }, { openLane: openWorkerLane })).toMatchObject({ ok: false, problems: [expect.stringContaining('none.csv')] })
  })

  it('signals outside the prices stay unplayed', async () => {
    const late = signalsFile([signalAt(0), signalAt(3600), signalAt(0, { symbol: 'ETHUSDT' })])
    expect((await played({ signals: late, prices })).variants[0]?.signals).toEqual({ received: 1, opened: 1, blocked: 0, duplicate: 0, unplayed: 2 })
    expect(START).toBeLessThan(START + 3_600_000)
  })
})
