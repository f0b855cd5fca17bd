/** One token bucket per key or address. */
import { problem } from './reply.ts'

/** Of one key, or of one address without a key. */
export const REQUESTS_PER_SECOND = 100
const MAX_BUCKETS = 10_000

export const tooManyRequests = (requestId: string, { retryAfterSec }: { readonly retryAfterSec: number }): Response =>
  problem(requestId, { status: 429, code: 'too_many_requests', detail: `More than ${REQUESTS_PER_SECOND} requests in a second; slow down.`, headers: { 'retry-after': String(retryAfterSec) } })

export class RateLimit {
  readonly #perSecond: number
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond
    this.#now = now
  }
  /** Takes one token; otherwise the whole seconds until there is one again. */
  take(who: string): 'ok' | { readonly retryAfterSec: number } {
    const now = this.#now()
    const bucket = this.#buckets.get(who) ?? this.#created(who, now)
    bucket.tokens = Math.min(this.#perSecond, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return { retryAfterSec: Math.ceil((1 - bucket.tokens) / this.#perSecond) }
    bucket.tokens -= 1
    return 'ok'
  }
  #created(who: string, now: number): { tokens: number; at: number } {
    // A bucket that was not used for a second is full again: forgetting it changes nothing.
    if (this.#buckets.size >= MAX_BUCKETS) for (const [name, { at }] of this.#buckets) if (now - at >= 1000) this.#buckets.delete(name)
    const bucket = { tokens: this.#perSecond, at: now }
    this.#buckets.set(who, bucket)
    return bucket
  }
}
