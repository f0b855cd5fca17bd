/** Every row of the fault matrix and every trap is tested where `coverage.ts` says. */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { EXCHANGE, LESSONS, LINES, TRAPS, type Where } from './coverage.ts'

const upTo = (letter: string, last: number): readonly string[] => Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
const REQUIRED = [...upTo('X', 36), ...upTo('N', 7), ...upTo('W', 8), ...upTo('C', 7), ...upTo('T', 28)]
const COVERED: Readonly<Record<string, Where>> = { ...EXCHANGE, ...LINES, ...TRAPS, ...LESSONS }

describe('faults and traps', () => {
  it('each has a test', () => expect(REQUIRED.filter((id) => COVERED[id] === undefined)).toEqual([]))

  it('every test that is named exists', () => {
    const missing = Object.entries(COVERED).filter(([, [file, words]]) => !existsSync(file) || !readFileSync(file, 'utf8').includes(words))
    expect(missing).toEqual([])
  })
})
