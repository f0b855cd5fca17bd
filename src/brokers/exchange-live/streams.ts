/**
 * The account's streams. A push only says that something changed: what changed is read by REST, so a lost, doubled, late or
 * reordered push can do no harm, and the read after a reconnect is the same read as any other.
 */
import type { ExchangeClient } from '../../exchange/client.ts'
import { within } from '../../exchange/request-scope.ts'
import { messageOf } from './outcome.ts'

/** What happened at the account that some topics must tell: an order or a conditional order was taken, a trade was made. */
export type News = 'order' | 'conditional-order' | 'fill'

/** One subscription of ccxt's: how to wait for its next push, and what it must tell. */
export type Topic = { readonly next: () => Promise<unknown>; readonly tells: readonly News[] }

export type StreamTimers = { readonly now: () => number; readonly every: (ms: number, task: () => void) => () => void; readonly after: (ms: number, task: () => void) => () => void }

export type StreamListener = {
  /** Monotonic. */
  readonly timers: StreamTimers
  /** Something changed, or may have without a word. */
  readonly onPush: () => void
  readonly onState: (topic: string, connected: boolean, message: string) => void
}

/** Pause before a failed topic is watched again; ccxt adds its own back-off for dialling. */
const AGAIN_MS = 500
/** By then a new connection has subscribed; what happened before it did is read again. */
const SUBSCRIBED_MS = 1500
/** News is known from the answers of REST before or behind its push, by this much at most. */
const SILENT_MS = 10_000
const CHECK_MS = 1000
/** How long a connection may take to end. */
const CLOSE_MS = 1000

type Watched = Topic & { armedAt: number; pushedAt: number; owedSince: number | null; connected: boolean; lost: string | null; giveUp: (reason: Error) => void }

/**
 * Watches every topic for ever. Each loop asks for the next push before it tells about the last one: ccxt wakes nobody
 * for a push that comes while nobody waits (trap T20). After an error the whole client is closed: a refused subscription
 * otherwise stays registered and hangs for ever (trap T21). An account may be quiet for hours, so silence alone says
 * nothing; a topic that did not tell what REST shows has to happen is dead, and everything is dialled anew.
 */
export class AccountStreams {
  readonly #client: Pick<ExchangeClient, 'close'>
  readonly #topics: ReadonlyMap<string, Watched>
  readonly #listener: StreamListener
  #closed = false
  #sweeping = false
  #stopChecking: () => void = () => {}

  constructor(client: Pick<ExchangeClient, 'close'>, topics: Readonly<Record<string, Topic>>, listener: StreamListener) {
    this.#client = client
    this.#listener = listener
    const now = listener.timers.now()
    this.#topics = new Map(Object.entries(topics).map(([name, topic]) => [name, { ...topic, armedAt: now, pushedAt: -Infinity, owedSince: null, connected: false, lost: null, giveUp: () => {} }]))
  }

  start(): void {
    for (const [name, topic] of this.#topics) void this.#watch(name, topic)
    this.#stopChecking = this.#listener.timers.every(CHECK_MS, () => this.#endSilence())
  }

  /** Something happened just now: the topics that must tell it have told it lately, or will soon. */
  expect(news: News): void {
    const now = this.#listener.timers.now()
    for (const topic of this.#topics.values()) {
      // What happens while a connection is being made is told by nobody.
      const isListening = now - topic.armedAt >= SILENT_MS
      if (topic.tells.includes(news) && isListening && now - topic.pushedAt > SILENT_MS) topic.owedSince ??= now
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#stopChecking()
    await this.#hangUp()
  }

  async #watch(name: string, topic: Watched): Promise<void> {
    const { timers, onPush, onState } = this.#listener
    let next = this.#next(topic)
    while (!this.#closed) {
      try {
        await next
        next = this.#next(topic)
        topic.pushedAt = timers.now()
        topic.owedSince = null
        if (!topic.connected) onState(name, true, '')
        Object.assign(topic, { connected: true, lost: null })
        onPush()
      } catch (error) {
        if (this.#closed) return
        const lost = messageOf(error)
        // An exchange that is down for an hour is told once.
        if (lost !== topic.lost) onState(name, false, lost)
        Object.assign(topic, { connected: false, lost })
        // Something may have happened that nobody told us.
        onPush()
        await this.#hangUp()
        await new Promise<void>((resolve) => void timers.after(AGAIN_MS, resolve))
        if (this.#closed) return
        next = this.#next(topic)
        this.#sweep()
      }
    }
  }

  /** The topic's next push; rejects where it fails or is given up. ccxt may leave its own promise open for ever. */
  #next(topic: Watched): Promise<void> {
    const pushed = new Promise<void>((resolve, reject) => {
      topic.giveUp = reject
      topic.next().then(() => resolve(), reject)
    })
    // Nobody waits for it while a push is told.
    pushed.catch(() => {})
    return pushed
  }

  /** Once more when the new subscriptions stand: between the last look and them nothing is pushed. */
  #sweep(): void {
    const { timers, onPush } = this.#listener
    const now = timers.now()
    for (const topic of this.#topics.values()) Object.assign(topic, { armedAt: now, owedSince: null })
    if (this.#sweeping) return
    this.#sweeping = true
    timers.after(SUBSCRIBED_MS, () => {
      this.#sweeping = false
      if (!this.#closed) onPush()
    })
  }

  #endSilence(): void {
    const now = this.#listener.timers.now()
    const silent = [...this.#topics].filter(([, { owedSince }]) => owedSince !== null && now - owedSince >= SILENT_MS).map(([name]) => name)
    if (silent.length === 0) return
    const reason = new Error(`the stream of ${silent.join(', ')} did not tell what happened`)
    for (const topic of this.#topics.values()) {
      topic.owedSince = null
      topic.giveUp(reason)
    }
  }

  async #hangUp(): Promise<void> {
    await within(CLOSE_MS, () => this.#client.close()).catch(() => {})
  }
}
