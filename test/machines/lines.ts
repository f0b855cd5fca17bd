/** The life of one position, played line by line: a fact, the state it leads to, and what the position asks for. */
import { expect } from 'vitest'
import type { PositionFact } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import type { Signal } from '../../src/domain/signal.ts'
import type { ApprovedSignal } from '../../src/risk/risk-engine.ts'
import { Registry, stateOf } from '../../machines/registry.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

type Distribute<T> = T extends unknown ? Omit<T, 'positionId'> : never
export type Line = readonly [fact: Distribute<PositionFact> | { type: 'run.resumed'; at?: number } | { type: 'position.failed'; error: string }, state: string, asked: string]

export const ID = 1 as PositionId
export const order = (role: string): ClientOrderId => `${JOURNAL}-1-${role}` as ClientOrderId
export const accepted = (role: string) => ({ type: 'order.accepted', clientOrderId: order(role), venueOrderId: `v-${role}` as VenueOrderId }) as const
export const rejected = (role: string, code: 'refused' | 'would_trigger' | 'no_position' = 'refused') => ({ type: 'order.rejected', clientOrderId: order(role), code, message: 'no' }) as const
export const canceled = (role: string) => ({ type: 'order.canceled', clientOrderId: order(role) }) as const
export const unresolved = (role: string) => ({ type: 'order.unresolved', clientOrderId: order(role), message: 'time-out' }) as const
export const absent = (role: string) => ({ type: 'order.absent', clientOrderId: order(role) }) as const
export const expired = (role: string) => ({ type: 'order.expired', clientOrderId: order(role) }) as const
export const filled = (role: string, qty: number, price: number, trade = `${role}-${qty}@${price}`) =>
  ({ type: 'order.filled', clientOrderId: order(role), venueOrderId: `v-${role}` as VenueOrderId, tradeId: trade as TradeId, qty: d(qty), price: d(price), fee: d(0), liquidity: 'taker' }) as const
export const voided = (trade: string) => ({ type: 'fill.voided', tradeId: trade as TradeId, correctionId: `back-${trade}` as TradeId, qty: d(0), price: d(0) }) as const
export const deadline = (name: string, dueAt: number) => ({ type: 'deadline.passed', name, dueAt, price: null }) as const
export const flat = { type: 'position.reported', qty: d(0) } as const
export const closeNow = { type: 'exit.requested', reason: 'manual', qty: null, note: null } as const
export const reduceBy = (qty: number) => ({ type: 'exit.requested', reason: 'manual', qty: d(qty), note: null }) as const
export const moveTo = (levels: { stopPrice?: number; targetPrice?: number | null }) =>
  ({
    type: 'levels.requested',
    note: null,
    ...(levels.stopPrice === undefined ? {} : { stopPrice: d(levels.stopPrice) }),
    ...(levels.targetPrice === undefined ? {} : { targetPrice: levels.targetPrice === null ? null : d(levels.targetPrice) }),
  }) as const

/** What a fact made the position say, short: commands as verb+order, notices by name. */
export function said(snapshot: PositionSnapshot): string {
  return snapshot.context.outputs
    .map(({ body }) => {
      switch (body.type) {
        case 'order.submit':
          return `submit ${body.clientOrderId.split('-')[2]} ${body.side} ${body.qty}${body.price === null ? '' : `@${body.price}`}${body.reduceOnly ? '' : ' opening'}`
        case 'order.replace':
          return `replace ${body.clientOrderId.split('-')[2]} by ${body.replacement.clientOrderId.split('-')[2]} ${body.replacement.qty}@${body.replacement.price}`
        case 'order.cancel':
        case 'order.query':
          return `${body.type.slice(6)} ${body.clientOrderId.split('-')[2]}`
        case 'position.query':
          return 'prove flat'
        case 'position.closed':
          return `closed ${body.reason} ${body.pnl}`
        case 'fact.ignored':
          return 'ignored'
        default:
          return body.type
      }
    })
    .join(', ')
}

/** Plays the lines from an opened position and checks each. Time moves 1 ms per line unless the fact is a deadline. */
export function play(lines: readonly Line[], signal: Partial<Signal> = {}, settings = aSettings()): PositionSnapshot {
  const registry = new Registry()
  let snapshot = registry.open({ id: ID, orderId: 1 as never, journalId: JOURNAL, signal: aSignal(signal) as ApprovedSignal, settings, at: 1000, strayFill: null })
  expect([stateOf(snapshot), said(snapshot)]).toEqual(['pending', `submit e1 ${signal.direction === 'short' ? 'sell' : 'buy'} ${signal.qty ?? 1}@100 opening`])
  let at = 1000
  lines.forEach(([fact, state, asked], index) => {
    at = fact.type === 'deadline.passed' ? Math.max(at, fact.dueAt) : fact.type === 'run.resumed' && fact.at !== undefined ? fact.at : at + 1
    const delivery = registry.deliver(ID, { ...fact, positionId: ID, seq: index + 2, at } as never)
    if (!delivery.ok) throw new Error(delivery.error)
    snapshot = delivery.snapshot
    expect([`line ${index + 1} ${fact.type}`, stateOf(snapshot), said(snapshot)]).toEqual([`line ${index + 1} ${fact.type}`, state, asked])
  })
  return snapshot
}

export const OPEN: readonly Line[] = [
  [filled('e1', 1, 100), 'entry-filled', 'position.opened, submit s1 sell 1@98.5'],
  [accepted('s1'), 'sl-placed', 'position.protected, submit t1 sell 1@104.5'],
  [accepted('t1'), 'tp-placed', ''],
]
