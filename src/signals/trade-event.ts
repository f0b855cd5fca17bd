/**
 * Reads the body of `POST /signals/trade`: an event of a strategy runner. OPEN is an entry with absolute levels, CLOSE
 * ends what the strategy has open on the symbol. What only describes the trade is kept with the event, unread.
 */
import { z } from 'zod'
import { assert } from '../domain/assert.ts'
import type { SignalSettings } from '../config/settings.ts'
import { addPct, isPositive, negate } from '../domain/decimal.ts'
import type { ExitSignal } from '../domain/exit-signal.ts'
import { QUANTITY_STEP } from '../domain/order.ts'
import { wholeTarget, type JsonObject, type Signal } from '../domain/signal.ts'
import { DEFAULT_TIMEFRAME_MIN, quantityFor, type EntryReading, type KnownExitStrategies } from './bounce-signal.ts'
import { directionOf, fieldProblems, label, optional, positiveNumber, required, side, symbol, timestamp, type Field } from './fields.ts'
import { bodyProblems, firstPerField, isJsonObject, type FieldProblem } from './json-body.ts'
import { levelProblems } from './manual-order.ts'

export type TradeEventReading =
  | (Extract<EntryReading, { ok: true }> & { readonly event: 'OPEN' })
  | { readonly ok: true; readonly event: 'CLOSE'; readonly exit: ExitSignal; readonly payload: JsonObject }
  | Extract<EntryReading, { ok: false }>

const eventType = (only: 'OPEN' | 'CLOSE'): Field<'OPEN' | 'CLOSE'> => ({
  read: (raw) => (typeof raw === 'string' && raw.toUpperCase() === only ? only : undefined),
  allowed: 'OPEN or CLOSE in any case',
  schema: { type: 'string', pattern: [...only].map((letter) => `[${letter}${letter.toLowerCase()}]`).join('').replace(/^.*$/, '^$&$') },
})
const described = () => z.unknown().optional().describe('Kept with the event')

const openSchema = (settings: SignalSettings) =>
  z
    .object({
      event_type: required(eventType('OPEN'), 'OPEN in any case'),
      strategy_name: required(label(), 'Name of the strategy'),
      symbol: required(symbol, 'Market, e.g. BTCUSDT'),
      direction: required(side, 'long, short, buy or sell in any case'),
      entry_price: required(positiveNumber, 'Entry price'),
      timestamp: required(timestamp, 'ISO 8601: Z, an offset, or none = UTC'),
      quantity: optional(positiveNumber, 'Quantity; default by the settings'),
      tp_price: optional(positiveNumber, 'Take-profit price; absent: no target, the strategy sends CLOSE'),
      sl_price: optional(positiveNumber, `Stop-loss price; absent: ${settings.defaultSlPct} % from the entry`),
      exchange: optional(label(), `Default ${settings.exchange}`),
      account_label: optional(label(), `Default ${settings.accountLabel}`),
      score: described(),
      market_regime: described(),
      exit_reason: described(),
      exit_price: described(),
    })
    .meta({ id: 'TradeOpened' })

const closeSchema = z
  .object({
    event_type: required(eventType('CLOSE'), 'CLOSE in any case'),
    strategy_name: required(label(), 'Name of the strategy'),
    symbol: required(symbol, 'Market, e.g. BTCUSDT'),
    direction: optional(side, 'long, short, buy or sell in any case; absent: both'),
    timestamp: optional(timestamp, 'ISO 8601; the same event with the same time is a repeat'),
    account_label: optional(label(), 'Absent: every account'),
    exit_reason: z.unknown().optional().describe('Kept in the history of the positions'),
    exit_price: described(),
    entry_price: described(),
    quantity: described(),
    tp_price: described(),
    sl_price: described(),
    score: described(),
    market_regime: described(),
  })
  .meta({ id: 'TradeClosed' })

/** Both events, for the description of the API. */
export const tradeEventSchema = (settings: SignalSettings) => z.union([openSchema(settings), closeSchema]).meta({ id: 'TradeEvent' })

/** A reader for bodies of trade events; make it once per settings. */
export function tradeEventReader(settings: SignalSettings, known: KnownExitStrategies): (body: unknown) => TradeEventReading {
  const open = openSchema(settings)
  return (body) => {
    const refused = (problems: readonly FieldProblem[], invalidSide = false): TradeEventReading => ({ ok: false, problems: firstPerField(problems), invalidSide })
    const problems = bodyProblems(body)
    if (!isJsonObject(body)) return refused([...problems, { field: 'body', message: 'must be a JSON object' }])
    const { event_type: event, direction } = body
    const word = typeof event === 'string' ? event.toUpperCase() : event
    if (word !== 'OPEN' && word !== 'CLOSE') {
      return refused([...problems, { field: 'event_type', message: event === undefined || event === null ? 'is required' : 'must be OPEN or CLOSE in any case' }])
    }
    const invalidSide = typeof direction === 'string' && directionOf(direction) === undefined
    if (word === 'CLOSE') {
      const closed = closeSchema.safeParse(body)
      if (closed.success && problems.length === 0) return { ok: true, event: 'CLOSE', exit: exitOf(closed.data), payload: body }
      return refused([...problems, ...(closed.success ? [] : fieldProblems(closed.error))], invalidSide)
    }
    const opened = open.safeParse(body)
    if (!opened.success || problems.length > 0) return refused([...problems, ...(opened.success ? [] : fieldProblems(opened.error))], invalidSide)
    const reading = entryOf(opened.data, body, settings, known)
    return reading.ok ? { ...reading, event: 'OPEN' } : reading
  }
}

function entryOf(body: z.output<ReturnType<typeof openSchema>>, payload: JsonObject, settings: SignalSettings, known: KnownExitStrategies): EntryReading {
  const exits = known.parse(settings.exitStrategy, {}, settings.exitDefaults)
  assert(exits.ok, 'the default exit parameters were checked at the start')
  const { entry_price: price, direction } = body
  const qty = body.quantity ?? quantityFor(price, settings)
  if (qty === undefined) {
    const message = `DEFAULT_NOTIONAL_USDT buys less than ${QUANTITY_STEP} at this price; send quantity`
    return { ok: false, problems: [{ field: 'entry_price', message }], invalidSide: false }
  }
  const signal: Signal = {
    symbol: body.symbol,
    direction,
    price,
    timestampMs: body.timestamp,
    exchange: body.exchange ?? settings.exchange,
    timeframeMin: DEFAULT_TIMEFRAME_MIN,
    strategy: body.strategy_name,
    accountLabel: body.account_label ?? settings.accountLabel,
    qty,
    slPrice: body.sl_price ?? addPct(price, direction === 'long' ? negate(settings.defaultSlPct) : settings.defaultSlPct),
    targets: wholeTarget(body.tp_price ?? null),
    exitStrategy: settings.exitStrategy,
    exitParams: exits.params,
    signalId: null,
  }
  assert(isPositive(signal.slPrice), 'DEFAULT_SL_PCT is below 100')
  const problems = levelProblems(signal)
  return problems.length > 0 ? { ok: false, problems, invalidSide: false } : { ok: true, signal, payload }
}

function exitOf({ symbol, strategy_name: strategy, direction: side, account_label: account, timestamp: at, exit_reason }: z.output<typeof closeSchema>): ExitSignal {
  const [direction, accountLabel] = [side ?? null, account ?? null]
  const note = typeof exit_reason === 'string' ? exit_reason.replaceAll(/\p{C}/gu, ' ').trim().slice(0, 200) : ''
  return {
    address: { positionId: null, symbol, strategy, accountLabel, direction },
    change: { kind: 'close' },
    note: note === '' ? null : note,
    signalId: null,
    naturalKey: at === undefined ? null : JSON.stringify([symbol, direction, strategy, at, accountLabel]),
  }
}
