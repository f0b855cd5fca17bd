/**
 * What an exchange was asked and what it answered, for whoever looks into an incident: JSON Lines, a file per UTC day.
 * Headers are never kept – keys and signatures travel there – and the account's own secrets are masked wherever they stand.
 * Writing happens beside the request and may fail without harm.
 */
import { appendFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** An answer longer than this is cut: market lists, long histories. */
const LONGEST_ANSWER = 16_384
const MOST_BYTES_A_DAY = 64 * 1024 * 1024
/** Reads whose last answer is remembered, so that the same answer is not written every few seconds. */
const MOST_READS = 200
/** Market lists and clocks are everybody's. */
const PUBLIC = /\/(market|public)\//
const DAY_MS = 86_400_000

export type RequestLogOptions = {
  /** Made with the first line. */
  readonly directory: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Masked wherever they appear. */
  readonly secrets: readonly string[]
  /** Files of older days are removed when a day begins. */
  readonly keptDays: number
  readonly log: (event: 'request_log_failed' | 'request_log_full' | 'request_log_removed', fields: Readonly<Record<string, string | number>>) => void
}

/** A request as it leaves. */
export type SentRequest = { readonly purpose: string; readonly method: string; readonly url: string; readonly body: unknown }
/** Told once: what came back, or what went wrong. */
export type Answered = (outcome: { readonly answer: unknown } | { readonly error: string }) => void

export class RequestLog {
  readonly #options: RequestLogOptions
  readonly #reads = new Map<string, { readonly answer: string; repeats: number }>()
  #number = 0
  #waiting: string[] = []
  #writing: Promise<void> | null = null
  #day = ''
  #bytes = 0
  #failing = false

  constructor(options: RequestLogOptions) {
    this.#options = options
  }

  /** Notes a request that is about to leave; what it returns takes the outcome. Throws nothing. */
  sent({ purpose, method, url, body }: SentRequest): Answered {
    const { pathname, search } = new URL(url)
    if (PUBLIC.test(pathname)) return () => {}
    const at = this.#options.now()
    const n = (this.#number += 1)
    const request = { n, purpose, method, path: pathname, query: search.replace(/^\?/, '') }
    // An order that was sent and never answered must be seen after a crash: it is written before its answer.
    if (method !== 'GET') this.#write({ at, ...request, sent: parsed(body) })
    return (outcome) => {
      const ms = this.#options.now() - at
      const shown = 'error' in outcome ? { error: outcome.error.slice(0, LONGEST_ANSWER) } : { answer: shortened(outcome.answer) }
      if (method !== 'GET') return this.#write({ at: at + ms, n, ms, ...shown })
      const name = `${pathname}${search}`
      const answer = JSON.stringify(shown)
      const known = this.#reads.get(name)
      if (known?.answer === answer) return void (known.repeats += 1)
      if (this.#reads.size >= MOST_READS) this.#reads.clear()
      this.#reads.set(name, { answer, repeats: 0 })
      this.#write({ at: at + ms, ...request, ms, ...(known && known.repeats > 0 ? { same_before: known.repeats } : {}), ...shown })
    }
  }

  /** Resolves when everything noted so far is written or given up; never rejects. */
  async flush(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  #write(line: object): void {
    const text = this.#options.secrets.reduce((masked, secret) => (secret === '' ? masked : masked.replaceAll(secret, '***')), JSON.stringify(line))
    this.#waiting.push(`${text}\n`)
    this.#writing ??= this.#drain().finally(() => (this.#writing = null))
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const text = this.#waiting.join('')
      this.#waiting = []
      try {
        await this.#append(text)
        this.#failing = false
      } catch (error) {
        if (!this.#failing) this.#options.log('request_log_failed', { directory: this.#options.directory, message: (error as Error).message })
        this.#failing = true
      }
    }
  }

  async #append(text: string): Promise<void> {
    const day = new Date(this.#options.now()).toISOString().slice(0, 10)
    const file = join(this.#options.directory, `${day}.jsonl`)
    if (day !== this.#day) await this.#begin(day, file)
    if (this.#bytes > MOST_BYTES_A_DAY) return
    this.#bytes += text.length
    if (this.#bytes > MOST_BYTES_A_DAY) this.#options.log('request_log_full', { file, bytes: this.#bytes })
    else await appendFile(file, text, { mode: 0o600 })
  }

  async #begin(day: string, file: string): Promise<void> {
    const { directory, keptDays, now, log } = this.#options
    await mkdir(directory, { recursive: true })
    this.#bytes = (await stat(file).catch(() => null))?.size ?? 0
    this.#day = day
    const oldest = new Date(now() - keptDays * DAY_MS).toISOString().slice(0, 10)
    for (const name of await readdir(directory)) {
      if (!/^\d{4}-\d\d-\d\d\.jsonl$/.test(name) || name.slice(0, 10) >= oldest) continue
      await rm(join(directory, name))
      log('request_log_removed', { file: join(directory, name) })
    }
  }
}

/** JSON as JSON, anything else as the text that it is. */
function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body ?? null
  try {
    return JSON.parse(body) as unknown
  } catch {
    return body.slice(0, LONGEST_ANSWER)
  }
}

/** The venue's own clock in an answer says nothing, yet makes every answer another one. */
const CLOCK = new Set(['time', 'requestTime'])

function shortened(answer: unknown): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) => (CLOCK.has(key) ? undefined : value)) ?? 'null'
  return text.length > LONGEST_ANSWER ? `${text.slice(0, LONGEST_ANSWER)}… (${text.length} characters)` : (JSON.parse(text) as unknown)
}
