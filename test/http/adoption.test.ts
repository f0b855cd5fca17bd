/** What a person decides about the account: adopting, and stating a price. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { AdoptionOutcome, AdoptionPreview, ChangeOutcome } from '../../src/http/application.ts'
import { bodyOf, POSITION, post, setup, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})

const BODY = { symbol: 'ETHUSDT', side: 'buy', sl_price: '2900', reason: 'opened by hand' }
const PREVIEW: AdoptionPreview = { adopted: false, symbol: 'ETHUSDT', side: 'long', qty: 0.5, entry_price: 3000, price: 3001, sl_price: 2900, tp_price: null, pnl_at_stop: -50, liquidation_price: null, will: ['…'] }

describe('POST /positions/adopt', () => {
  it.each<[AdoptionOutcome, number, object]>([
    [{ kind: 'preview', preview: PREVIEW }, 200, { adopted: false, qty: 0.5 }],
    [{ kind: 'adopted', position: POSITION }, 201, { id: 7 }],
    [{ kind: 'conflict', code: 'no_orphan', message: 'none' }, 409, { code: 'no_orphan' }],
    [{ kind: 'invalid', problems: [{ field: 'sl_price', message: 'too high' }] }, 422, { errors: [{ field: 'sl_price' }] }],
    [{ kind: 'unavailable', message: 'stopping' }, 503, { detail: 'stopping' }],
  ])('%j', async (outcome, status, body) => {
    at.application.adopting = outcome
    const response = await post(at, '/positions/adopt', BODY)
    expect([response.status, await bodyOf(response)]).toMatchObject([status, body])
    expect(response.headers.get('location')).toBe(status === 201 ? '/positions/7' : null)
  })

  it('hands everything on as decimals; without a confirmed quantity it is a preview', async () => {
    const asked = { symbol: 'ETHUSDT', side: 'long', stopPrice: '2900', targetPrice: null, strategy: null, reason: 'opened by hand', confirmedQty: null }
    await post(at, '/positions/adopt', BODY)
    await post(at, '/positions/adopt', { ...BODY, tp_price: 3100.5, strategy: 'mine', confirm_qty: 0.5 })
    expect(at.application.calls).toEqual([['adopt', asked], ['adopt', { ...asked, targetPrice: '3100.5', strategy: 'mine', confirmedQty: '0.5' }]])
  })

  it.each(['symbol', 'side', 'sl_price', 'reason'])('without %s: 422, nothing asked', async (field) => {
    const response = await post(at, '/positions/adopt', { ...BODY, [field]: undefined })
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { errors: [{ field }] }])
    expect(at.application.calls).toEqual([])
  })
})

describe('POST /positions/{id}/close with a stated price', () => {
  it.each<[ChangeOutcome, number, object]>([
    [{ kind: 'done', position: POSITION }, 200, { id: 7 }],
    [{ kind: 'under_way', position: POSITION }, 202, { id: 7 }],
    [{ kind: 'unknown_position' }, 404, { code: 'not_found' }],
    [{ kind: 'conflict', code: 'not_vanished', message: 'held' }, 409, { code: 'not_vanished' }],
    [{ kind: 'unavailable', message: 'stopping' }, 503, { detail: 'stopping' }],
  ])('%j', async (outcome, status, body) => {
    at.application.changed = outcome
    const response = await post(at, '/positions/7/close', { stated_price: 101.5, reason: 'the exchange’s history' })
    expect([response.status, await bodyOf(response)]).toMatchObject([status, body])
    expect(at.application.calls).toEqual([['state', 7, '101.5', 'the exchange’s history']])
  })

  it.each([{ stated_price: 101.5 }, { stated_price: 0, reason: 'x' }, { stated_price: 'much', reason: 'x' }])('%j: 422', async (body) => {
    expect((await post(at, '/positions/7/close', body)).status).toBe(422)
    expect(at.application.calls).toEqual([])
  })
})
