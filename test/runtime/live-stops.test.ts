/** The watchdog over stops that rest at an exchange (SPEC X-0): LOMS looks whether they fill, and closes where they do not. */
import { describe, expect, it } from 'vitest'
import { Core } from '../../machines/core.ts'
import type { Fact } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { LiveStops } from '../../src/runtime/live-stops.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

const ID = 1 as PositionId
const order = (role: string) => ({ positionId: ID, clientOrderId: `${JOURNAL}-1-${role}` as ClientOrderId, venueOrderId: `v-${role}` as VenueOrderId })
const filled = (role: string): Fact => ({ type: 'order.filled', ...order(role), tradeId: `t-${role}` as TradeId, qty: d(1), price: d(100), fee: d(0), liquidity: 'taker' })

/** A protected position whose stop the price has reached at 0, and what was asked of it later. */
function reached(): { readonly core: (fact: Fact) => void; readonly stops: LiveStops; readonly asked: Fact[]; at: (now: number) => boolean } {
  const core = new Core()
  let seq = 0
  let now = 0
  const take = (fact: Fact): void => void core.apply({ ...fact, seq: ++seq, at: 1000 + seq })
  take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  take({ type: 'settings.changed', settings: aSettings() })
  take({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal(), payload: {}, idempotencyKey: null, duplicateOf: null })
  take(filled('e1'))
  take({ type: 'order.accepted', ...order('s1') })
  const asked: Fact[] = []
  const stops = new LiveStops({
    now: () => now, position: (id) => core.registry.get(id), positions: () => core.registry.ids(), feedSymbol: (symbol) => symbol, extremes: () => undefined,
    accept: (fact) => void asked.push(fact), onTimers: () => {},
  })
  stops.reached(ID)
  return { core: take, stops, asked, at: (time) => stops.fire((now = time)) }
}

describe('a stop that the price has reached', () => {
  it('and that does not fill: closed after five seconds, once', () => {
    const { asked, stops, at } = reached()
    expect([at(4999), asked, stops.nextAt()]).toEqual([false, [], 5000])
    expect(at(5000)).toBe(true)
    expect(asked).toMatchObject([{ type: 'exit.requested', positionId: ID, reason: 'sl', qty: null }])
    expect([at(60_000), asked.length, stops.nextAt()]).toEqual([false, 1, Infinity])
  })

  it('and that fills in time: nothing is asked', () => {
    const { core, asked, at } = reached()
    core(filled('s1'))
    at(5000)
    expect(asked).toEqual([])
  })

  it('of a position that is finished is watched no more', () => {
    const { stops, asked, at } = reached()
    stops.drop(ID)
    expect([stops.nextAt(), at(5000), asked]).toEqual([Infinity, false, []])
  })
})
