/** The end of the demo: what became of every position, and whether the walk was really made. */
import type { LomsClient } from '../cli/http-client.ts'
import { renderPositions } from '../cli/position-table.ts'
import { failureLines, printJson } from '../cli/session.ts'
import { renderStats } from '../cli/stats-table.ts'
import type { Terminal } from '../cli/terminal.ts'
import type { PositionDetail, PositionView, Stats } from '../domain/wire.ts'
import type { DemoState } from './demo-state.ts'
import { WALK, walkedWhole } from './walk.ts'

/** Asks the service once more, prints, and says whether one position walked from pending to closed by stop or target. */
export async function printSummary(terminal: Terminal, client: LomsClient, state: DemoState, json: boolean): Promise<boolean> {
  const [list, stats] = await Promise.all([client.get<readonly PositionView[]>('/positions', 'array'), client.get<Stats>('/stats', 'object')])
  if (list.kind !== 'ok' || stats.kind !== 'ok') {
    const failure = list.kind === 'ok' ? stats : list
    if (failure.kind !== 'ok') for (const line of failureLines(client.url, failure)) terminal.err(line)
    return false
  }
  const details = await Promise.all(list.body.map(({ id }) => client.get<PositionDetail>(`/positions/${id}`, 'object')))
  const walked = details.flatMap((answer) => (answer.kind === 'ok' && walkedWhole(answer.body) ? [answer.body.id] : []))
  if (json) printJson(terminal, { ok: walked.length > 0, walked, positions: list.body, stats: stats.body })
  else {
    terminal.out(`\n${list.body.length === 0 ? 'no positions' : renderPositions(list.body, terminal.colours)}\n`)
    terminal.out(`${renderStats(stats.body, undefined, terminal.colours)}\n`)
    terminal.out(verdict(walked, state, terminal))
  }
  return walked.length > 0
}

function verdict(walked: readonly number[], state: DemoState, { colours }: Terminal): string {
  if (walked.length === 0) return colours.red(`no position walked ${WALK.join(' → ')} (last signal: ${state.signalNews})`)
  return colours.green(`${walked.length} position${walked.length === 1 ? '' : 's'} walked ${WALK.join(' → ')}, closed by their own stop or target`)
}
