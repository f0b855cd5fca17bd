/** A stream of requests as impatient bots and people send them, and what was acknowledged. */

/** Uniform draws from [0, 1). */
export type Random = () => number
export type Json = { readonly [field: string]: unknown }
/** One signal, which may be sent many times: its number is its quantity, so that its position can be recognised. */
export type SentSignal = {
  readonly number: number
  readonly body: Json
  readonly headers: Readonly<Record<string, string>>
  /** The first answer that came; null while none did. */
  answer: Json | null
}
/** A request that was answered with 200 or 201, by the number that its body carries. */
export type Acknowledged = { readonly request: number; readonly audited: boolean }

/** Everything that was sent to one data directory, over all its process lives. */
export class Memory {
  readonly signals: SentSignal[] = []
  readonly acknowledged: Acknowledged[] = []
  /** Positions that a close was answered `closed` for, as they were shown. */
  readonly closed = new Map<number, Json>()
  readonly violations: string[] = []
  #request = 0

  nextRequest(): number {
    return ++this.#request
  }
  get requests(): number {
    return this.#request
  }
}

const STEP = 1000
/** The signal a position came from, by its quantity. */
export const numberOf = (position: Json): number => Math.round((position['qty'] as number) * STEP)

export class Traffic {
  readonly #url: string
  readonly #memory: Memory
  readonly #random: Random
  #stopped = false

  constructor(url: string, memory: Memory, random: Random) {
    this.#url = url
    this.#memory = memory
    this.#random = random
  }

  /** Sends until stopped, so many requests at a time. Connections that break are the kill. */
  async run(senders: number): Promise<void> {
    await Promise.all(Array.from({ length: senders }, async () => {
      while (!this.#stopped) await this.#any().catch(() => undefined)
    }))
  }

  stop(): void {
    this.#stopped = true
  }

  #any(): Promise<unknown> {
    const { signals } = this.#memory
    const choice = this.#random()
    const earlier = signals[Math.floor(this.#random() * signals.length)]
    if (earlier && choice < 0.2) return this.send(earlier)
    if (earlier?.answer && 'position_id' in earlier.answer && choice < 0.35) return this.#close(earlier.answer['position_id'] as number)
    return this.send(this.#newSignal())
  }

  #newSignal(): SentSignal {
    const number = this.#memory.signals.length + 1
    const kind = number % 3
    const body = {
      symbol: `S${number % 5}USDT`,
      side: number % 2 ? 'long' : 'short',
      price: 100,
      qty: number / STEP,
      timestamp: new Date(Date.UTC(2026, 0, 1) + number).toISOString(),
      ...(kind === 1 ? { signal_id: `signal-${number}` } : {}),
      // Above the size limit: blocked, which only the header remembers.
      ...(number % 9 === 2 ? { price: 1e9 } : {}),
    }
    const signal: SentSignal = { number, body, headers: kind === 2 ? { 'idempotency-key': `key-${number}` } : {}, answer: null }
    this.#memory.signals.push(signal)
    return signal
  }

  /** Sends a signal (again) and compares its answer with the first one. */
  async send(signal: SentSignal): Promise<void> {
    const request = this.#memory.nextRequest()
    const { status, body } = await this.#post('/signals/bounce', { ...signal.body, request }, signal.headers)
    if (status !== 200) return this.#violation(`signal ${signal.number} got ${status}: ${JSON.stringify(body)}`)
    this.#memory.acknowledged.push({ request, audited: true })
    const { duplicate, ...answer } = body
    if (signal.answer === null) signal.answer = answer
    else if (JSON.stringify(answer) !== JSON.stringify(signal.answer) || (duplicate !== true && remembered(signal)))
      this.#violation(`signal ${signal.number} was answered ${JSON.stringify(signal.answer)}, then ${JSON.stringify(body)}`)
  }

  async #close(id: number): Promise<void> {
    const { status, body } = await this.#post(`/positions/${id}/close`, {}, {})
    if (status === 404) this.#violation(`position ${id} was acknowledged and is unknown`)
    if (status === 200 && body['status'] === 'closed') this.#memory.closed.set(id, body)
  }

  async #post(path: string, body: Json, headers: Readonly<Record<string, string>>): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body), headers })
    return { status: response.status, body: (await response.json()) as Json }
  }

  #violation(what: string): void {
    this.#memory.violations.push(what)
  }
}

/** Whether a repeat must be recognised: opened, or sent with the header. */
const remembered = ({ headers, answer }: SentSignal): boolean => 'idempotency-key' in headers || answer?.['risk_ok'] === true
