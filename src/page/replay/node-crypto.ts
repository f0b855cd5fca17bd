/** SHA-256 (FIPS 180-4) where the browser stands in for Node's module: hashes of a replayed state are compared here too. */

const primes = (count: number): number[] => {
  const found: number[] = []
  for (let value = 2; found.length < count; value++) if (found.every((prime) => value % prime !== 0)) found.push(value)
  return found
}
/** The first 32 bits of a number's fraction. */
const fraction = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) | 0
const ROUND = primes(64).map((prime) => fraction(Math.cbrt(prime)))
const START = primes(8).map((prime) => fraction(Math.sqrt(prime)))
const turned = (value: number, by: number): number => (value >>> by) | (value << (32 - by))

/** Node's `hash`, for SHA-256 in hex. */
export function hash(_algorithm: string, text: string): string {
  const bytes = padded(new TextEncoder().encode(text))
  const view = new DataView(bytes.buffer)
  const state = [...START]
  const words = new Int32Array(64)
  for (let block = 0; block < bytes.length; block += 64) compress(state, words, view, block)
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setUint32(bytes.length - 8, Math.floor((message.length * 8) / 2 ** 32))
  view.setUint32(bytes.length - 4, (message.length * 8) >>> 0)
  return bytes
}

function compress(state: number[], words: Int32Array, view: DataView, block: number): void {
  const at = (index: number): number => words[index] as number
  for (let index = 0; index < 16; index++) words[index] = view.getInt32(block + index * 4)
  for (let index = 16; index < 64; index++) {
    const [a, b] = [at(index - 15), at(index - 2)]
    words[index] = (at(index - 16) + (turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)) + at(index - 7) + (turned(b, 17) ^ turned(b, 19) ^ (b >>> 10))) | 0
  }
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number]
  for (let index = 0; index < 64; index++) {
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + (ROUND[index] as number) + at(index)) | 0
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
  }
  ;[a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] = ((state[index] as number) + value) | 0))
}
