/** Commands that talk to a running service. Each loads its code only when it is used. */
import { Option, type Command } from 'commander'
import { ORDER_ROLES } from '../domain/ids.ts'
import { STATS_GROUPS } from '../domain/wire.ts'
import type { CloseOptions } from './commands/close.ts'
import type { OrdersOptions } from './commands/orders.ts'
import type { PositionsOptions } from './commands/positions.ts'
import type { SignalOptions } from './commands/signal.ts'
import type { StatsOptions } from './commands/stats.ts'
import { addControlCommands } from './control-commands.ts'
import { LomsClient } from './http-client.ts'
import { apiKey, direction, httpUrl, isoTime, positiveNumber, rowLimit, wholeNumber } from './option-values.ts'
import type { Surroundings } from './program.ts'
import type { Session } from './session.ts'

const DEFAULT_URL = 'http://127.0.0.1:8000'

type ConnectionOptions = { readonly json?: boolean; readonly url?: string; readonly key?: string }

export function addServiceCommands(program: Command, surroundings: Surroundings): void {
  addReadCommands(program, surroundings)
  addListCommands(program, surroundings)
  addSignalCommand(program, surroundings)
  addCloseCommand(program, surroundings)
  addControlCommands(program, surroundings, { serviceCommand, sessionOf })
}

/** A command with the options of every command that talks to the service, and an example in its help. */
export function serviceCommand(program: Command, name: string, description: string, example: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json', 'print JSON')
    .addOption(new Option('--url <address>', `address of the service (default LOMS_BASE_URL, else ${DEFAULT_URL})`).argParser(httpUrl))
    .addOption(new Option('--key <key>', 'API key (default LOMS_API_KEY, which other users of this machine cannot see)').argParser(apiKey))
    .addHelpText('after', `\nExample:\n  ${example}`)
}

/** The connection of a command by its options and the environment. */
export function sessionOf(command: Command, { terminal, environment }: Surroundings): Session {
  const options = command.opts<ConnectionOptions>()
  const url = options.url ?? fromEnvironment(command, 'LOMS_BASE_URL', environment.baseUrl, httpUrl) ?? DEFAULT_URL
  const key = options.key ?? fromEnvironment(command, 'LOMS_API_KEY', environment.apiKey, apiKey)
  return { terminal, client: new LomsClient({ url, key }), json: options.json === true }
}

/** A value of the environment, held to the same rules as its option. */
function fromEnvironment(command: Command, name: string, value: string | undefined, read: (given: string) => string): string | undefined {
  if (value === undefined) return undefined
  try {
    return read(value)
  } catch (error) {
    return command.error(`error: environment variable ${name} is invalid. ${error instanceof Error ? error.message : ''}`)
  }
}

function addReadCommands(program: Command, surroundings: Surroundings): void {
  serviceCommand(program, 'health', 'is the service well? (exit code 3 if not)', 'loms health').action(async (_: unknown, command: Command) => {
    const { showHealth } = await import('./commands/health.ts')
    surroundings.finish(await showHealth(sessionOf(command, surroundings)))
  })
  serviceCommand(program, 'stats', 'what the closed positions earned', 'loms stats --group-by symbol --from 2026-11-01')
    .addOption(new Option('--group-by <what>', 'one row per group').choices(STATS_GROUPS))
    .addOption(new Option('--from <time>', 'opened at or after (ISO, UTC)').argParser(isoTime))
    .addOption(new Option('--to <time>', 'opened before (ISO, UTC)').argParser(isoTime))
    .action(async (options: StatsOptions, command: Command) => {
      const { showStats } = await import('./commands/stats.ts')
      surroundings.finish(await showStats(sessionOf(command, surroundings), options))
    })
  serviceCommand(program, 'price', 'every price the feed has of a symbol', 'loms price BTCUSDT')
    .argument('<symbol>', 'e.g. BTCUSDT')
    .action(async (symbol: string, _: unknown, command: Command) => {
      const { showPrice } = await import('./commands/price.ts')
      surroundings.finish(await showPrice(sessionOf(command, surroundings), symbol))
    })
}

function addListCommands(program: Command, surroundings: Surroundings): void {
  serviceCommand(program, 'positions', 'the newest positions, oldest of them first', 'loms positions --status open --symbol BTCUSDT')
    .addOption(new Option('--status <status>', 'only these').choices(['open', 'closed', 'cancelled']))
    .option('--symbol <symbol>', 'only this symbol')
    .option('--strategy <name>', 'only this strategy')
    .addOption(new Option('--limit <n>', 'the newest n (default 1000)').argParser(rowLimit))
    .action(async (options: PositionsOptions, command: Command) => {
      const { showPositions } = await import('./commands/positions.ts')
      surroundings.finish(await showPositions(sessionOf(command, surroundings), options))
    })
  serviceCommand(program, 'orders', 'orders, newest first', 'loms orders --role stop-loss')
    .addOption(new Option('--role <role>', 'why they were placed (default entry)').choices(ORDER_ROLES))
    .addOption(new Option('--limit <n>', 'the newest n').argParser(rowLimit))
    .action(async (options: OrdersOptions, command: Command) => {
      const { showOrders } = await import('./commands/orders.ts')
      surroundings.finish(await showOrders(sessionOf(command, surroundings), options))
    })
}

function addSignalCommand(program: Command, surroundings: Surroundings): void {
  serviceCommand(
    program,
    'signal',
    'send a trading signal, as a bot would (exit code 0 if a position was opened)',
    'loms signal --symbol BTCUSDT --side long --price 64000 --tp 4.5 --sl 1.5',
  )
    .requiredOption('--symbol <symbol>', 'e.g. BTCUSDT')
    .addOption(new Option('--side <side>', 'long, short, buy or sell').argParser(direction).makeOptionMandatory())
    .addOption(new Option('--price <price>', 'entry price').argParser(positiveNumber).makeOptionMandatory())
    .addOption(new Option('--tp <percent>', 'take-profit, percent from the entry (default of the service)').argParser(positiveNumber))
    .addOption(new Option('--sl <percent>', 'stop-loss, percent from the entry (default of the service)').argParser(positiveNumber))
    .addOption(new Option('--qty <quantity>', 'size (default of the service)').argParser(positiveNumber))
    .option('--strategy <name>', 'name of the strategy')
    .option('--exchange <name>', 'name of the exchange')
    .addOption(new Option('--timeframe <minutes>', 'candle length').argParser(wholeNumber))
    .addOption(new Option('--timestamp <time>', 'time of the signal (ISO, UTC; default now)').argParser(isoTime))
    .option('--id <id>', 'signal id: the same id never opens twice')
    .option('--dry-run', 'all checks with their numbers, and the verdict; nothing is recorded')
    .action(async (options: SignalOptions & { readonly dryRun?: boolean }, command: Command) => {
      const [{ sendSignal, signalBody }, { dryRunSignal }] = await Promise.all([import('./commands/signal.ts'), import('./commands/dry-run.ts')])
      const session = sessionOf(command, surroundings)
      const sent = options.dryRun === true ? dryRunSignal(session, signalBody(options, surroundings.now())) : sendSignal(session, options, surroundings.now())
      surroundings.finish(await sent)
    })
}

function addCloseCommand(program: Command, surroundings: Surroundings): void {
  serviceCommand(program, 'close', 'close a position, or all, at the market', 'loms close 12 --reason "news at 14:30"')
    .argument('[id]', 'id of the position', wholeNumber)
    .option('--all', 'every open position')
    .addOption(new Option('--qty <quantity>', 'only this much of the position').argParser(positiveNumber))
    .addOption(new Option('--pct <percent>', 'only this part of what is open').argParser(positiveNumber))
    .addOption(new Option('--stated-price <price>', 'live: nothing is sent; book the end of a position that vanished from the account at the price in its history').argParser(positiveNumber))
    .option('--reason <text>', 'kept in the history of the position')
    .option('--yes', 'do not ask (--all asks)')
    .action(async (id: number | undefined, options: CloseOptions, command: Command) => {
      const { closePositions } = await import('./commands/close.ts')
      surroundings.finish(await closePositions(sessionOf(command, surroundings), id, options))
    })
}
