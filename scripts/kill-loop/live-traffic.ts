/** Signals, repeats and closes for a service with real orders, at the prices of the emulated exchange. */
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import { LIVE_KEY } from '../freeze-loop/live-environment.ts'
import type { Json, Memory, Random, SentSignal } from './traffic.ts'

/** About half of what one position may cost. */
export const QUANTITIES: Readonly<Record<string, number>> = { BTCUSDT: 0.001, ETHUSDT: 0.01, SOLUSDT: 0.3, LTCUSDT: 0.5, XRPUSDT: 60, ADAUSDT: 80, DOGEUSDT: 250 }
const SYMBOLS = Object.keys(QUANTITIES)
const PAUSE_MS = 15

export class LiveTraffic {
  readonly #url: string
  readonly #memory: Memory
  readonly #random: Random
  readonly #emulator: Emulator
  #stopped = false

  constructor(url: string, memory: Memory, random: Random, emulator: Emulator) {
    this.#url = url
    this.#memory = memory
    this.#random = random
    this.#emulator = emulator
  }

  /** Sends until stopped. Connections that break are the kill. */
  async run(senders: number): Promise<void> {
    await Promise.all(Array.from({ length: senders }, async () => {
      while (!this.#stopped) {
        await this.#any().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }))
  }

  stop(): void {
    this.#stopped = true
  }

  #any(): Promise<unknown> {
    const { signals } = this.#memory
    const choice = this.#random()
    const earlier = signals.at(-1 - Math.floor(this.#random() * 10))
    if (earlier && choice < 0.25) return this.send(earlier)
    if (choice < 0.4) {
      const opened = signals.filter(({ answer }) => answer !== null && 'position_id' in answer).slice(-SYMBOLS.length)
      const id = opened[Math.floor(this.#random() * opened.length)]?.answer?.['position_id']
      if (typeof id === 'number') return this.close(id)
    }
    return this.send(this.#newSignal())
  }

  #newSignal(): SentSignal {
    const number = this.#memory.signals.length + 1
    const symbol = SYMBOLS[Math.floor(this.#random() * SYMBOLS.length)] as string
    const price = Number(this.#emulator.model.quoteOf(symbol)?.last)
    const body = { symbol, side: this.#random() < 0.5 ? 'long' : 'short', price, qty: QUANTITIES[symbol], sl_pct: 1, tp_pct: 1, timestamp: new Date().toISOString(), signal_id: `signal-${number}` }
    const signal: SentSignal = { number, body, headers: {}, answer: null }
    this.#memory.signals.push(signal)
    return signal
  }

  /** Sends a signal (again). One that opened a position must be answered with the same one for ever. */
  async send(signal: SentSignal): Promise<void> {
    const request = this.#memory.nextRequest()
    const { status, body } = await this.#post('/signals/bounce', { ...signal.body, request })
    // Not ready, or too old by now and never acted on: nothing was promised.
    if (status === 503 || (status === 422 && signal.answer?.['risk_ok'] !== true)) return
    if (status !== 200) return void this.#memory.violations.push(`signal ${signal.number} got ${status}: ${JSON.stringify(body)}`)
    this.#memory.acknowledged.push({ request, audited: true })
    const { duplicate, ...answer } = body
    if (signal.answer?.['risk_ok'] !== true) signal.answer = answer
    else if (duplicate !== true || JSON.stringify(answer) !== JSON.stringify(signal.answer))
      this.#memory.violations.push(`signal ${signal.number} was answered ${JSON.stringify(signal.answer)}, then ${JSON.stringify(body)}: a double entry`)
  }

  async close(id: number): Promise<void> {
    const { status } = await this.#post(`/positions/${id}/close`, {})
    if (status === 404) this.#memory.violations.push(`position ${id} was acknowledged and is unknown`)
  }

  async #post(path: string, body: Json): Promise<{ status: number; body: Json }> {
    const response = await fetch(this.#url + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', authorization: `Bearer ${LIVE_KEY}` } })
    return { status: response.status, body: (await response.json()) as Json }
  }
}
