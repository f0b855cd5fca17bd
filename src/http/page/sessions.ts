/**
 * Browsers that signed in with an API key: an HttpOnly cookie stands for the key, a token that only the page can read
 * stands against forged requests. Kept in memory: a restart signs everybody out.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ApiKey } from '../../config/settings.ts'

export const SESSION_COOKIE = 'loms_session'
const SESSION_SECONDS = 12 * 3600
const MAX_SESSIONS = 100

export type Session = { readonly key: ApiKey; readonly token: string; readonly endsAt: number }

export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #now: () => number

  /** `now`: milliseconds; only differences matter. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** A new session and the cookie that stands for it. */
  begin(key: ApiKey, secure: boolean): { readonly session: Session; readonly cookie: string } {
    if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.delete(this.#sessions.keys().next().value as string)
    const id = randomBytes(32).toString('base64url')
    const session = { key, token: randomBytes(32).toString('base64url'), endsAt: this.#now() + SESSION_SECONDS * 1000 }
    this.#sessions.set(hashed(id), session)
    return { session, cookie: cookie(id, SESSION_SECONDS, secure) }
  }

  find(cookieHeader: string | undefined): Session | undefined {
    const id = sessionId(cookieHeader)
    const session = id === undefined ? undefined : this.#sessions.get(hashed(id))
    return session && session.endsAt > this.#now() ? session : undefined
  }

  /** Ends the session; the cookie that removes the old one. */
  end(cookieHeader: string | undefined, secure: boolean): string {
    const id = sessionId(cookieHeader)
    if (id !== undefined) this.#sessions.delete(hashed(id))
    return cookie('', 0, secure)
  }
}

/** A request that changes something proves that the page itself sent it. */
export const isOwnToken = (session: Session, presented: string | undefined): boolean =>
  presented !== undefined && timingSafeEqual(createHash('sha256').update(presented).digest(), createHash('sha256').update(session.token).digest())

/** A browser names the page's origin with every request that changes something; it must be this very service. */
export const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || (host !== undefined && origin.replace(/^https?:\/\//, '') === host)

const hashed = (id: string): string => createHash('sha256').update(id).digest('base64url')

const cookie = (id: string, maxAge: number, secure: boolean): string =>
  `${SESSION_COOKIE}=${id}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${secure ? '; Secure' : ''}`

const sessionId = (header: string | undefined): string | undefined => {
  const id = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w-]{43})(?:;|$)`).exec(header ?? '')?.[1]
  return id === '' ? undefined : id
}
