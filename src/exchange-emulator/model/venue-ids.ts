/** Ids as the venues write them, drawn from the seed. */
import type { Venue } from './instrument.ts'

const FIRST_BITGET_ID = 1_300_000_000_000_000_000n

/** Bybit's are UUIDs, Bitget's rising numbers of 19 digits (always strings: they do not fit a double). */
export function venueIds(venue: Venue, random: () => number): () => string {
  if (venue === 'bitget') {
    let last = FIRST_BITGET_ID
    return () => String((last += BigInt(1 + Math.floor(random() * 4_000_000))))
  }
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('')
  return () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`
}
