/**
 * The one door for every entry: checks a signal against the limits of its account. Pure; the caller reserves what was
 * approved in the same step, so that concurrent signals cannot pass together.
 */
import type { RiskLimits } from '../domain/core-settings.ts'
import { ZERO, add, greater, multiply, round, type Decimal } from '../domain/decimal.ts'
import type { Signal } from '../domain/signal.ts'

/** What an account holds: every position that is not proven closed or cancelled, pending ones included. */
export type Exposure = {
  readonly openCount: number
  readonly openBySymbol: ReadonlyMap<string, number>
  readonly notionalBySymbol: ReadonlyMap<string, Decimal>
  readonly notionalByStrategy: ReadonlyMap<string, Decimal>
}

declare const approvedBrand: unique symbol
/** A signal that passed every check. Only this type can open a position. */
export type ApprovedSignal = Signal & { readonly [approvedBrand]: true }

export type RiskVerdict =
  | { readonly ok: true; readonly signal: ApprovedSignal }
  /** `scope` names the limit, `reason` is the text existing bots parse. */
  | { readonly ok: false; readonly scope: RiskScope; readonly reason: string }

/** Every limit that can block an entry, in the order of the checks. */
export const RISK_SCOPES = ['total', 'symbol', 'size', 'minimum', 'symbol_exposure', 'strategy_exposure'] as const
export type RiskScope = (typeof RISK_SCOPES)[number]

/** Four decimals, as the reason strings have them. */
const money = (value: Decimal): string => {
  const [whole = '0', fraction = ''] = round(value, 4).split('.')
  return `${whole}.${fraction.padEnd(4, '0')}`
}

const blocked = (scope: RiskScope, name: string, parts: string): RiskVerdict => ({ ok: false, scope, reason: `${name} (${parts})` })

/** Checks in the order of SPEC R-1, then R-2. Counts block at the limit, notionals above it. */
export function assess(signal: Signal, exposure: Exposure, limits: RiskLimits): RiskVerdict {
  const notional = multiply(signal.price, signal.qty)
  const total = exposure.openCount
  if (limits.maxOpenPositions !== null && total >= limits.maxOpenPositions)
    return blocked('total', 'max_total_open_reached', `total=${total}, limit=${limits.maxOpenPositions}`)

  const count = exposure.openBySymbol.get(signal.symbol) ?? 0
  if (limits.maxOpenPositionsPerSymbol !== null && count >= limits.maxOpenPositionsPerSymbol)
    return blocked('symbol', 'max_symbol_open_reached', `symbol=${signal.symbol}, count=${count}, limit=${limits.maxOpenPositionsPerSymbol}`)

  const size = limits.maxSizePerPositionUsdt
  if (size !== null && greater(notional, size))
    return blocked('size', 'max_size_per_position_exceeded', `notional=${money(notional)}, limit=${money(size)}`)

  if (signal.qty === '0') return blocked('minimum', 'below_minimum', `symbol=${signal.symbol}, qty=0`)

  return assessExposure(signal, notional, exposure, limits)
}

function assessExposure(signal: Signal, notional: Decimal, exposure: Exposure, limits: RiskLimits): RiskVerdict {
  const symbolLimit = limits.maxExposurePerSymbolUsdt
  const onSymbol = add(exposure.notionalBySymbol.get(signal.symbol) ?? ZERO, notional)
  if (symbolLimit !== null && greater(onSymbol, symbolLimit))
    return blocked('symbol_exposure', 'max_symbol_exposure_exceeded', `symbol=${signal.symbol}, exposure=${money(onSymbol)}, limit=${money(symbolLimit)}`)

  const strategyLimit = limits.maxExposurePerStrategyUsdt
  const ofStrategy = add(exposure.notionalByStrategy.get(signal.strategy) ?? ZERO, notional)
  if (strategyLimit !== null && greater(ofStrategy, strategyLimit))
    return blocked('strategy_exposure', 'max_strategy_exposure_exceeded', `strategy=${signal.strategy}, exposure=${money(ofStrategy)}, limit=${money(strategyLimit)}`)

  return { ok: true, signal: signal as ApprovedSignal }
}
