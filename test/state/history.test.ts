import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { STATS_GROUPS, type ClosedPosition, type PositionFilter } from '../../src/domain/wire.ts'
import { History, historyFiles, memoryFiles, type HistoryFiles, type HistoryMark } from '../../state/history.ts'
import { DAY, finished, START } from './closed-positions.ts'
import { faultyIo } from './faulty-io.ts'
import { groupOf, matches, stats } from './history-model.ts'
import { temporaryDirectory } from './journal-records.ts'

function open(files: HistoryFiles = memoryFiles(), mark: HistoryMark | null = null): History {
  const result = History.open(files, mark)
  if (!result.ok) throw new Error(result.message)
  return result.history
}

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', '__proto__']
const anyFinished = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  strategy: fc.constantFrom('a', 'b', 'ünï "quoted"\n'),
  exchange: fc.constantFrom('bitget', 'bybit'),
  account_label: fc.constantFrom('lab', 'lab_twin'),
  side: fc.constantFrom('long' as const, 'short' as const),
  auto_close_reason: fc.constantFrom('tp' as const, 'sl' as const, 'trailing' as const),
  pnl: fc.integer({ min: -500_000, max: 500_000 }).map((cents) => cents / 1000),
  createdAt: fc.integer({ min: 0, max: 5 * DAY }).map((ms) => START + ms),
  cancelled: fc.boolean(),
})
/** Rows with ids that have gaps, in an order of closing of their own. */
const anyRows = fc
  .array(fc.tuple(anyFinished, fc.integer({ min: 1, max: 3 }), fc.integer()), { maxLength: 60 })
  .map((given) => {
    let id = 0
    const rows = given.map(([values, gap, order]) => ({ row: finished((id += gap), values.cancelled ? { ...values, auto_close_reason: null } : values), order }))
    return rows.sort((a, b) => a.order - b.order).map(({ row }) => row)
  })
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined, freq: 2 })
const anyFilter: fc.Arbitrary<PositionFilter> = fc.record({
  status: maybe(fc.constantFrom('open' as const, 'closed' as const, 'cancelled' as const)),
  symbol: maybe(fc.constantFrom(...SYMBOLS, 'NEVER')),
  strategy: maybe(fc.constantFrom('a', 'b')),
  exchange: maybe(fc.constant('bitget')),
  accountLabel: maybe(fc.constant('lab')),
  from: maybe(fc.integer({ min: 0, max: 5 * DAY }).map((ms) => START + ms)),
  to: maybe(fc.integer({ min: 0, max: 5 * DAY }).map((ms) => START + ms)),
})
const idsOf = (rows: readonly ClosedPosition[]): number[] => rows.map(({ view }) => view.id).sort((a, b) => a - b)

describe('the history answers as a plain list would', () => {
  it('rows, filters, pages', () => {
    fc.assert(
      fc.property(anyRows, anyFilter, fc.nat(100), fc.nat(20), (rows, filter, after, limit) => {
        const history = open()
        for (const row of rows) history.add(row)
        const ids = idsOf(rows.filter((row) => matches(row, filter)))
        expect(history.count(filter)).toBe(ids.length)
        expect(history.idsAfter(after, limit, filter)).toEqual(ids.filter((id) => id > after).slice(0, limit))
        expect(history.newestIds(limit, filter)).toEqual(ids.slice(Math.max(0, ids.length - limit)))
        for (const row of rows) expect(history.row(row.view.id)).toEqual(row)
        expect(history.row(0)).toBeUndefined()
        expect(history.row(1_000_000)).toBeUndefined()
      }),
    )
  })

  it('statistics, in total and by group', () => {
    fc.assert(
      fc.property(anyRows, anyFilter, fc.constantFrom(...STATS_GROUPS), (rows, filter, by) => {
        const history = open()
        for (const row of rows) history.add(row)
        const matching = rows.filter((row) => matches(row, filter))
        expect(history.statistics(filter)).toEqual(stats(matching))
        const { groups = {}, ...total } = history.statistics(filter, by)
        expect(total).toEqual(stats(matching))
        const names = [...new Set(matching.map((row) => groupOf(row, by)))].sort()
        expect(Object.keys(groups)).toEqual(names)
        for (const name of names) expect(Object.getOwnPropertyDescriptor(groups, name)?.value).toEqual(stats(matching.filter((row) => groupOf(row, by) === name)))
      }),
    )
  })

  it('an empty history has zeros and nulls, never NaN', () => {
    expect(open().statistics({})).toEqual(stats([]))
    expect(JSON.stringify(open().statistics({}))).not.toMatch(/NaN|Infinity/)
  })

  it('a million cents are ten thousand', () => {
    const history = open()
    for (let id = 1; id <= 20_000; id++) history.add(finished(id, { pnl: 0.01 }))
    expect(history.statistics({})).toMatchObject({ total_pnl: 200, avg_pnl_per_trade: 0.01, max_drawdown: 0 })
  })

  it('drawdown follows the order of closing, not of ids', () => {
    const history = open()
    for (const [id, pnl] of [[3, 10], [1, -4], [2, -3], [4, 5]] as const) history.add(finished(id, { pnl }))
    expect(history.statistics({})).toMatchObject({ max_drawdown: 7, profit_factor: 2.14285714, total_pnl: 8 })
  })

  it('a cancelled position has no reason: its group is none', () => {
    const history = open()
    for (const row of [finished(1), finished(2, { cancelled: true, auto_close_reason: null })]) history.add(row)
    expect(Object.entries(history.statistics({}, 'reason').groups ?? {}).map(([name, { total_positions, closed_positions }]) => [name, total_positions, closed_positions])).toEqual([['none', 1, 0], ['tp', 1, 1]])
  })

  it('a position that was never open counts on the day on which it was created', () => {
    const history = open()
    for (const row of [finished(1, { createdAt: START + 2 * DAY, cancelled: true, auto_close_reason: null }), finished(2, { createdAt: START })]) history.add(row)
    expect(history.row(1)?.view.closed_at).toBeNull()
    expect(Object.keys(history.statistics({}, 'day').groups ?? {})).toEqual(['2026-01-01', '2026-01-03'])
  })

  it('a page ends at its limit, from either end', () => {
    const history = open()
    for (const id of [2, 3, 5, 6]) history.add(finished(id))
    expect([history.idsAfter(2, 2, {}), history.newestIds(3, {})]).toEqual([[3, 5], [3, 5, 6]])
  })

  it('a result of nothing is neither won nor lost', () => {
    const history = open()
    for (const [id, pnl] of [[1, 0], [2, 3], [3, -1]] as const) history.add(finished(id, { pnl }))
    expect(history.statistics({})).toMatchObject({ closed_positions: 3, winning_trades: 1, losing_trades: 1, avg_pnl_win: 3, avg_pnl_loss: -1 })
  })

  it('a position finishes once, and is not open', () => {
    const history = open()
    history.add(finished(7))
    expect(() => history.add(finished(7))).toThrow('finishes once')
    const row = finished(8)
    expect(() => history.add({ ...row, view: { ...row.view, status: 'open' } })).toThrow('has finished')
  })
})

describe('on disk', () => {
  let directory = { path: '', remove: () => undefined as void }
  beforeEach(() => (directory = temporaryDirectory()))
  afterEach(() => directory.remove())
  const files = (): HistoryFiles => historyFiles(directory.path)

  it('goes back to the mark, whatever was written later, and takes the same rows again', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, fc.nat(60), fc.nat(60), fc.boolean(), async (rows, marked, later, syncedLater) => {
        for (const name of fs.readdirSync(directory.path)) fs.rmSync(join(directory.path, name))
        const first = open(files())
        for (const row of rows.slice(0, marked)) first.add(row)
        const mark = first.mark()
        for (const row of rows.slice(marked, marked + later)) first.add(row)
        await first.sync()
        if (syncedLater) for (const row of rows.slice(marked + later)) first.add(row)
        first.close()
        const second = open(files(), JSON.parse(JSON.stringify(mark)) as HistoryMark)
        expect(second.size).toBe(Math.min(marked, rows.length))
        expect(second.statistics({})).toEqual(stats(rows.slice(0, marked)))
        for (const row of rows.slice(marked)) expect(second.has(row.view.id)).toBe(false)
        for (const row of rows.slice(marked)) second.add(row)
        const end = second.mark()
        await second.sync()
        second.close()
        const third = open(files(), end)
        expect(third.statistics({}, 'symbol')).toEqual(open2(rows).statistics({}, 'symbol'))
        for (const row of rows) expect(third.row(row.view.id)).toEqual(row)
        third.close()
      }),
      { numRuns: 40 },
    )
  })
  const open2 = (rows: readonly ClosedPosition[]): History => {
    const history = open()
    for (const row of rows) history.add(row)
    return history
  }

  it('spans chunks, with ids far apart', async () => {
    const first = open(files())
    const ids = [1, 4096, 4097, 20_000, 8193, 2]
    for (const id of ids) first.add(finished(id))
    await first.sync()
    const second = open(files(), first.mark())
    expect(second.idsAfter(0, 100, {})).toEqual([1, 2, 4096, 4097, 8193, 20_000])
    expect(fs.statSync(join(directory.path, 'history.idx')).size).toBe(64 + 20_000 * 64)
  })

  it('missing or changed files are told, so that everything is folded again', async () => {
    const first = open(files())
    for (let id = 1; id <= 50; id++) first.add(finished(id))
    await first.sync()
    const mark = first.mark()
    first.close()
    const originals = new Map(fs.readdirSync(directory.path).map((name) => [name, fs.readFileSync(join(directory.path, name))]))
    expect([...originals.keys()].sort()).toEqual(['history.idx', 'history.jsonl', 'history.names'])
    const restore = (): void => originals.forEach((bytes, name) => fs.writeFileSync(join(directory.path, name), bytes))
    const message = (): string => {
      const result = History.open(files(), mark)
      return result.ok ? 'opened' : result.message
    }
    expect(message()).toBe('opened')
    for (const [name, bytes] of originals) {
      restore()
      fs.rmSync(join(directory.path, name))
      expect(message(), name).toContain(name)
      fs.writeFileSync(join(directory.path, name), bytes.subarray(0, -1))
      expect(message(), name).toContain(name)
    }
    const index = originals.get('history.idx') as Buffer
    for (let at = 0; at < index.length; at += 37) {
      restore()
      const image = Buffer.from(index)
      image[at] = (image[at] as number) ^ 1
      fs.writeFileSync(join(directory.path, 'history.idx'), image)
      expect(message(), String(at)).toContain('history.idx')
    }
    restore()
    for (const wrong of [{ finished: 51 }, { maxId: 49 }, { maxId: 51 }]) expect(History.open(files(), { ...mark, ...wrong })).toMatchObject({ ok: false })
    expect(open(files(), null).size).toBe(0)
  })

  it('a row changed on the disk is refused, not returned', async () => {
    const first = open(files())
    first.add(finished(1))
    await first.sync()
    const path = join(directory.path, 'history.jsonl')
    const bytes = fs.readFileSync(path)
    bytes[40] = (bytes[40] as number) ^ 1
    fs.writeFileSync(path, bytes)
    expect(() => open(files(), first.mark()).row(1)).toThrow('row of position 1 is damaged')
  })

  it('a full disk costs the checkpoint, not the history: rows wait in memory', async () => {
    for (let k = 1; k <= 4; k++) {
      const name = join(directory.path, String(k))
      fs.mkdirSync(name)
      const history = open(historyFiles(name, faultyIo('writeSync', k, 'short')))
      for (let id = 1; id <= 400; id++) history.add(finished(id))
      let failures = 0
      for (let attempt = 0; attempt < 3; attempt++) await history.sync().catch(() => (failures += 1))
      expect(failures).toBeLessThanOrEqual(1)
      for (let id = 1; id <= 400; id++) expect(history.row(id)).toEqual(finished(id))
      expect(open(historyFiles(name), history.mark()).row(400)).toEqual(finished(400))
    }
  })

  it('a failed sync is not followed by a successful one', async () => {
    const history = open(historyFiles(directory.path, faultyIo('fdatasync', 2, 'EIO')))
    history.add(finished(1))
    await expect(history.sync()).rejects.toThrow('EIO')
    await expect(history.sync()).rejects.toThrow('restart')
  })
})
