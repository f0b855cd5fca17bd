/** `loms report exits`: how the positions of a journal ended. */
import type { ExitReport, ExitReportOutcome } from '../cli/commands/report.ts'
import { ExitGroups } from './exit-groups.ts'
import { visitPositions } from './journal-positions.ts'

export function exitReport(source: string): ExitReportOutcome {
  const reasons = new ExitGroups(({ status, auto_close_reason: reason }) => [status, reason])
  const strategies = new ExitGroups(({ exit_strategy: exits, strategy, symbol }) => [exits, strategy, symbol])
  const read = visitPositions(source, (view) => {
    reasons.add(view)
    strategies.add(view)
  })
  if (!read.ok) return { ok: false, problems: [read.message] }
  const report: ExitReport = {
    seq: read.seq,
    at: read.at,
    by_reason: reasons.results().map(({ key: [status, reason], figures }) => ({ status: String(status), reason: reason ?? null, ...figures })),
    by_strategy: strategies.results().map(({ key: [exits, strategy, symbol], figures }) => ({ exit_strategy: String(exits), strategy: String(strategy), symbol: String(symbol), ...figures })),
  }
  return { ok: true, report, remarks: read.remarks }
}
