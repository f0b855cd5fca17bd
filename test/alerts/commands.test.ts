/** Commands by Telegram: who is heard, what they read, what they change. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CommandPoller } from '../../src/alerts/command-poller.ts'
import { CommandReplies } from '../../src/alerts/command-replies.ts'
import { TelegramApi } from '../../src/alerts/telegram-api.ts'
import { StubApplication } from '../http/stub-application.ts'
import { BotApi } from './bot-api.ts'
import { TOKEN } from './desk-world.ts'

const NOW = 1_700_000_000_000
const bot = new BotApi()
let application: StubApplication
let now: number
let poller: CommandPoller
beforeEach(async () => {
  Object.assign(bot, { mode: 'up', updates: [] })
  bot.sent.length = 0
  application = new StubApplication()
  now = NOW
  const replies = new CommandReplies({ application, now: () => now, code: () => '4711' })
  poller = new CommandPoller({ api: new TelegramApi(TOKEN, await bot.start()), replies, chatIds: ['42'], userIds: ['7'], log: () => {} })
})
afterEach(() => bot.stop())

let updateId = 100
const say = async (text: string, { chat = 42, user = 7, sentAt = now } = {}): Promise<string | undefined> => {
  bot.sent.length = 0
  bot.updates.push({ update_id: ++updateId, message: { chat: { id: chat }, from: { id: user }, text, date: sentAt / 1000 } })
  poller.tick(now)
  await poller.settled()
  return bot.sent[0]?.text
}

describe('asking', () => {
  it.each([
    ['/status', /healthy, dev, broker paper/],
    ['/status@loms_bot', /healthy/],
    ['/positions', /#7 BTCUSDT long 1 at 100, now 100, sl 98.5, tp 104.5, sl-placed/],
    ['/stats', /closed 0, open 1, win rate 0 %/],
    ['/why 7', /#7 BTCUSDT long, open\n.*signal\.received/],
    ['/why 8', /There is no position 8/],
    ['/why', /Say which/],
    ['/help', /\/positions/],
  ])('%s', async (text, reply) => expect(await say(text)).toMatch(reply))
  it('what is no command gets no answer', async () => expect(await say('good morning')).toBeUndefined())
})

describe('changing', () => {
  it('pause and resume carry a reason and who gave it', async () => {
    expect(await say('/pause news')).toBe('trading is paused (news (Telegram user 7))')
    expect(await say('/resume')).toContain('Say why')
    expect(await say('/resume done')).toContain('trading is active')
    expect(application.calls).toEqual([['pause', 'news (Telegram user 7)'], ['resume', 'done (Telegram user 7)']])
  })
  it('panic needs its code within a minute, from the same person', async () => {
    expect(await say('/panic')).toContain('/panic 4711')
    expect(application.calls).toEqual([])
    expect(await say('/panic 4712')).toContain('not the code')
    expect(await say('/panic 4711')).toContain('not the code')
    await say('/panic')
    now += 61_000
    expect(await say('/panic 4711')).toContain('not the code')
    await say('/panic')
    expect(await say('/panic 4711')).toMatch(/^Flat: /)
    expect(application.calls).toEqual([['panic', 'panic (Telegram user 7)', null]])
  })
  it('a command that lay about in an outage is not carried out', async () => {
    expect(await say('/resume done', { sentAt: NOW - 3_600_000 })).toContain('more than a minute ago')
    expect(application.calls).toEqual([])
  })
  it('the same update twice acts once', async () => {
    bot.updates.push({ update_id: ++updateId, message: { chat: { id: 42 }, from: { id: 7 }, text: '/pause x', date: now / 1000 } }, { update_id: updateId, message: { chat: { id: 42 }, from: { id: 7 }, text: '/pause x', date: now / 1000 } })
    poller.tick(now)
    await poller.settled()
    expect(application.calls).toHaveLength(1)
  })
})

describe('who is heard', () => {
  it.each([
    ['another chat', { chat: 43 }],
    ['another person in the chat', { user: 8 }],
  ])('not %s', async (_who, from) => {
    expect(await say('/pause x', from)).toBeUndefined()
    expect(application.calls).toEqual([])
  })
  it.each([[{ update_id: 1 }], [{ update_id: 'x' }], [{ update_id: 5_000, message: { text: 5 } }], [null]])('nonsense does no harm: %j', async (update) => {
    bot.updates.push(update as never)
    poller.tick(now)
    await poller.settled()
    expect(bot.sent).toEqual([])
  })
  it('after an outage it is back, with growing pauses in between', async () => {
    bot.mode = 'down'
    const before = bot.requests
    for (let at = 0; at < 60_000; at += 500) {
      poller.tick(now + at)
      await poller.settled()
    }
    expect(bot.requests - before).toBeLessThan(10)
    bot.mode = 'up'
    now += 200_000
    expect(await say('/status')).toContain('healthy')
  })
})
