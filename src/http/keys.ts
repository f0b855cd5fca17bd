/** API keys: who is asking, and what each scope may do. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ApiKey } from '../config/settings.ts'

/** What a route needs. `open`: nobody is asked for a key. */
export type Need = 'open' | 'read' | 'signal' | 'trade' | 'admin'

const GRANTS: Readonly<Record<ApiKey['scope'], ReadonlySet<Need>>> = {
  read: new Set(['read']),
  signal: new Set(['signal']),
  trade: new Set(['read', 'signal', 'trade']),
  admin: new Set(['read', 'admin']),
  all: new Set(['read', 'signal', 'trade', 'admin']),
}

export const grants = (key: ApiKey, need: Need): boolean => GRANTS[key.scope].has(need)

/** Finds the key in `X-API-Key: KEY` or `Authorization: Bearer KEY`. */
export function presentedKey(apiKeyHeader: string | undefined, authorization: string | undefined): string | undefined {
  if (apiKeyHeader !== undefined) return apiKeyHeader
  return authorization === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '')
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The known keys, kept as hashes. Comparing takes the same time whatever is presented: hashes of one length, all of them. */
export class KeyRing {
  readonly #keys: readonly { readonly key: ApiKey; readonly hash: Buffer }[]
  constructor(keys: readonly ApiKey[]) {
    this.#keys = keys.map((key) => ({ key, hash: key.hashed ? Buffer.from(key.key, 'hex') : sha256(key.key) }))
  }
  /** Without keys everything is open; the settings allow that on loopback only. */
  get open(): boolean {
    return this.#keys.length === 0
  }
  find(presented: string): ApiKey | undefined {
    const hash = sha256(presented)
    let found: ApiKey | undefined
    for (const known of this.#keys) if (timingSafeEqual(known.hash, hash)) found = known.key
    return found
  }
}
