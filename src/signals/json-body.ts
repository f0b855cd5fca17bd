/** What a JSON body from outside may contain at all, before anybody reads its fields. */
import type { JsonObject } from '../domain/signal.ts'

/** One field and what is wrong with it. Nested fields are written `exit_params.trigger`. */
export type FieldProblem = { readonly field: string; readonly message: string }

/** Keys that could reach an object's prototype where code copies fields. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])
const MAX_DEPTH = 32

/**
 * Problems of keys, depth and numbers anywhere in the body, unknown fields included: what is accepted is written to the
 * journal and the audit log exactly as it came. Walks without recursion, so depth cannot exhaust the stack.
 */
export function bodyProblems(body: unknown): FieldProblem[] {
  const problems: FieldProblem[] = []
  const waiting: { value: unknown; field: string; depth: number }[] = [{ value: body, field: '', depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, field, depth } = next
    if (typeof value === 'number' && !Number.isFinite(value)) problems.push({ field: field || 'body', message: 'must be a finite number' })
    if (typeof value !== 'object' || value === null) continue
    if (depth >= MAX_DEPTH) return [{ field: field.split('.', 1)[0] || 'body', message: `must not be nested deeper than ${MAX_DEPTH} levels` }]
    for (const key of Object.keys(value)) {
      const child = (value as Readonly<Record<string, unknown>>)[key]
      const name = field === '' ? key : `${field}.${key}`
      if (FORBIDDEN_KEYS.has(key)) problems.push({ field: name, message: 'is not allowed as a key' })
      else if (typeof child === 'object' || typeof child === 'number') waiting.push({ value: child, field: name, depth: depth + 1 })
    }
  }
  return problems
}

export const isJsonObject = (body: unknown): body is JsonObject => typeof body === 'object' && body !== null && !Array.isArray(body)

/** The first problem of each field. */
export function firstPerField(problems: readonly FieldProblem[]): FieldProblem[] {
  const fields = new Set<string>()
  return problems.filter(({ field }) => !fields.has(field) && fields.add(field))
}
