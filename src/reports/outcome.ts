/** One row per closed position: what the signal was and what became of it. The data set for training models. */
import type { JsonValue } from '../domain/signal.ts'
import type { PositionView } from '../domain/wire.ts'
import { exitPolicies } from '../exits/registry.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import { toNumber } from '../domain/decimal.ts'

export type OutcomeRow = Readonly<Record<string, string | number | null>>
type Column = (view: PositionView, context: PositionContext) => string | number | null

/** Percent and money as `GET /positions` gives them; times ISO 8601 UTC; null where there is none or a rule is off. */
const COLUMNS: Readonly<Record<string, Column>> = {
  position_id: ({ id }) => id,
  signal_id: (_, { signal }) => signal.signalId,
  signal_at: (_, { signal }) => iso(signal.timestampMs),
  symbol: ({ symbol }) => symbol,
  side: ({ side }) => side,
  exchange: ({ exchange }) => exchange,
  account_label: ({ account_label: account }) => account,
  strategy: ({ strategy }) => strategy,
  timeframe_min: (_, { signal }) => signal.timeframeMin,
  signal_price: (_, { signal }) => toNumber(signal.price),
  tp_price: ({ tp_price: price }) => price,
  sl_price: ({ sl_price: price }) => price,
  qty: ({ qty }) => qty,
  exit_strategy: ({ exit_strategy: strategy }) => strategy,
  // Parameters of all policies, each a column of its own; null where the position's policy does not have it.
  ...Object.fromEntries(
    exitPolicies().flatMap(({ parameters }) => parameters.map(({ name }): [string, Column] => [`exit_params.${name}`, (_, { signal }) => plain(signal.exitParams[name])])),
  ),
  opened_at: (_, { firstFillAt }) => iso(firstFillAt),
  entry_price: ({ entry_price: price }) => price,
  closed_at: ({ closed_at: at }) => at,
  close_price: ({ close_price: price }) => price,
  reason: ({ auto_close_reason: reason }) => reason,
  duration_sec: (_, { firstFillAt, closedAt }) => (firstFillAt === null || closedAt === null ? null : (closedAt - firstFillAt) / 1000),
  pnl: ({ pnl }) => pnl,
  fees: ({ fees }) => fees,
  max_favorable_move: ({ max_favorable_move: move }) => move,
  max_adverse_move: ({ max_adverse_move: move }) => move,
}

export const OUTCOME_COLUMNS: readonly string[] = Object.keys(COLUMNS)

export const outcomeRow = (view: PositionView, context: PositionContext): OutcomeRow =>
  Object.fromEntries(Object.entries(COLUMNS).map(([name, column]) => [name, column(view, context)]))

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** Parameters are kept as decimal strings. */
const plain = (value: JsonValue | undefined): number | null => (typeof value === 'string' || typeof value === 'number' ? Number(value) : null)

/** A line of CSV (RFC 4180): quoted where a value needs it, empty for null. */
export const csvLine = (values: readonly (string | number | null)[]): string => `${values.map(csvValue).join(',')}\n`

function csvValue(value: string | number | null): string {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
