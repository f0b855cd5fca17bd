/** Requests to the service, and who is signed in. */
import { signal } from '@preact/signals'

export type Need = 'read' | 'signal' | 'trade' | 'admin'
export type SessionView = {
  readonly required: boolean
  readonly signed_in: boolean
  readonly name: string | null
  readonly scope: string | null
  readonly may: readonly Need[]
  readonly token: string | null
}
/** Null: not known yet. */
export const session = signal<SessionView | null>(null)
export const may = (need: Need): boolean => session.value?.may.includes(need) ?? false

/** `message`: what the service said, ready to be shown. */
export type Answer<T> = { readonly ok: true; readonly status: number; readonly body: T } | { readonly ok: false; readonly status: number; readonly message: string }

export async function request<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Answer<T>> {
  const token = session.value?.token
  const headers = { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(method !== 'GET' && token ? { 'x-csrf-token': token } : {}) }
  try {
    const response = await fetch(path, { method, headers, credentials: 'same-origin', ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    const answer = (await response.json().catch(() => null)) as unknown
    if (response.ok) return { ok: true, status: response.status, body: answer as T }
    if (response.status === 401 && path !== '/session') await loadSession()
    return { ok: false, status: response.status, message: (answer as { readonly detail?: string } | null)?.detail ?? `The service answered ${response.status}.` }
  } catch {
    return { ok: false, status: 0, message: 'The service does not answer; is it running?' }
  }
}

export const get = <T>(path: string): Promise<Answer<T>> => request<T>('GET', path)
export const post = <T>(path: string, body: unknown = {}): Promise<Answer<T>> => request<T>('POST', path, body)

export async function loadSession(): Promise<void> {
  const answer = await get<SessionView>('/session')
  if (answer.ok) session.value = answer.body
}
export async function signIn(key: string): Promise<string | null> {
  const answer = await post<SessionView>('/session', { key })
  if (!answer.ok) return answer.message
  session.value = answer.body
  return null
}
export async function signOut(): Promise<void> {
  const answer = await request<SessionView>('DELETE', '/session')
  if (answer.ok) session.value = answer.body
}
