/** What reaches people: nothing urgent lost, nothing doubled, no flood, and trading untouched. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PositionId } from '../../src/domain/ids.ts'
import { BotApi } from './bot-api.ts'
import { DeskWorld, TOKEN } from './desk-world.ts'

const bot = new BotApi()
let desk: DeskWorld
beforeEach(async () => {
  Object.assign(bot, { mode: 'up', unreadable: null, requests: 0, updates: [] })
  bot.sent.length = 0
  desk = new DeskWorld(await bot.start())
})
afterEach(() => bot.stop())

const texts = (): string => bot.sent.map(({ text }) => text).join('\n---\n')
const urgentFact = (id: number) => ({ type: 'condition.raised', kind: 'ORPHAN_POSITION', subject: `foreign ${id}`, severity: 'urgent', detail: `foreign position ${id}` }) as const
const count = (word: string): number => texts().split(word).length - 1
const openAndClose = (timestamp: string): number => {
  const id = desk.world.open({ timestamp })
  desk.world.engine.requestExit(id as PositionId, 'manual', null)
  desk.world.quote('BTCUSDT', 101)
  return id
}

describe('an ordinary day', () => {
  it('opening and closing share one silent message', async () => {
    desk.world.quote('BTCUSDT', 100)
    openAndClose('2026-01-01T00:00:00Z')
    await desk.pass(5_000)
    expect(bot.sent).toHaveLength(1)
    expect(bot.sent[0]).toMatchObject({ chat_id: '42', parse_mode: 'HTML', disable_notification: true })
    expect(texts()).toMatch(/ORDER OPENED.*#1 BTCUSDT long 1 at 100, sl 98.5, tp 104.5/)
    expect(texts()).toMatch(/POSITION CLOSED.*manual: 100 → 101, net \+1 USDT/)
  })

  it('an urgent one leaves at once and with a sound', async () => {
    desk.world.engine.accept(urgentFact(1))
    await desk.beat()
    expect(bot.sent).toHaveLength(1)
    expect(bot.sent[0]).toMatchObject({ disable_notification: false })
  })

  it('what a sender wrote is text, never markup', async () => {
    desk.world.engine.accept({ ...urgentFact(1), detail: '<b>fake</b> & more' })
    await desk.beat()
    expect(texts()).toContain('&lt;b&gt;fake&lt;/b&gt; &amp; more')
  })
})

describe('Telegram down for ten minutes, with 50 events and an exchange that is gone', () => {
  it('trading goes on, no urgent alert is lost, none is doubled, no flood', async () => {
    const undisturbed = new DeskWorld('http://127.0.0.1:9')
    bot.mode = 'down'
    for (const one of [desk, undisturbed]) one.world.quote('BTCUSDT', 100)
    desk.observed = [{ kind: 'EXECUTOR_DISCONNECTED', subject: 'bitget', severity: 'urgent', detail: 'bitget does not answer' }]
    for (let event = 0; event < 50; event++) {
      const timestamp = new Date(Date.UTC(2026, 0, 2) + event * 60_000).toISOString()
      if (event % 5 === 0) desk.world.engine.accept(urgentFact(event))
      else {
        const started = performance.now()
        const id = openAndClose(timestamp)
        expect(performance.now() - started).toBeLessThan(500)
        expect(desk.world.engine.readModel.position(id)).toMatchObject({ status: 'closed', pnl: 1 })
      }
      await desk.pass(12_000)
    }
    expect(bot.sent).toHaveLength(0)
    expect(bot.requests).toBeLessThan(60)
    bot.mode = 'up'
    await desk.pass(180_000)
    const news = (): readonly string[] => texts().split('\n').filter((line) => !line.includes('stands for'))
    for (let event = 0; event < 50; event += 5) expect(news().filter((line) => line.endsWith(` foreign position ${event}`))).toHaveLength(1)
    expect(count('bitget does not answer')).toBeGreaterThan(0)
    expect(texts()).toMatch(/ORDER OPENED<\/b> 40 times/)
    expect(bot.sent.length).toBeLessThanOrEqual(7)
    const before = news().length
    // Said once: another process has nothing left to say.
    desk.restart()
    await desk.pass(60_000)
    expect(news().slice(before).filter((line) => !/^(---|<b>LOMS test<\/b>)$/.test(line))).toEqual([])
    expect(desk.desk.waiting).toBe(0)
  })

  it('a crash in the outage loses nothing', async () => {
    bot.mode = 'down'
    for (let event = 0; event < 10; event++) desk.world.engine.accept(urgentFact(event))
    await desk.pass(10_000)
    desk.restart()
    await desk.pass(10_000)
    bot.mode = 'up'
    await desk.pass(70_000)
    expect(bot.sent).toHaveLength(1)
    for (let event = 0; event < 10; event++) expect(count(`foreign position ${event}`)).toBe(1)
    desk.restart()
    await desk.pass(10_000)
    expect(bot.sent).toHaveLength(1)
  })

  it('429 is heeded to the second', async () => {
    bot.mode = { limited: 20 }
    desk.world.engine.accept(urgentFact(1))
    await desk.beat()
    bot.mode = 'up'
    await desk.pass(19_000)
    expect(bot.sent).toHaveLength(0)
    await desk.pass(2_000)
    expect(bot.sent).toHaveLength(1)
  })

  it('HTML that Telegram does not take is sent plain', async () => {
    bot.unreadable = 'foreign position 1'
    desk.world.engine.accept(urgentFact(1))
    await desk.beat()
    expect(bot.sent).toEqual([expect.not.objectContaining({ parse_mode: 'HTML' })])
  })

  it('the token stands in no log', async () => {
    bot.mode = 'down'
    desk.world.engine.accept(urgentFact(1))
    await desk.pass(5_000)
    expect(desk.logged.length).toBeGreaterThan(0)
    expect(JSON.stringify(desk.logged)).not.toContain(TOKEN)
  })
})

describe('floods', () => {
  it('200 risk blocks are one message a minute', async () => {
    const { engine } = desk.world
    engine.accept({ type: 'settings.changed', settings: { ...engine.core.settings, limits: { ...engine.core.settings.limits, maxOpenPositions: 1 } } })
    desk.world.open({ timestamp: '2026-01-01T00:00:00Z' })
    await desk.pass(5_000)
    bot.sent.length = 0
    for (let signal = 1; signal <= 200; signal++) expect(() => desk.world.open({ timestamp: new Date(Date.UTC(2026, 0, 1, 1, 0, signal)).toISOString() })).toThrow(/max_total_open/)
    await desk.pass(90_000)
    expect(bot.sent).toHaveLength(1)
    expect(texts()).toMatch(/RISK BLOCK<\/b> 200 times/)
  })

  it('a condition that comes and goes is told with growing pauses', async () => {
    for (let minute = 0; minute < 60; minute++) {
      desk.world.engine.accept(urgentFact(1))
      desk.world.engine.accept({ type: 'condition.cleared', kind: 'ORPHAN_POSITION', subject: 'foreign 1' })
      await desk.pass(60_000, 5_000)
    }
    expect(bot.sent.length).toBeLessThan(16)
    expect(texts()).toMatch(/\(\d+ more since the last message\)/)
  })

  it('a standing condition is told once, then after 5 and 20 minutes, and when it ends', async () => {
    desk.observed = [{ kind: 'PRICE_STALE', subject: 'BTCUSDT', severity: 'warning', detail: 'no price for BTCUSDT' }]
    await desk.pass(30 * 60_000, 1_000)
    expect(bot.sent.map(({ text }) => /stands for (\d+) min/.exec(text)?.[1] ?? 'first')).toEqual(['first', '5', '20'])
    desk.observed = []
    await desk.pass(60_000, 1_000)
    expect(bot.sent.at(-1)?.text).toContain('BTCUSDT: all right again')
  })

  it('a moment without a price is no news', async () => {
    for (let times = 0; times < 20; times++) {
      desk.observed = [{ kind: 'PRICE_STALE', subject: 'BTCUSDT', severity: 'warning', detail: 'no price' }]
      await desk.pass(2_000)
      desk.observed = []
      await desk.pass(5_000)
    }
    expect(bot.sent).toHaveLength(0)
  })
})

describe('what cannot be journaled', () => {
  it('a journal that takes no records is told at once', async () => {
    desk.journalTrouble = 'the disk is full'
    await desk.pass(2_000)
    expect(texts()).toMatch(/JOURNAL FAILED.*the disk is full/)
    await desk.pass(60_000)
    expect(bot.sent).toHaveLength(1)
  })
})

describe('a channel that is new', () => {
  it('tells what happens from now on, not the past', async () => {
    await desk.beat()
    const past = desk.world.engine.sequencer.durableSeq
    expect(desk.world.engine.core.alerts.deliveredUpTo('telegram:42/urgent')).toBeLessThanOrEqual(past)
    expect(bot.sent).toHaveLength(0)
  })
})
