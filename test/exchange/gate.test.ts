import { describe, expect, it } from 'vitest'
import { checkRequest } from '../../src/exchange/gate.ts'
import { NotSent, OutOfTime, within } from '../../src/exchange/request-scope.ts'
import type { ClientPurpose, Venue } from '../../src/exchange/venue.ts'

const HOST = 'https://api.example'
const refusal = (venue: Venue, purpose: ClientPurpose, method: string, url: string, owns = true): string => {
  try {
    checkRequest({ venue, purpose, origins: [HOST], owns: () => owns }, method, url)
    return 'sent'
  } catch (error) {
    return (error as NotSent).message
  }
}

describe('the gate before the socket', () => {
  it.each<[Venue, ClientPurpose, string, string, string]>([
    ['bybit', 'public', 'GET', '/v5/market/tickers?category=linear', 'sent'],
    ['bybit', 'public', 'GET', '/v5/order/realtime', 'not an endpoint of the public client'],
    ['bybit', 'public', 'POST', '/v5/order/create', 'not an endpoint of the public client'],
    ['bybit', 'public', 'POST', '/v5/market/tickers', 'not an endpoint of the public client'],
    ['bybit', 'polling', 'GET', '/v5/order/realtime?settleCoin=USDT', 'sent'],
    ['bybit', 'polling', 'POST', '/v5/order/create', 'not an endpoint of the polling client'],
    ['bybit', 'orders', 'POST', '/v5/order/create', 'sent'],
    ['bybit', 'orders', 'POST', '/v5/order/cancel-all', 'not an endpoint of the orders client'],
    ['bybit', 'orders', 'POST', '/v5/order/create/../cancel-all', 'not an endpoint of the orders client'],
    ['bybit', 'orders', 'POST', '/v5/asset/withdraw/create', 'not an endpoint of the orders client'],
    ['bitget', 'public', 'GET', '/api/v2/mix/market/tickers', 'sent'],
    ['bitget', 'public', 'POST', '/api/v2/mix/order/place-order', 'not an endpoint of the public client'],
    ['bitget', 'polling', 'POST', '/api/v2/mix/order/place-tpsl-order', 'not an endpoint of the polling client'],
    ['bitget', 'orders', 'POST', '/api/v2/mix/order/place-tpsl-order', 'sent'],
    ['bitget', 'orders', 'POST', '/api/v2/mix/order/cancel-all-orders', 'not an endpoint of the orders client'],
    ['bitget', 'orders', 'POST', '/api/v2/mix/order/close-positions', 'not an endpoint of the orders client'],
  ])('%s %s: %s %s', (venue, purpose, method, path, outcome) => {
    expect(refusal(venue, purpose, method, HOST + path)).toContain(outcome)
  })

  it('knows no other host', () => {
    expect(refusal('bybit', 'orders', 'POST', 'https://api.example.evil/v5/order/create')).toContain('is not one of')
  })

  it('sends nothing for a process that does not own the account', () => {
    expect(refusal('bybit', 'orders', 'POST', `${HOST}/v5/order/create`, false)).toContain('no longer owns')
  })

  it('sends nothing after the time limit of its call', async () => {
    let late = (): void => {}
    const woken = new Promise<void>((resolve) => (late = resolve))
    let outcome: Promise<string> = Promise.resolve('')
    const call = within(0, () => (outcome = woken.then(() => refusal('bybit', 'orders', 'POST', `${HOST}/v5/order/create`))))
    await expect(call).rejects.toBeInstanceOf(OutOfTime)
    late()
    expect(await outcome).toContain('its time limit has passed')
  })
})
