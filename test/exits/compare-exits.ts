/** What the product made of a scenario against the model: every field that tells how a position ended. */
import type Big from 'big.js'
import type { PositionView } from '../../src/domain/wire.ts'
import { BruteForce, type ModelPosition } from './brute-force.ts'
import { run } from './play.ts'
import type { Scenario } from './scenario.ts'

export type Compared = { readonly differences: readonly string[]; readonly quotes: number; readonly closed: ReadonlyMap<string, number> }

const number = (value: Big | null): number | null => (value === null ? null : Number(value.toFixed()))
const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

export function expected(position: ModelPosition): Record<string, unknown> {
  return {
    id: position.id,
    side: position.long ? 'long' : 'short',
    status: position.closedAt === null ? 'open' : 'closed',
    created_at: isoOrNull(position.openedAt),
    entry_price: number(position.entry),
    closed_at: isoOrNull(position.closedAt),
    close_price: number(position.close),
    auto_close_reason: position.reason,
    pnl: number(position.pnl),
    dynamic_sl_price: position.moved ? number(position.stop) : null,
    max_favorable_move: number(position.maxFavorableMove),
  }
}

export function differencesOf(positions: readonly PositionView[], model: readonly ModelPosition[]): string[] {
  const counted = positions.length === model.length ? [] : [`${positions.length} positions, model ${model.length}`]
  const fields = model.flatMap((position, index) => {
    const view = positions[index] as unknown as Record<string, unknown> | undefined
    return Object.entries(expected(position)).flatMap(([field, value]) =>
      Object.is(view?.[field], value) ? [] : [`position ${position.id} ${field}: product ${JSON.stringify(view?.[field])}, model ${JSON.stringify(value)}`],
    )
  })
  return [...counted, ...fields]
}

/** Plays a scenario through `loms simulate` and through the model. */
export async function compareScenario(given: Scenario): Promise<Compared> {
  const simulation = await run({ prices: [given.prices], signals: given.bodies, candlePath: given.candlePath, set: given.set })
  const model = playModel(given)
  const closed = new Map<string, number>()
  for (const { reason } of model.positions) closed.set(reason ?? 'open', (closed.get(reason ?? 'open') ?? 0) + 1)
  return { differences: differencesOf(simulation.positions, model.positions), quotes: simulation.run.quotes, closed }
}

export function playModel({ signals, points, minAgeMs }: Scenario): BruteForce {
  const model = new BruteForce(minAgeMs)
  let next = 0
  for (const point of points) {
    for (let signal = signals[next]; signal && signal.at <= point.ts; signal = signals[++next]) model.signal(signal)
    model.price(point)
  }
  const end = points.at(-1)?.ts
  if (end !== undefined) model.finish(end)
  return model
}
