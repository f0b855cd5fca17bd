/** The demo's eyes against a service that plays one position from pending to closed. */
import { describe, expect, it } from 'vitest'
import { LomsClient } from '../../src/cli/http-client.ts'
import { follow } from '../../src/demo/follow.ts'
import { printSummary } from '../../src/demo/summary.ts'
import type { DemoState } from '../../src/demo/demo-state.ts'
import type { PositionDetail } from '../../src/domain/wire.ts'
import { positionView, startFakeService } from '../cli/fake-service.ts'
import { memoryTerminal } from '../cli/run.ts'

const FROM = Date.parse('2024-07-19T00:00:00.000Z')
const START: DemoState = {
  title: 'recorded', from: FROM, to: FROM + 10_000, speed: 14, market: null, positions: [], candleNews: 'none yet', signalNews: 'none yet',
}
const event = (seq: number, type: string, letter: string) => ({ seq, at: 'now', type, clientOrderId: `abcdef-1-${letter}1` })
const EVENTS = [event(1, 'order.filled', 'e'), event(2, 'order.accepted', 's'), event(3, 'order.accepted', 't'), event(4, 'order.filled', 't')]
const STATES = ['pending', 'entry-filled', 'sl-placed', 'tp-placed', 'closed'] as const

/** Every question for the price moves the data on by a second; every second one moves the position on. */
async function playingService(lastState: number) {
  let round = 0
  const detail = (): PositionDetail => {
    const step = Math.min(lastState, Math.floor(round / 2))
    const state = STATES[step] ?? 'closed'
    const closed = state === 'closed'
    const view = positionView({ state, status: closed ? 'closed' : 'open', pnl: closed ? 1 : null })
    return { ...view, orders: [], events: EVENTS.slice(0, step) }
  }
  return startFakeService({
    'GET /market': () => ({ body: { ts: new Date(FROM + ++round * 1_000).toISOString(), price: 64000, last: 64000, source: 'replay' } }),
    'GET /positions': () => ({ body: [detail()] }),
    'GET /positions/1': () => ({ body: detail() }),
    'GET /stats': { body: { total_positions: 1, open_positions: 0, closed_positions: 1 } },
    'GET /events': { body: 'event: position.opened\ndata: {"seq":1,"notice":{"positionId":1}}\n\n' },
  })
}

async function watch(lastState: number) {
  const service = await playingService(lastState)
  const { terminal, out, err } = memoryTerminal()
  const client = new LomsClient({ url: service.url, key: undefined })
  const botLines = ['candle close 64000 ema not yet', 'loms_order_created position 1 long at 64000']
  const options = { client, terminal, service: { ended: () => null }, signal: new AbortController().signal, start: START, roundMs: 1 }
  const state = await follow({ ...options, botLines: () => botLines.splice(0) })
  const walked = await printSummary(terminal, client, state, false)
  await service.stop()
  return { state, walked, out: out.join('\n'), err }
}

describe('the demo', () => {
  it('sees every step of the walk and ends with the recording', async () => {
    const { state, walked, out, err } = await watch(4)
    expect(state.positions[0]?.steps).toEqual(STATES)
    expect(err).toEqual([
      'bot: loms_order_created position 1 long at 64000',
      'position 1 long BTCUSDT: pending',
      'position 1 long BTCUSDT: pending → entry-filled',
      'position 1 long BTCUSDT: pending → entry-filled → sl-placed',
      'position 1 long BTCUSDT: pending → entry-filled → sl-placed → tp-placed',
      'position 1 long BTCUSDT: pending → entry-filled → sl-placed → tp-placed → closed (tp, pnl 1.0000)',
    ])
    expect(walked).toBe(true)
    expect(out).toContain('1 position walked pending → entry-filled → sl-placed → tp-placed → closed')
  })

  it('does not count a position that never closed', async () => {
    const { walked, out } = await watch(3)
    expect(walked).toBe(false)
    expect(out).toContain('no position walked')
  })

  it('ends at once when the service is gone', async () => {
    const { terminal } = memoryTerminal()
    const client = new LomsClient({ url: 'http://127.0.0.1:9', key: undefined })
    const options = { client, terminal, signal: new AbortController().signal, start: START, botLines: () => [] }
    expect(await follow({ ...options, service: { ended: () => 'exit code 1' } })).toBe(START)
  })
})
