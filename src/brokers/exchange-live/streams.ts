/**
 * The account's streams. A push only says that something changed: what changed is read by REST, so a lost, doubled, late or
 * reordered push can do no harm, and the read after a reconnect is the same read as any other.
 */
import type { ExchangeClient } from '../../exchange/client.ts'
import { messageOf } from './outcome.ts'

type Topics = Readonly<Record<string, () => Promise<unknown>>>

/** Pause before a failed topic is watched again; ccxt adds its own back-off for dialling. */
const AGAIN_MS = 500

/**
 * Watches every topic for ever. Each loop asks for the next push before it tells about the last one: ccxt wakes nobody
 * for a push that comes while nobody waits (trap T20). After an error the whole client is closed: a refused subscription
 * otherwise stays registered and hangs for ever (trap T21). Returns what ends it.
 */
export function watchTopics(client: ExchangeClient, topics: Topics, onPush: () => void, onState: (topic: string, connected: boolean, message: string) => void): () => Promise<void> {
  let closed = false
  const watchTopic = async (topic: string, next: () => Promise<unknown>): Promise<void> => {
    let connected = false
    while (!closed) {
      try {
        await next()
        if (!connected) onState(topic, true, '')
        connected = true
        onPush()
      } catch (error) {
        if (closed) return
        connected = false
        onState(topic, false, messageOf(error))
        // Something may have happened that nobody told us.
        onPush()
        await client.close().catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
      }
    }
  }
  for (const [topic, next] of Object.entries(topics)) void watchTopic(topic, next)
  return async () => {
    closed = true
    await client.close().catch(() => {})
  }
}
