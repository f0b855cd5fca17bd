/** A validated trading signal: every default resolved, every number a decimal. */
import { HUNDRED, type Decimal } from './decimal.ts'
import type { ExitSignal } from './exit-signal.ts'

export type Direction = 'long' | 'short'
export type OrderSide = 'buy' | 'sell'
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
export type JsonObject = { readonly [key: string]: JsonValue }

/** A take-profit level and how much of the position it closes. */
export type TargetLevel = { readonly price: Decimal; readonly sharePct: Decimal }

/** The whole position at one price; none where there is no price. */
export const wholeTarget = (price: Decimal | null): readonly TargetLevel[] => (price === null ? [] : [{ price, sharePct: HUNDRED }])

export type Signal = {
  readonly symbol: string
  readonly direction: Direction
  /** The entry price the sender saw; levels are computed from it. */
  readonly price: Decimal
  /** Milliseconds since the epoch; null for an order entered by hand. */
  readonly timestampMs: number | null
  readonly exchange: string
  readonly timeframeMin: number
  readonly strategy: string
  readonly accountLabel: string
  readonly qty: Decimal
  /** Step of the market's quantities, where the market is known. */
  readonly qtyStep?: Decimal
  readonly slPrice: Decimal
  /** Nearest first; none: no target. Shares are percent of the filled quantity and sum up to at most 100. */
  readonly targets: readonly TargetLevel[]
  readonly exitStrategy: string
  readonly exitParams: JsonObject
  readonly signalId: string | null
}

/** What identifies a signal without an id of its own; null for an order entered by hand. */
export function naturalKey(signal: Signal): string | null {
  if (signal.timestampMs === null) return null
  return JSON.stringify([signal.symbol, signal.direction, signal.strategy, signal.timestampMs, signal.exchange, signal.accountLabel])
}

/** Text equal for two signals whose validated content is equal. */
export const canonicalSignal = (signal: Signal | ExitSignal): string => JSON.stringify(signal, (_, value: unknown) => (isObject(value) ? sorted(value) : value))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const sorted = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))

export const entrySide = (direction: Direction): OrderSide => (direction === 'long' ? 'buy' : 'sell')
export const exitSide = (direction: Direction): OrderSide => (direction === 'long' ? 'sell' : 'buy')
