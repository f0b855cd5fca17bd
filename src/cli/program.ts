/** The command line as a whole: from arguments to an exit code, without ending the process. */
import { Command, CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit-code.ts'
import type { ClientEnvironment } from './environment.ts'
import { addLocalCommands } from './local-commands.ts'
import { addOperationCommands } from './operation-commands.ts'
import { addReportCommands } from './report-commands.ts'
import { addServiceCommands } from './service-commands.ts'
import type { Terminal } from './terminal.ts'
import { productVersion } from '../version.ts'

/** What the commands need from outside, and how they hand back their exit code. */
export type Surroundings = {
  readonly terminal: Terminal
  readonly environment: ClientEnvironment
  readonly now: () => Date
  readonly finish: (code: ExitCode) => void
}

/** Runs one command line (without `node` and the script's name). */
export async function runCommandLine(args: readonly string[], terminal: Terminal, environment: ClientEnvironment): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  const program = createProgram({ terminal, environment, now: () => new Date(), finish: (code) => (exitCode = code) })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has written help, version or the usage error already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    terminal.err(`loms failed unexpectedly: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.failed
  }
}

function createProgram(surroundings: Surroundings): Command {
  const { terminal } = surroundings
  const program = new Command('loms')
    .description('Live Order Management System: turns the signals of your bot into positions and owns them until they are closed.')
    .version(productVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text.trimEnd()), writeErr: (text) => terminal.err(text.trimEnd()) })
    .configureHelp({ helpWidth: terminal.columns })
    .showHelpAfterError('(--help shows what is allowed)')
    .addHelpText(
      'after',
      `
Start:     loms demo                 watch positions live and close, nothing else needed
           loms serve                run the service
Then:      loms health               is it well?
           loms signal --symbol BTCUSDT --side long --price 64000 --tp 4.5 --sl 1.5
           loms positions            what became of it
Exit code: 0 ok, 1 failed, 2 wrong usage, 3 unhealthy, 4 service unreachable`,
    )
  addServiceCommands(program, surroundings)
  addLocalCommands(program, surroundings)
  addReportCommands(program, surroundings)
  addOperationCommands(program, surroundings)
  return program
}
