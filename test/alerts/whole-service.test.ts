/**
 * What lasts is told by the whole service: journal, beat, lanes and a real receiver. Only the time between two beats is
 * given: whatever asks for the time is told that so much more has passed.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { liveEnvironment } from '../../scripts/freeze-loop/live-environment.ts'
import { EMULATOR_KEY, startEmulator } from '../../src/exchange-emulator/server.ts'
import { LoopWatch } from '../../src/runtime/loop-watch.ts'
import { startAlerts } from '../../src/runtime/service-alerts.ts'
import { ServiceApplication } from '../../src/runtime/service-application.ts'
import type { AppendResult, Store } from '../../state/store.ts'
import { ServiceWorld } from '../http/service-world.ts'

type Told = { readonly kind: string; readonly severity: string; readonly subject: string; readonly text: string }

const told: Told[] = []
let receiver: Server
let aheadMs = 0
beforeEach(async () => {
  told.length = 0
  aheadMs = 0
  const [wall, monotonic] = [Date.now.bind(Date), performance.now.bind(performance)]
  vi.spyOn(Date, 'now').mockImplementation(() => wall() + aheadMs)
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + aheadMs)
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told.push(...(JSON.parse(body) as { readonly alerts: Told[] }).alerts)
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  vi.restoreAllMocks()
  receiver.closeAllConnections()
  receiver.close()
})

const of = (kind: string): readonly Told[] => told.filter((each) => each.kind === kind)

/** A service with its alerts; `pass` lets so many seconds go by, a beat in each. */
async function watched(environment: Record<string, string> = {}) {
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`
  const world = await ServiceWorld.start({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: 'sixteen-characters', ...environment })
  let beat: () => void = () => {}
  const interval = vi.spyOn(globalThis, 'setInterval').mockImplementationOnce((task) => {
    beat = task
    return undefined as never
  })
  const log = () => {}
  const alerts = startAlerts(world.service, new ServiceApplication(world.service), { info: log, warn: log, error: log })
  interval.mockRestore()
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      aheadMs += 1000
      beat()
      await sleep(5)
    }
  }
  /** Beats until the receiver has heard it. */
  const hears = (kind: string, count: number): Promise<void> => vi.waitFor(() => (beat(), expect(of(kind)).toHaveLength(count)), { interval: 20, timeout: 10_000 })
  /** How often a condition has begun and ended, by the journal. */
  const spells = (kind: string): readonly number[] => {
    const bodies = [...world.service.store.read(1, world.service.engine.sequencer.durableSeq)].flatMap((record) => (record.kind === 'fact' ? [record.body] : []))
    return [bodies.filter((body) => body.type === 'condition.raised' && body.kind === kind).length, bodies.filter((body) => body.type === 'condition.cleared' && body.kind === kind).length]
  }
  const stop = async (): Promise<void> => {
    alerts.stop()
    await world.stop()
  }
  return { world, pass, hears, spells, stop }
}

it('EVENT_LOOP_STALLED: a loop that stood still is told once, urgently, and when it is over', async () => {
  const { world, pass, hears, spells, stop } = await watched()
  const loop = new LoopWatch(() => {}, 300)
  world.service.eventLoop = loop
  await sleep(100)
  for (const until = performance.now() + 900; performance.now() < until; );
  await vi.waitFor(() => expect(loop.recentStall()).not.toBeNull(), { interval: 5 })
  await pass(5)
  await hears('EVENT_LOOP_STALLED', 1)
  expect(of('EVENT_LOOP_STALLED')).toMatchObject([{ severity: 'urgent', subject: 'event loop', text: expect.stringMatching(/stood still for \d+\.\d s/) as string }])
  // A busy machine stalls a test too: from here on nobody looks.
  loop.stop()
  await pass(45)
  await hears('EVENT_LOOP_STALLED', 2)
  expect(of('EVENT_LOOP_STALLED')[1]?.text).toContain('all right again')
  expect(spells('EVENT_LOOP_STALLED')).toEqual([1, 1])
  await stop()
})

it('EXECUTOR_DISCONNECTED: an exchange that cannot be read is told once, urgently, and entries are refused', { timeout: 60_000 }, async () => {
  const emulator = await startEmulator({ venue: 'bybit', accounts: [{ id: 'main', balance: 100, keys: [EMULATOR_KEY] }] })
  const { world, pass, hears, spells, stop } = await watched(liveEnvironment(emulator))
  await vi.waitFor(() => expect(world.service.closedReason()).toBeNull(), { interval: 20, timeout: 20_000 })
  await pass(5)
  expect(of('EXECUTOR_DISCONNECTED')).toEqual([])
  emulator.faults.add({ match: {}, times: 'always', do: { kind: 'html', when: 'before', status: 503 } })
  // What was asked before is answered still.
  await vi.waitFor(() => expect(world.service.live?.view().failure).not.toBeNull(), { interval: 20, timeout: 20_000 })
  await pass(26)
  await hears('EXECUTOR_DISCONNECTED', 1)
  expect(spells('EXECUTOR_DISCONNECTED')).toEqual([1, 0])
  expect(of('EXECUTOR_DISCONNECTED')).toMatchObject([{ severity: 'urgent', subject: 'exchange', text: expect.stringMatching(/the account cannot be read \(.+\); stops rest at the exchange, entries are refused/) as string }])
  expect(world.service.closedReason()).toMatch(/bybit does not answer/)
  expect(world.service.health().degraded).toContainEqual(expect.stringMatching(/^exchange: /))
  await stop()
  await emulator.stop()
})

it('JOURNAL_FAILED: a disk that does not answer is told, although nothing can be recorded, and nothing new is begun', async () => {
  const { world, pass, hears, stop } = await watched()
  const { store, engine } = world.service
  const append = store.append.bind(store)
  const held: (() => void)[] = []
  const hold: Store['append'] = (...batch) => new Promise<AppendResult>((resolve) => held.push(() => void Promise.resolve(append(...batch)).then(resolve)))
  store.append = hold
  engine.accept({ type: 'price.pinned', price: null })
  await vi.waitFor(() => expect(held).toHaveLength(1))
  await pass(5)
  expect([told, world.service.closedReason()]).toEqual([[], null])
  await pass(7)
  await hears('JOURNAL_FAILED', 1)
  expect(of('JOURNAL_FAILED')).toMatchObject([{ severity: 'urgent', text: expect.stringMatching(/the disk has not answered for \d\d s/) as string }])
  expect(world.service.closedReason()).toMatch(/has not answered/)
  expect(world.service.health()).toMatchObject({ ok: false, degraded: [expect.stringMatching(/^journal: the disk has not answered/)] })
  store.append = append
  for (const go of held) go()
  await vi.waitFor(() => expect(world.service.closedReason()).toBeNull())
  await stop()
})
