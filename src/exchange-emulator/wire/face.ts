/** What a venue's face is to the servers: it names calls, answers them, and turns events into pushes. */
import type { Account, ApiKey } from '../model/account.ts'
import type { ModelEvent } from '../model/core.ts'
import type { Execution } from '../model/order.ts'

export type Params = Readonly<Record<string, unknown>>

/** One request as it arrived. `params` is the query of a GET, the JSON body of a POST. */
export type WireRequest = {
  readonly method: string
  readonly path: string
  readonly rawQuery: string
  readonly body: string
  readonly params: Params
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly at: number
}
export type Answer = { readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }

export type Push = {
  readonly topic: string
  /** Whom it is for; null: everybody who subscribed. */
  readonly account: string | null
  readonly body: unknown
}

/** One websocket connection. */
export type Session = {
  readonly path: string
  readonly id: string
  readonly topics: Set<string>
  account: Account | null
  key: ApiKey | null
  readonly send: (message: unknown) => void
  readonly close: (code: number) => void
}

/** Edits every list in an answer: rows in, rows out. */
export type RowEdit = (rows: readonly Params[]) => readonly Params[]

export type VenueFace = {
  /** The venue-neutral name of a call (`entry`, `stop`, `close`, `cancel`, `positions`, …); undefined for an unknown path. */
  readonly nameOf: (method: string, path: string, params: Params) => string | undefined
  /** Checks key, signature, time and rate, carries the call out, and answers in the venue's words. */
  readonly answer: (request: WireRequest, execution: Execution | null) => Answer
  readonly errorAnswer: (code: string, message: string, status: number | undefined, at: number) => Answer
  readonly editLists: (body: unknown, edit: RowEdit) => unknown
  readonly isSocketPath: (path: string) => boolean
  /** A message from a client. `ping`s are answered here too. */
  readonly onMessage: (session: Session, text: string, at: number) => void
  /** What a new subscription gets to see first. */
  readonly pushesOf: (event: ModelEvent) => readonly Push[]
}

export const text = (params: Params, name: string): string | undefined => {
  const value = params[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}
export const whole = (params: Params, name: string): number | undefined => {
  const value = Number(text(params, name) ?? Number.NaN)
  return Number.isInteger(value) ? value : undefined
}

/** A message of a client; `{}` for what is no JSON. */
export function parsedMessage(message: string): unknown {
  try {
    return JSON.parse(message) as unknown
  } catch {
    return {}
  }
}
