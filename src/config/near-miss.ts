/** Finds the setting somebody meant when a name is almost right. */

/** The known name that `name` is a slip of: edit distance ≤ 2 (short names: 1), or the same letters. */
export function nearMiss(name: string, known: Iterable<string>): string | undefined {
  const upper = name.toUpperCase()
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of known) {
    if (Math.abs(candidate.length - upper.length) > 2) continue
    // HOME is not HOST: with so few letters two slips make another word.
    const allowed = candidate.length < 6 ? 1 : 2
    const distance = sameLetters(candidate, upper) ? 0 : editDistance(candidate, upper)
    if (distance <= allowed && distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

const letters = (name: string): string => [...name.replaceAll(/[^A-Z0-9]/g, '')].sort().join('')
const sameLetters = (a: string, b: string): boolean => letters(a) === letters(b)

/** Levenshtein distance: the fewest insertions, deletions and replacements. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}
