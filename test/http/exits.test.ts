import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangeOutcome, ExitSignalOutcome } from '../../src/http/application.ts'
import { bodyOf, get, POSITION, post, setup, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})

describe('POST /positions/{id}/partial-close and /levels', () => {
  it('hand on what is asked', async () => {
    expect(await bodyOf(await post(at, '/positions/7/partial-close', { pct: 50, reason: 'late' }))).toEqual(POSITION)
    await post(at, '/positions/7/levels', { sl_price: 99, tp_price: null })
    expect(at.application.calls).toEqual([
      ['change', 7, { kind: 'partial_close', qty: null, pct: '50' }, 'late'],
      ['change', 7, { kind: 'levels', stopPrice: '99', targetPrice: null }, null],
    ])
  })

  it.each<[ChangeOutcome, number, object]>([
    [{ kind: 'done', position: POSITION }, 200, { id: 7 }],
    [{ kind: 'under_way', position: POSITION }, 202, { id: 7 }],
    [{ kind: 'unknown_position' }, 404, { code: 'not_found', detail: 'There is no position 7.' }],
    [{ kind: 'conflict', code: 'price_unavailable', message: 'No price.' }, 409, { code: 'price_unavailable', detail: 'No price.' }],
    [{ kind: 'invalid', problems: [{ field: 'qty', message: 'is more than is open (1)' }] }, 422, { errors: [{ field: 'qty', message: 'is more than is open (1)' }] }],
    [{ kind: 'unavailable', message: 'stopping' }, 503, { detail: 'stopping' }],
  ])('%j', async (outcome, status, body) => {
    at.application.changed = outcome
    for (const [path, sent] of [['partial-close', { qty: 1 }], ['levels', { sl_price: 1 }]] as const) {
      const response = await post(at, `/positions/7/${path}`, sent)
      expect([response.status, await bodyOf(response)]).toMatchObject([status, body])
    }
  })

  it.each([
    ['/positions/x/levels', '{"sl_price":1}', 422], ['/positions/7/levels', '{}', 422], ['/positions/7/levels', '', 400], ['/positions/7/partial-close', '{', 400],
    ['/positions/7/partial-close', '{"qty":1,"constructor":1}', 422],
  ])('%s with %s is %i', async (path, body, status) => {
    expect((await post(at, path, body)).status).toBe(status)
    expect(at.application.calls).toEqual([])
  })
})

describe('POST /signals/close, /partial-close, /levels', () => {
  it.each([
    ['/signals/close', { symbol: 'BTCUSDT' }, { kind: 'close' }],
    ['/signals/partial-close', { symbol: 'BTCUSDT', qty: 1 }, { kind: 'partial_close', qty: '1', pct: null }],
    ['/signals/levels', { symbol: 'BTCUSDT', sl_price: 1 }, { kind: 'levels', stopPrice: '1' }],
  ])('%s', async (path, body, change) => {
    const response = await post(at, path, body, { 'Idempotency-Key': 'k' })
    expect([response.status, await bodyOf(response)]).toEqual([200, { received: true, matched: 1, positions: [7], refused: [] }])
    expect(at.application.calls).toMatchObject([['exit', { signal: { address: { symbol: 'BTCUSDT' }, change }, payload: body, idempotencyKey: 'k' }]])
  })

  it.each<[ExitSignalOutcome, number, object]>([
    [{ kind: 'answered', answer: { received: true, matched: 0, positions: [], refused: [], duplicate: true } }, 200, { matched: 0, duplicate: true }],
    [{ kind: 'key_reused', field: 'signal_id' }, 422, { code: 'idempotency_key_reused', errors: [{ field: 'signal_id' }] }],
    [{ kind: 'unavailable', message: 'stopping' }, 503, { detail: 'stopping' }],
  ])('%j', async (outcome, status, body) => {
    at.application.exited = outcome
    const response = await post(at, '/signals/close', { symbol: 'BTCUSDT' })
    expect([response.status, await bodyOf(response)]).toMatchObject([status, body])
  })

  it.each([['/signals/close', {}, {}], ['/signals/close', { symbol: 'B' }, { 'Idempotency-Key': '\t' }], ['/signals/levels', { symbol: 'B' }, {}]])('%s %j %j is 422', async (path, body, headers) => {
    expect((await post(at, path, body, headers)).status).toBe(422)
    expect(at.application.calls).toEqual([])
  })
})

describe('POST /signals/trade', () => {
  const OPEN = { event_type: 'open', strategy_name: 's', symbol: 'BTCUSDT', direction: 'long', entry_price: 100, timestamp: '2026-01-31T12:00:00Z' }

  it('OPEN goes through the door of signals', async () => {
    expect((await post(at, '/signals/trade', OPEN)).status).toBe(200)
    expect(at.application.entries).toMatchObject([{ kind: 'trade_event', signal: { strategy: 's' }, payload: OPEN, idempotencyKey: null }])
  })
  it('CLOSE closes', async () => {
    expect(await bodyOf(await post(at, '/signals/trade', { ...OPEN, event_type: 'CLOSE', exit_reason: 'ema' }))).toMatchObject({ matched: 1 })
    expect(at.application.calls).toMatchObject([['exit', { signal: { address: { symbol: 'BTCUSDT', strategy: 's', direction: 'long' }, note: 'ema' } }]])
  })
  it('a direction that is none is an invalid side', async () => {
    const response = await post(at, '/signals/trade', { ...OPEN, direction: 'up' })
    expect([response.status, await bodyOf(response)]).toMatchObject([422, { received: true, error: 'invalid_side', errors: [{ field: 'direction' }] }])
  })
})

describe('the description', () => {
  it('has the fields of the bodies from the schemas that validate them', async () => {
    const { components } = await bodyOf<{ components: { schemas: Record<string, { properties?: object; required?: string[]; anyOf?: unknown }> } }>(await get(at, '/openapi.json'))
    const fieldsOf = (name: string) => Object.keys(components.schemas[name]?.properties ?? {})
    expect(fieldsOf('PartialClose')).toEqual(['qty', 'pct', 'reason'])
    expect(fieldsOf('Levels')).toEqual(['sl_price', 'tp_price', 'reason'])
    expect(fieldsOf('CloseSignal')).toEqual(['position_id', 'symbol', 'strategy', 'account_label', 'side', 'signal_id', 'reason'])
    expect(components.schemas['TradeOpened']?.required).toEqual(['event_type', 'strategy_name', 'symbol', 'direction', 'entry_price', 'timestamp'])
    expect(components.schemas['TradeClosed']?.required).toEqual(['event_type', 'strategy_name', 'symbol'])
    expect(components.schemas['BounceSignal']?.properties).toHaveProperty('take_profits.anyOf.0.items.required', ['share_pct'])
    expect(components.schemas['ManualOrder']?.properties).toHaveProperty('take_profits')
  })
})
