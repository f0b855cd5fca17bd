/** Talks to a running LOMS. Never throws: a caller sees an answer, a problem, or that nobody is there. */

/** A refusal as the service words it (RFC 9457). */
export type Problem = {
  readonly status: number
  readonly title: string
  readonly detail: string | null
  readonly fields: readonly { readonly field: string; readonly message: string }[]
  readonly requestId: string | null
}

export type Answer<T> =
  | {
      readonly kind: 'ok'
      readonly status: number
      readonly body: T
      /** `X-Total-Count`: all that match, also beyond this page. */
      readonly total: number | null
      /** Path and query of the next page. */
      readonly next: string | null
    }
  | { readonly kind: 'problem'; readonly problem: Problem }
  /** No answer. `mayHaveArrived`: the request left, so what it asked for may have been done. */
  | { readonly kind: 'unreachable'; readonly cause: string; readonly mayHaveArrived: boolean }
export type Failure = Exclude<Answer<never>, { readonly kind: 'ok' }>

/** What the body must be before it is believed. */
export type Shape = 'object' | 'array'
export type Query = Readonly<Record<string, string | number | undefined>>

export type ClientOptions = { readonly url: string; readonly key: string | undefined; readonly timeoutMs?: number }

export class LomsClient {
  /** Without a slash at the end. */
  readonly url: string
  readonly #headers: Record<string, string>
  readonly #timeoutMs: number

  constructor(options: ClientOptions) {
    this.url = options.url.replace(/\/+$/, '')
    this.#headers = { Accept: 'application/json', ...(options.key === undefined ? {} : { Authorization: `Bearer ${options.key}` }) }
    this.#timeoutMs = options.timeoutMs ?? 10_000
  }

  /** `T` is what the service's contract promises; only `shape` is checked. */
  get<T>(path: string, shape: Shape, query: Query = {}): Promise<Answer<T>> {
    return this.#request<T>('GET', withQuery(path, query), shape, undefined)
  }

  post<T>(path: string, body: object): Promise<Answer<T>> {
    return this.#request<T>('POST', path, 'object', body)
  }

  async #request<T>(method: 'GET' | 'POST', path: string, shape: Shape, body: object | undefined): Promise<Answer<T>> {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: body === undefined ? this.#headers : { ...this.#headers, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.#timeoutMs),
      })
      return readAnswer<T>(response, await response.text(), shape)
    } catch (error) {
      return noAnswer(error, this.#timeoutMs)
    }
  }
}

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}

function readAnswer<T>(response: Response, text: string, shape: Shape): Answer<T> {
  const body = parseJson(text)
  if (!response.ok) return { kind: 'problem', problem: readProblem(response, body) }
  const fits = shape === 'array' ? Array.isArray(body) : isObject(body)
  if (!fits) {
    const detail = `Expected a JSON ${shape} from ${response.url}. Is this address really LOMS?`
    return { kind: 'problem', problem: { status: response.status, title: 'Unexpected answer', detail, fields: [], requestId: null } }
  }
  const total = response.headers.get('X-Total-Count')
  return { kind: 'ok', status: response.status, body: body as T, total: total === null ? null : Number(total), next: nextPage(response) }
}

function readProblem(response: Response, body: unknown): Problem {
  const source = isObject(body) ? body : {}
  const errors = Array.isArray(source.errors) ? source.errors.filter(isObject) : []
  return {
    status: response.status,
    title: string(source.title) ?? string(source.error) ?? response.statusText,
    detail: string(source.detail),
    fields: errors.map((error) => ({
      field: string(error.field) ?? string(error.pointer) ?? '',
      message: string(error.message) ?? string(error.detail) ?? '',
    })),
    requestId: string(source.request_id) ?? string(source.requestId) ?? response.headers.get('X-Request-Id'),
  }
}

/** Path and query of `Link: <…>; rel="next"`; the host stays the one we were told. */
function nextPage(response: Response): string | null {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/i.exec(response.headers.get('Link') ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, response.url)) return null
  const { pathname, search } = new URL(target, response.url)
  return pathname + search
}

function noAnswer(error: unknown, timeoutMs: number): Failure {
  if (!(error instanceof Error)) return { kind: 'unreachable', cause: String(error), mayHaveArrived: true }
  if (error.name === 'TimeoutError') return { kind: 'unreachable', cause: `no answer within ${timeoutMs / 1000} s`, mayHaveArrived: true }
  const reason = error.cause instanceof Error ? error.cause : error
  const code = 'code' in reason && typeof reason.code === 'string' ? reason.code : ''
  const neverConnected = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'].includes(code)
  return { kind: 'unreachable', cause: code === 'ECONNREFUSED' ? 'nobody listens there' : reason.message || code, mayHaveArrived: !neverConnected }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const string = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
