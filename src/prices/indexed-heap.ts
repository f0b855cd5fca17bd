const SMALLEST = 8

/**
 * Min-heap by a double key that removes and re-keys any item in O(log n). It tells every item its index through
 * `moved` (-1 = no longer here), so that items need no map. Memory follows the size in both directions.
 */
export class IndexedHeap<T> {
  private readonly moved: (item: T, index: number) => void
  private items: T[] = []
  private keys = new Float64Array(SMALLEST)

  constructor(moved: (item: T, index: number) => void) {
    this.moved = moved
  }

  get size(): number {
    return this.items.length
  }

  /** The item with the smallest key; undefined if empty. */
  get top(): T | undefined {
    return this.items[0]
  }

  /** The smallest key; Infinity if empty. */
  get topKey(): number {
    return this.items.length === 0 ? Infinity : this.keyAt(0)
  }

  /** The second smallest key; Infinity if there is none. */
  get secondKey(): number {
    const size = this.items.length
    if (size < 3) return size === 2 ? this.keyAt(1) : Infinity
    return Math.min(this.keyAt(1), this.keyAt(2))
  }

  keyAt(index: number): number {
    return this.keys[index] as number
  }

  add(item: T, key: number): void {
    const index = this.items.length
    if (index === this.keys.length) this.resize(index * 2)
    this.items.push(item)
    this.raise(index, key, item)
  }

  removeAt(index: number): void {
    const item = this.items[index] as T
    const last = this.items.pop() as T
    const size = this.items.length
    if (index < size) this.settle(index, this.keyAt(size), last)
    if (size >= SMALLEST && size * 4 <= this.keys.length) this.shrink()
    this.moved(item, -1)
  }

  rekeyAt(index: number, key: number): void {
    this.settle(index, key, this.items[index] as T)
  }

  /** Every item whose key is at most `limit`, in no particular order, in time proportional to their number. */
  upTo(limit: number): T[] {
    const found: T[] = []
    this.gather(0, limit, found)
    return found
  }

  private gather(index: number, limit: number, found: T[]): void {
    if (index >= this.items.length || this.keyAt(index) > limit) return
    found.push(this.items[index] as T)
    this.gather(2 * index + 1, limit, found)
    this.gather(2 * index + 2, limit, found)
  }

  private settle(index: number, key: number, item: T): void {
    if (index > 0 && this.keyAt((index - 1) >> 1) > key) this.raise(index, key, item)
    else this.sink(index, key, item)
  }

  /** Moves the hole at `index` up until `key` fits, then fills it. */
  private raise(index: number, key: number, item: T): void {
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (this.keyAt(parent) <= key) break
      this.put(index, this.keyAt(parent), this.items[parent] as T)
      index = parent
    }
    this.put(index, key, item)
  }

  /** Moves the hole at `index` down until `key` fits, then fills it. */
  private sink(index: number, key: number, item: T): void {
    const size = this.items.length
    for (;;) {
      let child = 2 * index + 1
      if (child >= size) break
      if (child + 1 < size && this.keyAt(child + 1) < this.keyAt(child)) child++
      if (this.keyAt(child) >= key) break
      this.put(index, this.keyAt(child), this.items[child] as T)
      index = child
    }
    this.put(index, key, item)
  }

  private put(index: number, key: number, item: T): void {
    this.keys[index] = key
    this.items[index] = item
    this.moved(item, index)
  }

  /** The engine keeps the memory of popped items until the array is copied. */
  private shrink(): void {
    this.resize(this.items.length * 2)
    this.items = this.items.slice()
  }

  private resize(capacity: number): void {
    const keys = new Float64Array(capacity)
    keys.set(this.keys.subarray(0, Math.min(capacity, this.keys.length)))
    this.keys = keys
  }
}
