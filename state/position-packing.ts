/**
 * Open positions in a checkpoint file: what all of them say alike (settings, prices not reached, orders as they were
 * sent) stands once, each position has the rest. A start reads less than half as much and shares what is equal.
 */
import type { CoreDump } from '../machines/core-dump.ts'
import type { PositionDump } from '../machines/registry.ts'

type Fields = Readonly<Record<string, unknown>>
type Context = PositionDump['context']
/** `usual`: the fields of a position's context, signal, orders and fills that the rows below leave out. */
export type PackedPositions = {
  readonly usual: { readonly context: Fields; readonly signal: Fields; readonly order: Fields; readonly fill: Fields }
  readonly rows: readonly { readonly state: PositionDump['state']; readonly context: Fields; readonly signal: Fields; readonly orders: readonly Fields[]; readonly fills: readonly Fields[] }[]
}
export type PackedCore = Omit<CoreDump, 'positions'> & { readonly positions: PackedPositions }

/** Gives back, with `unpackCore`, the same JSON. */
export function packCore(core: CoreDump): PackedCore {
  const contexts = core.positions.map(({ context: { signal: _, orders: __, fills: ___, ...rest } }) => rest)
  const context = new Usual(contexts)
  const signal = new Usual(core.positions.map((each) => each.context.signal))
  const order = new Usual(core.positions.flatMap((each) => each.context.orders))
  const fill = new Usual(core.positions.flatMap((each) => each.context.fills))
  const rows = core.positions.map(({ state, context: { signal: own, orders, fills } }, index) => ({
    state,
    context: context.rest(contexts[index] as Fields),
    signal: signal.rest(own),
    orders: orders.map((each) => order.rest(each)),
    fills: fills.map((each) => fill.rest(each)),
  }))
  return { ...core, positions: { usual: { context: context.fields, signal: signal.fields, order: order.fields, fill: fill.fields }, rows } }
}

/** What is equal in two positions is one object in both: contexts are never changed in place. */
export function unpackCore(core: PackedCore): CoreDump {
  const { usual, rows } = core.positions
  const positions = rows.map(({ state, context, signal, orders, fills }): PositionDump => {
    const parts = { signal: { ...usual.signal, ...signal }, orders: orders.map((each) => ({ ...usual.order, ...each })), fills: fills.map((each) => ({ ...usual.fill, ...each })) }
    return { state, context: { ...usual.context, ...context, ...parts } as unknown as Context }
  })
  return { ...core, positions }
}

/** The fields that all rows have, as the first row has them. */
class Usual {
  readonly fields: Fields
  readonly #texts: ReadonlyMap<string, string>

  constructor(rows: readonly object[]) {
    const common = Object.entries(rows[0] ?? {}).filter(([name]) => rows.every((row) => Object.hasOwn(row, name)))
    this.fields = Object.fromEntries(common)
    this.#texts = new Map(common.map(([name, value]) => [name, JSON.stringify(value)]))
  }

  /** What a row says otherwise. */
  rest(row: object): Fields {
    return Object.fromEntries(Object.entries(row).filter(([name, value]) => !this.#isUsual(name, value)))
  }

  #isUsual(name: string, value: unknown): boolean {
    const text = this.#texts.get(name)
    if (text === undefined) return false
    return value === this.fields[name] || (typeof value === 'object' && JSON.stringify(value) === text)
  }
}
