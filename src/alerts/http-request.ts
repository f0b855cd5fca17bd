/** One request to an address of the settings: resolved under guard, no redirects, bounded in time and size. Never rejects. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { guardedLookup } from './guarded-lookup.ts'

const ANSWER_LIMIT = 4_096

export type OutgoingRequest = { readonly method: 'GET' | 'POST'; readonly url: string; readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly timeoutMs: number }
export type RequestOutcome = { readonly ok: true; readonly status: number; readonly retryAfterMs: number | null } | { readonly ok: false; readonly why: string }

export function sendRequest({ method, url, headers, body, timeoutMs }: OutgoingRequest): Promise<RequestOutcome> {
  const target = new URL(url)
  const open = target.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve({ ok: false, why: error.name === 'TimeoutError' || error.name === 'AbortError' ? `no answer within ${timeoutMs / 1000} s` : error.message.replaceAll(url, '…') })
    const options = { method, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }, lookup: guardedLookup(target.hostname), signal: AbortSignal.timeout(timeoutMs) }
    const request = open(target, options, (response) => {
      const answered = (): void => {
        const seconds = Number(response.headers['retry-after'])
        resolve({ ok: true, status: response.statusCode ?? 0, retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null })
      }
      let length = 0
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= ANSWER_LIMIT) return
        answered()
        response.destroy()
      })
      response.once('end', answered)
      response.once('error', failed)
    })
    request.once('error', failed)
    request.end(body)
  })
}
