/** The dead man's switch: an address elsewhere is called while all is well, and raises the alarm when it is not. */
import { sendRequest, type RequestOutcome } from './http-request.ts'

const EVERY_MS = 60_000
const TIMEOUT_MS = 10_000

export class Heartbeat {
  readonly #url: string
  readonly #well: () => boolean
  readonly #onTrouble: (why: string) => void
  #nextAt = 0
  #calling: Promise<void> | null = null

  constructor(url: string, well: () => boolean, onTrouble: (why: string) => void) {
    this.#url = url
    this.#well = well
    this.#onTrouble = onTrouble
  }

  tick(now: number): void {
    if (now < this.#nextAt || this.#calling !== null || !this.#well()) return
    this.#nextAt = now + EVERY_MS
    this.#calling = sendRequest({ method: 'GET', url: this.#url, timeoutMs: TIMEOUT_MS }).then((outcome: RequestOutcome) => {
      this.#calling = null
      if (!outcome.ok) this.#onTrouble(outcome.why)
      else if (outcome.status >= 300) this.#onTrouble(`it answered ${outcome.status}`)
    })
  }

  async settled(): Promise<void> {
    await this.#calling
  }
}
