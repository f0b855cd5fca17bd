/** `loms readiness`: may this go on to real money? Every criterion with its figure and verdict. Only reads. */
import fs from 'node:fs'
import type { Check } from '../cli/commands/checks.ts'
import type { ReadinessSettings } from '../config/settings.ts'
import { toNumber } from '../domain/decimal.ts'
import type { PositionView } from '../domain/wire.ts'
import { positionView } from '../../machines/position.view.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { stateOf } from '../../machines/registry.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { replay, type Replayed } from '../../state/replay.ts'
import { broken, held, judged, skipped } from './check.ts'
import { compareTrades, readBotTrades, type OwnTrade } from './bot-trades.ts'

export type ReadinessOptions = { readonly source: string; readonly botCsv: string | null; readonly settings: ReadinessSettings }
export type ReadinessOutcome = { readonly ok: true; readonly checks: readonly Check[]; readonly seq: number } | { readonly ok: false; readonly message: string }

const MATCHED_LEAST_PCT = 95
const AGREEING_LEAST_PCT = 90
const DAY_MS = 86_400_000

type Seen = { readonly closed: readonly PositionView[]; readonly own: readonly OwnTrade[]; readonly shadowDays: number; readonly replayed: Replayed; readonly startBalance: number }

export function assessReadiness({ source, botCsv, settings }: ReadinessOptions): ReadinessOutcome {
  const opened = readJournal(source)
  if (!opened.ok) return opened
  const seen = fold(opened.journal.records)
  const { closed, replayed, shadowDays } = seen
  const winRate = closed.length === 0 ? 0 : (closed.filter(({ pnl }) => (pnl ?? 0) > 0).length / closed.length) * 100
  const drawdown = drawdownPct(closed, seen.startBalance)
  const differences = [...replayed.outputDifferences, ...replayed.hashDifferences]
  const checks = [
    judged('paper operations', closed.length >= settings.minTrades, `${closed.length} closed`, `${settings.minTrades} or more`),
    judged('shadow days', shadowDays >= settings.minShadowDays, `${shadowDays} UTC days with fills on exchange prices`, `${settings.minShadowDays} or more`),
    judged('win rate', closed.length > 0 && winRate >= settings.minWinratePct && winRate < 100, `${winRate.toFixed(2)} %`, `${settings.minWinratePct} % or more, below 100`),
    judged('drawdown', drawdown <= settings.maxDrawdownPct, `${drawdown.toFixed(2)} % of the balance`, `up to ${settings.maxDrawdownPct} %`),
    ...faults(replayed),
    judged('replay', differences.length === 0, differences[0] ? `record ${differences[0].seq}: ${differences[0].what}` : `${replayed.outputsCompared} outputs and ${replayed.hashesCompared} hashes made again`, 'everything as recorded'),
    botCheck(botCsv, seen.own),
  ]
  return { ok: true, checks, seq: replayed.seq }
}

function fold(records: Parameters<typeof replay>[0]['records']): Seen {
  const closed: PositionView[] = []
  const own: OwnTrade[] = []
  const days = new Set<number>()
  const see = (context: PositionContext, view: PositionView): void => {
    if (context.firstFillAt === null) return
    if (view.market_type === 'paper_exchange') days.add(Math.floor(context.firstFillAt / DAY_MS))
    own.push({ symbol: view.symbol, side: view.side, signalAt: context.signal.timestampMs, openedAt: context.firstFillAt, won: view.pnl === null || view.pnl === 0 ? null : view.pnl > 0 })
    if (view.status === 'closed') closed.push(view)
  }
  const replayed = replay({
    records, until: {},
    follow: (_, applied) => {
      for (const snapshot of applied.touched) if (snapshot.context.retired) see(snapshot.context, positionView(snapshot.context, stateOf(snapshot)))
    },
  })
  const { core } = replayed
  for (const id of core.registry.ids()) {
    const snapshot = core.registry.get(id)
    if (snapshot) see(snapshot.context, positionView(snapshot.context, stateOf(snapshot)))
  }
  return { closed, own, shadowDays: days.size, replayed, startBalance: core.hasSettings ? toNumber(core.settings.startBalanceUsdt) : 0 }
}

/** Largest fall of the balance from its peak, in the order of closing, in percent of the peak. */
function drawdownPct(closed: readonly PositionView[], startBalance: number): number {
  let [balance, peak, worst] = [startBalance, startBalance, 0]
  for (const { pnl } of [...closed].sort((a, b) => ((a.closed_at ?? '') < (b.closed_at ?? '') ? -1 : 1))) {
    balance += pnl ?? 0
    peak = Math.max(peak, balance)
    if (peak > 0) worst = Math.max(worst, ((peak - balance) / peak) * 100)
  }
  return worst
}

/** What is wrong at the end of the journal and needs a person. */
function faults({ core }: Replayed): readonly Check[] {
  const quarantined = [...core.registry.ids()].filter((id) => core.registry.get(id)?.value === 'quarantined')
  const urgent = [...core.alerts.standing].filter(({ severity }) => severity === 'urgent')
  const open = [...quarantined.map((id) => `position ${id} in quarantine`), ...urgent.map(({ kind, subject }) => `${kind} ${subject}`)]
  return [judged('critical faults', open.length === 0, open.length === 0 ? 'none open' : open.join(', '), 'none open')]
}

function botCheck(file: string | null, own: readonly OwnTrade[]): Check {
  const name = "the bot's own results"
  if (file === null) return { ...skipped(name, 'no --bot-csv given'), verdict: 'warning' }
  let text: string
  try {
    text = fs.readFileSync(file, 'utf8')
  } catch (error) {
    return broken(name, `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  const read = readBotTrades(text)
  if (!read.ok) return broken(name, `${file}, ${read.message}`)
  const { trades, matched, compared, agreeing, missing } = compareTrades(read.trades, own)
  if (trades === 0) return broken(name, `${file} has no trades`)
  const [matchedPct, agreeingPct] = [(matched / trades) * 100, compared === 0 ? 0 : (agreeing / compared) * 100]
  const lost = missing.length === 0 ? '' : `; not found: line ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', …' : ''}`
  const figure = `${matched} of ${trades} found (${matchedPct.toFixed(1)} %), ${agreeing} of ${compared} with the same outcome (${agreeingPct.toFixed(1)} %)${lost}`
  const wanted = `${MATCHED_LEAST_PCT} % found, ${AGREEING_LEAST_PCT} % the same`
  return matchedPct >= MATCHED_LEAST_PCT && agreeingPct >= AGREEING_LEAST_PCT ? held(name, figure, wanted) : broken(name, figure, wanted)
}
