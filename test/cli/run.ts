/** Runs a command line in this process and keeps what it wrote. */
import pc from 'picocolors'
import type { ExitCode } from '../../src/cli/exit-code.ts'
import { runCommandLine } from '../../src/cli/program.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

export type Run = { readonly code: ExitCode; readonly out: string; readonly err: string; readonly questions: readonly string[] }
export type RunOptions = {
  readonly url?: string
  readonly environment?: { readonly baseUrl?: string; readonly apiKey?: string }
  /** Answers every question; without it nobody can be asked. */
  readonly answer?: boolean
  readonly tty?: boolean
}

/** `--url` is appended where `options.url` is given. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { terminal, out, err, questions } = memoryTerminal(options)
  const all = options.url === undefined ? args : [...args, '--url', options.url]
  const code = await runCommandLine(all, terminal, { baseUrl: options.environment?.baseUrl, apiKey: options.environment?.apiKey })
  return { code, out: out.join('\n'), err: err.join('\n'), questions }
}

export function memoryTerminal(options: Pick<RunOptions, 'answer' | 'tty'> = {}) {
  const out: string[] = []
  const err: string[] = []
  const questions: string[] = []
  const { answer, tty = false } = options
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    draw: (text) => void err.push(text),
    drained: () => Promise.resolve(),
    outIsTty: tty,
    errIsTty: tty,
    columns: 100,
    colours: pc.createColors(tty),
    ask:
      answer === undefined
        ? undefined
        : (question) => {
            questions.push(question)
            return Promise.resolve(answer)
          },
  }
  return { terminal, out, err, questions }
}
