/** `API_KEYS`: a comma-separated list of `[name:scope:]key`; a bare key has every scope. `sha256-<64 hex digits>` stands for the key with that hash. */
import type { ApiKey } from './settings.ts'

export const KEY_SCOPES = ['read', 'signal', 'trade', 'admin', 'all'] as const

export type ParsedApiKeys = { readonly keys: readonly ApiKey[]; readonly problems: readonly string[] }

/** The problems say which entry is wrong, never what it contains. */
export function parseApiKeys(text: string): ParsedApiKeys {
  const keys: ApiKey[] = []
  const problems: string[] = []
  if (text.trim() === '') return { keys, problems }
  text.split(',').forEach((entry, index) => {
    const problem = addKey(keys, entry.trim(), index + 1)
    if (problem) problems.push(`API_KEYS, entry ${index + 1}: ${problem}`)
  })
  return { keys, problems }
}

function addKey(keys: ApiKey[], entry: string, number: number): string | undefined {
  const parts = entry.split(':')
  const [name, scope, key] = parts.length === 1 ? [`key${number}`, 'all', entry] : [parts[0] ?? '', parts[1], parts.slice(2).join(':')]
  if (parts.length === 2) return 'allowed is KEY or name:scope:KEY'
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) return 'the name may have 1 to 64 letters, digits or _ . -'
  const known = KEY_SCOPES.find((candidate) => candidate === scope)
  if (!known) return `the scope is one of ${KEY_SCOPES.join(', ')}`
  if (!/^[\x21-\x7e]{1,256}$/.test(key)) return 'the key has 1 to 256 visible ASCII characters'
  const hash = /^sha256-([0-9a-f]{64})$/i.exec(key)?.[1]?.toLowerCase()
  const added: ApiKey = hash === undefined ? { name, scope: known, key } : { name, scope: known, key: hash, hashed: true }
  if (keys.some((other) => other.key === added.key)) return 'the same key stands twice'
  keys.push(added)
  return undefined
}

/** The list as it may be shown. */
export const maskedApiKeys = (keys: readonly ApiKey[]): string => keys.map((key) => `${key.name}:${key.scope}:****`).join(',')
