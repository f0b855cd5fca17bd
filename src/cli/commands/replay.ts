/** `loms replay`: what the state was at any moment of a journal, and whether the journal still proves it. */
import type { PositionDetail, PositionView, Stats } from '../../domain/wire.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, text, time } from '../format.ts'
import type { Moment } from '../option-values.ts'
import { renderPositions } from '../position-table.ts'
import { printJson } from '../session.ts'
import { renderStats } from '../stats-table.ts'
import { renderPairs, renderTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

export type ReplayOptions = {
  /** A journal file or a data directory. */
  readonly source: string
  /** Null: to the end. */
  readonly until: Moment | null
  readonly check: boolean
  readonly positionId: number | null
}

/** One comparison of the check, e.g. full fold against checkpoint and tail. */
export type ReplayComparison = { readonly name: string; readonly ok: boolean; readonly detail: string }

export type Replay = {
  /** The last fact that is part of this state. */
  readonly seq: number
  readonly at: string | null
  readonly records: number
  readonly state_hash: string
  readonly trading: { readonly state: string; readonly reason: string | null }
  /** Open positions at that moment. */
  readonly positions: readonly PositionView[]
  readonly stats: Stats
  /** With `--position`; null if it did not exist yet. */
  readonly position?: PositionDetail | null
  /** With `--check`. */
  readonly check?: readonly ReplayComparison[]
}
export type ReplayOutcome = { readonly ok: true; readonly replay: Replay } | { readonly ok: false; readonly problems: readonly string[] }

/** Exit code 1 when the journal cannot be read, a comparison differs, or the position asked for does not exist. */
export async function runReplay(
  terminal: Terminal,
  json: boolean,
  options: ReplayOptions,
  replay: (options: ReplayOptions) => Promise<ReplayOutcome>,
): Promise<ExitCode> {
  const outcome = await replay(options)
  if (!outcome.ok) {
    for (const problem of outcome.problems) terminal.err(problem)
    return EXIT.failed
  }
  if (json) printJson(terminal, outcome.replay)
  else terminal.out(renderReplay(outcome.replay, terminal))
  if (outcome.replay.position === null) terminal.err(`position ${options.positionId} does not exist at seq ${outcome.replay.seq}`)
  const proven = outcome.replay.check?.every(({ ok }) => ok) ?? true
  return proven && outcome.replay.position !== null ? EXIT.ok : EXIT.failed
}

function renderReplay(replay: Replay, { colours }: Terminal): string {
  const { check = [], position, positions, trading } = replay
  const head = renderPairs([
    ['moment', `seq ${replay.seq}, ${time(replay.at)}`],
    ['records', count(replay.records)],
    ['state hash', text(replay.state_hash)],
    ['trading', trading.reason === null ? text(trading.state) : `${text(trading.state)} (${text(trading.reason)})`],
    ...check.map(({ name, ok, detail }) => [name, `${ok ? colours.green('equal') : colours.red('DIFFERENT')}  ${text(detail)}`] as const),
  ])
  const body = position ? renderHistory(position, colours) : renderStats(replay.stats, undefined, colours)
  const open = position || positions.length === 0 ? [] : ['', renderPositions(positions, colours)]
  return [head, '', body, ...open].join('\n')
}

function renderHistory(position: PositionDetail, colours: Terminal['colours']): string {
  const events = renderTable(
    [
      { head: 'SEQ', cell: ({ seq }) => count(seq), align: 'right' },
      { head: 'TIME (UTC)', cell: ({ at }) => text(at) },
      { head: 'EVENT', cell: ({ type }) => text(type) },
      { head: 'DETAIL', cell: ({ seq: _seq, at: _at, type: _type, ...detail }) => text(Object.keys(detail).length === 0 ? null : detail) },
    ],
    position.events,
  )
  return `${renderPositions([position], colours)}\n\n${events}`
}
