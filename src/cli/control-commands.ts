/** Commands that set the trading state. */
import { Option, type Command } from 'commander'
import type { AdoptOptions } from './commands/adopt.ts'
import type { ControlOptions } from './commands/control.ts'
import type { PanicOptions } from './commands/panic.ts'
import { positiveNumber, wholeNumber } from './option-values.ts'
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
  addAccountCommands(program, surroundings, commands)
  addPanicCommands(program, surroundings, commands)
}

function addAccountCommands(program: Command, surroundings: Surroundings, { serviceCommand, sessionOf }: ServiceCommands): void {
  serviceCommand(program, 'reconcile', 'live: compare the account with the journal now', 'loms reconcile').action(async (_: unknown, command: Command) => {
    const { reconcileNow } = await import('./commands/adopt.ts')
    surroundings.finish(await reconcileNow(sessionOf(command, surroundings)))
  })
  serviceCommand(program, 'adopt', 'live: take over a position of the account that LOMS did not open', 'loms adopt ETHUSDT --side long --sl 2900 --reason "opened by hand, LOMS shall manage it"')
    .argument('<symbol>', 'e.g. ETHUSDT')
    .addOption(new Option('--side <side>', 'as the account holds it').choices(['long', 'short']).makeOptionMandatory())
    .addOption(new Option('--sl <price>', 'where its stop is placed').argParser(positiveNumber).makeOptionMandatory())
    .addOption(new Option('--tp <price>', 'where its target is placed (default: none)').argParser(positiveNumber))
    .option('--strategy <name>', 'the strategy it counts for (default: adopted)')
    .requiredOption('--reason <text>', 'kept in the journal')
    .option('--dry-run', 'only say what would be done')
    .option('--yes', 'do not ask')
    .action(async (symbol: string, options: AdoptOptions, command: Command) => {
      const { adoptPosition } = await import('./commands/adopt.ts')
      surroundings.finish(await adoptPosition(sessionOf(command, surroundings), symbol, options))
    })
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
