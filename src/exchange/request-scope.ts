/**
 * Time limits of requests. The limit travels with the call, through its line, to the gate: a request that waited
 * too long never leaves, and a body that stalls is given up (ccxt's own limit ends at the headers).
 */
import { AsyncLocalStorage } from 'node:async_hooks'

type Scope = { readonly deadlineAt: number }
const scopes = new AsyncLocalStorage<Scope>()

/** The call got no trustworthy answer in time; what became of it is unknown. */
export class OutOfTime extends Error {
  constructor(withinMs: number) {
    super(`no answer within ${withinMs} ms`)
    this.name = 'OutOfTime'
  }
}

/** Refused by the gate: proven never to have left this process. */
export class NotSent extends Error {
  constructor(reason: string) {
    super(`not sent: ${reason}`)
    this.name = 'NotSent'
  }
}

/** Runs `call` with a limit of `withinMs` over all of it. Rejects with `OutOfTime`, or as `call` does. */
export async function within<T>(withinMs: number, call: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfTime(withinMs)), withinMs)
  })
  try {
    // Whoever comes second is listened to as well, so that a late rejection does not end the process.
    return await Promise.race([scopes.run({ deadlineAt: performance.now() + withinMs }, call), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether the limit of the current call has passed, or has so little left; a call without one never is late. */
export const isLate = (leftMs = 0): boolean => (scopes.getStore()?.deadlineAt ?? Infinity) - leftMs <= performance.now()
