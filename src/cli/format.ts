/** Values as people read them: four decimals for money and prices, `-` for none. */

export const NONE = '-'

type Absent = null | undefined

/** Money and quantities with four decimals; `-` for none. */
export const money = (value: number | Absent): string => (isNumber(value) ? withoutNegativeZero(value.toFixed(4)) : NONE)

/**
 * Prices with four decimals. A price below 0.1 that four decimals would distort is shown with four significant digits:
 * `0.00001234`, not `0.0000`.
 */
export function price(value: number | Absent): string {
  if (!isNumber(value)) return NONE
  const places = value !== 0 && Math.abs(value) < 0.1 && Number(value.toFixed(4)) !== value ? 3 - Math.floor(Math.log10(Math.abs(value))) : 4
  return withoutNegativeZero(value.toFixed(Math.min(Math.max(places, 4), 20)))
}

/** A count, without decimals. */
export const count = (value: number | Absent): string => (isNumber(value) ? String(value) : NONE)

/** Percent with two decimals. */
export const percent = (value: number | Absent): string => (isNumber(value) ? `${withoutNegativeZero(value.toFixed(2))} %` : NONE)

/** Foreign text in one line: control characters (also terminal escapes) become `·`, none becomes `-`. */
export function text(value: unknown): string {
  if (value === null || value === undefined || value === '') return NONE
  const shown = typeof value === 'string' ? value : (JSON.stringify(value) ?? NONE)
  return shown.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')
}

/** `2026-11-21 10:39:05` (UTC) of an ISO time. */
export const time = (iso: string | Absent): string => (iso ? text(iso).replace('T', ' ').replace(/(\.\d+)?Z$/, '') : NONE)

/** A span of time in the two largest units that say something: `0.4 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds: number | Absent): string {
  if (!isNumber(seconds)) return NONE
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60]
  if (days > 0) return `${days} d ${hours} h`
  if (hours > 0) return `${hours} h ${pad(minutes)} min`
  if (minutes > 0) return `${minutes} min ${pad(whole % 60)} s`
  return `${whole} s`
}

const isNumber = (value: number | Absent): value is number => typeof value === 'number' && Number.isFinite(value)
const withoutNegativeZero = (shown: string): string => (/^-0\.?0*$/.test(shown) ? shown.slice(1) : shown)
const pad = (value: number): string => String(value).padStart(2, '0')
