/** A fill of an entry whose position is finished becomes a position of its own, once; every other fill keeps its owner. */
import { describe, expect, it } from 'vitest'
import { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import type { Fact, FillVoided, OrderFilled } from '../../src/domain/facts.ts'
import type { ClientOrderId, PositionId, TradeId, VenueOrderId } from '../../src/domain/ids.ts'
import { strayFill, strayOf as strayOfReport } from '../../src/runtime/stray-fills.ts'
import { JOURNAL, aSettings, aSignal, d } from '../support/builders.ts'

const ID = 1 as PositionId
const order = (role: string): ClientOrderId => `${JOURNAL}-1-${role}` as ClientOrderId
const fill = (role: string, trade: string): OrderFilled => ({
  type: 'order.filled', positionId: ID, clientOrderId: order(role), venueOrderId: 'v' as VenueOrderId, tradeId: trade as TradeId, qty: d(1), price: d(100), fee: d(0), liquidity: 'taker',
})
const canceled: Fact = { type: 'order.canceled', positionId: ID, clientOrderId: order('e1') }

/** A core with one position, after these facts. */
function after(facts: readonly Fact[], settleMs = 5000): { readonly core: Core; readonly take: (fact: Fact) => void } {
  const core = new Core()
  let seq = 0
  const take = (fact: Fact): void => void core.apply({ ...fact, seq: ++seq, at: 1000 + seq })
  take({ type: 'journal.created', journalId: JOURNAL, clock: 'virtual' })
  take({ type: 'settings.changed', settings: aSettings({ settleMs }) })
  take({ type: 'signal.received', kind: 'bounce_signal', signal: aSignal(), payload: {}, idempotencyKey: null, duplicateOf: null })
  facts.forEach(take)
  return { core, take }
}

const strayOf = (core: Core, report: OrderFilled): string | undefined =>
  strayFill(report, { held: (id) => core.registry.get(id), row: () => undefined })?.tradeId

describe('a fill', () => {
  it.each([
    ['of a cancelled entry is a stray', [canceled], fill('e1', 'late'), 'late'],
    ['of a pending entry is its own', [], fill('e1', 'first'), undefined],
    ['of an open position is its own', [fill('e1', 'first')], fill('e1', 'second'), undefined],
    ['of an exit is never a stray', [canceled], fill('s1', 'late'), undefined],
  ] as readonly [string, readonly Fact[], OrderFilled, string | undefined][])('%s', (_, facts, report, trade) => {
    expect(strayOf(after(facts).core, report)).toBe(trade)
  })

  it('opens one position in rolling-back that is closed at market, however often it is reported', () => {
    const { core, take } = after([canceled])
    const stray = strayFill(fill('e1', 'late'), { held: (id) => core.registry.get(id), row: () => undefined })
    expect(stray).not.toBeNull()
    if (!stray) return
    take(stray)
    take(stray)
    const opened = [...core.registry.ids()].filter((id) => id !== ID).map((id) => core.registry.get(id))
    expect(opened.map((snapshot) => snapshot && [stateOf(snapshot), snapshot.context.orders.at(-1)?.role, snapshot.context.orders.at(-1)?.qty])).toEqual([['rolling-back', 'close', '1']])
  })

  it('is still known as opened after a restart', () => {
    const { core, take } = after([canceled])
    const stray = strayFill(fill('e1', 'late'), { held: (id) => core.registry.get(id), row: () => undefined })
    if (stray) take(stray)
    const restored = Core.restore(structuredClone(core.dump()))
    const size = restored.registry.size
    if (stray) restored.apply({ ...stray, seq: 100, at: 2000 })
    expect(restored.registry.size).toBe(size)
  })
})

describe('a trade of a finished position that the venue declares void', () => {
  const exit: OrderFilled = { ...fill('c1', 'out'), price: d(103), fee: d('0.06') }
  const closed: readonly Fact[] = [fill('e1', 'in'), { type: 'exit.requested', positionId: ID, reason: 'manual', qty: null, note: null }, exit, { type: 'position.reported', positionId: ID, qty: d(0) }, { type: 'order.canceled', positionId: ID, clientOrderId: order('s1') }]
  const voided = (trade: string): FillVoided => ({ type: 'fill.voided', positionId: ID, tradeId: trade as TradeId, correctionId: 'back' as TradeId, qty: d(1), price: d(103) })
  const past = (core: Core) => ({ held: (id: PositionId) => core.registry.get(id), row: () => undefined })

  it.each([
    ['an exit: what it sold is held again, its fee given back', 'out', { direction: 'long', tradeId: 'back', voids: 'out', qty: '1', fee: '-0.06' }],
    ['an entry: the venue has sold what nobody holds', 'in', { direction: 'short', tradeId: 'back', voids: 'in', fee: '0' }],
  ])('%s', (_, trade, stray) => {
    const { core } = after(closed)
    expect(strayOfReport(voided(trade), past(core))).toMatchObject(stray)
  })

  it('is told of the finished position, once, and what is held is closed at market', () => {
    const { core } = after(closed)
    const stray = strayOfReport(voided('out'), past(core))
    expect(stray).not.toBeNull()
    if (!stray) return
    const told = [50, 51].map((seq) => core.apply({ ...stray, seq, at: 2000 }).outputs.map(({ body }) => body.type))
    expect(told).toEqual([['voided-fill.noticed', 'position.moved', 'stray-fill.noticed', 'order.submit'], []])
  })

  it('of an open one is its own business', () => {
    const { core } = after(closed.slice(0, 1))
    expect(strayOfReport(voided('in'), past(core))).toBeNull()
  })
})
