import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import type { DataProblem } from '../../../src/prices/recorded/data-problem.ts'
import { openRecordedFeed } from '../../../src/prices/recorded/recorded-feed.ts'

const directory = mkdtempSync(join(tmpdir(), 'loms-bad-'))
afterAll(() => rmSync(directory, { recursive: true }))
const path = join(directory, 'prices.csv')
const good = join(directory, 'good.csv')

const TICKS = 'ts_ms,symbol,bid,ask,last,mark,qty'
const KLINES = 'ts_ms,symbol,open,high,low,close,volume'

/** What opening says about the file, which is second on the command line. */
async function problemWith(content: string | Buffer | null, name = path): Promise<DataProblem> {
  writeFileSync(good, `${TICKS}\n1,A,,,1,,\n`)
  if (content !== null) writeFileSync(path, content)
  const opened = await openRecordedFeed([good, name], { candlePath: 'auto' })
  if (opened.ok) throw new Error('the file was accepted')
  return opened.problem
}

describe('a row that breaks the format is refused with file, line and what is allowed', () => {
  it.each([
    ['text for a price', TICKS, '1,A,,,abc,,', 'last "abc" is not a number; a decimal above 0, or nothing, is allowed'],
    ['text behind a number', TICKS, '1,A,12x,,,,', 'bid "12x" is not a number; a decimal above 0, or nothing, is allowed'],
    ['NaN', TICKS, '1,A,,,NaN,,', 'last "NaN" is not a number; a decimal above 0, or nothing, is allowed'],
    ['Infinity', TICKS, '1,A,,,Infinity,,', 'last "Infinity" is not a number; a decimal above 0, or nothing, is allowed'],
    ['more than a double holds', TICKS, '1,A,,,1e400,,', 'last "1e400" is not a number; a decimal above 0, or nothing, is allowed'],
    ['a blank', TICKS, '1,A,, ,,,', 'ask " " is not a number; a decimal above 0, or nothing, is allowed'],
    ['hexadecimal', TICKS, '1,A,,,0x10,,', 'last "0x10" is not a number; a decimal above 0, or nothing, is allowed'],
    ['a point alone', TICKS, '1,A,,,.,,', 'last "." is not a number; a decimal above 0, or nothing, is allowed'],
    ['zero', TICKS, '1,A,0.00,,,,', 'bid 0.00 is not above 0; a decimal above 0, or nothing, is allowed'],
    ['a negative price', TICKS, '1,A,,,,-5.5,', 'mark -5.5 is not above 0; a decimal above 0, or nothing, is allowed'],
    ['an empty candle field', KLINES, '1,A,1,,1,1,1', 'high is empty; a decimal above 0 is required'],
    ['a zero candle field', KLINES, '1,A,1,1,0,1,1', 'low 0 is not above 0; a decimal above 0 is required'],
    ['high below low', KLINES, '1,A,1,1,2,1,1', `high 1 is below low 2; the columns are ${KLINES}`],
    ['a bad quantity', TICKS, '1,A,,,1,,much', 'qty "much" is not a quantity; a decimal of 0 or more, or nothing, is allowed'],
    ['a bad volume', KLINES, '1,A,1,1,1,1,-1', 'volume "-1" is not a quantity; a decimal of 0 or more, or nothing, is allowed'],
    ['a torn line', TICKS, '1,A,,,12', `has 5 columns instead of 7; the columns are ${TICKS}`],
    ['a column too many', TICKS, '1,A,,,12,,,', `has 8 columns instead of 7; the columns are ${TICKS}`],
    ['a decimal comma', TICKS, '1,A,,,12,5,,', `has 8 columns instead of 7; the columns are ${TICKS}`],
    ['one column', TICKS, '1', `has 1 columns instead of 7; the columns are ${TICKS}`],
    ['a date for a time', TICKS, '2024-01-01,A,,,1,,', 'ts_ms "2024-01-01" is not a time; whole milliseconds since 1970 are allowed, e.g. 1680652700423'],
    ['a fraction of a time', TICKS, '1.5,A,,,1,,', 'ts_ms "1.5" is not a time; whole milliseconds since 1970 are allowed, e.g. 1680652700423'],
    ['no time', TICKS, ',A,,,1,,', 'ts_ms "" is not a time; whole milliseconds since 1970 are allowed, e.g. 1680652700423'],
    ['nanoseconds', TICKS, '1680652700423000000,A,,,1,,', 'ts_ms "1680652700423000000" is not a time; whole milliseconds since 1970 are allowed, e.g. 1680652700423'],
    ['no symbol', TICKS, '1,,,,1,,', 'symbol "" is not a symbol; letters, digits and . _ : / - are allowed, e.g. BTCUSDT.P'],
    ['a quoted symbol', TICKS, '1,"A",,,1,,', 'symbol "\\"A\\"" is not a symbol; letters, digits and . _ : / - are allowed, e.g. BTCUSDT.P'],
  ])('%s', async (_, header, row, message) => {
    const fine = header === TICKS ? '1,A,,,1,,' : '1,A,1,1,1,1,1'
    expect(await problemWith(`${header}\n${fine}\n\n${row}\n`)).toEqual({ code: 'bad_row', file: path, line: 4, message: `${path} line 4: ${message}` })
  })

  it('time that goes backwards', async () => {
    const message = `${path} line 4: ts_ms 9 is before the row above it (10); rows must be in order of time, sort the file by ts_ms`
    expect(await problemWith(`${TICKS}\n10,A,,,1,,\n10,B,,,1,,\n9,A,,,1,,\n`)).toEqual({ code: 'bad_row', file: path, line: 4, message })
  })

  it('far down in a long file, also where chunks are cut', async () => {
    const rows = Array.from({ length: 70_000 }, (_, index) => `${index},A,,,100.25,,`)
    rows[69_998] = '69998,A,,,100.25.1,,'
    expect((await problemWith(gzipSync(`${TICKS}\n${rows.join('\n')}\n`))).message).toContain('line 70000: last "100.25.1" is not a number')
  })
})

describe('a file that cannot be read is named with the reason', () => {
  const shipped = readFileSync('test/data/binance-ticks.csv.gz')
  // The check sum stands in the last eight bytes.
  const damaged = Buffer.from(shipped).fill(0, shipped.length - 8, shipped.length - 4)
  it.each<[string, string | Buffer | null, string, Partial<DataProblem>]>([
    ['no such file', null, join(directory, 'pricse.csv'), { code: 'unreadable', line: null, message: `${join(directory, 'pricse.csv')}: there is no such file; check the path` }],
    ['a directory', null, directory, { code: 'unreadable', message: `${directory}: is a directory; name a file (.csv or .csv.gz)` }],
    ['an empty file', '', path, { code: 'bad_header', line: null, message: `${path}: is empty; its first line must be ${TICKS} or ${KLINES}` }],
    ['no header', '1,A,,,1,,\n', path, { code: 'bad_header', line: 1, message: `${path} line 1: the header is "1,A,,,1,,"; it must be ${TICKS} (ticks) or ${KLINES} (klines)` }],
    ['another header', 'time,price\n', path, { code: 'bad_header', line: 1, message: `${path} line 1: the header is "time,price"; it must be ${TICKS} (ticks) or ${KLINES} (klines)` }],
    ['gzip cut short', shipped.subarray(0, 50_000), path, { code: 'unreadable', message: `${path}: ends in the middle of its gzip data; copy or download it again` }],
    ['damaged gzip', damaged, path, { code: 'unreadable', message: `${path}: its gzip data is damaged; copy or download it again` }],
    ['one endless line', 'x'.repeat(70_000), path, { code: 'unreadable', message: `${path}: has a line of more than 65536 bytes; it is not a CSV file` }],
  ])('%s', async (_, content, name, problem) => {
    expect(await problemWith(content, name)).toMatchObject(problem)
  })
})
