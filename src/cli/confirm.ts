/** A question before something that cannot be undone. */
import { EXIT, type ExitCode } from './exit-code.ts'
import type { Terminal } from './terminal.ts'

/** Null: go on. Otherwise the exit code of a command that does nothing. */
export async function confirmed(terminal: Terminal, yes: boolean | undefined, question: string): Promise<ExitCode | null> {
  if (yes === true) return null
  if (terminal.ask === undefined) {
    terminal.err('this needs a confirmation: run it in a terminal, or add --yes')
    return EXIT.usage
  }
  if (await terminal.ask(question)) return null
  terminal.err('nothing done')
  return EXIT.failed
}
