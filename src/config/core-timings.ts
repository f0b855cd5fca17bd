/** Timings of the core that nobody sets: how long an entry waits, how often a stop is tried. Milliseconds. */
export const CORE_TIMINGS = {
  entryTimeoutMs: 30_000,
  stopRetryMs: 200,
  stopRetries: 2,
  /** reliability bound of 7.9 s, less one attempt to close. */
  protectWithinMs: 6_400,
  takeProfitRetryMs: 5_000,
  closeRetryMs: 1_000,
  queryRetryMs: 500,
  /** A paper broker reports nothing after a position is flat. */
  settleMs: 0,
} as const

/** What real orders change: an exchange reports fills late. */
export const LIVE_TIMINGS = { settleMs: 10_000 } as const
