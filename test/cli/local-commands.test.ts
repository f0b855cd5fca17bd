import { describe, expect, it } from 'vitest'
import { showConfig } from '../../src/cli/commands/config.ts'
import { runReplay, type Replay, type ReplayOptions } from '../../src/cli/commands/replay.ts'
import { showExitReport, type ExitFigures, type ExitReport } from '../../src/cli/commands/report.ts'
import { runSimulate, type SimulateOptions, type Simulation } from '../../src/cli/commands/simulate.ts'
import { runWhatIf, type WhatIf, type WhatIfOptions, type WhatIfVariant } from '../../src/cli/commands/whatif.ts'
import type { PositionDetail, Stats } from '../../src/domain/wire.ts'
import { positionView } from './fake-service.ts'
import { memoryTerminal, run } from './run.ts'

const STATS: Stats = {
  total_positions: 60, open_positions: 0, closed_positions: 60, winning_trades: 60, losing_trades: 0, tp_count: 60, sl_count: 0, total_pnl: 60,
  avg_pnl_per_trade: 1, avg_pnl_win: 1, avg_pnl_loss: null, winrate: 100, max_drawdown: 0, profit_factor: null, expectancy: 1, avg_duration_sec: 60, trades_per_day: 60,
}

describe('config', () => {
  const effective = [
    { name: 'MAX_OPEN_POSITIONS', value: '5', origin: 'environment', note: null },
    { name: 'API_KEYS', value: '********', origin: '.env', note: null },
    { name: 'PORT', value: '8000', origin: 'default', note: null },
    { name: 'DATABASE_URL', value: '', origin: 'default', note: null },
  ]

  it('shows every setting, its value and origin; warnings go to stderr', () => {
    const { terminal, out, err } = memoryTerminal()
    expect(showConfig(terminal, false, { ok: true, effective, warnings: ['the environment shadows MAX_OPEN_POSITIONS of .env'] })).toBe(0)
    expect(out.join('\n').split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['NAME', 'VALUE', 'ORIGIN'],
      ['MAX_OPEN_POSITIONS', '5', 'environment'],
      ['API_KEYS', '********', '.env'],
      ['PORT', '8000', 'default'],
      ['DATABASE_URL', '-', 'default'],
    ])
    expect(err).toEqual(['warning: the environment shadows MAX_OPEN_POSITIONS of .env'])
  })

  it('prints one JSON value, also when the settings are wrong', () => {
    const good = memoryTerminal()
    showConfig(good.terminal, true, { ok: true, effective, warnings: [] })
    expect(JSON.parse(good.out.join('\n'))).toEqual({ ok: true, settings: effective, warnings: [] })
    const bad = memoryTerminal()
    expect(showConfig(bad.terminal, true, { ok: false, problems: ['PORT=x: allowed are 1 to 65535'], warnings: [] })).toBe(1)
    expect(JSON.parse(bad.out.join('\n'))).toMatchObject({ ok: false, problems: ['PORT=x: allowed are 1 to 65535'] })
    expect(bad.err).toEqual(['PORT=x: allowed are 1 to 65535'])
  })

  it('refuses a malformed --set', async () => {
    expect(await run(['config', '--set', 'MAX_OPEN_POSITIONS'])).toMatchObject({ code: 2, err: expect.stringContaining('NAME=VALUE') as string })
  })
})

describe('simulate', () => {
  const options: SimulateOptions = { signals: 's.jsonl', prices: ['p.csv'], candlePath: 'auto', set: [] }
  const simulation: Simulation = {
    positions: Array.from({ length: 60 }, (_, index) => positionView({ id: index + 1 })),
    stats: STATS,
    signals: { received: 61, opened: 60, blocked: 1, duplicate: 0, unplayed: 0 },
    run: { quotes: 1000, seconds: 0.5, quotes_per_second: 2000 },
  }
  const simulated = () => Promise.resolve({ ok: true as const, simulation })

  it('prints the last 50 positions and a summary', async () => {
    const { terminal, out } = memoryTerminal()
    expect(await runSimulate(terminal, false, options, simulated)).toBe(0)
    const lines = out.join('\n').split('\n')
    expect([lines[1]?.trim().split(' ')[0], lines[50]?.trim().split(' ')[0]]).toEqual(['11', '60'])
    expect(out.join('\n')).toContain('the last 50 of 60 positions')
    expect(out.join('\n')).toContain('61 received, 60 opened, 1 blocked, 0 duplicate, 0 unplayed')
    expect(out.join('\n')).toContain('1000 quotes in 0.50 s (2000 per second)')
  })

  it.each([0, 1, 60])('prints one JSON value with %i positions', async (count) => {
    const { terminal, out, err } = memoryTerminal()
    const some = { ...simulation, positions: simulation.positions.slice(0, count) }
    await runSimulate(terminal, true, options, () => Promise.resolve({ ok: true, simulation: some }))
    expect(JSON.parse(out.join('\n'))).toEqual(some)
    expect(err).toEqual([])
  })

  it('shows a bar on a terminal and removes it', async () => {
    const { terminal, err } = memoryTerminal({ tty: true })
    await runSimulate(terminal, true, options, (_, progress) => {
      progress(0.5)
      return simulated()
    })
    expect(err).toEqual([`\rsimulating ${'█'.repeat(15)}${'░'.repeat(15)}  50 %`, '\r\u001b[2K'])
  })

  it('says what is wrong and exits 1', async () => {
    const { terminal, err } = memoryTerminal()
    expect(await runSimulate(terminal, false, options, () => Promise.resolve({ ok: false, problems: ['s.jsonl line 3: price is missing'] }))).toBe(1)
    expect(err).toEqual(['s.jsonl line 3: price is missing'])
  })

  it.each([
    ['--prices p.csv', '--signals'],
    ['--signals s.jsonl', '--prices'],
    ['--signals s --prices p --candle-path random', 'auto, ohlc, olhc'],
    ['--signals s --prices p --set limits', 'NAME=VALUE'],
  ])('%s is a usage error', async (args, message) => {
    expect(await run(['simulate', ...args.split(' ')])).toMatchObject({ code: 2, err: expect.stringContaining(message) as string })
  })
})

describe('whatif', () => {
  const options: WhatIfOptions = { signals: { file: 's.jsonl' }, prices: ['p.csv'], candlePath: 'auto', set: [], variants: [], pictures: null }
  const variant = (name: string, exits: Readonly<Record<string, number>>): WhatIfVariant => ({
    name, changes: {}, stats: STATS, exits, signals: { received: 61, opened: 60, blocked: 1, duplicate: 0, unplayed: 0 },
  })
  const whatIf: WhatIf = { prices: { quotes: 1000, from: null, to: null }, variants: [variant('baseline', { tp: 60 }), variant('a', { sl: 4, tp: 56 })] }
  const compared = () => Promise.resolve({ ok: true as const, whatIf, remarks: ['2 orders left out'] })

  it('puts the variants below each other, every reason of any of them in a column', async () => {
    const { terminal, out, err } = memoryTerminal()
    expect(await runWhatIf(terminal, false, options, compared)).toBe(0)
    expect(out.join('\n').split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['VARIANT', 'PNL', 'TRADES', 'OPEN', 'BLOCKED', 'WIN RATE', 'DRAWDOWN', 'DURATION', 'SL', 'TP'],
      ['baseline', '60.0000', '60', '0', '1', '100.00 %', '0.0000', '1 min 00 s', '0', '60'],
      ['a', '60.0000', '60', '0', '1', '100.00 %', '0.0000', '1 min 00 s', '4', '56'],
    ])
    expect(err).toEqual(['2 orders left out'])
  })

  it('prints one JSON value', async () => {
    const { terminal, out } = memoryTerminal()
    await runWhatIf(terminal, true, options, compared)
    expect(JSON.parse(out.join('\n'))).toEqual(whatIf)
  })

  it.each([[true, 2], [false, 1]])('says what is wrong (usage: %s) and exits %i', async (usage, code) => {
    const { terminal, err } = memoryTerminal()
    expect(await runWhatIf(terminal, false, options, () => Promise.resolve({ ok: false, usage, problems: ['variant a: no'] }))).toBe(code)
    expect(err).toEqual(['variant a: no'])
  })

  it.each([
    ['--prices p.csv', "'--signals <file>' or '--journal <dir>'"],
    ['--signals s.jsonl', '--prices'],
    ['--signals s --journal d --prices p', 'cannot be used with'],
    ['--signals s --prices p --variant a', 'write NAME:KEY=VALUE'],
    ['--signals s --prices p --set limits', 'NAME=VALUE'],
  ])('%s is a usage error', async (args, message) => {
    expect(await run(['whatif', ...args.split(' ')])).toMatchObject({ code: 2, err: expect.stringContaining(message) as string })
  })
})

describe('report', () => {
  it.each([
    ['report outcomes', "'--csv <file>' or '--jsonl <file>'", 2],
    ['report exits --data nowhere', 'nowhere is no data directory of LOMS', 1],
    ['report outcomes --data nowhere --json', "'--csv <file>'", 2],
  ])('%s', async (args, message, code) => expect(await run(args.split(' '))).toMatchObject({ code, err: expect.stringContaining(message) as string }))

  it('exits in two tables, averages to two places', async () => {
    const figures: ExitFigures = { positions: 2, pnl: { sum: -1, avg: -0.5, min: -2, max: 1 }, max_favorable_move: { avg: 1.234, max: 2 }, max_adverse_move: { avg: 0.5, max: 1 } }
    const report: ExitReport = {
      seq: 9, at: '2026-11-21T10:00:00.000Z', by_reason: [{ status: 'closed', reason: 'sl', ...figures }], by_strategy: [{ exit_strategy: 'x', strategy: 'y', symbol: 'Z', ...figures }],
    }
    const { terminal, out } = memoryTerminal()
    expect(await showExitReport(terminal, false, 'd', () => Promise.resolve({ ok: true, report, remarks: [] }))).toBe(0)
    expect(out.join('\n')).toMatch(/closed +sl +2 +-1\.0000 +-0\.5000 +-2\.0000 +1\.0000 +1\.23 % +2\.00 % +0\.50 % +1\.00 %/)
    expect(out.join('\n')).toMatch(/x +y +Z +2 +-1\.0000/)
  })
})

describe('replay', () => {
  const options: ReplayOptions = { source: 'state/data/dev', until: null, check: false, positionId: null }
  const replay: Replay = {
    seq: 7, at: '2026-11-21T10:00:00.000Z', records: 9, state_hash: 'abc', trading: { state: 'active', reason: null }, positions: [positionView()], stats: STATS,
    divergence: null, timeline_left: 3,
    timeline: [{ seq: 6, at: '2026-11-21T10:00:00.000Z', type: 'order.filled', position_id: 1, detail: 'qty=0.1', caused: [{ type: 'position.moved', position_id: 1, detail: 'to=entry-filled' }] }],
  }
  const playing = async (changes: Partial<Replay>, json = false) => {
    const { terminal, out, err } = memoryTerminal()
    const code = await runReplay(terminal, json, options, () => Promise.resolve({ ok: true, replay: { ...replay, ...changes } }))
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  it('shows the moment, the statistics and what was open', async () => {
    const { code, out } = await playing({})
    expect(code).toBe(0)
    expect(out).toMatch(/moment +seq 7, 2026-11-21 10:00:00/)
    expect(out).toContain('BTCUSDT')
  })

  it('tells what happened, fact by fact, and the first divergence', async () => {
    const { out } = await playing({})
    expect(out).toMatch(/first divergence +none/)
    expect(out).toMatch(/3 earlier facts are not shown/)
    expect(out).toMatch(/6 +2026-11-21 10:00:00\.000 +#1 +order\.filled +qty=0\.1\n +#1 +→ position\.moved +to=entry-filled/)
    const differing = await playing({ divergence: { seq: 5, what: 'recorded order.submit, now nothing' } })
    expect([differing.code, differing.out]).toEqual([1, expect.stringContaining('seq 5: recorded order.submit, now nothing')])
  })

  it('exits 1 when a comparison differs', async () => {
    const check = [
      { name: 'checkpoint and tail', ok: true, detail: 'hash abc' },
      { name: 'recorded commands', ok: false, detail: 'first difference at seq 5' },
    ]
    const { code, out } = await playing({ check })
    expect(code).toBe(1)
    expect(out).toMatch(/recorded commands +DIFFERENT +first difference at seq 5/)
    expect((await playing({ check: check.slice(0, 1) })).code).toBe(0)
  })

  it('shows the history of one position, or that there is none yet', async () => {
    const events = [{ seq: 3, at: '2026-11-21T10:00:00.000Z', type: 'order.filled', price: '64000' }]
    const position: PositionDetail = { ...positionView(), orders: [], events }
    const { out } = await playing({ position })
    expect(out).toMatch(/3 +2026-11-21T10:00:00.000Z +order\.filled +\{"price":"64000"\}/)
    expect(await playing({ position: null })).toMatchObject({ code: 1 })
  })

  it('prints JSON', async () => expect(JSON.parse((await playing({}, true)).out)).toEqual(replay))

  it.each([['--until yesterday'], ['--position 0']])('%s is a usage error', async (args) => {
    expect((await run(['replay', 'dir', ...args.split(' ')])).code).toBe(2)
  })
})
