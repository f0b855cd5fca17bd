/** When recorded prices are due. */

export type ReplayPace = {
  /** Time of the first quote in the data, and the moment it was played; both in milliseconds. */
  readonly dataStart: number
  readonly wallStart: number
  /** Data time per real time: 2 plays an hour in 30 minutes. `max`: as fast as possible. */
  readonly speed: number | 'max'
}

/**
 * Milliseconds to wait until the quote of `dataTime` is due, 0 if it is due or late. Counted from the start, so that
 * late quotes do not add up. A wait may be longer than a timer can be: ask again when the timer ends.
 */
export function replayWaitMs(pace: ReplayPace, dataTime: number, wallNow: number): number {
  if (pace.speed === 'max') return 0
  const due = pace.wallStart + (dataTime - pace.dataStart) / pace.speed
  return Math.max(0, due - wallNow)
}
