/**
 * LOMS for signal bots: post a signal, never disturb the bot. One file, no dependencies, Node 18 or newer, Deno or Bun.
 *
 * Nothing here rejects or throws: what goes wrong is told by the result and by `onEvent`. A request that got no answer is
 * sent again with the same Idempotency-Key, so it opens at most once; all attempts together stay within the time-out.
 *
 *     const loms = new LomsClient({ baseUrl: process.env.LOMS_BASE_URL, enabled: process.env.LOMS_ENABLED })
 *     const result = await loms.signal({ symbol: 'BTCUSDT', side: 'long', price: 64000, timestamp: candleTime, tp_pct: 4.5 })
 */

export type LomsEvent = 'loms_skip' | 'loms_http_error' | 'loms_conn_error' | 'loms_error' | 'loms_oms_disabled' | 'loms_risk_reject' | 'loms_order_created'
export type LomsResult = {
  readonly event: LomsEvent
  readonly opened: boolean
  readonly positionId: number | null
  /** Why, where it is not opened. */
  readonly detail: string | null
  /** The answer, where there was one. */
  readonly body: Readonly<Record<string, unknown>>
}
/** Texts as environment variables hold them are understood; null and undefined mean the default. */
export type LomsClientOptions = {
  /** `LOMS_BASE_URL`, default `http://127.0.0.1:8000`. */
  readonly baseUrl?: string | null | undefined
  /** `LOMS_ENABLED`, default true. */
  readonly enabled?: boolean | string | null | undefined
  /** `LOMS_TIMEOUT_SEC`, default 5. */
  readonly timeoutSec?: number | string | null | undefined
  readonly apiKey?: string | null | undefined
  readonly onEvent?: (event: LomsEvent, detail: string) => void
}
export type LomsSignal = {
  readonly symbol: string
  readonly side: string
  readonly price: number | string
  /** A date, an ISO text; absent: now. */
  readonly timestamp?: Date | string
  readonly [field: string]: unknown
}

const ATTEMPTS = 3
const FIRST_PAUSE_MS = 200

export class LomsClient {
  readonly #baseUrl: string
  readonly #enabled: boolean
  readonly #timeoutMs: number
  readonly #apiKey: string | null
  readonly #onEvent: (event: LomsEvent, detail: string) => void

  constructor(options: LomsClientOptions = {}) {
    this.#baseUrl = (options.baseUrl || 'http://127.0.0.1:8000').replace(/\/+$/, '')
    this.#enabled = ['true', '1', 'yes', 'on'].includes(String(options.enabled ?? true).trim().toLowerCase())
    const seconds = Number(options.timeoutSec ?? 5)
    this.#timeoutMs = (seconds > 0 && seconds < 3600 ? seconds : 5) * 1000
    this.#apiKey = options.apiKey || null
    this.#onEvent = options.onEvent ?? ((event, detail) => console.log(`${event} ${detail}`))
  }

  signal({ timestamp, ...signal }: LomsSignal): Promise<LomsResult> {
    return this.post('/signals/bounce', () => ({ ...signal, timestamp: typeof timestamp === 'string' ? timestamp : (timestamp ?? new Date()).toISOString() }))
  }

  /** Closes the open positions on a symbol; narrower with strategy, side, account_label. */
  close(signal: { readonly symbol: string; readonly [field: string]: unknown }): Promise<LomsResult> {
    return this.post('/signals/close', () => signal)
  }

  /** Never rejects. `body` is a function so that what it throws stays in here too. */
  async post(path: string, body: () => object): Promise<LomsResult> {
    try {
      return this.#enabled ? await this.#post(path, JSON.stringify(body())) : this.#told('loms_skip', 'LOMS_ENABLED is not true')
    } catch (error) {
      return this.#told('loms_error', String(error))
    }
  }

  async #post(path: string, body: string): Promise<LomsResult> {
    const headers: Record<string, string> = { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }
    if (this.#apiKey !== null) headers['authorization'] = `Bearer ${this.#apiKey}`
    const deadline = performance.now() + this.#timeoutMs
    let failure: readonly [LomsEvent, string] = ['loms_conn_error', 'no time left']
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const left = deadline - performance.now()
      if (left <= 0) break
      try {
        const response = await fetch(this.#baseUrl + path, { method: 'POST', headers, body, signal: AbortSignal.timeout(Math.ceil(left)) })
        const text = await response.text()
        if (response.status !== 503 && response.status !== 429) return this.#judged(response.status, text)
        failure = ['loms_http_error', `HTTP ${response.status}`]
      } catch (error) {
        failure = ['loms_conn_error', reasonOf(error)]
      }
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempt, deadline - performance.now())
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
    }
    return this.#told(...failure)
  }

  #judged(status: number, text: string): LomsResult {
    const body = parsed(text)
    if (status >= 300 || body === null) return this.#told('loms_http_error', `HTTP ${status}${typeof body?.['detail'] === 'string' ? `: ${body['detail']}` : ''}`, body ?? {})
    if (body['oms_enabled'] === false) return this.#told('loms_oms_disabled', String(body['reason']), body)
    if (body['risk_ok'] === false) return this.#told('loms_risk_reject', String(body['risk_reason']), body)
    return this.#told('loms_order_created', null, body)
  }

  #told(event: LomsEvent, detail: string | null, body: Readonly<Record<string, unknown>> = {}): LomsResult {
    try {
      this.#onEvent(event, detail ?? JSON.stringify(body))
    } catch {
      // The bot's own listener must not disturb the bot.
    }
    const id = body['position_id']
    return { event, opened: event === 'loms_order_created', positionId: typeof id === 'number' ? id : null, detail, body }
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
