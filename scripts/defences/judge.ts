/** What a run of tests says about a defence that was taken away. */
import type { TestRun } from './test-run.ts'

/** `noticed`: a test failed by what it asserts or by its time limit. `broken`: the run says nothing. */
export type Verdict = { readonly kind: 'noticed' | 'NOT NOTICED' | 'broken' | 'edit does not fit' | 'red without the edit'; readonly detail: string }

/** Failures of an edit that is no working program any more. */
const NO_PROGRAM = /^(?:SyntaxError|ReferenceError)\b|Cannot find (?:module|package)|Failed to (?:load|resolve)|Transform failed/

export function judge({ outcomes, broken }: TestRun): Verdict {
  if (broken !== null) return { kind: 'broken', detail: broken }
  const failed = outcomes.filter(({ passed }) => !passed)
  const first = failed[0]
  if (!first) return { kind: 'NOT NOTICED', detail: outcomes.map(({ name }) => name).join('; ').slice(0, 300) }
  const message = first.messages[0] ?? ''
  if (failed.every(({ messages }) => messages.some((each) => NO_PROGRAM.test(each)))) return { kind: 'broken', detail: message.slice(0, 300) }
  return { kind: 'noticed', detail: `${first.name}: ${message.split('\n')[0]?.slice(0, 160) ?? ''}` }
}

/** Null: these tests are green while nothing is taken away. */
export function whyNotGreen({ outcomes, broken }: TestRun, pattern: string): Verdict | null {
  if (broken !== null) return { kind: 'broken', detail: broken }
  const meant = outcomes.filter(({ name }) => new RegExp(pattern).test(name))
  if (meant.length === 0) return { kind: 'broken', detail: 'no test has such a name' }
  const red = meant.find(({ passed }) => !passed)
  return red ? { kind: 'red without the edit', detail: `${red.name}: ${red.messages[0]?.split('\n')[0]?.slice(0, 160) ?? ''}` } : null
}
