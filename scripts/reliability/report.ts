/** `RELIABILITY.md` from the results that runs left behind. No figure comes from anywhere else. */
import fs from 'node:fs'
import { join } from 'node:path'
import { readResult, type StepResult } from '../proof/result-file.ts'
import { commandOf, STEPS, type Step } from '../proof/steps.ts'
import { NOT_COVERED, PROMISES } from './promises.ts'

/** One bug that a program of the proof found. */
export type Found = { readonly what: string; readonly foundBy: string; readonly fix: string; readonly regression: string }

export const readFound = (root: string): readonly Found[] => JSON.parse(fs.readFileSync(join(root, 'reliability/found.json'), 'utf8')) as readonly Found[]

const row = (...cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
const code = (text: string): string => `\`${text}\``

/** Runs of a step as one row: the whole form, or that it has not run. */
function figureRow(step: Step, result: StepResult | null): string {
  if (!result) return row(step.title, 'not run', '', code(commandOf(step, step.full)))
  return row(step.title, `${result.ok ? '' : '**failed**: '}${step.figures(result.result)}`, `${result.at.slice(0, 10)}, ${result.commit}, ${result.seconds} s`, code(result.command))
}

/** `folder`: where the results of the whole form are. */
export function reliabilityReport(folder: string, found: readonly Found[]): string {
  const checked = (name: string): string => (STEPS.some(({ id }) => id === name) ? name : code(name))
  return [
    '# What LOMS promises, and what shows it',
    '',
    'Made by `npx tsx scripts/reliability.ts` from the results in `reliability/results`, which `npm run proof` writes: every figure was given by a run, with the',
    'commit it ran on. `npm run proof -- --short` is the form for every change. A commit with `+` had changes that were not committed.',
    '',
    '## Promises',
    '',
    row('promise', 'invariants', 'checked by'), row('---', '---', '---'),
    ...PROMISES.map(({ what, invariants, checkedBy }) => row(what, invariants.join(', '), checkedBy.map(checked).join(', '))),
    '',
    '## Figures',
    '',
    row('', 'result', 'run', 'again with'), row('---', '---', '---', '---'),
    ...STEPS.map((step) => figureRow(step, readResult(folder, step.id))),
    '',
    'In the table of promises the steps go by their names: ' + STEPS.map(({ id, title }) => `${id} (${title.charAt(0).toLowerCase()}${title.slice(1)})`).join('; ') + '.',
    '',
    '## Found by it, and fixed',
    '',
    row('what', 'found by', 'fixed by', 'regression'), row('---', '---', '---', '---'),
    ...found.map(({ what, foundBy, fix, regression }) => row(what, foundBy, fix, regression.split(', ').map(code).join(', '))),
    '',
    '## Not covered',
    '',
    ...NOT_COVERED.map((each) => `- ${each}`),
    '',
  ].join('\n')
}
