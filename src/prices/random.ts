/** Random numbers that a seed brings back. */

/**
 * Uniform draws from [0, 1), the same sequence for the same seed (a 32-bit integer). The generator is "mulberry32": a
 * Weyl sequence through a 32-bit mixing function; good for prices, not for secrets.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
