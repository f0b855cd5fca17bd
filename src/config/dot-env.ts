/** Reads the text of a `.env` file: `NAME=VALUE` lines, `#` comments, optional `export` and quotes. */

export type DotEnv = { readonly values: ReadonlyMap<string, string>; readonly problems: readonly string[]; readonly warnings: readonly string[] }

export function parseDotEnv(text: string): DotEnv {
  const values = new Map<string, string>()
  const problems: string[] = []
  const warnings: string[] = []
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  lines.forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const match = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/.exec(line)
    const value = match ? unquoted(match[2] as string) : undefined
    if (!match || value === undefined) {
      // The line itself may hold a secret: only its place is told.
      problems.push(`.env line ${index + 1}: allowed are NAME=VALUE, # comments and empty lines`)
      return
    }
    const name = match[1] as string
    if (values.has(name)) warnings.push(`${name} is set twice in .env; line ${index + 1} counts`)
    values.set(name, value)
  })
  return { values, problems, warnings }
}

/** The value without quotes and trailing comment; undefined where a quote is not closed. */
function unquoted(text: string): string | undefined {
  const quote = text[0]
  if (quote === '"' || quote === "'") {
    const match = quote === '"' ? /^"([^"]*)"\s*(#.*)?$/.exec(text) : /^'([^']*)'\s*(#.*)?$/.exec(text)
    return match?.[1]
  }
  return text.replace(/(^|\s)#.*$/, '').trim()
}
