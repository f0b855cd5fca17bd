/**
 * What queries and bodies may contain. Loaded with the first request that needs it: importing zod costs a large part of
 * the start-up.
 */
import { z } from 'zod'
import type { SignalSettings } from '../config/settings.ts'
import { parseDecimal } from '../domain/decimal.ts'
import { ORDER_ROLES } from '../domain/ids.ts'
import { STATS_GROUPS } from '../domain/wire.ts'
import { bounceSignalReader, bounceSignalSchema, type KnownExitStrategies } from '../signals/bounce-signal.ts'
import { fieldProblems, label, optional, positiveNumber, required, side, symbol } from '../signals/fields.ts'
import { bodyProblems, firstPerField, type FieldProblem } from '../signals/json-body.ts'
import { manualOrderReader, manualOrderSchema } from '../signals/manual-order.ts'
import { parseTimestamp } from '../signals/timestamp.ts'
import { tradeEventReader, tradeEventSchema } from '../signals/trade-event.ts'
import { parseCursor } from './cursor.ts'

const name = () => z.string().max(128, 'must have at most 128 characters')

/** A text that stands for something else; `undefined` = it does not. */
const parsedBy = <T>(parse: (text: string) => T | undefined, message: string) =>
  z.string().transform((text, context): T => {
    const value = parse(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })

/** ISO 8601 (a date alone is its midnight), or milliseconds since the epoch. */
function parseInstant(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseTimestamp(`${text}T00:00`)
  // An unescaped `+` of an offset arrives as a blank.
  return parseTimestamp(text.replace(/ (\d{2}:?\d{2})$/, (offset, digits: string) => (/T.*:.* /.test(text) ? `+${digits}` : offset)))
}
const instant = () => parsedBy(parseInstant, 'must be an ISO 8601 time or milliseconds since the epoch')

const MAX_LIMIT = 100_000
const parseLimit = (text: string): number | undefined =>
  /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_LIMIT ? Number(text) : undefined
const limit = () => parsedBy(parseLimit, `must be a whole number from 1 to ${MAX_LIMIT}`).meta({ type: 'integer', minimum: 1, maximum: MAX_LIMIT })

const filter = {
  status: z.enum(['open', 'closed', 'cancelled'], { error: 'must be open, closed or cancelled' }).optional(),
  symbol: name().optional(),
  strategy: name().optional(),
  exchange: name().optional(),
  account_label: name().optional(),
  from: instant().optional().describe('created_at at or after this time'),
  to: instant().optional().describe('created_at before this time'),
}

export const positionsQuery = z.object({
  ...filter,
  limit: limit().optional().describe('Page size; the first page is the oldest. Absent: the newest 1,000'),
  cursor: parsedBy(parseCursor, 'must be the cursor of a Link header').optional(),
})
export const statsQuery = z.object({ ...filter, group_by: z.enum(STATS_GROUPS, { error: `must be one of ${STATS_GROUPS.join(', ')}` }).optional() })
export const ordersQuery = z.object({
  role: z.enum(ORDER_ROLES, { error: `must be one of ${ORDER_ROLES.join(', ')}` }).optional().describe('Default entry'),
  limit: limit().optional().describe('Default 1000'),
})
export const dryRunQuery = z.object({ dry_run: z.enum(['true', 'false'], { error: 'must be true or false' }).optional().describe('true: say what would happen, record nothing') })
export const symbolQuery = z.object({ symbol: name().optional() })

export const idPath = z.object({
  id: parsedBy((text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined), 'must be a whole number').meta({ type: 'integer', minimum: 0 }),
})
const price = (text: string): number | undefined => {
  const value = parseDecimal(text)
  return value !== undefined && Number(value) > 0 && Number(value) < 1e15 ? Number(value) : undefined
}
export const pricePath = z.object({ value: parsedBy(price, 'must be a number above 0 and below 1e15').meta({ type: 'number', exclusiveMinimum: 0 }) })

const reason = (message: string) =>
  z.string({ error: message }).max(200, 'must have at most 200 characters').trim().min(1, message).regex(/^[^\p{C}]*$/u, 'must be visible text')
const WHY = 'is required: say in a few words why'
export const controlBody = z
  .object(
    { reason: reason(WHY), account_label: name().min(1, 'must not be empty').nullish().describe('Only this account; absent: all') },
    { error: 'must be a JSON object such as {"reason": "…"}' },
  )
  .meta({ id: 'ControlRequest' })
export const closeBody = z
  .object(
    {
      reason: reason('must be a text').nullish(),
      stated_price: optional(positiveNumber, 'Live: nothing is sent; the end of a position that vanished is booked at this price, read in the exchange’s own history. Needs a reason'),
    },
    { error: 'must be a JSON object' },
  )
  .meta({ id: 'CloseRequest' })
export const adoptBody = z
  .object(
    {
      symbol: required(symbol, 'Market, e.g. BTCUSDT'),
      side: required(side, 'long or short, as the account holds it'),
      sl_price: required(positiveNumber, 'Where its stop is placed'),
      tp_price: optional(positiveNumber, 'Take-profit price; absent: no target'),
      strategy: optional(label(), 'Default adopted'),
      reason: reason(WHY),
      confirm_qty: optional(positiveNumber, 'The quantity that the preview showed. Absent: only the preview; nothing is done'),
    },
    { error: 'must be a JSON object such as {"symbol": "BTCUSDT", "side": "long", "sl_price": 60000, "reason": "…"}' },
  )
  .meta({ id: 'AdoptionRequest' })

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly FieldProblem[] }

/** Checks a query, a path or a body. */
export function check<T>(schema: z.ZodType<T>, input: unknown): Checked<T> {
  const forbidden = bodyProblems(input)
  const parsed = schema.safeParse(input)
  if (parsed.success && forbidden.length === 0) return { ok: true, value: parsed.data }
  return { ok: false, problems: firstPerField([...forbidden, ...(parsed.success ? [] : fieldProblems(parsed.error))]) }
}

/** The readers and schemas that depend on the settings. */
export const entrySchemas = (settings: SignalSettings, known: KnownExitStrategies) => ({
  readSignal: bounceSignalReader(settings, known),
  readOrder: manualOrderReader(settings, known),
  readTradeEvent: tradeEventReader(settings, known),
  bounceSignal: bounceSignalSchema(settings, known),
  manualOrder: manualOrderSchema(settings),
  tradeEvent: tradeEventSchema(settings),
})
export type EntrySchemas = ReturnType<typeof entrySchemas>
