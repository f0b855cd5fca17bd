/** The list of defences: every edit fits the sources as they are, and everything that is promised has one, or a reason. */
import fs from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { DEFENCES, WITHOUT_DEFENCE } from '../scripts/defences/all.ts'
import { without, type Defence } from '../scripts/defences/defence.ts'
import { judge, whyNotGreen } from '../scripts/defences/judge.ts'
import { readReport } from '../scripts/defences/test-run.ts'
import { ROOT, textOf } from './architecture/repository.ts'

const upTo = (letter: string, last: number, leaving: readonly number[] = []): readonly string[] => Array.from({ length: last }, (_, index) => index + 1).filter((number) => !leaving.includes(number)).map((number) => `${letter}${number}`)
/** Traps of the client, lessons of the field, invariants, and the rules of live trading that ask for a defence. */
const PROMISED = [...upTo('T', 28), ...upTo('F', 30), ...upTo('I', 25), ...upTo('B-', 7, [1, 2]), ...upTo('L-', 9, [1]), ...upTo('C-', 5, [4]), 'M-2', 'R-3', 'S-4', 'H-6', 'J-1', 'J-4', 'K-1']

const named = ({ serves, what }: Defence): string => `${serves.join(' ')}: ${what}`
const isProgram = (path: string, text: string): boolean => ts.transpileModule(text, { fileName: path, reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext } }).diagnostics?.length === 0

describe('the list of defences', () => {
  it('fits the sources: each edit has one place, changes it, and leaves a program', () => {
    expect(DEFENCES.filter((each) => without(textOf(each.file), each) === null || each.edit[0] === each.edit[1]).map(named)).toEqual([])
    expect(DEFENCES.filter((each) => !isProgram(each.file, without(textOf(each.file), each) ?? '')).map(named)).toEqual([])
  })
  it('names tests that exist', () => expect(DEFENCES.filter(({ test: [file] }) => !fs.existsSync(join(ROOT, file))).map(named)).toEqual([]))
  it('says everything once', () => expect(new Set(DEFENCES.map(({ file, what }) => `${file} ${what}`)).size).toBe(DEFENCES.length))
  it('has what is promised, or a reason, and never both', () => {
    const served = new Set(DEFENCES.flatMap(({ serves }) => serves))
    expect(PROMISED.filter((id) => !served.has(id) && WITHOUT_DEFENCE[id] === undefined)).toEqual([])
    expect(Object.keys(WITHOUT_DEFENCE).filter((id) => served.has(id) || !PROMISED.includes(id))).toEqual([])
  })
})

describe('the verdict', () => {
  const run = (...assertionResults: { fullName: string; status: string; failureMessages: string[] }[]) => ({ ...readReport({ testResults: [{ message: '', status: assertionResults.some(({ status }) => status === 'failed') ? 'failed' : 'passed', assertionResults }] }), seconds: 1 })
  const failed = (message: string) => ({ fullName: 'it holds', status: 'failed', failureMessages: [message] })
  const passed = { fullName: 'it holds', status: 'passed', failureMessages: [] }

  it.each([
    ['an assertion failed', run(failed('AssertionError: expected 1 to be 2')), 'noticed'],
    ['the time limit ran out', run(failed('Error: Test timed out in 100ms.')), 'noticed'],
    ['all is green', run(passed), 'NOT NOTICED'],
    ['the edit is no program', run(failed('SyntaxError: Unexpected token')), 'broken'],
    ['a name is missing', run(failed('ReferenceError: x is not defined')), 'broken'],
    ['no test was meant', run({ ...passed, status: 'skipped' }), 'broken'],
    ['nothing could be loaded', { ...readReport({ testResults: [{ message: 'Failed to load url', status: 'failed', assertionResults: [] }] }), seconds: 1 }, 'broken'],
  ] as const)('%s', (_, given, kind) => expect(judge(given).kind).toBe(kind))

  it('counts only where the test is green without the edit', () => {
    expect(whyNotGreen(run(passed), 'holds')).toBeNull()
    expect(whyNotGreen(run(failed('AssertionError: x')), 'holds')?.kind).toBe('red without the edit')
    expect(whyNotGreen(run(passed), 'other')?.kind).toBe('broken')
  })
})
