/** `loms whatif`: the same signals and prices with other exits or limits, side by side. */
import type { Stats } from '../../domain/wire.ts'
import type { CandlePath } from '../../prices/recorded/candle-path.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { count, duration, money, NONE, percent, text } from '../format.ts'
import type { Assignment } from '../option-values.ts'
import { signed } from '../position-table.ts'
import { progressBar } from '../progress-bar.ts'
import { renderTable, type Column } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import type { Progress } from './simulate.ts'

export type WhatIfOptions = {
  /** A file of signals, or the journal of a data directory. */
  readonly signals: { readonly file: string } | { readonly journal: string }
  readonly prices: readonly string[]
  readonly candlePath: CandlePath
  /** For the baseline and every variant. */
  readonly set: readonly Assignment[]
  /** As typed: `NAME:KEY=VALUE,…`. */
  readonly variants: readonly string[]
  /** Folder for the equity curves; null: no pictures. */
  readonly pictures: string | null
}

export type WhatIfVariant = {
  readonly name: string
  readonly changes: Readonly<Record<string, string | null>>
  readonly stats: Stats
  readonly exits: Readonly<Record<string, number>>
  readonly signals: { readonly received: number; readonly opened: number; readonly blocked: number; readonly duplicate: number; readonly unplayed: number }
}
/** Equal inputs give equal bytes: no timings, no paths of this run. The baseline is the first variant. */
export type WhatIf = {
  readonly prices: { readonly quotes: number; readonly from: string | null; readonly to: string | null }
  readonly variants: readonly WhatIfVariant[]
}
export type WhatIfOutcome =
  | { readonly ok: true; readonly whatIf: WhatIf; readonly remarks: readonly string[] }
  /** `usage`: a variant cannot be read. */
  | { readonly ok: false; readonly usage: boolean; readonly problems: readonly string[] }

export async function runWhatIf(
  terminal: Terminal,
  json: boolean,
  options: WhatIfOptions,
  whatIf: (options: WhatIfOptions, progress: Progress) => Promise<WhatIfOutcome>,
): Promise<ExitCode> {
  const bar = progressBar(terminal, 'playing')
  const outcome = await whatIf(options, bar.show)
  bar.clear()
  if (!outcome.ok) {
    for (const problem of outcome.problems) terminal.err(problem)
    return outcome.usage ? EXIT.usage : EXIT.failed
  }
  for (const remark of outcome.remarks) terminal.err(remark)
  terminal.out(json ? JSON.stringify(outcome.whatIf, null, 2) : renderWhatIf(outcome.whatIf, terminal))
  return EXIT.ok
}

function renderWhatIf({ variants }: WhatIf, { colours }: Terminal): string {
  const reasons = [...new Set(variants.flatMap(({ exits }) => Object.keys(exits)))].sort()
  const number = (head: string, cell: Column<WhatIfVariant>['cell']): Column<WhatIfVariant> => ({ head, cell, align: 'right' })
  return renderTable(
    [
      { head: 'VARIANT', cell: ({ name }) => text(name) },
      number('PNL', ({ stats }) => signed(stats.total_pnl, colours)),
      number('TRADES', ({ stats }) => count(stats.closed_positions)),
      number('OPEN', ({ stats }) => count(stats.open_positions)),
      number('BLOCKED', ({ signals }) => count(signals.blocked)),
      number('UNPLAYED', ({ signals }) => (signals.unplayed === 0 ? NONE : count(signals.unplayed))),
      number('WIN RATE', ({ stats }) => percent(stats.winrate)),
      number('PROFIT FACTOR', ({ stats }) => money(stats.profit_factor)),
      number('DRAWDOWN', ({ stats }) => money(stats.max_drawdown)),
      number('DURATION', ({ stats }) => duration(stats.avg_duration_sec)),
      ...reasons.map((reason) => number(reason.toUpperCase(), ({ exits }) => count(exits[reason] ?? 0))),
    ],
    variants,
  )
}
