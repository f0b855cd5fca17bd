/** What came of it all. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { PositionView } from '../../domain/wire.ts'
import type { FinishedViews } from '../../http/page/page-port.ts'
import { performanceOf, type Performance, type ResultRow } from '../../reports/performance.ts'
import { countsPicture, equityPicture, resultsPicture } from '../../reports/report-pictures.ts'
import { get, type Answer } from '../api.ts'
import { amount, arrow, count, dateTime, duration, money, percent, tone } from '../format.ts'
import { save } from '../parts/save.ts'
import { Table, type Column } from '../parts/table.tsx'
import { finished } from '../store.ts'

const MOST = 50_000

export function Report() {
  const { views, problem, done, leftOut } = useClosed()
  const results = useMemo(() => performanceOf(views), [views])
  if (problem !== null) return <p class="problem">{problem}</p>
  return (
    <>
      <section class="panel">
        <header class="panel-head">
          <h1>Reports</h1>
          <span class="panel-tools">
            {!done && <span class="quiet">loading…</span>}
            {leftOut > 0 && <span class="quiet">the newest {count(views.length)}; of all {count(leftOut + views.length)}: <code>loms report performance --html FILE</code></span>}
            <button class="button small" onClick={() => save('loms-report.json', 'application/json', JSON.stringify(results, null, 2))}>JSON</button>
            <button class="button small" onClick={() => save('loms-positions.csv', 'text/csv', csvOf(views))}>CSV</button>
          </span>
        </header>
        {results.closed === 0 ? <p class="empty">{done ? 'Nothing is closed yet; results appear with the first closed position.' : 'Loading…'}</p> : <Summary results={results} />}
      </section>
      {results.closed > 0 && <Pictures results={results} />}
      {results.closed > 0 && <Tables results={results} />}
    </>
  )
}

function Summary({ results }: { readonly results: Performance }) {
  const factor = results.closed === 0 ? null : (results.won / results.closed) * 100
  return (
    <dl class="figures">
      <div><dt>Net result</dt><dd class={`num ${tone(results.pnl)}`}>{arrow(results.pnl)} {money(results.pnl)} <small>USDT</small></dd></div>
      <div><dt>Closed</dt><dd class="num">{count(results.closed)}</dd></div>
      <div><dt>Win rate</dt><dd class="num">{percent(factor, 1).replace('+', '')}</dd></div>
      <div><dt>Deepest drawdown</dt><dd class="num">{amount(results.max_drawdown)} <small>USDT</small></dd></div>
      <div><dt>Fees</dt><dd class="num">{amount(results.fees)} <small>USDT</small></dd></div>
      <div><dt>Average duration</dt><dd class="num">{results.average_duration_sec === null ? '–' : duration(results.average_duration_sec * 1000)}</dd></div>
      <div><dt>From, to (UTC)</dt><dd class="num small">{dateTime(results.from)} – {dateTime(results.to)}</dd></div>
    </dl>
  )
}

const Picture = ({ title, svg }: { readonly title: string; readonly svg: string }) => (
  <section class="panel"><header class="panel-head"><h2>{title}</h2></header><div class="picture-box" dangerouslySetInnerHTML={{ __html: svg }} /></section>
)

function Pictures({ results }: { readonly results: Performance }) {
  return (
    <div class="pictures">
      <Picture title="Equity and drawdown, USDT" svg={equityPicture(results.equity)} />
      <Picture title="Result per day, USDT" svg={resultsPicture('Result per day', results.by_day, (key) => key.slice(5))} />
      <Picture title="Results, % of the entry" svg={countsPicture('Distribution of results', results.distribution)} />
      <Picture title="How long positions were open" svg={countsPicture('Durations', results.durations)} />
    </div>
  )
}

const columns = (head: string): readonly Column<ResultRow>[] => [
  { head, cell: ({ key }) => <b>{key}</b> },
  { head: 'Closed', num: true, cell: ({ closed }) => count(closed) },
  { head: 'Won', num: true, cell: ({ won, closed }) => percent((won / closed) * 100, 0).replace('+', '') },
  { head: 'Result', num: true, cell: ({ pnl }) => <b class={tone(pnl)}>{money(pnl)}</b> },
  { head: 'Average', num: true, cell: ({ average }) => <span class={tone(average)}>{money(average)}</span> },
  { head: 'Best', num: true, cell: ({ best }) => money(best) },
  { head: 'Worst', num: true, cell: ({ worst }) => money(worst) },
]

function Tables({ results }: { readonly results: Performance }) {
  const tables: readonly (readonly [string, string, readonly ResultRow[]])[] = [
    ['Per symbol', 'Symbol', results.by_symbol], ['Per strategy', 'Strategy', results.by_strategy], ['Exit engine', 'Exit strategy · reason', results.by_exit], ['Per day', 'Day (UTC)', [...results.by_day].reverse()],
  ]
  return <div class="pictures">{tables.map(([title, head, rows]) => <section class="panel" key={title}><header class="panel-head"><h2>{title}</h2></header><Table label={title} columns={columns(head)} rows={rows} rowKey={({ key }) => key} empty="" /></section>)}</div>
}

type Closed = { readonly views: readonly PositionView[]; readonly problem: string | null; readonly done: boolean; readonly leftOut: number }

/** Finished positions in the order in which they finished, page by page; when something closes, only what is new is asked for. */
function useClosed(): Closed {
  const [state, setState] = useState<Closed>({ views: [], problem: null, done: false, leftOut: 0 })
  const place = useRef<{ readonly first: number; readonly views: readonly PositionView[] }>({ first: 0, views: [] })
  useEffect(() => {
    let left = false
    const load = async (): Promise<void> => {
      for (let total = Infinity; !left && place.current.first + place.current.views.length < total; ) {
        const { first, views } = place.current
        const answer: Answer<FinishedViews> = await get<FinishedViews>(`/page/finished?from=${first + views.length}`)
        if (left) return
        if (!answer.ok) return setState({ views, problem: answer.message, done: true, leftOut: first })
        total = answer.body.total
        // Of very many the newest; the whole is a file of the command line.
        const begin = views.length === 0 && first === 0 ? Math.max(0, total - MOST) : first
        place.current = begin > first ? { first: begin, views: [] } : { first, views: [...views, ...answer.body.views] }
        if (answer.body.views.length === 0) break
      }
      if (!left) setState({ views: place.current.views, problem: null, done: true, leftOut: place.current.first })
    }
    void load()
    return () => {
      left = true
    }
  }, [finished.value])
  return state
}

const CSV = ['id', 'symbol', 'side', 'strategy', 'exit_strategy', 'created_at', 'closed_at', 'qty', 'entry_price', 'close_price', 'pnl', 'fees', 'auto_close_reason', 'max_favorable_move', 'max_adverse_move'] as const
const cell = (value: string | number | null): string => (/[",\n]/.test(`${value ?? ''}`) ? `"${`${value ?? ''}`.replaceAll('"', '""')}"` : `${value ?? ''}`)
const csvOf = (views: readonly PositionView[]): string => [CSV.join(','), ...views.map((view) => CSV.map((name) => cell(view[name])).join(','))].join('\n')
