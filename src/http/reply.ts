/** Every answer of the service: JSON, problem documents (RFC 9457), pages; always with the same safe headers. */
import type { FieldProblem } from './application.ts'

/** Few, and a plain record instead of `Headers`: every signal pays for them. `frame-ancestors` stands for X-Frame-Options. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
}

export type ExtraHeaders = Readonly<Record<string, string>>

type Body = string | Uint8Array | ReadableStream | null

export function reply(requestId: string, status: number, contentType: string, body: Body, extra?: ExtraHeaders): Response {
  return new Response(body, {
    status,
    headers: { ...SAFE_HEADERS, 'content-type': contentType, 'x-request-id': requestId, ...extra },
  })
}

export const json = (requestId: string, status: number, body: unknown, extra?: ExtraHeaders): Response =>
  reply(requestId, status, 'application/json; charset=utf-8', JSON.stringify(body), extra)

const TITLES: Readonly<Record<number, string>> = {
  400: 'Malformed request',
  401: 'Key required',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  422: 'Invalid values',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Not available',
}

export type Problem = {
  readonly status: number
  /** What is wrong and what to do, one sentence. */
  readonly detail: string
  /** Stable name for programs. */
  readonly code: string
  readonly errors?: readonly FieldProblem[]
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly headers?: ExtraHeaders
}

export function problem(requestId: string, { status, detail, code, errors, members, headers }: Problem): Response {
  const title = TITLES[status] ?? 'Error'
  const document = { type: 'about:blank', title, status, detail, code, request_id: requestId, ...(errors ? { errors } : {}), ...members }
  return reply(requestId, status, 'application/problem+json', JSON.stringify(document), headers)
}

/** As many problems as one answer names; a hostile body may have thousands. */
const MAX_ERRORS = 50
const MAX_FIELD_NAME = 128

/** 422 naming each field. */
export function invalid(requestId: string, problems: readonly FieldProblem[], members?: Problem['members']): Response {
  const errors = problems.slice(0, MAX_ERRORS).map(({ field, message }) => ({ field: field.slice(0, MAX_FIELD_NAME), message }))
  const detail = errors.map(({ field, message }) => `${field} ${message}`).join('; ')
  return problem(requestId, { status: 422, code: 'invalid_values', detail, errors, ...(members ? { members } : {}) })
}

/** 503: try again; a repeat is recognised. */
export const unavailable = (requestId: string, message: string): Response =>
  problem(requestId, { status: 503, code: 'unavailable', detail: message, headers: { 'retry-after': '1' } })
