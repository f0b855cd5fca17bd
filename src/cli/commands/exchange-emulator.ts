/** `loms exchange-emulator`: a venue on this machine to rehearse live trading with. */
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printJson } from '../session.ts'
import { renderPairs } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export type EmulatorOptions = {
  readonly venue: 'bybit' | 'bitget'
  readonly port: number
  readonly seed: number
  readonly prices: readonly string[]
  readonly speed: number
}
export type RunningEmulator = {
  readonly httpUrl: string
  readonly wsUrl: string
  readonly apiKey: string
  readonly secret: string
  readonly password: string
  readonly symbols: readonly string[]
  readonly stop: () => Promise<void>
}
export type EmulatorOutcome = { readonly ok: true; readonly emulator: RunningEmulator } | { readonly ok: false; readonly problem: string }

const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })

/** Runs until it is interrupted; prints where it is and the keys it takes. */
export async function runExchangeEmulator(
  terminal: Terminal,
  json: boolean,
  options: EmulatorOptions,
  start: (options: EmulatorOptions) => Promise<EmulatorOutcome>,
  untilStopped: () => Promise<void> = interrupted,
): Promise<ExitCode> {
  const outcome = await start(options)
  if (!outcome.ok) {
    terminal.err(outcome.problem)
    return EXIT.failed
  }
  const { stop, symbols, ...emulator } = outcome.emulator
  const shown = { venue: options.venue, ...emulator, symbols }
  if (json) printJson(terminal, shown)
  else terminal.out(renderEmulator(options, outcome.emulator))
  await untilStopped()
  await stop()
  return EXIT.ok
}

const renderEmulator = ({ venue, prices }: EmulatorOptions, { httpUrl, wsUrl, apiKey, secret, password, symbols }: RunningEmulator): string =>
  [
    renderPairs([
      ['venue', `${venue}, emulated: no money, no network`],
      ['REST', httpUrl],
      ['websocket', wsUrl],
      ['key', apiKey],
      ['secret', secret],
      ...(venue === 'bitget' ? [['passphrase', password] as const] : []),
      ['symbols', symbols.join(', ')],
      ['prices', prices.length === 0 ? 'invented' : prices.join(', ')],
    ]),
    '',
    `its truth:  curl ${httpUrl}/_emulator/state`,
    `a price:    curl -d '{"symbol":"${symbols[0]}","last":"60000"}' ${httpUrl}/_emulator/price`,
    `a fault:    curl -d '{"calls":[{"match":{"call":"stop"},"do":{"kind":"code","when":"before","code":"${venue === 'bybit' ? 10016 : 40015}"}}]}' ${httpUrl}/_emulator/faults`,
    'Ctrl-C stops it.',
  ].join('\n')
