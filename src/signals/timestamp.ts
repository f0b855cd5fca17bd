/** Instants as programs write them. */

const ISO = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/

/**
 * Milliseconds since the epoch of an ISO 8601 instant: `Z`, an offset or none (= UTC), `T` or a blank, up to 9 decimals
 * (floored to ms). Undefined for anything else, also for days and hours that do not exist.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const part = (index: number): number => Number(match[index] ?? 0)
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)]
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined
  const [offsetHours, offsetMinutes] = [part(10), part(11)]
  if (offsetHours > 23 || offsetMinutes > 59) return undefined
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const offset = (offsetHours * 60 + offsetMinutes) * (match[9] === '-' ? -60_000 : 60_000)
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offset
}

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()
