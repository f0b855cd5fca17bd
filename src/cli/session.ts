/** What a command that talks to the service has at hand, and how it ends when the service does not help. */
import { EXIT, type ExitCode } from './exit-code.ts'
import { text } from './format.ts'
import type { Failure, LomsClient, Problem } from './http-client.ts'
import type { Terminal } from './terminal.ts'

export type Session = { readonly terminal: Terminal; readonly client: LomsClient; readonly json: boolean }

/** Prints the value as JSON: what `--json` promises. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(JSON.stringify(value, null, 2))
}

/** Says on stderr why there is no result and returns the exit code. */
export function reportFailure(session: Session, failure: Failure): ExitCode {
  for (const line of failureLines(session.client.url, failure)) session.terminal.err(line)
  return failure.kind === 'unreachable' ? EXIT.unreachable : EXIT.failed
}

/** The failure in sentences: what is wrong, where, what to do next. */
export function failureLines(url: string, failure: Failure): readonly string[] {
  if (failure.kind === 'problem') return problemLines(failure.problem)
  return [
    `cannot reach LOMS at ${url} (${text(failure.cause)}); start it with \`npm start\` (or \`loms serve\`), or name another address with --url`,
    ...(failure.mayHaveArrived ? ['the request may have arrived: look with `loms positions` before you repeat it'] : []),
  ]
}

const WHAT_NEXT: Readonly<Record<number, string>> = {
  401: 'this LOMS wants an API key: give it with LOMS_API_KEY or --key',
  403: 'the API key is valid but its scope does not cover this command',
  429: 'too many requests: wait a moment and repeat',
}

function problemLines(problem: Problem): readonly string[] {
  // Where fields are named, the detail only repeats them.
  const detail = problem.fields.length > 0 || problem.detail === problem.title ? null : problem.detail
  const next = WHAT_NEXT[problem.status]
  return [
    `LOMS answered ${problem.status} ${text(problem.title)}${detail === null ? '' : `: ${text(detail)}`}`,
    ...problem.fields.map(({ field, message }) => `  ${text(field.replace(/^[#/]+/, ''))}: ${text(message)}`),
    ...(next === undefined ? [] : [next]),
  ]
}
