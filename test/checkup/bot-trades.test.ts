/** The bot's own CSV: how it may be written, and what the comparison finds. */
import { describe, expect, it } from 'vitest'
import { compareTrades, readBotTrades, type OwnTrade } from '../../src/checkup/bot-trades.ts'

const AT = Date.UTC(2026, 0, 1, 12)

describe('reading', () => {
  it.each([
    ['symbol,side,timestamp,pnl\nBTCUSDT,long,2026-01-01T12:00:00Z,1.5'],
    ['Ticker;Direction;Entry_Time;Result\nbtc/usdt:usdt;BUY;2026-01-01 12:00:00;win'],
    ['pnl_pct,side,symbol,time\n"2.5%",long,"BTCUSDT.P",1767268800'],
    ['\uFEFFsymbol,side,time,exit_reason\r\nBTC-USDT,long,1767268800000,tp\r\n\r\n'],
  ])('%j', (text) => expect(readBotTrades(text)).toEqual({ ok: true, trades: [{ line: 2, symbol: 'BTCUSDT', side: 'long', at: AT, won: true }] }))
  it.each([
    ['side,time\nlong,1', /no column for the symbol/],
    ['symbol,side,time\nBTCUSDT,up,2026-01-01', /line 2: side up/],
    ['symbol,side,time\nBTCUSDT,long,yesterday', /line 2: the time yesterday/],
  ])('refuses %j', (text, message) => expect(readBotTrades(text)).toMatchObject({ ok: false, message: expect.stringMatching(message) as string }))
})

describe('comparing', () => {
  const own = (changes: Partial<OwnTrade>): OwnTrade => ({ symbol: 'BTCUSDT', side: 'long', signalAt: AT, openedAt: AT + 200, won: true, ...changes })
  const bot = (line: number, at = AT, won: boolean | null = true) => ({ line, symbol: 'BTCUSDT', side: 'long' as const, at, won })
  it('by the time of the signal, else by a time nearby; each of ours counts once', () => {
    expect(compareTrades([bot(2), bot(3), bot(4, AT + 60_000, false)], [own({}), own({ signalAt: null, openedAt: AT + 90_000 })])).toEqual({ trades: 3, matched: 2, compared: 2, agreeing: 2, missing: [4] })
  })
  it('an outcome that differs is seen, an unknown one is not compared', () => {
    expect(compareTrades([bot(2, AT, false), bot(3, AT + 1, null)], [own({}), own({ signalAt: AT + 1 })])).toMatchObject({ matched: 2, compared: 1, agreeing: 0 })
  })
})
