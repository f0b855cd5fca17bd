/** `RELIABILITY.md` says what runs gave, and nothing else. */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeResult } from '../scripts/proof/result-file.ts'
import { STEPS } from '../scripts/proof/steps.ts'
import { PROMISES } from '../scripts/reliability/promises.ts'
import { readFound, reliabilityReport } from '../scripts/reliability/report.ts'
import { ROOT, textOf } from './architecture/repository.ts'

const there = (path: string): boolean => fs.existsSync(join(ROOT, path))
const RESULTS = join(ROOT, 'reliability/results')

describe('RELIABILITY.md', () => {
  it('is what the results say now; `npx tsx scripts/reliability.ts` writes it', () => {
    expect(textOf('RELIABILITY.md')).toBe(reliabilityReport(RESULTS, readFound(ROOT)))
  })
  it('says of a step without a result that it has not run', () => {
    const empty = fs.mkdtempSync(join(tmpdir(), 'loms-no-results-'))
    const report = reliabilityReport(empty, [])
    expect(report.match(/\| not run \|/g)).toHaveLength(STEPS.length)
    writeResult(empty, { step: 'fuzz', form: 'full', command: 'npm run fuzz', commit: 'abc', at: '2026-01-31T12:00:00.000Z', seconds: 7, ok: false, result: { requests: 20, violations: ['x'] } })
    expect(reliabilityReport(empty, []).match(/\| not run \|/g)).toHaveLength(STEPS.length - 1)
    expect(reliabilityReport(empty, [])).toContain('| **failed**: 20 requests')
    fs.rmSync(empty, { recursive: true })
  })
  it('names steps and files that exist', () => {
    const known = new Set(STEPS.map(({ id }) => id))
    expect(PROMISES.flatMap(({ checkedBy }) => checkedBy).filter((name) => !known.has(name) && !there(name))).toEqual([])
    expect(STEPS.flatMap(({ run }) => ('tests' in run ? run.tests : [`scripts/${run.script}.ts`])).filter((path) => !there(path))).toEqual([])
    expect(readFound(ROOT).flatMap(({ regression }) => regression.split(', ')).filter((path) => !there(path))).toEqual([])
  })
  it('has results that say when and of what they are', () => {
    for (const name of fs.existsSync(RESULTS) ? fs.readdirSync(RESULTS).filter((each) => each.endsWith('.json')) : []) {
      const result = JSON.parse(fs.readFileSync(join(RESULTS, name), 'utf8')) as Record<string, unknown>
      expect([name, result]).toEqual([name, expect.objectContaining({ step: name.replace('.json', ''), form: 'full', commit: expect.stringMatching(/^[0-9a-f]{12}\+?$/) as unknown, at: expect.stringMatching(/^2\d{3}-/) as unknown, ok: expect.any(Boolean) as unknown })])
    }
  })
})
