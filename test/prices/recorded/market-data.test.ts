/** The reader on a larger collection of recorded prices, where one lies beside the repository. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRecordedFeed } from '../../../src/prices/recorded/recorded-feed.ts'
import { collect, readPlainly } from './plain-reader.ts'

const collection = '../shared/data/market'
const present = existsSync(collection)
if (!present) console.warn(`SKIPPED: ${collection} is not there; the shipped files in test/data are checked in recorded-feed.test.ts`)
const files = present ? ['ticks', 'klines'].flatMap((folder) => readdirSync(join(collection, folder)).map((name) => join(collection, folder, name))) : []
// This file holds the rows of three others.
const isSum = (file: string): boolean => file.includes('bench-all')

describe.skipIf(!present)(`the files of ${collection} are read as the plain reader reads them`, () => {
  const cases: [string, string[]][] = files.filter((file) => isSum(file) || file.includes('klines')).map((file) => [file, [file]])
  it.each([...cases, ['all others together', files.filter((file) => !isSum(file))]] as [string, string[]][])('%s', async (_, paths) => {
    const opened = await openRecordedFeed(paths, { candlePath: 'auto' })
    if (!opened.ok) throw new Error(opened.problem.message)
    const own = await collect(opened.feed)
    const plain = readPlainly(paths, 'auto')
    expect(own.length).toBe(plain.length)
    expect(own.findIndex((quote, index) => !quote.every((value, field) => Object.is(value, plain[index]?.[field])))).toBe(-1)
  })
})
