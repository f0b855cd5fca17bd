/** What the connections of a run of the tests say. */
export type Verdict = { readonly total: number; readonly outside: readonly string[] }

/** `log`: one line per connection, as `guard.mjs` writes it. */
export function verdict(log: string): Verdict {
  const lines = log.split('\n').slice(0, -1)
  return { total: lines.length, outside: [...new Set(lines.filter((line) => !line.startsWith('loopback ')))] }
}
