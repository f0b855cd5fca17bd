/** Resolving names for requests to addresses of the settings (rules: `src/config/target.ts`). */
import { lookup as resolveName } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { bareHost, isLinkLocal, isPrivate, isWrittenPrivate } from '../config/target.ts'

/**
 * Resolves names for one connection and refuses those that lead to private addresses. The address that was checked is the
 * one connected to, so that a second answer of the name server changes nothing.
 */
export function guardedLookup(hostname: string): LookupFunction {
  const allowed = isWrittenPrivate(bareHost(hostname))
  return (name, options, callback) => {
    resolveName(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const wrong = addresses.find(({ address }) => isLinkLocal(address) || (!allowed && isPrivate(address)))
      const [first] = addresses
      if (wrong || !first) return callback(new Error(`${name} leads to a private address; write that address itself if it is meant`), '', 0)
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
