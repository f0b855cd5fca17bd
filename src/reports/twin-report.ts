/** `loms report twin`: the trades of a live account beside those of its paper twin, from one data directory or two. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TwinReportOutcome } from '../cli/commands/twin.ts'
import { visitPositions, type JournalRead } from './journal-positions.ts'
import { compareTwins, type TwinTrade } from './twin-comparison.ts'

/** The twin of account `semi_live` is account `semi_live_twin`. */
const TWIN_SUFFIX = '_twin'

type Accounts = { readonly read: JournalRead; readonly live: readonly TwinTrade[]; readonly twins: readonly TwinTrade[] }

/** `twinSource`: a paper service's data directory; null: the one that `PAPER_TWIN` keeps, else accounts of the same journal. */
export function twinReport(source: string, twinSource: string | null): TwinReportOutcome {
  const own = tradesOf(source)
  if (!own.read.ok) return { ok: false, problems: [own.read.message] }
  const beside = join(source, 'twin')
  const otherSource = twinSource ?? (existsSync(beside) ? beside : null)
  if (otherSource === null) return { ok: true, report: compareTwins(own.live, own.twins), remarks: own.read.remarks }
  const other = tradesOf(otherSource)
  if (!other.read.ok) return { ok: false, problems: [other.read.message] }
  return { ok: true, report: compareTwins(own.live, [...other.live, ...other.twins]), remarks: [...own.read.remarks, ...other.read.remarks] }
}

function tradesOf(source: string): Accounts {
  const trades: TwinTrade[] = []
  const read = visitPositions(source, (view, { signal, createdAt: receivedAt, firstFillAt: filledAt, closedAt, stray }) => {
    if (!stray) trades.push({ signal, view, receivedAt, filledAt, closedAt })
  })
  trades.sort((a, b) => a.view.id - b.view.id)
  const isTwin = ({ view }: TwinTrade): boolean => view.account_label.endsWith(TWIN_SUFFIX)
  return { read, live: trades.filter((trade) => !isTwin(trade)), twins: trades.filter(isTwin) }
}
