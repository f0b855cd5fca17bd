/** An entry that came through against an open position: the exchange holds the difference, and so does the journal. */
import { describe, expect, it } from 'vitest'
import { Core } from '../../machines/core.ts'
import { openQty } from '../../machines/position.context.ts'
import type { Fact, OrderFilled } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import type { Direction } from '../../src/domain/signal.ts'
import { nettedBy } from '../../src/runtime/netted.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

const fill = (position: number, qty: number, price: number): OrderFilled => ({
  type: 'order.filled', positionId: position as PositionId, clientOrderId: `${JOURNAL}-${position}-e1` as ClientOrderId, venueOrderId: `v${position}` as VenueOrderId, tradeId: `trade-${position}` as TradeId,
  qty: d(qty), price: d(price), fee: d(0), liquidity: 'taker',
})

/** Positions with what they hold, each opened by its own entry. */
function holding(...held: readonly (readonly [direction: Direction, qty: number, symbol?: string])[]): { readonly core: Core; readonly take: (fact: Fact) => void } {
  const core = new Core()
  let seq = 0
  const take = (fact: Fact): void => void core.apply({ ...fact, seq: ++seq, at: 1000 + seq })
  take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  take({ type: 'settings.changed', settings: aSettings() })
  held.forEach(([direction, qty, symbol = 'BTCUSDT'], index) => {
    const slPrice = d(direction === 'long' ? 98 : 102)
    take({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal({ direction, symbol, slPrice, targets: [], qty: d(qty), signalId: `s${index}` }), payload: {}, idempotencyKey: null, duplicateOf: null })
    take(fill(index + 1, qty, 100))
  })
  return { core, take }
}

const contexts = (core: Core) => [...core.registry.ids()].flatMap((id) => core.registry.get(id)?.context ?? [])
const open = (core: Core): readonly string[] => contexts(core).map((context) => `${context.signal.direction} ${openQty(context)}`)

describe('two positions against each other', () => {
  it.each([
    ['the smaller one is gone, the larger one is less', [['long', 5], ['short', 1]], ['long 4', 'short 0']],
    ['the one that came later may be the larger one', [['long', 1], ['short', 5]], ['long 0', 'short 4']],
    ['one against two', [['long', 3], ['short', 1], ['short', 1]], ['long 1', 'short 0', 'short 0']],
    ['the same direction is no matter', [['long', 1], ['long', 2]], ['long 1', 'long 2']],
    ['nor is another symbol', [['long', 1], ['short', 2, 'ETHUSDT']], ['long 1', 'short 2']],
  ] as readonly [string, readonly (readonly [Direction, number, string?])[], readonly string[]][])('%s', (_, held, left) => {
    const { core, take } = holding(...held)
    for (const fact of nettedBy(fill(held.length, held.at(-1)?.[1] ?? 0, 100), contexts(core))) take(fact)
    expect(open(core)).toEqual(left)
    expect(nettedBy(fill(held.length, 1, 100), contexts(core))).toEqual([])
  })

  it('a fill of an exit sets off nothing', () => {
    const { core } = holding(['long', 5], ['short', 1])
    expect(nettedBy({ ...fill(2, 1, 100), clientOrderId: `${JOURNAL}-2-c1` as ClientOrderId }, contexts(core))).toEqual([])
  })
})
