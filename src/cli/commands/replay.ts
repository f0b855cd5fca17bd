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

/** A fact and what it caused. `detail`: its plain fields, `role=stop-loss qty=0.1`. */
export type TimelineEntry = {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly position_id: number | null
  readonly detail: string
  readonly caused: readonly { readonly type: string; readonly position_id?: number; readonly detail: string }[]
}

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
  /** The first recorded command, notice or state that these machines do not make again; null: there is none. */
  readonly divergence: { readonly seq: number; readonly what: string } | null
  readonly timeline: readonly TimelineEntry[]
  /** Entries before those, which are not shown. */
  readonly timeline_left: number
  /** With `--position`; null if it did not exist yet. */
  readonly position?: PositionDetail | null
  /** With `--check`. */
  readonly check?: readonly ReplayComparison[]
}
export type ReplayOutcome = { readonly ok: true; readonly replay: Replay } | { readonly ok: false; readonly problems: readonly string[] }

/** Exit code 1 when the journal cannot be read, anything recorded is not made again, a comparison differs, or the position asked for does not exist. */
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
  const proven = outcome.replay.divergence === null && (outcome.replay.check?.every(({ ok }) => ok) ?? true)
  return proven && outcome.replay.position !== null ? EXIT.ok : EXIT.failed
}

function renderReplay(replay: Replay, { colours }: Terminal): string {
  const { check = [], position, positions, trading } = replay
  const head = renderPairs([
    ['moment', `seq ${replay.seq}, ${time(replay.at)}`],
    ['records', count(replay.records)],
    ['state hash', text(replay.state_hash)],
    ['trading', trading.reason === null ? text(trading.state) : `${text(trading.state)} (${text(trading.reason)})`],
    ['first divergence', replay.divergence === null ? `${colours.green('none')}` : colours.red(`seq ${replay.divergence.seq}: ${text(replay.divergence.what)}`)],
    ...check.map(({ name, ok, detail }) => [name, `${ok ? colours.green('equal') : colours.red('DIFFERENT')}  ${text(detail)}`] as const),
  ])
  const body = position ? renderHistory(position, colours) : renderStats(replay.stats, undefined, colours)
  const open = position || positions.length === 0 ? [] : ['', renderPositions(positions, colours)]
  // A position's history is its timeline.
  const timeline = position ? [] : ['', renderTimeline(replay, colours)]
  return [head, ...timeline, '', body, ...open].join('\n')
}

/** A line per fact, below it what it caused. */
function renderTimeline({ timeline, timeline_left: left }: Replay, colours: Terminal['colours']): string {
  const position = (id: number | null | undefined): string => (id === null || id === undefined ? '' : `#${id}`)
  const lines = timeline.flatMap(({ seq, at, type, position_id: id, detail, caused }) => [
    `${String(seq).padStart(7)}  ${at.slice(0, 10)} ${at.slice(11, 23)}  ${position(id).padEnd(5)}  ${colours.bold(text(type))}  ${text(detail)}`.trimEnd(),
    ...caused.map((each) => colours.dim(`${' '.repeat(34)}${(each.position_id === undefined ? '' : position(each.position_id)).padEnd(5)}  → ${text(each.type)}  ${text(each.detail)}`.trimEnd())),
  ])
  return [...(left === 0 ? [] : [colours.dim(`${count(left)} earlier facts are not shown; --position shows one position whole`)]), ...lines].join('\n')
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
