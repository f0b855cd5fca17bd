/** What a failed call for prices is called in LOMS. By the names of ccxt's classes, so that ccxt need not be loaded here. */
import { OutOfTime } from '../../exchange/request-scope.ts'
import type { PriceErrorCode } from '../price-source.ts'
import { BadTickers } from './venue-ticker.ts'

const CODES: Readonly<Record<string, PriceErrorCode>> = {
  RequestTimeout: 'timeout',
  RateLimitExceeded: 'rate_limit',
  DDoSProtection: 'rate_limit',
  BadSymbol: 'unknown_symbol',
  BadResponse: 'bad_data',
  SyntaxError: 'bad_data',
}

/** `http` is everything that has no name of its own: refused, reset, unavailable. */
export function priceFailure(error: unknown): { readonly code: PriceErrorCode; readonly message: string } {
  const message = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : String(error)
  if (error instanceof OutOfTime) return { code: 'timeout', message }
  // The answer's status is not in every error that ccxt makes of it.
  if (/\b429\b|too many requests/i.test(message)) return { code: 'rate_limit', message }
  if (error instanceof BadTickers) return { code: 'bad_data', message }
  for (let each: object | null = error instanceof Error ? Object.getPrototypeOf(error) as object : null; each; each = Object.getPrototypeOf(each) as object | null) {
    const code = CODES[(each.constructor as { readonly name: string }).name]
    if (code) return { code, message }
  }
  return { code: 'http', message }
}

/** Waits between tries: 1, 2, 4, … at most 30 seconds. */
export class RetryDelay {
  #next = 1000
  /** How long to wait now, in milliseconds. */
  take(): number {
    const wait = this.#next
    this.#next = Math.min(2 * wait, 30_000)
    return wait
  }
  reset(): void {
    this.#next = 1000
  }
}
