/** What changed between two values, place by place. */

export type Difference = { readonly path: string; readonly before: unknown; readonly after: unknown }

type Branch = Readonly<Record<string, unknown>>
const isBranch = (value: unknown): value is Branch => typeof value === 'object' && value !== null

/** Leaves that differ, as JSON pointers; what is there on one side only has `undefined` on the other. */
export function differences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (Object.is(before, after)) return []
  if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after)) return [{ path, before, after }]
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) => differences(before[key], after[key], `${path}/${key}`))
}

/** Equal as JSON, whatever the order of keys. */
export const isSameJson = (a: unknown, b: unknown): boolean => differences(plain(a), plain(b)).length === 0

/** As JSON carries it: fields without a value are not there. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown
