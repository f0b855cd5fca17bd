/** Symbols of a feed, numbered in order of first appearance and found again by their bytes. */

const MAX_SYMBOLS = 65_536
const SYMBOL = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/

export class SymbolTable {
  readonly names: string[] = []
  readonly #bytes: Uint8Array[] = []
  readonly #byHash = new Map<number, number[]>()
  #latest = -1

  /** The number of the symbol in `bytes[from, to)`; -1 if it is not a symbol or there are too many. */
  intern(bytes: Uint8Array, from: number, to: number): number {
    // Rows of one symbol come in runs.
    if (this.#latest >= 0 && this.#equals(this.#latest, bytes, from, to)) return this.#latest
    let hash = 0
    for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0
    const candidates = this.#byHash.get(hash)
    if (candidates) {
      for (const index of candidates) if (this.#equals(index, bytes, from, to)) return (this.#latest = index)
    }
    return this.#add(hash, bytes.slice(from, to))
  }

  #equals(index: number, bytes: Uint8Array, from: number, to: number): boolean {
    const known = this.#bytes[index] as Uint8Array
    if (known.length !== to - from) return false
    for (let at = known.length - 1; at >= 0; at -= 1) if (known[at] !== bytes[from + at]) return false
    return true
  }

  #add(hash: number, bytes: Uint8Array): number {
    const name = Buffer.from(bytes).toString('latin1')
    if (!SYMBOL.test(name) || this.names.length >= MAX_SYMBOLS) return -1
    const index = this.names.push(name) - 1
    this.#bytes.push(bytes)
    const candidates = this.#byHash.get(hash)
    if (candidates) candidates.push(index)
    else this.#byHash.set(hash, [index])
    return (this.#latest = index)
  }
}
