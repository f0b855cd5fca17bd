/** Thrown when a condition that the code guarantees does not hold: a bug, never an expected failure. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Throws `InvariantError` unless `condition` holds. Stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(`Invariant: ${message}`)
}

/** Closes a switch over a union: a missing case is a type error. */
export function assertNever(value: never): never {
  throw new InvariantError(`Invariant: unexpected case ${JSON.stringify(value)}`)
}
