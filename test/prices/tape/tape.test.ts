import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { PriceQuote } from '../../../src/domain/quote.ts'
import { openRecordedFeed } from '../../../src/prices/recorded/recorded-feed.ts'
import { quoteAt } from '../../../src/prices/recorded/row-block.ts'
import { tapeEnd, tapeMember } from '../../../src/prices/tape/tape-member.ts'
import { Tape } from '../../../src/prices/tape/tape.ts'
import { ManualTimers } from '../manual-timers.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true, force: true })
})
function temporary(): string {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-tape-'))
  directories.push(directory)
  return directory
}

const NOON = Date.UTC(2026, 10, 21, 12)
const DAY = 24 * 3_600_000
const HEADER = 'ts_ms,symbol,bid,ask,last,mark,qty\n'
const quote = (symbol: string, bid: number, ask: number, last: number, mark: number): PriceQuote => ({ symbol, ts: 0, bid, ask, last, mark, source: 'bybit', path: 'point' })

function tapeIn(directory = join(temporary(), 'tape'), timers = new ManualTimers(NOON)) {
  const log: string[] = []
  const tape = new Tape({ directory, venue: 'bybit', timers, log: (level, event, fields) => log.push(`${level} ${event} ${fields['quotes'] ?? fields['bytes'] ?? ''}`.trim()) })
  const file = join(directory, '2026-11-21_bybit.csv.gz')
  return { tape, timers, directory, file, log }
}
const text = (file: string): string => gunzipSync(fs.readFileSync(file)).toString()

/** What `replay`, `simulate` and `whatif` read. */
async function played(...files: string[]): Promise<(readonly (string | number)[])[]> {
  const opened = await openRecordedFeed(files, { candlePath: 'auto' })
  if (!opened.ok) throw new Error(opened.problem.message)
  const rows: (readonly (string | number)[])[] = []
  for await (const block of opened.feed.blocks()) {
    for (let index = 0; index < block.length; index++) {
      const { ts, symbol, bid, ask, last, mark } = quoteAt(block, index, opened.feed.symbols, 'tape')
      rows.push([ts - NOON, symbol, bid, ask, last, mark])
    }
  }
  return rows
}

describe('a tape', () => {
  it('says of each quote what changed, and plays every one of them whole, at the time it arrived', async () => {
    const { tape, timers, file } = tapeIn()
    tape.record(quote('BTCUSDT', 59_999.9, 60_000.1, 60_000, NaN))
    timers.advance(7)
    tape.record(quote('BTCUSDT', 59_999.9, 60_000.1, 60_000, 60_001))
    tape.record(quote('1000PEPEUSDT', 0.0000001, 0.0000002, 0.00000015, 0.00000015))
    tape.record(quote('BTCUSDT', 59_999.9, 60_000.1, 60_000, 60_001))
    await tape.flush()
    expect(text(file).split('\n').map((row) => row.slice(row.indexOf(',')))).toEqual([
      ',symbol,bid,ask,last,mark,qty',
      ',BTCUSDT,59999.9,60000.1,60000,,',
      ',BTCUSDT,,,,60001,',
      ',1000PEPEUSDT,1e-7,2e-7,1.5e-7,1.5e-7,',
      ',BTCUSDT,,,,,',
      '',
    ])
    expect(await played(file)).toEqual([
      [0, 'BTCUSDT', 59_999.9, 60_000.1, 60_000, NaN],
      [7, 'BTCUSDT', 59_999.9, 60_000.1, 60_000, 60_001],
      [7, '1000PEPEUSDT', 1e-7, 2e-7, 1.5e-7, 1.5e-7],
      [7, 'BTCUSDT', 59_999.9, 60_000.1, 60_000, 60_001],
    ])
  })

  it('is written every five seconds and when it stops, a file per UTC day that stands alone', async () => {
    const { tape, timers, directory, file } = tapeIn()
    tape.start()
    tape.record(quote('BTCUSDT', 1, 2, 3, 4))
    timers.advance(5000)
    await tape.flush()
    expect(text(file)).toBe(`${HEADER}${NOON},BTCUSDT,1,2,3,4,\n`)
    timers.advance(DAY / 2)
    tape.record(quote('BTCUSDT', 1, 2, 3, 4))
    timers.advance(DAY)
    tape.record(quote('BTCUSDT', 1, 2, 3, 5))
    await tape.stop()
    expect(timers.armed).toBe(0)
    expect(fs.readdirSync(directory)).toEqual(['2026-11-21_bybit.csv.gz', '2026-11-22_bybit.csv.gz', '2026-11-23_bybit.csv.gz'])
    expect(await played(...fs.readdirSync(directory).map((name) => join(directory, name)))).toEqual([
      [0, 'BTCUSDT', 1, 2, 3, 4],
      [DAY / 2 + 5000, 'BTCUSDT', 1, 2, 3, 4],
      [DAY * 1.5 + 5000, 'BTCUSDT', 1, 2, 3, 5],
    ])
  })

  it('goes on in the same file after a restart, also where the clock was set back', async () => {
    const first = tapeIn()
    first.tape.record(quote('BTCUSDT', 1, 2, 3, 4))
    first.timers.advance(100)
    first.tape.record(quote('BTCUSDT', 1, 2, 3, 5))
    await first.tape.stop()
    const second = tapeIn(first.directory, new ManualTimers(NOON + 50))
    second.tape.record(quote('BTCUSDT', 1, 2, 3, 6))
    await second.tape.flush()
    second.timers.advance(100)
    second.tape.record(quote('BTCUSDT', 1, 2, 3, 7))
    await second.tape.stop()
    expect((await played(first.file)).map(([at, , , , , mark]) => [at, mark])).toEqual([[0, 4], [100, 5], [100, 6], [150, 7]])
  })

  it('torn at any byte loses its last part and nothing else: read so, and cut where it goes on', async () => {
    const { tape, timers, directory, file } = tapeIn()
    for (const mark of [4, 5]) {
      tape.record(quote('BTCUSDT', 1, 2, 3, mark))
      await tape.flush()
      timers.advance(1)
    }
    const whole = fs.readFileSync(file)
    const firstPart = (await tapeMember(Buffer.from(`${HEADER}${NOON},BTCUSDT,1,2,3,4,\n`))).length
    for (let length = firstPart; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length))
      expect(await played(file)).toEqual([[0, 'BTCUSDT', 1, 2, 3, 4]])
    }
    // The length reached the disk, the content did not.
    fs.writeFileSync(file, Buffer.concat([whole.subarray(0, -12), Buffer.alloc(12)]))
    expect(await played(file)).toEqual([[0, 'BTCUSDT', 1, 2, 3, 4]])
    const again = tapeIn(directory, timers)
    again.tape.record(quote('BTCUSDT', 1, 2, 3, 6))
    await again.tape.stop()
    expect(again.log).toEqual([`info tape_cut ${whole.length - firstPart}`])
    expect((await played(file)).map(([, , , , , mark]) => mark)).toEqual([4, 6])
    expect(text(file)).toContain(',BTCUSDT,1,2,3,6,')
  })

  it('torn in its first part is begun anew', async () => {
    const { tape, file, directory } = tapeIn()
    fs.mkdirSync(directory)
    const member = await tapeMember(Buffer.from(HEADER))
    for (const length of [0, 1, 11, 20, member.length - 1]) {
      fs.writeFileSync(file, member.subarray(0, length))
      expect(await tapeEnd(file)).toMatchObject({ length: 0, torn: length })
    }
    tape.record(quote('BTCUSDT', 1, 2, 3, 4))
    await tape.stop()
    expect(await played(file)).toHaveLength(1)
  })

  it('leaves a foreign file alone', async () => {
    const { tape, file, directory, log } = tapeIn()
    fs.mkdirSync(directory)
    fs.writeFileSync(file, 'mine')
    tape.record(quote('BTCUSDT', 1, 2, 3, 4))
    await tape.stop()
    expect([fs.readFileSync(file, 'utf8'), log]).toEqual(['mine', ['warn tape_failed']])
  })

  it('that cannot be written says so once, keeps nothing, and goes on whole when it can', async () => {
    const { tape, directory, file, log } = tapeIn()
    fs.writeFileSync(directory, 'a file where the directory should be')
    for (const mark of [4, 5]) {
      tape.record(quote('BTCUSDT', 1, 2, 3, mark))
      await tape.flush()
    }
    expect(log).toEqual(['warn tape_failed'])
    fs.rmSync(directory)
    tape.record(quote('BTCUSDT', 1, 2, 3, 5))
    await tape.stop()
    expect(text(file)).toBe(`${HEADER}${NOON},BTCUSDT,1,2,3,5,\n`)
  })

  it('holds at most 8 MB that wait for the disk; quotes beyond are counted, the next written ones are whole', async () => {
    const { tape, file, log } = tapeIn()
    for (let number = 0; number < 300_000; number++) tape.record(quote('BTCUSDT', 1, 2, 3, number))
    await tape.flush()
    tape.record(quote('BTCUSDT', 1, 2, 3, 7))
    await tape.stop()
    const rows = text(file).split('\n').slice(1, -1)
    expect(rows.at(-1)).toBe(`${NOON},BTCUSDT,1,2,3,7,`)
    expect(log).toEqual([`warn tape_dropped ${300_001 - rows.length}`])
    expect(rows.join('\n').length).toBeLessThan(8.1 * 1024 * 1024)
  })
})
