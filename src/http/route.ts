/** What a route is. A route without a declared need does not compile: nothing is reachable by accident. */
import type { Call } from './call.ts'
import type { Need } from './keys.ts'

export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As OpenAPI writes it: `/orders/{id}`. */
  readonly path: string
  readonly needs: Need
  /** The operation's name in the API's description. */
  readonly id: string
  readonly summary: string
  readonly handle: (call: Call) => Response | Promise<Response>
}
