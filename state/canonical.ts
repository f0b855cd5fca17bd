/** One text for one value: keys sorted, nothing that JSON would drop or bend. What hashes and comparisons are made of. */
import { hash } from 'node:crypto'
import { InvariantError } from '../src/domain/assert.ts'

/**
 * JSON with sorted keys. Throws `InvariantError` on what JSON cannot carry (undefined, NaN, Infinity, functions,
 * symbols, bigints, Dates, Maps and other class instances), naming the place: a state that holds one is a bug.
 */
export function canonicalJson(value: unknown): string {
  return text(value, '$')
}

/** SHA-256 (hex) of the canonical JSON. */
export const stateHash = (value: unknown): string => hash('sha256', canonicalJson(value), 'hex')

function text(value: unknown, place: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refusal(String(value), place)
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw refusal(typeof value, place)
  if (Array.isArray(value)) return list(value, place)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw refusal('an instance of a class', place)
  return object(value as Record<string, unknown>, place)
}

function list(values: readonly unknown[], place: string): string {
  const parts: string[] = []
  // By index: `map` would step over the holes of a sparse array.
  for (let index = 0; index < values.length; index++) parts.push(text(values[index], `${place}[${index}]`))
  return `[${parts.join(',')}]`
}

function object(value: Record<string, unknown>, place: string): string {
  const parts: string[] = []
  for (const key of Object.keys(value).sort()) parts.push(`${JSON.stringify(key)}:${text(value[key], `${place}.${key}`)}`)
  return `{${parts.join(',')}}`
}

const refusal = (what: string, place: string): InvariantError => new InvariantError(`Invariant: ${place} is ${what}, which has no canonical JSON`)
