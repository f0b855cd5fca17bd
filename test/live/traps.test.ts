/** Traps of the client and the venues (exchange.md §8) where LOMS itself would step into them, and doors that must be shut. */
import { afterEach, describe, expect, it } from 'vitest'
import { AccountStreams } from '../../src/brokers/exchange-live/streams.ts'
import type { ExchangeBroker } from '../../src/brokers/exchange-live/exchange-broker.ts'
import type { LivePosition } from '../../src/brokers/exchange-live/live-world.ts'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import type { BrokerReport } from '../../src/brokers/broker.ts'
import { ZERO, decimal } from '../../src/domain/decimal.ts'
import type { Decimal } from '../../src/domain/decimal.ts'
import type { Finding } from '../../src/domain/reconciliation.ts'
import { checkRequest } from '../../src/exchange/gate.ts'
import { startEmulator, type Emulator } from '../../src/exchange-emulator/server.ts'
import { realClock } from '../../src/runtime/clock.ts'
import { LiveDesk } from '../../src/runtime/live-desk.ts'
import { ManualTimers } from '../prices/manual-timers.ts'
import { NEVER } from './oracle.ts'
import { scenario } from './scenario.ts'
import { VENUES } from './venues.ts'

describe.concurrent.each(VENUES)('on %s', (venue) => {
  it('T1: a stop without a price does not leave', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    const before = world.emulator.seen.filter(({ method }) => method === 'POST').length
    for (const price of [null, ZERO, decimal(-1)]) {
      world.broker.execute({ type: 'order.submit', positionId: id, clientOrderId: `${world.engine.core.journalId}-${id}-s9` as never, role: 'stop-loss', symbol: 'BTCUSDT', side: 'sell', orderType: 'stop', qty: decimal('0.01'), price, reduceOnly: true })
    }
    await world.looked(2)
    expect(world.emulator.seen.filter(({ method }) => method === 'POST')).toHaveLength(before)
    expect(world.state(id)).toBe('tp-placed')
  }))

  it('T8: an answer of success that makes no sense, and no order: it is sent again, once', scenario({ venue, restWithinMs: 20_000 }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'entry' }, do: { kind: 'html', when: 'before' } })
    const id = world.signal()
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect([world.sent('entry').length, new Set(world.sent('entry')).size]).toEqual([2, 1])
  }))

  it.runIf(venue === 'bybit')('I1: the entry brings a stop along, on the mark price: not naked for an instant, however late its own stop comes, and held through a wick', scenario({ venue: 'bybit', nakedAtMostMs: NEVER }, async (world, expect) => {
    world.emulator.faults.add({ match: { call: 'stop' }, do: { kind: 'delay', ms: 600, when: 'before' } })
    const id = world.signal()
    await world.until('filled', () => world.emulator.model.account('main').fills.length === 1)
    world.price('BTCUSDT', { last: 48_000, mark: 49_500, bid: 49_400, ask: 49_500 })
    world.price('BTCUSDT', { last: 49_500 })
    await world.until('tp-placed', () => world.state(id) === 'tp-placed')
    expect(world.emulator.model.account('main').positions.get('BTCUSDT')?.qty).toBe('0.01')
  }))

  it('X23: positions that cannot be read are not gone', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    await world.looked(1)
    const [looks, failed] = [world.looks, world.failedLooks]
    world.emulator.faults.add({ match: { call: 'positions' }, times: 'always', do: { kind: 'html', when: 'before', status: 502 } })
    for (let times = 1; times <= 2; times += 1) {
      world.broker.look()
      await world.until('a failed look', () => world.failedLooks >= failed + times)
    }
    expect([world.looks - looks, world.findings, world.state(id)]).toEqual([expect.toSatisfy((more: number) => more <= 1), [], 'tp-placed'])
    world.emulator.faults.clear()
  }))

  it('T13: a settlement of funding is no trade, however long no order claims it', scenario({ venue, nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.oracle.untold.add('BTCUSDT')
    world.emulator.faults.add({ match: { call: 'fills' }, times: 'always', do: { kind: 'set_fields', where: { execType: 'Funding' }, fields: { side: 'Sell' } } })
    world.emulator.model.fund('BTCUSDT', decimal('0.0001'), world.emulator.now())
    await world.looked(1)
    world.monotonicMs += 20_000
    await world.looked(2)
    expect([world.state(id), world.context(id)?.fills.length]).toEqual(['tp-placed', 1])
  }))

  it('I7: the same settlement of funding told twice is paid once', scenario({ venue }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.untold.add('BTCUSDT')
    for (let times = 0; times < 2; times += 1) world.engine.accept({ type: 'funding.settled', positionId: id, fundingId: 'f1', amount: decimal('0.25') })
    expect(world.context(id)?.funding?.paid).toBe('0.25')
    world.engine.requestExit(id, 'manual', null)
    await world.closed(id)
  }))
})

describe.concurrent('on bitget', () => {
  it('T3: a cancel that Bitget answers with success and an empty list is none: it is sent again', scenario({ venue: 'bitget', nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.faults.add({ match: { call: 'cancel_plan' }, times: 2, do: { kind: 'raw', when: 'before', body: '{"code":"00000","msg":"success","data":{"successList":[],"failureList":[]}}' } })
    world.engine.accept({ type: 'levels.requested', positionId: id, stopPrice: '49500' as Decimal, note: null })
    await world.until('one stop', () => world.resting('stop-loss').map(({ trigger }) => trigger?.price).join() === '49500')
    expect(world.emulator.seen.filter(({ call }) => call === 'cancel_plan').length).toBeGreaterThanOrEqual(3)
  }))

  it('T7: a stop that failed to execute protects nobody: another one is placed', scenario({ venue: 'bitget' }, async (world) => {
    await world.protectedPosition()
    world.emulator.faults.add({ match: { call: 'plan_history' }, times: 'always', do: { kind: 'set_fields', where: { planType: 'loss_plan' }, fields: { planStatus: 'fail_execute' } } })
    for (const { id } of world.resting('stop-loss')) world.emulator.model.cancel('main', { id }, world.emulator.now(), 'venue')
    await world.until('another stop', () => world.resting('stop-loss').some(({ clientId }) => clientId.endsWith('s2')))
  }))

  it('T5, T11: its kind of account is never probed, and its plain orders are watched where futures are', scenario({ venue: 'bitget' }, async (world, expect) => {
    await world.protectedPosition()
    await world.api.account()
    expect(world.emulator.seen.filter(({ call }) => call === 'uta_settings')).toEqual([])
    expect(world.emulator.streams.isSubscribed('orders:default')).toBe(true)
  }))

  it('F5: funding that cannot be read holds no close up', scenario({ venue: 'bitget', nakedAtMostMs: NEVER }, async (world, expect) => {
    const id = await world.protectedPosition()
    world.oracle.startAnew()
    world.emulator.faults.add({ match: { call: 'bills' }, times: 'always', do: { kind: 'html', when: 'before', status: 502 } })
    world.engine.requestExit(id, 'manual', null)
    expect(await world.closed(id)).toMatchObject({ reason: 'manual' })
    world.emulator.faults.clear()
  }))
})

it.each([['bybit', '/v5/account/set-margin-mode'], ['bybit', '/v5/position/switch-mode'], ['bitget', '/api/v2/mix/account/set-margin-mode'], ['bitget', '/api/v2/mix/account/set-position-mode']] as const)(
  'T17: %s: what changes the whole account, %s, has no way out', (venue, path) => {
    const gate = { venue, purpose: 'orders', origins: ['https://api.example'], owns: () => true } as const
    expect(() => checkRequest(gate, 'POST', `https://api.example${path}`)).toThrow('is not an endpoint of the orders client')
  })

it('T19: a push while everything ends, and what the client rejects afterwards, ends no process', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const waits: { readonly push: () => void; readonly fail: (why: Error) => void }[] = []
  const next = (): Promise<unknown> => new Promise((resolve, reject) => waits.push({ push: () => resolve([]), fail: reject }))
  const streams = new AccountStreams({ close: () => Promise.resolve() }, { orders: { next, tells: ['order'] } }, { timers: new ManualTimers(), onPush: () => {}, onState: () => {} })
  streams.start()
  const closing = streams.close()
  waits[0]?.push()
  await closing
  await new Promise((resolve) => setImmediate(resolve))
  for (const { fail } of waits) fail(new Error('closed by the client'))
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(waits).toHaveLength(2)
  expect(unhandled).toEqual([])
})

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

type Opened = { readonly emulator: Emulator; readonly desk: LiveDesk; readonly broker: ExchangeBroker; readonly told: (readonly Finding[])[] }

/** Nothing of it depends on the venue. */
async function opened(positions: readonly LivePosition[] = []): Promise<Opened> {
  const venue = 'bybit' as const
  const emulator = await startEmulator({ venue })
  const { httpUrl: emulatorUrl, apiKey, secret, password } = emulator
  const credentials = { apiKey, secret, passphrase: password }
  const api = await openVenue({ venue, access: 'trade', credentials, sandbox: false, emulatorUrl, owns: () => true })
  const settings = { venue, credentials, sandbox: false, leverage: decimal(1), maxAccountEquityUsdt: decimal(150) }
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, flush: () => {} }
  const told: (readonly Finding[])[] = []
  const desk = new LiveDesk({ settings, api, clock: realClock(), logger: silent, symbols: ['BTCUSDT'], resolved: () => true, onFindings: (findings) => void told.push(findings), onReconciled: () => {} })
  const broker = desk.open({ journalId: () => null, position: (id) => positions.find((each) => each.id === id), positions: () => positions, isBooked: () => false, past: () => [], givenUp: () => [] })
  ends.push(() => emulator.stop(), () => broker.disconnect())
  return { emulator, desk, broker, told }
}

describe('a desk', () => {
  it('I18: before the account was compared with the journal no signal is taken and no entry leaves', async () => {
    const { emulator, desk, broker } = await opened()
    emulator.faults.add({ match: { call: 'positions' }, times: 'always', do: { kind: 'html', when: 'before', status: 502 } })
    const reports: BrokerReport[] = []
    broker.onReport((report) => void reports.push(report))
    await broker.connect()
    broker.execute({ type: 'order.submit', positionId: 1 as never, clientOrderId: 'abc123-1-e1' as never, role: 'entry', symbol: 'BTCUSDT', side: 'buy', orderType: 'market', qty: decimal('0.01'), price: decimal(60_000), reduceOnly: false })
    await expect.poll(() => reports).toMatchObject([{ type: 'order.rejected', message: expect.stringContaining('has not been compared with the journal') as string }])
    expect(desk.closedReason()).toContain('is being compared with the journal')
    expect(emulator.seen.filter(({ call }) => call === 'entry')).toEqual([])
    emulator.faults.clear()
    await desk.reconcile()
    expect(desk.closedReason()).toBeNull()
  })

  it('F9: what somebody else holds is told when it lasts, and not again with every look', async () => {
    const { emulator, desk, broker, told } = await opened()
    emulator.model.submit('main', { symbol: 'ETHUSDT', side: 'buy', kind: 'market', qty: decimal('0.1') }, emulator.now())
    await broker.connect()
    for (let looks = 0; looks < 4; looks += 1) await desk.reconcile()
    expect(told.map((findings) => findings.map(({ kind, symbol }) => `${kind} ${symbol}`))).toEqual([['orphan ETHUSDT']])
  })

  it('C-3: the door is shut while the journal has what the account has not', async () => {
    const missing = { id: 1, symbol: 'BTCUSDT', direction: 'long', createdAt: Date.now(), openQty: decimal('0.01'), stopPrice: decimal(1), firstStopPrice: decimal(1), covered: true, closing: false, entryRefused: null, vanished: false, finished: false, orders: [], tradeIds: new Set(), fundingIds: new Set() } as unknown as LivePosition
    const { desk, broker } = await opened([missing])
    await broker.connect()
    for (let looks = 0; looks < 3; looks += 1) await desk.reconcile()
    expect(desk.closedReason()).toContain('differ on BTCUSDT (vanished)')
  })

  it('R-4: an account with more than it may hold is not fit', async () => {
    const { desk, broker } = await opened()
    await broker.connect()
    await desk.reconcile()
    expect((await desk.fitness()).refusals).toEqual([expect.stringContaining('more than MAX_ACCOUNT_EQUITY_USDT=150')])
  })
})

it('T16: leverage that was so already is no error at Bybit', async () => {
  const emulator = await startEmulator({ venue: 'bybit' })
  const { httpUrl: emulatorUrl, apiKey, secret } = emulator
  const api = await openVenue({ venue: 'bybit', access: 'trade', credentials: { apiKey, secret }, sandbox: false, emulatorUrl, owns: () => true })
  ends.push(() => emulator.stop(), () => api.close())
  await api.setLeverage('BTCUSDT', decimal(7))
  await expect(api.setLeverage('BTCUSDT', decimal(7))).resolves.toBeUndefined()
  expect(emulator.seen.filter(({ call }) => call === 'leverage')).toHaveLength(2)
})
