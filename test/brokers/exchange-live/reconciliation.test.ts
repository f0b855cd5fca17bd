/**
 * LOMS's positions against the account's (SPEC C-1 to C-5), exhaustively: who holds it × where the position stands × what
 * stop rests at the exchange.
 */
import { describe, expect, it } from 'vitest'
import { compareAccount } from '../../../src/brokers/exchange-live/reconciliation.ts'
import type { LivePosition } from '../../../src/brokers/exchange-live/live-world.ts'
import type { VenueOrder, VenuePosition } from '../../../src/brokers/exchange-live/venue-api.ts'
import { ZERO } from '../../../src/domain/decimal.ts'
import type { OrderRecord, OrderStatus } from '../../../src/domain/order.ts'
import type { Direction } from '../../../src/domain/signal.ts'
import { JOURNAL, d } from '../../support/builders.ts'

const PHASES = ['pending', 'entering', 'open', 'closing', 'finished'] as const
const STOPS = ['none', 'short', 'ok', 'two-halves', 'on-last', 'other-side', 'foreign', 'ok+foreign', 'other-loms', 'attached', 'not-reducing'] as const
type Phase = (typeof PHASES)[number]
type Stop = (typeof STOPS)[number]

const entry = (status: OrderStatus): OrderRecord => ({ role: 'entry', status }) as OrderRecord
const ORDERS: Record<Phase, readonly OrderRecord[]> = {
  pending: [entry('unresolved')], entering: [entry('partially_filled')], open: [entry('filled')], closing: [entry('filled')], finished: [entry('filled')],
}

const position = (phase: Phase, direction: Direction): LivePosition => ({
  id: 1 as never, symbol: 'BTCUSDT', direction, createdAt: 0, openQty: phase === 'pending' || phase === 'finished' ? ZERO : d(2), stopPrice: d(90), firstStopPrice: d(90),
  covered: false, closing: phase === 'closing', entryRefused: null, vanished: false, finished: phase === 'finished', orders: ORDERS[phase], fills: [], tradeIds: new Set(), fundingIds: new Set(),
})

const held = (qty: number, direction: Direction, symbol = 'BTCUSDT'): VenuePosition => ({ symbol, direction, qty: d(qty), entryPrice: d(100), liquidationPrice: null, leverage: null })

function stops(kind: Stop, direction: Direction): readonly VenueOrder[] {
  const side = direction === 'long' ? 'sell' : 'buy'
  const order = (qty: number, changes: Partial<VenueOrder> = {}): VenueOrder => ({
    venueOrderId: 'v' as never, clientOrderId: `${JOURNAL}-1-s1`, symbol: 'BTCUSDT', side, state: 'working', qty: d(qty), filledQty: ZERO, reduceOnly: true, triggerPrice: d(90), triggersOnMark: true, fired: false, spawned: null, ...changes,
  })
  switch (kind) {
    case 'none': return [order(2, { clientOrderId: `${JOURNAL}-1-t1`, triggersOnMark: false })]
    case 'short': return [order(1)]
    case 'ok': return [order(2)]
    case 'two-halves': return [order(1), order(1, { clientOrderId: `${JOURNAL}-1-s2` })]
    case 'on-last': return [order(2, { triggersOnMark: false })]
    case 'other-side': return [order(2, { side: direction === 'long' ? 'buy' : 'sell' })]
    case 'foreign': return [order(2, { clientOrderId: 'web-1' })]
    case 'ok+foreign': return [order(2), order(1, { clientOrderId: 'web-1' })]
    case 'other-loms': return [order(2, { clientOrderId: 'zzzzzz-1-s1' })]
    case 'attached': return [order(2, { clientOrderId: null })]
    case 'not-reducing': return [order(2, { reduceOnly: false })]
  }
}

/** What is said about the stops of a position that is open on both sides. */
const ABOUT_STOPS: Record<Stop, readonly string[]> = {
  none: ['stop-missing 2/0'], short: ['stop-short 2/1'], ok: [], 'two-halves': [], 'on-last': ['stop-missing 2/0'], 'other-side': ['stop-missing 2/0'], foreign: ['foreign-stop 0/2', 'stop-missing 2/0'],
  'ok+foreign': ['foreign-stop 0/1'], 'other-loms': ['foreign-stop 0/2', 'stop-missing 2/0'], attached: ['stop-missing 2/0'], 'not-reducing': ['stop-missing 2/0'],
}

const SITUATIONS = ['both', 'here only', 'there only', 'neither', 'there more', 'there less', 'there the other way'] as const
type Situation = (typeof SITUATIONS)[number]

function expected(situation: Situation, phase: Phase, stop: Stop): readonly string[] {
  if (situation === 'neither') return []
  if (situation === 'there only') return ['orphan 0/2']
  const about = phase === 'closing' ? [] : ABOUT_STOPS[stop]
  if (phase === 'finished') return situation === 'here only' ? [] : [`orphan 0/${there(situation)}`]
  // The fill of an entry under way may be there before it is listed.
  if (phase === 'pending') return []
  if (situation === 'here only') return ['vanished 2/0']
  if (situation === 'there the other way') return phase === 'entering' ? ['vanished 2/0'] : ['orphan 0/2', 'vanished 2/0']
  if (situation === 'both' || phase === 'entering') return about
  return [...about, `quantity 2/${there(situation)}`].sort()
}

const there = (situation: Situation): number => (situation === 'there more' ? 3 : situation === 'there less' ? 1 : 2)
const other = (direction: Direction): Direction => (direction === 'long' ? 'short' : 'long')

function found(situation: Situation, phase: Phase, stop: Stop, direction: Direction): readonly string[] {
  const ours = situation === 'there only' || situation === 'neither' ? [] : [position(phase, direction)]
  const theirs = situation === 'here only' || situation === 'neither' ? [] : [held(there(situation), situation === 'there the other way' ? other(direction) : direction)]
  return compareAccount(ours, theirs, stops(stop, direction), JOURNAL, (symbol) => symbol).map(({ kind, expected: e, found: f }) => `${kind} ${e}/${f}`)
}

describe.each(SITUATIONS)('held by %s', (situation) => {
  it.each(PHASES)('a position that is %s', (phase) => {
    for (const stop of STOPS) for (const direction of ['long', 'short'] as const) expect([stop, direction, found(situation, phase, stop, direction)]).toEqual([stop, direction, expected(situation, phase, stop)])
  })
})

describe('the comparison', () => {
  it('speaks the venue’s names of symbols', () => {
    const words = (symbol: string): string => symbol.replace(/[^A-Z]|USDT.*$/g, '') + 'USDT'
    expect(compareAccount([{ ...position('open', 'long'), symbol: 'BTC/USDT' }], [held(2, 'long')], stops('ok', 'long'), JOURNAL, words)).toEqual([])
  })

  it('tells in order of symbol and kind, whatever the lists’ order', () => {
    const many = [held(1, 'long', 'XRPUSDT'), held(1, 'short', 'ADAUSDT')]
    const told = (list: readonly VenuePosition[]): readonly string[] => compareAccount([position('open', 'long')], list, stops('foreign', 'long'), JOURNAL, (symbol) => symbol).map(({ symbol, kind }) => `${symbol} ${kind}`)
    expect(told([...many, held(2, 'long')])).toEqual(['ADAUSDT orphan', 'BTCUSDT foreign-stop', 'BTCUSDT stop-missing', 'XRPUSDT orphan'])
    expect(told([held(2, 'long'), ...many.reverse()])).toEqual(['ADAUSDT orphan', 'BTCUSDT foreign-stop', 'BTCUSDT stop-missing', 'XRPUSDT orphan'])
  })
})
