/** `loms stats`: what the closed positions earned. */
import type { GroupedStats } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printJson, reportFailure, type Session } from '../session.ts'
import { renderStats } from '../stats-table.ts'

export type StatsOptions = { readonly groupBy?: string; readonly from?: string; readonly to?: string }

export async function showStats(session: Session, options: StatsOptions): Promise<ExitCode> {
  const answer = await session.client.get<GroupedStats>('/stats', 'object', { group_by: options.groupBy, from: options.from, to: options.to })
  if (answer.kind !== 'ok') return reportFailure(session, answer)
  if (session.json) printJson(session.terminal, answer.body)
  else session.terminal.out(renderStats(answer.body, options.groupBy, session.terminal.colours))
  return EXIT.ok
}
