/** A fill that names no client order id is named by its order, as soon as the venue shows it. */
import { describe, expect, it } from 'vitest'
import type { VenueApi, VenueFill } from '../../../src/brokers/exchange-live/venue-api.ts'
import { OrderNames } from '../../../src/brokers/exchange-live/order-names.ts'

const FILL = { symbol: 'SOLUSDT', venueOrderId: '77' } as VenueFill
const OWN = 'aaaaaa-4-e1'

/** `answers`: the client order id of each read in turn; null: the venue does not show the order. */
async function named(...answers: readonly (string | null | Error)[]): Promise<{ readonly reads: number; readonly told: readonly string[] }> {
  let reads = 0
  const told: string[] = []
  const plainOrder: VenueApi['plainOrder'] = () => {
    const answer = answers[reads] ?? null
    reads += 1
    if (answer instanceof Error) return Promise.reject(answer)
    return Promise.resolve(answer === null ? null : ({ clientOrderId: answer } as never))
  }
  const names = new OrderNames({ plainOrder } as VenueApi, (_, name) => told.push(name))
  for (let look = 0; look < 4; look += 1) {
    names.ask(FILL)
    await new Promise(setImmediate)
  }
  return { reads, told }
}

describe('the order of a fill is asked for', () => {
  it.each([
    ['once where it is shown', [OWN], { reads: 1, told: [OWN] }],
    ['once where it is of somebody else', ['their-order'], { reads: 1, told: [] }],
    ['again where it could not be read', [new Error('no answer'), OWN], { reads: 2, told: [OWN] }],
    ['again where it is not shown yet: fills are listed before their order', [null, null, OWN], { reads: 3, told: [OWN] }],
    ['with every look where it is never shown', [null, null, null, null], { reads: 4, told: [] }],
  ] as const)('%s', async (_, answers, outcome) => {
    expect(await named(...answers)).toEqual(outcome)
  })
})
