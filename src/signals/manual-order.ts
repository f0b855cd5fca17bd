/** Reads the body of `POST /orders`: an entry by hand with absolute levels. */
import { z } from 'zod'
import { assert } from '../domain/assert.ts'
import type { KnownExitStrategies } from './bounce-signal.ts'
import type { SignalSettings } from '../config/settings.ts'
import { addPct, greater, less, negate } from '../domain/decimal.ts'
import { wholeTarget, type JsonObject, type Signal } from '../domain/signal.ts'
import { DEFAULT_TIMEFRAME_MIN, type EntryReading } from './bounce-signal.ts'
import { fieldProblems, label, optional, percent, positiveNumber, required, side, symbol, word } from './fields.ts'
import { bodyProblems, firstPerField, type FieldProblem } from './json-body.ts'
import { eitherTarget, takeProfits, targetsOf } from './take-profits.ts'

const MANUAL_STRATEGY = 'manual'

/** The body as it may be sent. Absent and `null` both mean the default; unknown fields are ignored. */
export const manualOrderSchema = (settings: SignalSettings) =>
  z
    .object(
      {
        symbol: required(symbol, 'Market, e.g. BTCUSDT'),
        side: required(side, 'buy, sell, long or short in any case'),
        qty: required(positiveNumber, 'Quantity'),
        entry_price: required(positiveNumber, 'Price the levels are compared with'),
        tp_price: optional(positiveNumber, 'Take-profit price; absent: no target'),
        take_profits: takeProfits(percent(settings.minLevelPct, settings.maxLevelPct), 'tp_price'),
        sl_price: optional(positiveNumber, `Stop-loss price; absent: ${settings.defaultSlPct} % from the entry`),
        order_type: optional(word(new Set(['market'])), 'Default market'),
        exchange: optional(label(), `Default ${settings.exchange}`),
        strategy: optional(label(), `Default ${MANUAL_STRATEGY}`),
        account_label: optional(label(), `Default ${settings.accountLabel}`),
      },
      { error: 'must be a JSON object' },
    )
    .meta({ id: 'ManualOrder' })

/** A reader for bodies of manual orders; make it once per settings. */
export function manualOrderReader(settings: SignalSettings, known: KnownExitStrategies): (body: unknown) => EntryReading {
  const schema = manualOrderSchema(settings)
  return (body) => {
    const problems = bodyProblems(body)
    const parsed = schema.safeParse(body)
    if (!parsed.success) problems.push(...fieldProblems(parsed.error))
    if (!parsed.success || problems.length > 0) return { ok: false, problems: firstPerField(problems), invalidSide: false }
    const { take_profits: list, tp_price: single } = parsed.data
    if (list && single !== undefined) return { ok: false, problems: eitherTarget('tp_price'), invalidSide: false }
    const several = list ? targetsOf(parsed.data.side, parsed.data.entry_price, list) : null
    const signal = { ...signalOf(parsed.data, settings, known), ...(several ? { targets: several.targets } : {}) }
    const wrong = several ? [...stopProblems(signal), ...several.problems] : levelProblems(signal)
    return wrong.length > 0 ? { ok: false, problems: wrong, invalidSide: false } : { ok: true, signal, payload: body as JsonObject }
  }
}

function signalOf(body: z.output<ReturnType<typeof manualOrderSchema>>, settings: SignalSettings, known: KnownExitStrategies): Signal {
  const exits = known.parse(settings.exitStrategy, {}, settings.exitDefaults)
  assert(exits.ok, 'the default exit parameters were checked at the start')
  const price = body.entry_price
  const stopPct = body.side === 'long' ? negate(settings.defaultSlPct) : settings.defaultSlPct
  return {
    symbol: body.symbol,
    direction: body.side,
    price,
    timestampMs: null,
    exchange: body.exchange ?? settings.exchange,
    timeframeMin: DEFAULT_TIMEFRAME_MIN,
    strategy: body.strategy ?? MANUAL_STRATEGY,
    accountLabel: body.account_label ?? settings.accountLabel,
    qty: body.qty,
    slPrice: body.sl_price ?? addPct(price, stopPct),
    targets: wholeTarget(body.tp_price ?? null),
    exitStrategy: settings.exitStrategy,
    exitParams: exits.params,
    signalId: null,
  }
}

/** Absolute levels must be on their sides of the entry price. */
export function levelProblems(signal: Signal): FieldProblem[] {
  const { direction, price, targets } = signal
  const [beyond, side] = direction === 'long' ? [greater, 'above'] : [less, 'below']
  if (targets.every((target) => beyond(target.price, price))) return stopProblems(signal)
  return [...stopProblems(signal), { field: 'tp_price', message: `must be ${side} the entry price of a ${direction} position` }]
}

function stopProblems({ direction, price, slPrice }: Signal): FieldProblem[] {
  const [beyond, side] = direction === 'long' ? [less, 'below'] : [greater, 'above']
  return beyond(slPrice, price) ? [] : [{ field: 'sl_price', message: `must be ${side} the entry price of a ${direction} position` }]
}
