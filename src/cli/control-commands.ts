/** Commands that set the trading state. */
import type { Command } from 'commander'
import type { ControlOptions } from './commands/control.ts'
import type { PanicOptions } from './commands/panic.ts'
import { wholeNumber } from './option-values.ts'
import type { Surroundings } from './program.ts'
import type { Session } from './session.ts'

/** How a command that talks to the service is made, and what it has at hand. */
export type ServiceCommands = {
  readonly serviceCommand: (program: Command, name: string, description: string, example: string) => Command
  readonly sessionOf: (command: Command, surroundings: Surroundings) => Session
}

const COMMANDS = [
  { action: 'pause', description: 'no new entries from now on; open positions stay managed', example: 'loms pause --reason "maintenance of the bot"' },
  { action: 'resume', description: 'allow entries again after a pause', example: 'loms resume --reason "maintenance done"' },
  { action: 'arm', description: 'live: take entries, after a fresh look at the account', example: 'loms arm --reason "first day on the sub-account"' },
  { action: 'reset-kill-switch', description: 'lift a halt; loss limits count from here', example: 'loms reset-kill-switch --reason "stop distance was wrong, fixed"' },
] as const

export function addControlCommands(program: Command, surroundings: Surroundings, commands: ServiceCommands): void {
  const { serviceCommand, sessionOf } = commands
  for (const { action, description, example } of COMMANDS) {
    serviceCommand(program, action, description, example)
      .requiredOption('--reason <text>', 'kept in the journal')
      .option('--account <label>', 'only this account (default: all)')
      .option('--yes', 'accepted for scripts; this command never asks')
      .action(async (options: ControlOptions, command: Command) => {
        const { setTrading } = await import('./commands/control.ts')
        surroundings.finish(await setTrading(sessionOf(command, surroundings), action, options))
      })
  }
  addPanicCommands(program, surroundings, commands)
}

function addPanicCommands(program: Command, surroundings: Surroundings, { serviceCommand, sessionOf }: ServiceCommands): void {
  serviceCommand(program, 'panic', 'take no entries, close everything at the market, prove it; also with a dead service', 'loms panic --reason "exchange hacked" --yes')
    .requiredOption('--reason <text>', 'kept in the journal')
    .option('--account <label>', 'only this account (default: all)')
    .option('--yes', 'do not ask')
    .action(async (options: PanicOptions, command: Command) => {
      const [{ panic }, { panicDirectly, bundle, dataDirectory }] = await Promise.all([import('./commands/panic.ts'), import('./wiring.ts')])
      surroundings.finish(await panic(sessionOf(command, surroundings), options, panicDirectly, { bundle, dataDirectory, now: surroundings.now }))
    })
  program
    .command('drill')
    .description('rehearse a panic on paper, apart from the running service, and time every step')
    .option('--json', 'print JSON')
    .option('--positions <n>', 'so many positions (default 10)', wholeNumber, 10)
    .addHelpText('after', '\nExample:\n  loms drill --positions 100')
    .action(async ({ json, positions }: { readonly json?: boolean; readonly positions: number }) => {
      const [{ showDrill }, { drill }] = await Promise.all([import('./commands/drill.ts'), import('./wiring.ts')])
      surroundings.finish(showDrill(surroundings.terminal, json === true, await drill(positions, surroundings.now())))
    })
}
