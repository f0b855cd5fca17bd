/** How positions ended, what it brought and how far they had moved: figures per group. */
import { add, decimal, divide, greater, less, round, toNumber, ZERO, type Decimal } from '../domain/decimal.ts'
import type { PositionView } from '../domain/wire.ts'
import type { ExitFigures } from '../cli/commands/report.ts'

/** Sum, average, least and greatest of decimals; all null where there are none. */
class Spread {
  #count = 0
  #sum: Decimal = ZERO
  #least: Decimal | null = null
  #greatest: Decimal | null = null

  add(value: number): void {
    const exact = decimal(value)
    this.#count += 1
    this.#sum = add(this.#sum, exact)
    if (this.#least === null || less(exact, this.#least)) this.#least = exact
    if (this.#greatest === null || greater(exact, this.#greatest)) this.#greatest = exact
  }

  get result(): ExitFigures['pnl'] {
    if (this.#least === null || this.#greatest === null) return { sum: null, avg: null, min: null, max: null }
    return { sum: toNumber(this.#sum), avg: this.average, min: toNumber(this.#least), max: toNumber(this.#greatest) }
  }
  /** To 8 decimal places. */
  get average(): number | null {
    return this.#count === 0 ? null : toNumber(round(divide(this.#sum, decimal(this.#count)), 8))
  }
  get greatest(): number | null {
    return this.#greatest === null ? null : toNumber(this.#greatest)
  }
}

/** Figures of positions that share a key; groups come out in order of their keys. */
export class ExitGroups {
  readonly #keyOf: (view: PositionView) => readonly (string | null)[]
  readonly #groups = new Map<string, { readonly key: readonly (string | null)[]; positions: number; readonly pnl: Spread; readonly favorable: Spread; readonly adverse: Spread }>()

  constructor(keyOf: (view: PositionView) => readonly (string | null)[]) {
    this.#keyOf = keyOf
  }

  add(view: PositionView): void {
    const key = this.#keyOf(view)
    const name = JSON.stringify(key)
    const group = this.#groups.get(name) ?? { key, positions: 0, pnl: new Spread(), favorable: new Spread(), adverse: new Spread() }
    this.#groups.set(name, group)
    group.positions += 1
    if (view.status !== 'closed' || view.pnl === null) return
    group.pnl.add(view.pnl)
    group.favorable.add(view.max_favorable_move)
    group.adverse.add(view.max_adverse_move)
  }

  /** Each group's key and figures. PnL and moves are those of closed positions. */
  results(): readonly { readonly key: readonly (string | null)[]; readonly figures: ExitFigures }[] {
    return [...this.#groups.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { key, positions, pnl, favorable, adverse }]) => ({
        key,
        figures: {
          positions,
          pnl: pnl.result,
          max_favorable_move: { avg: favorable.average, max: favorable.greatest },
          max_adverse_move: { avg: adverse.average, max: adverse.greatest },
        },
      }))
  }
}
