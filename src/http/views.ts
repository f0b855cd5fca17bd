/** The shapes of answers, for the API's description only: answers are typed, not validated. */
import { z } from 'zod'
import { EXIT_REASONS } from '../domain/exit-reason.ts'
import type { ExitSignalAnswer } from '../domain/exit-signal.ts'
import { ORDER_ROLES } from '../domain/ids.ts'
import { ORDER_STATUSES } from '../domain/order.ts'
import type { SignalAnswer } from '../domain/signal-answer.ts'
import { POSITION_STATES, type FillView, type OrderView, type PositionView, type Stats } from '../domain/wire.ts'
import type { AdoptionPreview, DryRunView, MarketView, PanicReport } from './application.ts'

const time = () => z.string().meta({ format: 'date-time' })
const price = () => z.number().nullable()
const object = () => z.record(z.string(), z.unknown())

const fill = z.object({
  trade_id: z.string(), qty: z.number(), price: z.number(), fee: z.number(), liquidity: z.enum(['maker', 'taker']), at: time(), voided: z.literal(true).optional(),
}) satisfies z.ZodType<FillView>

export const orderView = z
  .object({
    id: z.int(), position_id: z.int(), role: z.enum(ORDER_ROLES), symbol: z.string(), side: z.enum(['buy', 'sell']), qty: z.number(),
    order_type: z.enum(['market', 'stop', 'limit']), tp_price: price(), sl_price: price(), status: z.enum(ORDER_STATUSES), created_at: time(),
    client_order_id: z.string(), external_order_id: z.string().nullable(), fills: z.array(fill),
  })
  .meta({ id: 'Order' }) satisfies z.ZodType<OrderView>

export const positionView = z
  .object({
    id: z.int(), exchange: z.string(), market_type: z.enum(['paper_sim', 'paper_exchange', 'linear_perp']), symbol: z.string(),
    side: z.enum(['long', 'short']), qty: z.number().describe('Filled entry quantity'), open_qty: z.number().describe('What of it is not closed yet'), account_label: z.string(), strategy: z.string(),
    external_order_id: z.string().nullable(), external_position_ref: z.string().nullable(),
    sl_order_id: z.string().nullable(), tp_order_id: z.string().nullable(),
    entry_price: z.number(), tp_price: price(), sl_price: z.number(), status: z.enum(['open', 'closed', 'cancelled']), state: z.enum(POSITION_STATES),
    created_at: time(), closed_at: time().nullable(), close_price: price(), pnl: price().describe('Net of fees and funding; null while open'), fees: z.number(),
    auto_close_reason: z.enum(EXIT_REASONS).nullable(), exit_strategy: z.string(), dynamic_tp_price: price(), dynamic_sl_price: price(),
    max_favorable_move: z.number().describe('Percent of the entry'), max_adverse_move: z.number().describe('Percent of the entry'), exit_meta: object(),
  })
  .meta({ id: 'Position' })
// `exit_meta` holds JSON, which the schema leaves open; so only the names are compared with the type.
positionView.shape satisfies Readonly<Record<keyof PositionView, unknown>>

export const positionDetail = positionView
  .extend({ orders: z.array(orderView), events: z.array(z.looseObject({ seq: z.int(), at: time(), type: z.string() })) })
  .meta({ id: 'PositionDetail' })

const count = () => z.int().min(0)
const statsView = z
  .object({
    total_positions: count(), open_positions: count(), closed_positions: count(), winning_trades: count(), losing_trades: count(),
    tp_count: count(), sl_count: count(), total_pnl: z.number(), avg_pnl_per_trade: z.number(), avg_pnl_win: price(), avg_pnl_loss: price(),
    winrate: z.number(), max_drawdown: z.number(), profit_factor: price(), expectancy: z.number(), avg_duration_sec: price(), trades_per_day: z.number(),
  })
  .meta({ id: 'Stats' }) satisfies z.ZodType<Stats>
export const groupedStats = statsView.extend({ groups: z.record(z.string(), statsView).optional() }).meta({ id: 'GroupedStats' })

export const marketView = z
  .object({
    symbol: z.string(), ts: time(), bid: price(), ask: price(), last: price(), mark: price(), source: z.string(), mode: z.string(),
    price: price(), age_ms: z.number(),
  })
  .meta({ id: 'Quote' }) satisfies z.ZodType<MarketView>

const duplicate = { duplicate: z.literal(true).optional() }
const opened = z.object({
  received: z.literal(true), oms_enabled: z.literal(true), risk_ok: z.literal(true), order_id: z.int(), position_id: z.int(), tp_price: price(),
  sl_price: z.number(), exit_strategy: z.string(), state: z.string(), ...duplicate,
})
const blocked = z.object({ received: z.literal(true), oms_enabled: z.literal(true), risk_ok: z.literal(false), risk_reason: z.string(), ...duplicate })
const notTraded = z.object({ received: z.literal(true), oms_enabled: z.literal(false), risk_ok: z.literal(false), reason: z.string(), ...duplicate })
export const signalAnswer = z.union([opened, blocked, notTraded]).meta({ id: 'SignalAnswer' }) satisfies z.ZodType<SignalAnswer>

const problems = z.array(z.object({ field: z.string(), message: z.string() }))
export const dryRunView = z
  .object({
    received: z.literal(true), dry_run: z.literal(true), verdict: z.enum(['open', 'blocked', 'not_traded', 'repeat', 'invalid']), oms_enabled: z.boolean(), risk_ok: z.boolean(),
    reason: z.string().nullable(), problems, symbol: z.string(), side: z.string(), account_label: z.string(), strategy: z.string(), price: z.number(), qty: z.number(), notional: z.number(),
    tp_price: price(), sl_price: z.number(), exit_strategy: z.string(), equity: z.number().describe('Of the account, open PnL included'),
    checks: z.array(z.object({ scope: z.string(), ok: z.boolean().nullable().describe('null: not in force'), value: z.string().nullable(), limit: z.string().nullable(), reason: z.string().nullable() })),
  })
  .meta({ id: 'DryRun' })
dryRunView.shape satisfies Readonly<Record<keyof DryRunView, unknown>>

export const reconciliation = z
  .object({
    agrees: z.boolean(),
    findings: z.array(z.object({ kind: z.string(), symbol: z.string(), side: z.string(), position_id: z.number().nullable(), expected: z.number(), found: z.number() })),
  })
  .meta({ id: 'Reconciliation' })

export const adoptionPreview = z
  .object({
    adopted: z.literal(false), symbol: z.string(), side: z.string(), qty: z.number(), entry_price: z.number(), price: z.number().describe('Mark price'), sl_price: z.number(), tp_price: z.number().nullable(),
    pnl_at_stop: z.number().describe('Without fees'), liquidation_price: z.number().nullable(), will: z.array(z.string()).readonly().describe('What would be done'),
  })
  .meta({ id: 'AdoptionPreview' }) satisfies z.ZodType<AdoptionPreview>

export const panicReport = z
  .object({
    state: z.string(), reason: z.string(), flat: z.boolean().describe('Nothing is open in LOMS, and nothing at the broker'), closed: z.int(),
    left: z.array(z.object({ position_id: z.int(), symbol: z.string(), side: z.string(), state: z.string(), open_qty: z.number() })),
    broker: z.object({ name: z.string(), flat: z.boolean().nullable(), positions: z.array(z.object({ symbol: z.string(), side: z.string(), qty: z.number() })), error: z.string().nullable() }),
    steps: z.array(z.object({ step: z.string(), ms: z.number() })),
  })
  .meta({ id: 'PanicReport' }) satisfies z.ZodType<PanicReport>

export const exitSignalAnswer = z
  .object({
    received: z.literal(true), matched: z.int().min(0), positions: z.array(z.int()).describe('All that matched'),
    refused: z.array(z.object({ position_id: z.int(), code: z.string(), detail: z.string() })).describe('Those of them that were left as they are'),
    ...duplicate,
  })
  .meta({ id: 'ExitSignalAnswer' })
exitSignalAnswer.shape satisfies Readonly<Record<keyof ExitSignalAnswer, unknown>>

export const health = z
  .looseObject({ ok: z.boolean(), service: z.string(), status: z.enum(['ok', 'degraded']) })
  .describe('With a key, or without keys in the settings: all details')
  .meta({ id: 'Health' })
export const tradingState = z.object({ state: z.string(), reason: z.string() }).meta({ id: 'TradingState' })
export const marketPrice = z.object({ market_price: price() }).meta({ id: 'MarketPrice' })
export const alive = z.object({ ok: z.literal(true) }).meta({ id: 'Alive' })
export const problemView = z
  .looseObject({
    type: z.string(), title: z.string(), status: z.int(), detail: z.string(), code: z.string(), request_id: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' })
