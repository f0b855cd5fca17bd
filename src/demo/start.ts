/** Where the demo's service listens, and when it can be used. */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LomsClient } from '../cli/http-client.ts'
import type { Child } from './child.ts'

const READY_WITHIN_MS = 20_000

/** True once signals are taken; false where the service has ended, the time is up, or somebody interrupts. */
export async function ready(client: LomsClient, service: Pick<Child, 'ended'>, signal: AbortSignal): Promise<boolean> {
  for (const giveUp = Date.now() + READY_WITHIN_MS; Date.now() < giveUp && service.ended() === null && !signal.aborted; await sleep(50)) {
    if ((await client.get('/readyz', 'object')).kind === 'ok') return true
  }
  return false
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
