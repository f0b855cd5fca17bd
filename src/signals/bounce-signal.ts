/** Reads the body of `POST /signals/bounce` (and of one recorded signal): every default resolved, every number exact. */
import { z } from 'zod'
import type { exitStrategies } from '../exits/registry.ts'
import type { SignalSettings } from '../config/settings.ts'
import { addPct, divide, floorToStep, greater, isPositive, isZero, multiply, negate, subtract, type Decimal } from '../domain/decimal.ts'
import { QUANTITY_STEP } from '../domain/order.ts'
import { wholeTarget, type Direction, type JsonObject, type Signal } from '../domain/signal.ts'
import { directionOf, fieldProblems, label, minutes, optional, percent, positiveNumber, required, side, symbol, timestamp, word, type Field } from './fields.ts'
import { bodyProblems, firstPerField, isJsonObject, type FieldProblem } from './json-body.ts'
import { eitherTarget, takeProfits, targetsOf, type TargetsReading } from './take-profits.ts'

/** The exit strategies there are, and how each reads its parameters. */
export type KnownExitStrategies = typeof exitStrategies

export type EntryReading =
  | { readonly ok: true; readonly signal: Signal; readonly payload: JsonObject }
  /** `invalidSide`: the side is a text, but neither long nor short. */
  | { readonly ok: false; readonly problems: readonly FieldProblem[]; readonly invalidSide: boolean }

export const DEFAULT_STRATEGY = 'bounce_ema10_strict'
export const DEFAULT_TIMEFRAME_MIN = 5

/** The body as it may be sent. Absent and `null` both mean the default; unknown fields are ignored. */
export const bounceSignalSchema = (settings: SignalSettings, known: KnownExitStrategies) => {
  const levelPct = percent(settings.minLevelPct, settings.maxLevelPct)
  return z
    .object(
      {
        symbol: required(symbol, 'Market, e.g. BTCUSDT'),
        side: required(side, 'long, short, buy or sell in any case'),
        price: required(positiveNumber, 'Entry price; the levels are computed from it'),
        timestamp: required(timestamp, 'ISO 8601: Z, an offset, or none = UTC'),
        exchange: optional(label(), `Default ${settings.exchange}`),
        timeframe_min: optional(minutes, `Candle length in minutes, default ${DEFAULT_TIMEFRAME_MIN}`),
        strategy: optional(label(), `Default ${DEFAULT_STRATEGY}`),
        tp_pct: optional(levelPct, `Take-profit distance in percent, default ${settings.defaultTpPct}`),
        take_profits: takeProfits(levelPct, 'tp_pct'),
        sl_pct: optional(levelPct, `Stop-loss distance in percent, default ${settings.defaultSlPct}`),
        qty: optional(positiveNumber, 'Quantity; default by the settings'),
        account_label: optional(label(), `Default ${settings.accountLabel}`),
        exit_strategy: optional(word(known), `Default ${settings.exitStrategy}`),
        exit_params: optional(parameters, 'Parameters of the exit strategy'),
        signal_id: optional(label(128), 'Your own id of the signal: a repeat gets the first answer'),
      },
      { error: 'must be a JSON object' },
    )
    .meta({ id: 'BounceSignal' })
}

const parameters: Field<JsonObject> = {
  read: (raw) => (isJsonObject(raw) ? raw : undefined),
  allowed: 'an object',
  schema: { type: 'object' },
}

/** A reader for bodies of bounce signals; make it once per settings. */
export function bounceSignalReader(settings: SignalSettings, known: KnownExitStrategies): (body: unknown) => EntryReading {
  const schema = bounceSignalSchema(settings, known)
  return (body) => {
    const problems = bodyProblems(body)
    const parsed = schema.safeParse(body)
    if (parsed.success && problems.length === 0) return signalOf(parsed.data, body as JsonObject, settings, known)
    const text = isJsonObject(body) ? body['side'] : undefined
    const invalidSide = typeof text === 'string' && directionOf(text) === undefined
    return { ok: false, problems: firstPerField([...problems, ...(parsed.success ? [] : fieldProblems(parsed.error))]), invalidSide }
  }
}

type ParsedBounceSignal = z.output<ReturnType<typeof bounceSignalSchema>>

function signalOf(body: ParsedBounceSignal, payload: JsonObject, settings: SignalSettings, known: KnownExitStrategies): EntryReading {
  const { price } = body
  const qty = body.qty ?? quantityFor(price, settings)
  const [tpPrice, slPrice] = levels(body.side, price, body.tp_pct ?? settings.defaultTpPct, body.sl_pct ?? settings.defaultSlPct)
  const { targets, problems: targetProblems } = targetsFrom(body, tpPrice)
  const problems: FieldProblem[] = [...targetProblems]
  if (qty === undefined) problems.push({ field: 'price', message: `DEFAULT_NOTIONAL_USDT buys less than ${QUANTITY_STEP} at this price; send qty` })
  if (!isPositive(slPrice)) problems.push({ field: 'sl_pct', message: 'puts the stop at or below zero' })
  const exitStrategy = body.exit_strategy ?? settings.exitStrategy
  const needed = known.needs(exitStrategy)
  if (needed !== undefined && settings.emptyExitNeeds.includes(needed)) problems.push({ field: 'exit_strategy', message: `${exitStrategy} needs the setting ${needed}, which is empty here` })
  const exits = known.parse(exitStrategy, (body.exit_params ?? {}), settings.exitDefaults)
  if (!exits.ok) problems.push(...exits.problems.map(({ field, message }) => ({ field: `exit_params.${field}`, message })))
  if (qty === undefined || !exits.ok || problems.length > 0) return { ok: false, problems, invalidSide: false }
  const signal: Signal = {
    symbol: body.symbol,
    direction: body.side,
    price,
    timestampMs: body.timestamp,
    exchange: body.exchange ?? settings.exchange,
    timeframeMin: body.timeframe_min ?? DEFAULT_TIMEFRAME_MIN,
    strategy: body.strategy ?? DEFAULT_STRATEGY,
    accountLabel: body.account_label ?? settings.accountLabel,
    qty,
    slPrice,
    targets,
    exitStrategy,
    exitParams: exits.params,
    signalId: body.signal_id ?? null,
  }
  return { ok: true, signal, payload }
}

function targetsFrom({ side: direction, price, tp_pct, take_profits }: ParsedBounceSignal, tpPrice: Decimal): TargetsReading {
  if (take_profits && tp_pct !== undefined) return { targets: [], problems: eitherTarget('tp_pct') }
  if (take_profits) return targetsOf(direction, price, take_profits)
  return { targets: wholeTarget(tpPrice), problems: isPositive(tpPrice) ? [] : [{ field: 'tp_pct', message: 'puts the target at or below zero' }] }
}

/** Long: target above, stop below; short mirrored. Exact. */
export function levels(direction: Direction, price: Decimal, tpPct: Decimal, slPct: Decimal): readonly [tpPrice: Decimal, slPrice: Decimal] {
  return direction === 'long' ? [addPct(price, tpPct), addPct(price, negate(slPct))] : [addPct(price, negate(tpPct)), addPct(price, slPct)]
}

/** The default quantity at a price; undefined where the notional does not buy one step. Its notional never exceeds the setting's. */
export function quantityFor(price: Decimal, { defaultNotionalUsdt, defaultQty }: SignalSettings): Decimal | undefined {
  if (defaultNotionalUsdt === null) return defaultQty
  const cut = floorToStep(divide(defaultNotionalUsdt, price), QUANTITY_STEP)
  // The quotient is rounded at its 20th place, perhaps up to the step.
  const qty = greater(multiply(cut, price), defaultNotionalUsdt) ? subtract(cut, QUANTITY_STEP) : cut
  return isZero(qty) ? undefined : qty
}
