/** The actors of the service and what each held, from the state at any record of a journal. */
import { toNumber, type Decimal } from '../domain/decimal.ts'
import { isWorking } from '../domain/order.ts'
import type { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'

export type ActorNode = {
  readonly name: string
  readonly state: string
  readonly note?: string
  /** The position that this actor is. */
  readonly position?: number
  readonly children?: readonly ActorNode[]
}

/** A price as some record tells it. */
export type ToldPrice = { readonly price: number; readonly at: number }

/** What a fact says of prices, by symbol as signals name it; quotes themselves are never journaled. */
export function pricesTold(body: object, symbolOf: (positionId: number) => string | undefined): readonly (readonly [symbol: string, price: Decimal])[] {
  if ('type' in body && body.type === 'equity.marked' && 'marks' in body) return body.marks as readonly (readonly [string, Decimal])[]
  if (!('positionId' in body) || !('price' in body) || !('quote' in body)) return []
  const symbol = symbolOf(body.positionId as number)
  return symbol === undefined ? [] : [[symbol, body.price as Decimal]]
}

export type ActorMoment = { readonly seq: number; readonly at: number; readonly process: string | null; readonly prices: ReadonlyMap<string, ToldPrice> }

export function actorsAt(core: Core, { seq, at, process, prices }: ActorMoment): ActorNode {
  const held = [...core.registry.ids()].sort((a, b) => a - b).map((id) => core.registry.get(id) as PositionSnapshot)
  const orders = held.flatMap(({ context }) => context.orders)
  const waiting = orders.filter(({ status }) => status === 'unresolved').length
  const standing = [...core.alerts.standing]
  return {
    name: 'root',
    state: process ?? 'not told',
    children: [
      { name: 'sequencer and journal', state: `record ${seq}` },
      { name: 'prices', state: core.pinnedPrice === null ? 'by the feed' : `pinned at ${core.pinnedPrice}`, children: booksOf(held, prices, at) },
      { name: 'broker', state: `${orders.filter(({ status }) => isWorking(status)).length} orders rest`, ...(waiting > 0 ? { note: `${waiting} without an answer` } : {}) },
      { name: 'registry', state: `${held.length} positions`, note: statesOf(held), children: held.map((snapshot) => ({ name: `position ${snapshot.context.id}`, state: stateOf(snapshot), note: `${snapshot.context.signal.symbol} ${snapshot.context.signal.direction}`, position: snapshot.context.id })) },
      { name: 'deadlines', state: `${held.reduce((sum, { context }) => sum + Object.keys(context.deadlines).length, 0)} armed` },
      ...[...core.ledgers].map(([label, { trading }]): ActorNode => ({ name: `account ${label}`, state: trading.state, ...(trading.reason === null ? {} : { note: trading.reason }) })),
      { name: 'alerts', state: standing.length === 0 ? 'nothing stands' : `${standing.length} stand`, children: standing.map(({ kind, subject, severity }) => ({ name: kind, state: severity, note: subject })) },
    ],
  }
}

function booksOf(held: readonly PositionSnapshot[], prices: ReadonlyMap<string, ToldPrice>, at: number): readonly ActorNode[] {
  return [...new Set(held.map(({ context }) => context.signal.symbol))].sort().map((symbol): ActorNode => {
    const told = prices.get(symbol)
    return { name: `Book ${symbol}`, state: told ? String(told.price) : 'no price told', ...(told ? { note: `as recorded ${Math.round((at - told.at) / 1000)} s before` } : {}) }
  })
}

function statesOf(held: readonly PositionSnapshot[]): string {
  const counts = new Map<string, number>()
  for (const snapshot of held) counts.set(stateOf(snapshot), (counts.get(stateOf(snapshot)) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ')
}

export const toldPrice = (price: Decimal, at: number): ToldPrice => ({ price: toNumber(price), at })
