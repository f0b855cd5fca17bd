/** Where alerts arrive: a person's phone, over a channel that is down at times or loses its answers. It outlives every process. */
import type { Alert } from '../../../src/alerts/alert.ts'
import type { Channel, SendOutcome } from '../../../src/alerts/channel.ts'
import { Disturbances } from './disturbances.ts'
import type { VirtualTime } from './virtual-time.ts'

const LATENCY_MS = 120
/** A channel's own limit of a request. */
const TIMEOUT_MS = 10_000

export type PhoneFault = 'down' | 'unanswered'
type Struck = { readonly mode: PhoneFault; readonly onStruck: () => void }
/** `answered`: LOMS was told that they arrived. */
export type Told = { readonly alerts: readonly Alert[]; readonly answered: boolean }

export class Phone {
  static readonly CHANNEL = 'phone'
  /** When LOMS could not have told anybody. */
  readonly disturbances = new Disturbances()
  onTold: (told: Told) => void = () => {}
  readonly #time: VirtualTime
  #faults: readonly Struck[] = []

  constructor(time: VirtualTime) {
    this.#time = time
  }

  /** `onStruck`: a message was spoiled. */
  strike(mode: PhoneFault, forMs: number, onStruck: () => void): () => void {
    const struck = { mode, onStruck }
    this.#faults = [...this.#faults, struck]
    // Pauses between two attempts grow as long as it lasts.
    this.disturbances.add(this.#time.now, this.#time.now + 2 * forMs + TIMEOUT_MS, null)
    return () => void (this.#faults = this.#faults.filter((each) => each !== struck))
  }
  heal(): void {
    this.#faults = []
  }

  /** The channel of one process life: nothing is answered to another. */
  channel(alive: () => boolean): Channel {
    return {
      name: Phone.CHANNEL, gapMs: 1000, fits: (alerts) => Math.min(10, alerts.length),
      send: (alerts) => new Promise((resolve) => {
        const answer = (afterMs: number, outcome: SendOutcome): void => this.#time.later(afterMs, () => this.#time.inProcess(() => (alive() ? resolve(outcome) : undefined)))
        const struck = this.#faults[0]
        struck?.onStruck()
        const fault = struck?.mode
        if (fault === 'down') return answer(LATENCY_MS, { kind: 'later', afterMs: null, why: 'no connection' })
        this.#time.later(LATENCY_MS, () => {
          // Whoever has ended meanwhile hears no answer.
          this.onTold({ alerts, answered: fault === undefined && alive() })
          if (fault === undefined) answer(LATENCY_MS, { kind: 'delivered' })
          else answer(TIMEOUT_MS, { kind: 'later', afterMs: null, why: 'no answer' })
        })
      }),
    }
  }
}
