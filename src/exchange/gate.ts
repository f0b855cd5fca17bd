/**
 * The last check before the socket, after signing: only known hosts and endpoints of this client's purpose, only while
 * this process owns the account, only before the call's time limit. A process that was frozen and wakes up sends nothing.
 */
import { allowedEndpoints, type ClientPurpose, type Venue } from './venue.ts'
import { isLate, NotSent } from './request-scope.ts'

export type GateOptions = {
  readonly venue: Venue
  readonly purpose: ClientPurpose
  /** Origins that may be reached, `https://api.bybit.com`. */
  readonly origins: readonly string[]
  /** Whether this process still owns the account's journal. */
  readonly owns: () => boolean
}

/** Throws `NotSent` where the request must not leave. */
export function checkRequest(options: GateOptions, method: string, url: string): void {
  const { origin, pathname } = new URL(url)
  if (!options.origins.includes(origin)) throw new NotSent(`${origin} is not one of ${options.origins.join(', ')}`)
  const known = allowedEndpoints(options.venue, options.purpose).some((endpoint) => endpoint.method === method && endpoint.path.test(pathname))
  if (!known) throw new NotSent(`${method} ${pathname} is not an endpoint of the ${options.purpose} client`)
  if (!options.owns()) throw new NotSent('this process no longer owns the account')
  if (isLate()) throw new NotSent('its time limit has passed')
}
