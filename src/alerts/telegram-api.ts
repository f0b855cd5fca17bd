/** The Telegram Bot API by plain HTTPS. The token is part of the address: no error that leaves here contains it. */

export type TelegramAnswer<T> =
  | { readonly kind: 'ok'; readonly result: T }
  /** Telegram refused: `retryAfterMs` with code 429. */
  | { readonly kind: 'refused'; readonly code: number; readonly description: string; readonly retryAfterMs: number | null }
  /** No answer that can be trusted. */
  | { readonly kind: 'unreachable'; readonly why: string }

const LONGEST_ANSWER = 1_000_000

export class TelegramApi {
  readonly #base: string
  readonly #token: string

  /** `origin`: another server that speaks the Bot API, for tests. */
  constructor(token: string, origin = 'https://api.telegram.org') {
    this.#token = token
    this.#base = `${origin}/bot${token}`
  }

  async call<T>(method: string, body: object, timeoutMs: number, abort?: AbortSignal): Promise<TelegramAnswer<T>> {
    try {
      const limit = AbortSignal.timeout(timeoutMs)
      const response = await fetch(`${this.#base}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: abort ? AbortSignal.any([limit, abort]) : limit,
      })
      return read<T>(response.status, (await response.text()).slice(0, LONGEST_ANSWER))
    } catch (error) {
      return { kind: 'unreachable', why: this.#reason(error, timeoutMs) }
    }
  }

  #reason(error: unknown, timeoutMs: number): string {
    if (!(error instanceof Error)) return 'unknown error'
    if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`
    const cause = error.cause instanceof Error ? ('code' in error.cause ? String(error.cause.code) : error.cause.message) : error.message
    return cause.replaceAll(this.#token, '***')
  }
}

/** What comes from outside is looked at field by field. */
function read<T>(status: number, text: string): TelegramAnswer<T> {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return { kind: 'unreachable', why: `HTTP ${status} without JSON` }
  }
  if (typeof body !== 'object' || body === null) return { kind: 'unreachable', why: `HTTP ${status} without an object` }
  const { ok, result, error_code, description, parameters } = body as Readonly<Record<string, unknown>>
  if (ok === true) return { kind: 'ok', result: result as T }
  const retryAfter = typeof parameters === 'object' && parameters !== null ? (parameters as { readonly retry_after?: unknown }).retry_after : undefined
  return {
    kind: 'refused',
    code: typeof error_code === 'number' ? error_code : status,
    description: typeof description === 'string' ? description.slice(0, 300) : '',
    retryAfterMs: typeof retryAfter === 'number' && retryAfter >= 0 ? retryAfter * 1000 : null,
  }
}
