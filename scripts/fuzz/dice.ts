/** Chance that can be repeated: what request `index` of `seed` is depends on nothing else. */
import { seededRandom } from '../../src/prices/random.ts'

export class Dice {
  readonly #random: () => number
  constructor(seed: number, index: number) {
    this.#random = seededRandom((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0)
  }
  /** 0 … below `sides`. */
  below(sides: number): number {
    return Math.floor(this.#random() * sides)
  }
  chance(probability: number): boolean {
    return this.#random() < probability
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}
