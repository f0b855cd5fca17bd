/** Numbers and times as the page shows them. Times are UTC, as in journal and logs. */

export const NONE = '–'
const MINUS = '−'

const formats = new Map<string, Intl.NumberFormat>()
function format(least: number, most: number): Intl.NumberFormat {
  const name = `${least} ${most}`
  const known = formats.get(name) ?? new Intl.NumberFormat('en-US', { minimumFractionDigits: least, maximumFractionDigits: most })
  formats.set(name, known)
  return known
}
const signed = (text: string): string => text.replace('-', MINUS)

/** A price with as many decimals as its size needs. */
export function price(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE
  const size = Math.abs(value)
  const places = size >= 10_000 ? 1 : size >= 100 ? 2 : size >= 1 ? 4 : 6
  return signed(format(Math.min(places, 2), places).format(value))
}
export const quantity = (value: number | null | undefined): string => (value === null || value === undefined ? NONE : signed(format(0, 8).format(value)))
export const count = (value: number): string => format(0, 0).format(value)

/** An amount with its sign: what colour alone must not say. */
export function money(value: number | null | undefined): string {
  if (value === null || value === undefined) return NONE
  const places = Math.abs(value) >= 1000 ? 0 : 2
  const rounded = Number(value.toFixed(places))
  return `${rounded > 0 ? '+' : rounded < 0 ? MINUS : ''}${format(places, places).format(Math.abs(rounded))}`
}
export const amount = (value: number): string => signed(format(0, Math.abs(value) >= 1000 ? 0 : 2).format(value))
export function percent(value: number | null | undefined, places = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE
  const rounded = Number(value.toFixed(places))
  return `${rounded > 0 ? '+' : rounded < 0 ? MINUS : ''}${format(places, places).format(Math.abs(rounded))} %`
}
export const arrow = (value: number | null | undefined): string => (!value ? '' : value > 0 ? '▲' : '▼')
/** The class of an amount: `up`, `down`, or neither. */
export const tone = (value: number | null | undefined): 'up' | 'down' | 'flat' => (!value ? 'flat' : value > 0 ? 'up' : 'down')

/** A length of time: `8 s`, `3 m 20 s`, `2 h 05 m`, `4 d 3 h`; it stays in one line. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return unbroken(`${seconds} s`)
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return unbroken(`${minutes} m ${String(seconds % 60).padStart(2, '0')} s`)
  const hours = Math.floor(minutes / 60)
  return unbroken(hours < 48 ? `${hours} h ${String(minutes % 60).padStart(2, '0')} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`)
}
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0')

export const clock = (at: number | string): string => new Date(at).toISOString().slice(11, 19)
export const clockMs = (at: number | string): string => new Date(at).toISOString().slice(11, 23)
export const dateTime = (at: number | string | null): string => (at === null ? NONE : new Date(at).toISOString().slice(0, 19).replace('T', ' '))

/** A name of the journal or the machine in words: `order.filled` → `order filled`. */
export const words = (name: string): string => name.replaceAll(/[._-]/g, ' ')
