import { describe, expect, it } from 'vitest'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { manualOrderReader } from '../../src/signals/manual-order.ts'
import { KNOWN, settingsWith } from './settings.ts'

const { signal: settings } = settingsWith()
const readSignal = bounceSignalReader(settings, KNOWN)
const readOrder = manualOrderReader(settings, KNOWN)
const SIGNAL = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-31T12:00:00Z' }
const ORDER = { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 }
const said = (reading: ReturnType<typeof readSignal>): string[] => (reading.ok ? [] : reading.problems.map(({ field, message }) => `${field} ${message}`))

describe('take_profits', () => {
  it('are prices or distances in any order, nearest first afterwards', () => {
    const take_profits = [{ share_pct: 25, price: 110 }, { share_pct: '50', pct: 2 }, { share_pct: 10.5, price: '103.5', pct: null }]
    const targets = [{ price: '102', sharePct: '50' }, { price: '103.5', sharePct: '10.5' }, { price: '110', sharePct: '25' }]
    expect(readSignal({ ...SIGNAL, take_profits })).toMatchObject({ ok: true, signal: { targets, slPrice: '98.5' } })
    expect(readOrder({ ...ORDER, take_profits })).toMatchObject({ ok: true, signal: { targets } })
  })

  it('of a short lie below, the highest first', () => {
    const take_profits = [{ share_pct: 50, pct: 4 }, { share_pct: 50, price: 99 }]
    expect(readSignal({ ...SIGNAL, side: 'short', take_profits })).toMatchObject({ ok: true, signal: { targets: [{ price: '99' }, { price: '96' }] } })
  })

  it('absent and null mean the one target by default, or none for an order', () => {
    expect(readSignal({ ...SIGNAL, take_profits: null })).toMatchObject({ ok: true, signal: { targets: [{ price: '104.5', sharePct: '100' }] } })
    expect(readOrder({ ...ORDER, take_profits: null, tp_price: 120 })).toMatchObject({ ok: true, signal: { targets: [{ price: '120' }] } })
  })

  it.each<[unknown, string[]]>([
    [[], ['take_profits must be a list of 1 to 10 targets']],
    [Array.from({ length: 11 }, (_, n) => ({ share_pct: 1, pct: n + 1 })), ['take_profits must be a list of 1 to 10 targets']],
    [{ share_pct: 1, pct: 1 }, ['take_profits must be a list of 1 to 10 targets']],
    [[7], ['take_profits.0 must be an object such as {"share_pct": 50, "pct": 2}']],
    [[{ pct: 1 }], ['take_profits.0.share_pct is required']],
    [[{ share_pct: 0, pct: 1 }], ['take_profits.0.share_pct must be a percentage above 0 and up to 100']],
    [[{ share_pct: -5, pct: 1 }], ['take_profits.0.share_pct must be a percentage above 0 and up to 100']],
    [[{ share_pct: 100.1, pct: 1 }], ['take_profits.0.share_pct must be a percentage above 0 and up to 100']],
    [[{ share_pct: 5, pct: 0.01 }], ['take_profits.0.pct must be a percentage from 0.05 to 50']],
    [[{ share_pct: 5, pct: 51 }], ['take_profits.0.pct must be a percentage from 0.05 to 50']],
    [[{ share_pct: 5, price: 0 }], ['take_profits.0.price must be a number above 0 and below 1e15 with at most 30 digits']],
    [[{ share_pct: 5 }], ['take_profits.0 needs either price or pct']],
    [[{ share_pct: 5, price: 101, pct: 1 }], ['take_profits.0 needs either price or pct']],
    [[{ share_pct: 5, price: 101 }, { share_pct: 5, price: 100 }], ['take_profits.1.price must be above the entry price of a long position']],
    [[{ share_pct: 60, pct: 1 }, { share_pct: 40.1, pct: 2 }], ['take_profits must not close more than 100 percent; the shares sum up to 100.1']],
    [[{ share_pct: 5, price: 102 }, { share_pct: 5, pct: 2 }], ['take_profits.1 must not have the price of another target (102)']],
  ])('%j are refused', (take_profits, problems) => {
    expect(said(readSignal({ ...SIGNAL, take_profits }))).toEqual(problems)
    expect(said(readOrder({ ...ORDER, take_profits }))).toEqual(problems)
  })

  it('exclude a single target, and both fields are named', () => {
    const take_profits = [{ share_pct: 50, pct: 2 }]
    const both = (single: string) => [`${single} must not be sent together with take_profits`, `take_profits must not be sent together with ${single}`]
    expect(said(readSignal({ ...SIGNAL, take_profits, tp_pct: 3 }))).toEqual(both('tp_pct'))
    expect(said(readOrder({ ...ORDER, take_profits, tp_price: 103 }))).toEqual(both('tp_price'))
    expect(readSignal({ ...SIGNAL, take_profits, tp_pct: null }).ok).toBe(true)
  })

  it('the stop of an order is still checked beside them', () => {
    expect(said(readOrder({ ...ORDER, sl_price: 101, take_profits: [{ share_pct: 5, price: 99 }] }))).toEqual([
      'sl_price must be below the entry price of a long position',
      'take_profits.0.price must be above the entry price of a long position',
    ])
  })

  it('shares are added exactly', () => {
    const take_profits = [1, 2, 3].map((pct) => ({ share_pct: 33.333333333333336, pct }))
    expect(said(readSignal({ ...SIGNAL, take_profits }))).toEqual(['take_profits must not close more than 100 percent; the shares sum up to 100.000000000000008'])
    expect(readSignal({ ...SIGNAL, take_profits: take_profits.map((each) => ({ ...each, share_pct: 33.333 })) }).ok).toBe(true)
  })
})
