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
  let parts = ''
  for (const { key, quoted } of sortedKeys(Object.keys(value))) parts += `${parts === '' ? '' : ','}${quoted}:${text(value[key], `${place}.${key}`)}`
  return `{${parts}}`
}

type Key = { readonly key: string; readonly quoted: string }
/** A state has thousands of objects and a few dozen lists of keys: each is sorted and quoted once. */
const KNOWN_KEYS = new Map<string, readonly Key[]>()
const MOST_KNOWN = 1000

function sortedKeys(keys: readonly string[]): readonly Key[] {
  const list = JSON.stringify(keys)
  const known = KNOWN_KEYS.get(list)
  if (known) return known
  const sorted = keys.toSorted().map((key) => ({ key, quoted: JSON.stringify(key) }))
  if (KNOWN_KEYS.size < MOST_KNOWN) KNOWN_KEYS.set(list, sorted)
  return sorted
}

const refusal = (what: string, place: string): InvariantError => new InvariantError(`Invariant: ${place} is ${what}, which has no canonical JSON`)
