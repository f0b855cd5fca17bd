/** `loms panic`: no entries, everything closed, and the proof of it. Also where the service is dead. */
import type { PanicReport } from '../../http/application.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { text } from '../format.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { confirmed } from '../confirm.ts'
import { bundlePanic, dataDirOf, type Evidence } from './panic-bundle.ts'

export type DirectPanic = { readonly ok: true; readonly report: PanicReport; readonly dataDir: string } | { readonly ok: false; readonly problems: readonly string[] }
export type PanicOptions = { readonly reason: string; readonly account?: string; readonly yes?: boolean }

/** One answer takes up to eight seconds: a minute in all. */
const ATTEMPTS = 8

/** Exit code 0 only when it is proven that nothing is open. */
export async function panic(session: Session, options: PanicOptions, directly: (reason: string) => Promise<DirectPanic>, evidence: Evidence): Promise<ExitCode> {
  const what = options.account === undefined ? 'everything' : `everything of ${options.account}`
  const refused = await confirmed(session.terminal, options.yes, `Close ${what} at the market and take no entries?`)
  if (refused !== null) return refused
  for (let attempt = 1; ; attempt += 1) {
    const answer = await session.client.post<PanicReport>('/control/panic', { reason: options.reason, account_label: options.account })
    if (answer.kind === 'unreachable') {
      reportFailure(session, answer)
      return panicWithoutService(session, options, directly, evidence)
    }
    if (answer.kind === 'problem') return reportFailure(session, answer)
    const { body } = answer
    if (body.flat || body.left.length === 0 || attempt === ATTEMPTS) {
      return report(session, body, session.client.url, evidence, isThisMachine(session.client.url) ? await dataDirOf(session.client) : null)
    }
    session.terminal.err(`${body.left.length} still open, waiting`)
  }
}

async function panicWithoutService(session: Session, { reason, account }: PanicOptions, directly: (reason: string) => Promise<DirectPanic>, evidence: Evidence): Promise<ExitCode> {
  const { terminal, client } = session
  if (!isThisMachine(client.url) || account !== undefined) {
    terminal.err('run `loms panic` without --account on the machine of the service: there it works on the data directory itself')
    return EXIT.unreachable
  }
  terminal.err('the service does not answer: working on the data directory itself')
  const outcome = await directly(reason)
  if (outcome.ok) return report(session, outcome.report, outcome.dataDir, evidence, outcome.dataDir)
  for (const problem of outcome.problems) terminal.err(problem)
  terminal.err('NOTHING IS PROVEN: look at the account itself')
  return EXIT.failed
}

const isThisMachine = (url: string): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)

/** The proof first; what cannot be kept of it changes nothing about it. */
async function report({ terminal, json }: Session, panicked: PanicReport, where: string, evidence: Evidence, dataDir: string | null): Promise<ExitCode> {
  if (!json) terminal.out(reportText(panicked, where, terminal.colours))
  const bundle = await bundlePanic(evidence, dataDir).catch((error: unknown) => ({ file: null, problems: [String(error)] }))
  if (json) printJson(terminal, { ...panicked, incident_bundle: bundle.file })
  else if (bundle.file !== null) terminal.out(`evidence: ${text(bundle.file)}, for \`loms replay\` and the page`)
  for (const problem of bundle.problems) terminal.err(`no incident bundle: ${text(problem)}; run \`loms bundle --from <time>\` beside the data directory of the service`)
  return panicked.flat ? EXIT.ok : EXIT.failed
}

function reportText({ reason, flat, closed, left, broker, steps }: PanicReport, where: string, colours: Session['terminal']['colours']): string {
  const holds = broker.flat === null ? `could not be asked (${text(broker.error)})` : broker.positions.map(({ symbol, side, qty }) => `${text(symbol)} ${text(side)} ${qty}`).join(', ') || 'nothing'
  return [
    `trading is halted (${text(reason)}) at ${where}`,
    ...steps.map(({ step, ms }) => `  ${String(ms).padStart(8)} ms  ${text(step)}`),
    `closed: ${closed}, still open: ${left.length}, the broker (${text(broker.name)}) holds: ${holds}`,
    ...left.map((position) => `  position ${position.position_id}: ${text(position.symbol)} ${text(position.side)} ${position.open_qty}, ${text(position.state)}`),
    flat ? colours.green('FLAT: nothing is open in LOMS, and nothing at the broker') : colours.red('NOT FLAT: see above, and look at the account itself'),
    'Stop the bot too. When the cause is found: loms reset-kill-switch --reason "…"',
  ].join('\n')
}
