/** `loms report performance --html`: one file with figures and pictures, to be looked at without a service or a network. */
import { writeFileSync } from 'node:fs'
import type { PerformanceOptions, PerformanceOutcome } from '../cli/commands/report.ts'
import type { PositionView } from '../domain/wire.ts'
import { visitPositions } from './journal-positions.ts'
import { csvLine } from './outcome.ts'
import { performanceOf, type Performance, type ResultRow } from './performance.ts'
import { countsPicture, equityPicture, resultsPicture } from './report-pictures.ts'

export function performanceReport({ source, html, csv }: PerformanceOptions): PerformanceOutcome {
  const views: PositionView[] = []
  const read = visitPositions(source, (view) => {
    if (view.status === 'closed') views.push(view)
  })
  if (!read.ok) return { ok: false, problems: [read.message] }
  const performance = performanceOf(views)
  try {
    if (html !== null) writeFileSync(html, htmlReport(performance))
    if (csv !== null) writeFileSync(csv, dayTable(performance))
  } catch (error) {
    return { ok: false, problems: [`cannot write the report: ${(error as Error).message}`] }
  }
  return { ok: true, performance, remarks: read.remarks }
}

const dayTable = ({ by_day: days }: Performance): string =>
  csvLine(['day', 'closed', 'won', 'pnl', 'average', 'best', 'worst']) + days.map(({ key, closed, won, pnl, average, best, worst }) => csvLine([key, closed, won, pnl, average, best, worst])).join('')

const STYLE = `:root{--bg:#f3f5f9;--panel:#fff;--line:#dfe4ec;--text:#151b26;--muted:#5c6779;--accent:#2461e8;--up:#07835a;--down:#cf2440;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--bg:#0a0d13;--panel:#11161f;--line:#222a38;--text:#e8ecf3;--muted:#8c97aa;--accent:#5b8cff;--up:#2fc48d;--down:#ff5d73}}
body{margin:0;padding:28px;font:14px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--text);max-width:1200px;margin:auto}
section{background:var(--panel);border:1px solid var(--line);border-radius:14px;padding:16px 18px;margin:14px 0}h1{font-size:1.5rem}h2{font-size:1rem;margin:0 0 10px}
dl{display:flex;flex-wrap:wrap;gap:10px 34px;margin:0}dt{color:var(--muted)}dd{margin:0;font-size:1.3rem;font-weight:650;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{padding:5px 8px;border-top:1px solid var(--line);text-align:right}th:first-child,td:first-child{text-align:left}th{color:var(--muted);font-weight:600}
.picture{width:100%}.grid{stroke:var(--line)}.zero{stroke:var(--muted)}.label{fill:var(--muted);font-size:11px}.line{fill:none;stroke:var(--accent);stroke-width:2}.sunk{fill:var(--down);opacity:.18}.bar.up{fill:var(--up)}.bar.down{fill:var(--down)}.bar.flat{fill:var(--accent)}
.up{color:var(--up)}.down{color:var(--down)}footer{color:var(--muted)}`

function htmlReport(results: Performance): string {
  const figures: readonly (readonly [string, string])[] = [
    ['Net result', `${signed(results.pnl)} USDT`], ['Closed', String(results.closed)], ['Won / lost', `${results.won} / ${results.lost}`],
    ['Deepest drawdown', `${figure(results.max_drawdown)} USDT`], ['Fees', `${figure(results.fees)} USDT`], ['Average duration', results.average_duration_sec === null ? '–' : `${figure(results.average_duration_sec / 60)} min`],
  ]
  const section = (title: string, content: string): string => (content === '' ? '' : `<section><h2>${title}</h2>${content}</section>`)
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>LOMS report</title>',
    `<style>${STYLE}</style><h1>LOMS report</h1>`,
    `<section><dl>${figures.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl></section>`,
    section('Equity and drawdown, USDT', equityPicture(results.equity)),
    section('Result per day, USDT', resultsPicture('Result per day', results.by_day, (key) => key.slice(5))),
    section('Results, % of the entry', countsPicture('Distribution of results', results.distribution)),
    section('How long positions were open', countsPicture('Durations', results.durations)),
    section('Per symbol', table(results.by_symbol)),
    section('Per strategy', table(results.by_strategy)),
    section('Exit engine: strategy · reason', table(results.by_exit)),
    section('Per day (UTC)', table(results.by_day)),
    `<footer>${results.from ?? ''} – ${results.to ?? ''} (UTC). Net of fees.</footer></html>\n`,
  ].join('\n')
}

const figure = (value: number): string => String(Number(value.toFixed(2)))
const signed = (value: number): string => `${value > 0 ? '+' : ''}${figure(value)}`
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const table = (rows: readonly ResultRow[]): string =>
  rows.length === 0 ? '' : `<table><tr><th></th><th>Closed</th><th>Won</th><th>Result</th><th>Average</th><th>Best</th><th>Worst</th></tr>${rows
    .map(({ key, closed, won, pnl, average, best, worst }) => `<tr><td>${escaped(key)}</td><td>${closed}</td><td>${won}</td><td class="${pnl < 0 ? 'down' : 'up'}">${signed(pnl)}</td><td>${signed(average)}</td><td>${signed(best)}</td><td>${signed(worst)}</td></tr>`)
    .join('')}</table>`
