/** An exchange that cannot even be reached (reliability.md §2.2: N4): that proves nothing about an order, and says what is wrong. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openVenue } from '../../src/brokers/exchange-live/open-venue.ts'
import { outcomeOf } from '../../src/brokers/exchange-live/outcome.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { VENUES } from './venues.ts'

const server = createServer((_, response) => response.writeHead(407).end('proxy authentication required'))
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

describe.each(VENUES)('%s, out of reach', (venue) => {
  it.each([
    ['no such name', () => 'http://exchange.invalid'],
    ['nobody listens', () => 'http://127.0.0.1:1'],
    ['no TLS there', () => `https://127.0.0.1:${port}`],
    ['a proxy in between wants a password', () => `http://127.0.0.1:${port}`],
  ])('N4: %s: an order may or may not exist', async (_name, url) => {
    const credentials = { apiKey: 'key', secret: 'secret', passphrase: 'passphrase' }
    const api = await openVenue({ venue, access: 'trade', credentials, sandbox: false, emulatorUrl: url(), owns: () => true })
    const market = { symbol: 'BTCUSDT', qtyStep: decimal('0.001'), priceTick: decimal('0.1'), minQty: decimal('0.001'), maxMarketQty: null, minNotional: decimal(5) }
    const order = { market, clientOrderId: 'abc123-1-e1' as never, role: 'entry', side: 'buy', qty: decimal('0.01'), price: null, attachedStop: null } as const
    const failure = await api.submit(order).then(() => 'taken', (error: unknown) => error)
    expect(outcomeOf(venue, failure)).toMatchObject({ kind: 'unresolved', message: expect.stringMatching(/fetch failed|407|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|SSL|wrong version/i) as string })
    await api.close()
  })
})
