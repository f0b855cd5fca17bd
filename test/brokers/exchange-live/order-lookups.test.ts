/** Many orders are asked for at the same time: all are answered, in few requests, by a venue that takes ten a second. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openVenue } from '../../../src/brokers/exchange-live/open-venue.ts'
import type { VenueApi, VenueOrder } from '../../../src/brokers/exchange-live/venue-api.ts'
import { decimal } from '../../../src/domain/decimal.ts'
import { clientOrderId, type ClientOrderId, type OrderRole, type PositionId } from '../../../src/domain/ids.ts'
import type { OrderRequest } from '../../../src/exchange-emulator/model/order.ts'
import { startEmulator, type Emulator } from '../../../src/exchange-emulator/server.ts'
import { JOURNAL } from '../../support/builders.ts'

const MANY = 40
let emulator: Emulator
let api: VenueApi
beforeAll(async () => {
  emulator = await startEmulator({ venue: 'bitget' })
  const { apiKey, secret, password } = emulator
  api = await openVenue({ venue: 'bitget', access: 'trade', credentials: { apiKey, secret, passphrase: password }, sandbox: false, emulatorUrl: emulator.httpUrl, owns: () => true })
})
afterAll(async () => {
  await api.close()
  await emulator.stop()
})

const named = (role: OrderRole, generation: number): ClientOrderId => clientOrderId(JOURNAL, 1 as PositionId, role, generation)
function place(request: Omit<OrderRequest, 'symbol' | 'qty'> & { readonly qty?: string }): void {
  const placed = emulator.model.submit('main', { symbol: 'BTCUSDT', ...request, qty: decimal(request.qty ?? '0.001') }, emulator.now())
  if (!placed.ok) throw new Error(JSON.stringify(placed.refusal))
}
/** What is said of all these orders at once, and how many requests that took. */
async function ask(role: OrderRole, names: readonly ClientOrderId[]): Promise<{ readonly answers: readonly (VenueOrder | null | 'not now')[]; readonly requests: number }> {
  const before = emulator.seen.length
  const answers = await Promise.all(names.map((name) => api.order('BTCUSDT', name, role).catch(() => 'not now' as const)))
  return { answers, requests: emulator.seen.length - before }
}
const states = (answers: readonly (VenueOrder | null | 'not now')[]): readonly string[] => [...new Set(answers.map((each) => (each === null ? 'absent' : each === 'not now' ? each : each.state)))]

describe('of many', () => {
  const stops = Array.from({ length: MANY }, (_, index) => named('stop-loss', index + 1))

  it('stops at work, and stops that the venue has taken away: all are answered', async () => {
    const mark = Number(emulator.model.quoteOf('BTCUSDT')?.mark)
    place({ side: 'buy', kind: 'market', qty: '1' })
    for (const clientId of stops) place({ side: 'sell', kind: 'market', reduceOnly: true, purpose: 'partial_stop', clientId, trigger: { price: decimal(String(Math.floor(mark * 0.8))), source: 'mark', direction: 'falling' } })
    const working = await ask('stop-loss', stops)
    expect([states(working.answers), working.answers.map((each) => each !== null && each !== 'not now' && each.clientOrderId)]).toEqual([['working'], stops])
    expect(working.requests).toBeLessThanOrEqual(2)
    // Its stops go with the position.
    place({ side: 'sell', kind: 'market', reduceOnly: true, qty: '1' })
    const gone = await ask('stop-loss', stops)
    expect(states(gone.answers)).toEqual(['canceled'])
    expect(gone.requests).toBeLessThanOrEqual(3)
  })

  it('stops that never were are absent', async () => {
    const { answers, requests } = await ask('stop-loss', Array.from({ length: MANY }, (_, index) => named('stop-loss', 1000 + index)))
    expect([states(answers), requests <= 3]).toEqual([['absent'], true])
  })

  it('closes: those among the latest are told, of the others two at a time, by themselves', async () => {
    place({ side: 'buy', kind: 'market', qty: '1' })
    const closes = Array.from({ length: MANY }, (_, index) => named('close', index + 1))
    for (const clientId of closes) place({ side: 'sell', kind: 'market', reduceOnly: true, clientId })
    const told = await ask('close', closes)
    expect([states(told.answers), told.requests <= 3]).toEqual([['filled'], true])
    const strangers = await ask('close', Array.from({ length: MANY }, (_, index) => named('close', 1000 + index)))
    expect(strangers.answers.filter((each) => each === null)).toHaveLength(2)
    expect(strangers.answers.filter((each) => each === 'not now')).toHaveLength(MANY - 2)
  })
})

it('one is asked for by its own address', async () => {
  const { answers, requests } = await ask('close', [named('close', 1)])
  expect([states(answers), requests]).toEqual([['filled'], 1])
})
