/** `loms positions`: the newest positions that match, oldest of them first. */
import type { PositionView } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { Answer, LomsClient, Query } from '../http-client.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderPositions } from '../position-table.ts'

export type PositionsOptions = {
  readonly status?: string
  readonly symbol?: string
  readonly strategy?: string
  readonly limit?: number
}

export async function showPositions(session: Session, options: PositionsOptions): Promise<ExitCode> {
  const { limit, ...filter } = { status: options.status, symbol: options.symbol, strategy: options.strategy, limit: options.limit }
  const answer = await newestPositions(session.client, filter, limit)
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  if (session.json) printJson(session.terminal, answer.body)
  else printTable(session, answer.body, answer.total ?? answer.body.length)
  return EXIT.ok
}

function printTable({ terminal }: Session, positions: readonly PositionView[], total: number): void {
  if (positions.length === 0) return terminal.out('no positions')
  terminal.out(renderPositions(positions, terminal.colours))
  if (total > positions.length) terminal.err(`the newest ${positions.length} of ${total}; --limit N shows more`)
}

/** Pages of the service begin with the oldest position; without a limit it gives the newest 1,000. */
const NEWEST_PAGE = 1_000
const LARGEST_PAGE = 100_000

/** The newest `limit` positions in ascending order. */
export async function newestPositions(client: LomsClient, filter: Query, limit: number | undefined): Promise<Answer<readonly PositionView[]>> {
  if (limit === undefined || limit <= NEWEST_PAGE) {
    const answer = await client.get<readonly PositionView[]>('/positions', 'array', filter)
    return answer.kind === 'ok' && limit !== undefined ? { ...answer, body: answer.body.slice(-limit) } : answer
  }
  let answer = await client.get<readonly PositionView[]>('/positions', 'array', { ...filter, limit: LARGEST_PAGE })
  let newest: readonly PositionView[] = []
  while (answer.kind === 'ok') {
    newest = [...newest, ...answer.body].slice(-limit)
    if (answer.next === null || answer.body.length === 0) return { ...answer, body: newest }
    answer = await client.get<readonly PositionView[]>(answer.next, 'array')
  }
  return answer
}
