/** What the process tells its caller. Scripts depend on these numbers. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unhealthy: 3, unreachable: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
