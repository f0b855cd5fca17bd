/** `loms close`: closes one position, a part of it, or all that are open, at the market. */
import type { PositionView } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { money, price, text } from '../format.ts'
import type { Answer, Failure } from '../http-client.ts'
import { failureLines, printJson, reportFailure, type Session } from '../session.ts'

export type CloseOptions = { readonly all?: boolean; readonly qty?: number; readonly pct?: number; readonly statedPrice?: number; readonly reason?: string; readonly yes?: boolean }

/** Exit code 0 when everything asked for is closed; a close that is still under way is a failure of this command. */
export async function closePositions(session: Session, id: number | undefined, options: CloseOptions): Promise<ExitCode> {
  if ((id === undefined) === (options.all !== true)) {
    session.terminal.err('name one position (`loms close 12`) or all of them (`loms close --all`)')
    return EXIT.usage
  }
  const partial = options.qty !== undefined || options.pct !== undefined
  if (partial && (id === undefined || (options.qty !== undefined && options.pct !== undefined))) {
    session.terminal.err('a part is closed of one position, by --qty or by --pct')
    return EXIT.usage
  }
  if (options.statedPrice !== undefined && (id === undefined || partial || options.reason === undefined)) {
    session.terminal.err('--stated-price books the end of one position that vanished, as a whole, and needs --reason: say where the price was read')
    return EXIT.usage
  }
  if (id === undefined) return closeAll(session, options)
  return partial ? closePart(session, id, options) : closeOne(session, id, options)
}

/** Exit code 0 once the part is closed. */
async function closePart(session: Session, id: number, { qty, pct, reason }: CloseOptions): Promise<ExitCode> {
  const answer = await session.client.post<PositionView>(`/positions/${id}/partial-close`, { qty, pct, reason })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  const underWay = answer.status === 202
  if (session.json) printJson(session.terminal, answer.body)
  else session.terminal.out(underWay || answer.body.status !== 'open' ? closedText(answer.body) : `${nameOf(answer.body)}: a part is closed, ${price(answer.body.open_qty)} of ${price(answer.body.qty)} still open`)
  return underWay ? EXIT.failed : EXIT.ok
}

const nameOf = (position: PositionView): string => `position ${position.id} (${text(position.symbol)} ${text(position.side)})`

const requestClose = (session: Session, id: number, { reason, statedPrice }: { readonly reason?: string | undefined; readonly statedPrice?: number }): Promise<Answer<PositionView>> =>
  session.client.post<PositionView>(`/positions/${id}/close`, { reason, stated_price: statedPrice })

async function closeOne(session: Session, id: number, options: CloseOptions): Promise<ExitCode> {
  const answer = await requestClose(session, id, options)
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  if (session.json) printJson(session.terminal, answer.body)
  else session.terminal.out(closedText(answer.body))
  return answer.body.status === 'open' ? EXIT.failed : EXIT.ok
}

function closedText(position: PositionView): string {
  const name = nameOf(position)
  if (position.status === 'open') return `${name} is still ${text(position.state)}: look again with \`loms positions --status open\``
  if (position.status === 'cancelled') return `${name} cancelled before its entry was filled`
  return `${name} closed at ${price(position.close_price)}, pnl ${money(position.pnl)}, reason ${text(position.auto_close_reason)}`
}

/** Requests under way at the same time. */
const CLOSES_AT_ONCE = 8

async function closeAll(session: Session, options: CloseOptions): Promise<ExitCode> {
  const { terminal, client } = session
  const open = await client.get<readonly PositionView[]>('/positions', 'array', { status: 'open', limit: 100_000 })
  if (open.kind !== 'ok') return reportFailure(session, open)
  if (open.body.length > 0 && options.yes !== true) {
    if (terminal.ask === undefined) {
      terminal.err('closing all positions needs a confirmation: run it in a terminal, or add --yes')
      return EXIT.usage
    }
    if (!(await terminal.ask(`Close ${open.body.length} open position${open.body.length === 1 ? '' : 's'} at the market?`))) {
      terminal.err('nothing closed')
      return EXIT.failed
    }
  }
  const results = await closeEach(session, open.body, options.reason)
  return reportAll(session, results)
}

type CloseResult = { readonly position: PositionView; readonly failure: Failure | null }

async function closeEach(session: Session, positions: readonly PositionView[], reason: string | undefined): Promise<readonly CloseResult[]> {
  const waiting = positions.entries()
  const results: CloseResult[] = []
  const worker = async () => {
    for (const [index, position] of waiting) {
      const answer = await requestClose(session, position.id, { reason })
      results[index] = answer.kind === 'ok' ? { position: answer.body, failure: null } : { position, failure: answer }
    }
  }
  await Promise.all(Array.from({ length: CLOSES_AT_ONCE }, worker))
  return results
}

function reportAll(session: Session, results: readonly CloseResult[]): ExitCode {
  const { terminal, client } = session
  const left = results.filter(({ position }) => position.status === 'open')
  if (session.json) printJson(terminal, { closed: results.length - left.length, left: left.length, positions: results.map(({ position }) => position) })
  else {
    for (const { position, failure } of results) if (failure === null) terminal.out(closedText(position))
    terminal.out(results.length === 0 ? 'no open positions' : `${results.length - left.length} closed, ${left.length} still open`)
  }
  for (const { position, failure } of results) {
    if (failure !== null) terminal.err(`position ${position.id}: ${failureLines(client.url, failure).join('; ')}`)
  }
  if (left.length === 0) return EXIT.ok
  return left.every(({ failure }) => failure?.kind === 'unreachable') ? EXIT.unreachable : EXIT.failed
}
