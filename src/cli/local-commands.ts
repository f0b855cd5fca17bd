/** Commands that work without a running service. Each loads its code only when it is used. */
import { Option, type Command } from 'commander'
import type { CandlePath } from '../prices/recorded/candle-path.ts'
import { EXIT } from './exit-code.ts'
import { assignment, collect, moment, port, positiveNumber, wholeNumber, type Assignment, type Moment } from './option-values.ts'
import type { Surroundings } from './program.ts'

export function addLocalCommands(program: Command, surroundings: Surroundings): void {
  addServiceStart(program, surroundings)
  addConfigCommand(program, surroundings)
  addSimulateCommand(program, surroundings)
  addWhatIfCommand(program, surroundings)
  addReplayCommand(program, surroundings)
  addEmulatorCommand(program, surroundings)
  addBundleCommand(program, surroundings)
}

const localCommand = (program: Command, name: string, description: string, json: string, example: string): Command =>
  program.command(name).description(description).option('--json', json).addHelpText('after', `\nExample:\n  ${example}`)

// Written out: the list itself lives beside the price reader, which only a simulation loads.
const CANDLE_PATHS: readonly CandlePath[] = ['auto', 'ohlc', 'olhc']
const SETTING = 'a setting for this run, beats environment and .env (repeatable)'

function addServiceStart(program: Command, surroundings: Surroundings): void {
  const json = 'no effect: the log is JSON wherever stdout is not a terminal'
  localCommand(program, 'serve', 'run the service until it is stopped (settings: `loms config`)', json, 'loms serve').action(async () => {
    const { startService } = await import('./wiring.ts')
    await startService()
  })
  localCommand(program, 'demo', 'service, bot and live view on recorded prices, in under a minute', 'print the result as JSON', 'loms demo --live')
    .option('--live', 'live mode against an emulated exchange, with accidents')
    .addOption(new Option('--exchange <name>', 'with --live: whose API the exchange speaks').choices(['bybit', 'bitget']).default('bitget'))
    .action(async ({ json, live, exchange }: { readonly json?: boolean; readonly live?: boolean; readonly exchange: 'bybit' | 'bitget' }) => {
      const [{ runDemo }, { runLiveDemo }] = await Promise.all([import('../demo/demo.ts'), import('../demo/live/live-demo.ts')])
      const shown = live === true ? runLiveDemo(surroundings.terminal, { json: json === true, exchange }) : runDemo(surroundings.terminal, json === true)
      surroundings.finish((await shown) ? EXIT.ok : EXIT.failed)
    })
}

function addConfigCommand(program: Command, surroundings: Surroundings): void {
  localCommand(program, 'config', 'every setting in force, its value and where it came from', 'print JSON', 'loms config --set MAX_OPEN_POSITIONS=5')
    .addOption(new Option('--set <NAME=VALUE>', SETTING).argParser(assignment))
    .action(async (options: { readonly json?: boolean; readonly set?: readonly Assignment[] }) => {
      const [{ showConfig }, { readEffectiveSettings }] = await Promise.all([import('./commands/config.ts'), import('./wiring.ts')])
      const overrides = Object.fromEntries((options.set ?? []).map(({ name, value }) => [name, value]))
      surroundings.finish(showConfig(surroundings.terminal, options.json === true, await readEffectiveSettings(overrides)))
    })
}

type SimulateArguments = {
  readonly json?: boolean
  readonly signals: string
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  readonly set?: readonly Assignment[]
}

function addSimulateCommand(program: Command, surroundings: Surroundings): void {
  const example = 'loms simulate --signals signals.jsonl --prices btcusdt-1m.csv.gz --set MAX_OPEN_POSITIONS=5 --json'
  const json = 'print positions, stats, signals and run as JSON'
  localCommand(program, 'simulate', 'recorded signals on recorded prices, as fast as the machine allows', json, example)
    .requiredOption('--signals <file>', 'JSON Lines, each a body of POST /signals/bounce')
    .addOption(new Option('--prices <file>', 'ticks or klines as CSV, also .gz (repeatable: merged by time)').argParser(collect).makeOptionMandatory())
    .addOption(new Option('--candle-path <path>', 'order of high and low inside a candle').choices(CANDLE_PATHS).default('auto'))
    .addOption(new Option('--set <NAME=VALUE>', SETTING).argParser(assignment))
    .action(async ({ json: asJson, signals, prices, candlePath, set }: SimulateArguments) => {
      const [{ runSimulate }, { simulate }] = await Promise.all([import('./commands/simulate.ts'), import('./wiring.ts')])
      const options = { signals, prices, candlePath, set: set ?? [] }
      surroundings.finish(await runSimulate(surroundings.terminal, asJson === true, options, simulate))
    })
}

type WhatIfArguments = {
  readonly json?: boolean
  readonly signals?: string
  readonly journal?: string
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  readonly set?: readonly Assignment[]
  readonly variant?: readonly string[]
  readonly svg?: string
}

function addWhatIfCommand(program: Command, surroundings: Surroundings): void {
  const example = 'loms whatif --signals signals.jsonl --prices btcusdt-1m.csv.gz --variant trail:exit_strategy=tp_sl_trailing_v1,trail_distance_pct=0.4..1.2/0.1 --variant few:MAX_OPEN_POSITIONS=2'
  const command = localCommand(program, 'whatif', 'the same signals and prices with other exits or limits, side by side', 'print the results as JSON', example)
  command
    .option('--signals <file>', 'JSON Lines, each a body of POST /signals/bounce')
    .addOption(new Option('--journal <dir>', 'the signals that the service of this data directory received, instead of --signals').conflicts('signals'))
    .addOption(new Option('--prices <file>', 'ticks or klines as CSV, also .gz (repeatable: merged by time)').argParser(collect).makeOptionMandatory())
    .addOption(new Option('--candle-path <path>', 'order of high and low inside a candle').choices(CANDLE_PATHS).default('auto'))
    .addOption(new Option('--set <NAME=VALUE>', 'a setting for the baseline and every variant (repeatable)').argParser(assignment))
    .addOption(new Option('--variant <name:key=value,…>', 'exit strategy, exit parameters, tp_pct, sl_pct or settings in capitals; null switches off, 0.4..1.2/0.1 is a grid (repeatable)').argParser(collect))
    .option('--svg <dir>', 'write an equity curve of every variant into this folder')
    .action(async ({ json, signals, journal, prices, candlePath, set, variant, svg }: WhatIfArguments) => {
      const source = signals !== undefined ? { file: signals } : journal !== undefined ? { journal } : undefined
      if (source === undefined) return command.error("error: required option '--signals <file>' or '--journal <dir>' not specified")
      const [{ runWhatIf }, { whatIf }] = await Promise.all([import('./commands/whatif.ts'), import('./wiring.ts')])
      const options = { signals: source, prices, candlePath, set: set ?? [], variants: variant ?? [], pictures: svg ?? null }
      surroundings.finish(await runWhatIf(surroundings.terminal, json === true, options, whatIf))
    })
}

type ReplayArguments = { readonly json?: boolean; readonly until?: Moment; readonly check?: boolean; readonly position?: number }

function addReplayCommand(program: Command, surroundings: Surroundings): void {
  const description = 'the state at any moment of a journal, and whether it can be proven'
  localCommand(program, 'replay', description, 'print JSON', 'loms replay state/data/dev --until 1500 --check')
    .argument('<source>', 'a journal file, a data directory or a bundle')
    .addOption(new Option('--until <seq|time>', 'stop after this record or time (ISO, UTC)').argParser(moment))
    .option('--check', 'compare full fold, checkpoint and tail, recorded commands and state hashes')
    .addOption(new Option('--position <id>', 'the history of one position').argParser(wholeNumber))
    .action(async (source: string, { json, until, check, position }: ReplayArguments) => {
      const [{ runReplay }, { replay }] = await Promise.all([import('./commands/replay.ts'), import('./wiring.ts')])
      const options = { source, until: until ?? null, check: check === true, positionId: position ?? null }
      surroundings.finish(await runReplay(surroundings.terminal, json === true, options, replay))
    })
}

type EmulatorArguments = { readonly json?: boolean; readonly venue: 'bybit' | 'bitget'; readonly port: number; readonly seed: number; readonly prices?: readonly string[]; readonly speed: number }

function addEmulatorCommand(program: Command, surroundings: Surroundings): void {
  const example = 'loms exchange-emulator --venue bitget --port 8090 --prices btcusdt-ticks.csv.gz'
  localCommand(program, 'exchange-emulator', 'a venue on this machine to rehearse live trading with, without money', 'print address and keys as JSON', example)
    .addOption(new Option('--venue <name>', 'whose API it speaks').choices(['bybit', 'bitget']).default('bybit'))
    .addOption(new Option('--port <port>', 'where it listens; 0 takes a free port').argParser(port).default(8090))
    .addOption(new Option('--seed <n>', 'the same seed invents the same prices').argParser(wholeNumber).default(1))
    .addOption(new Option('--prices <file>', 'recorded prices instead of invented ones: ticks or klines as CSV, also .gz (repeatable)').argParser(collect))
    .addOption(new Option('--speed <factor>', 'recorded seconds per second').argParser(positiveNumber).default(1))
    .action(async ({ json, prices, ...options }: EmulatorArguments) => {
      const [{ runExchangeEmulator }, { startExchangeEmulator }] = await Promise.all([import('./commands/exchange-emulator.ts'), import('./wiring.ts')])
      surroundings.finish(await runExchangeEmulator(surroundings.terminal, json === true, { ...options, prices: prices ?? [] }, startExchangeEmulator))
    })
}

type BundleArguments = { readonly json?: boolean; readonly data?: string; readonly position?: number; readonly from?: Moment; readonly to?: Moment; readonly out?: string }

function addBundleCommand(program: Command, surroundings: Surroundings): void {
  const command = localCommand(program, 'bundle', 'an incident in one file: records, the state before them, quotes, what the exchange was asked and answered, settings without secrets', 'print what was written as JSON', 'loms bundle --position 12')
  command
    .option('--data <dir>', 'data directory of the service (default DATA_DIR of the settings)')
    .addOption(new Option('--position <id>', 'from the signal of this position to its last record').argParser(wholeNumber).conflicts(['from', 'to']))
    .addOption(new Option('--from <seq|time>', 'from this record or time on (ISO, UTC)').argParser(moment))
    .addOption(new Option('--to <seq|time>', 'up to this record or time (ISO, UTC)').argParser(moment))
    .option('--out <file>', 'where to write it (default loms-bundle-….jsonl here)')
    .action(async ({ json, data, position, from, to, out }: BundleArguments) => {
      if (position === undefined && from === undefined && to === undefined) return command.error("error: required option '--position <id>', '--from <seq|time>' or '--to <seq|time>' not specified")
      const [{ showBundle }, { bundle }] = await Promise.all([import('./commands/bundle.ts'), import('./wiring.ts')])
      const slice = position === undefined ? ({ kind: 'span', from: from ?? null, to: to ?? null } as const) : ({ kind: 'position', id: position } as const)
      const now = surroundings.now()
      const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
      const file = out ?? `loms-bundle-${position === undefined ? stamp : `position-${position}`}.jsonl`
      surroundings.finish(showBundle(surroundings.terminal, json === true, await bundle(data ?? null, file, slice, now)))
    })
}
