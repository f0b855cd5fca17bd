import { beforeEach, describe, expect, it } from 'vitest'
import type { CloseOutcome } from '../../src/http/application.ts'
import { bodyOf, PANIC, POSITION, post, SIGNAL, setup, type Setup } from './stub-application.ts'

let at: Setup
beforeEach(() => {
  at = setup()
})

describe('POST /positions/{id}/close', () => {
  it.each<[CloseOutcome, number, object]>([
    [{ kind: 'closed', position: { ...POSITION, status: 'closed' } }, 200, { id: 7, status: 'closed' }],
    [{ kind: 'closing', position: POSITION }, 202, { id: 7 }],
    [{ kind: 'unknown_position' }, 404, { code: 'not_found' }],
    [{ kind: 'price_unavailable', symbol: 'BTCUSDT' }, 409, { code: 'price_unavailable' }],
    [{ kind: 'unavailable', message: 'stopping' }, 503, { detail: 'stopping' }],
  ])('%j', async (outcome, status, body) => {
    at.application.closing = outcome
    const response = await post(at, '/positions/7/close')
    expect([response.status, await bodyOf(response)]).toMatchObject([status, body])
  })

  it('takes a reason, none and null', async () => {
    for (const body of [undefined, '{}', '{"reason":null}', '{"reason":" late "}']) await post(at, '/positions/7/close', body)
    expect(at.application.calls).toEqual([['close', 7, null], ['close', 7, null], ['close', 7, null], ['close', 7, 'late']])
  })

  it.each([['/positions/7/close', '{"reason":7}', 422], ['/positions/7/close', '[]', 422], ['/positions/7/close', '{', 400], ['/positions/x/close', '{}', 422]])(
    '%s with %s is %i',
    async (path, body, status) => {
      expect((await post(at, path, body)).status).toBe(status)
      expect(at.application.calls).toEqual([])
    },
  )
})

describe('pause and resume', () => {
  it('hand the reason on', async () => {
    expect(await bodyOf(await post(at, '/control/pause', { reason: 'news at 14:00' }))).toEqual({ state: 'paused', reason: 'news at 14:00' })
    expect(await bodyOf(await post(at, '/control/resume', { reason: 'over' }))).toEqual({ state: 'active', reason: 'over' })
  })

  it.each([undefined, '{}', '{"reason":""}', '{"reason":"  "}', '{"reason":null}', '{"reason":7}'])('do nothing without one: %s', async (body) => {
    for (const path of ['/control/pause', '/control/resume', '/control/panic', '/control/reset-kill-switch']) {
      const response = await post(at, path, body)
      expect([response.status, await bodyOf(response)]).toMatchObject([422, { detail: 'reason is required: say in a few words why' }])
    }
    expect(at.application.calls).toEqual([])
  })

  it('are 503 while the journal cannot be written', async () => {
    at.application.down = true
    expect((await post(at, '/control/pause', { reason: 'x' })).status).toBe(503)
  })
})

describe('panic and reset', () => {
  it('are for one account or for all, and panic is 200 only when it is proven', async () => {
    const flat = await post(at, '/control/panic', { reason: 'fire' })
    expect([flat.status, await bodyOf(flat)]).toEqual([200, { ...PANIC, reason: 'fire' }])
    at.application.halted = true
    expect((await post(at, '/control/panic', { reason: 'fire', account_label: 'one' })).status).toBe(202)
    expect(await bodyOf(await post(at, '/control/reset-kill-switch', { reason: 'over', account_label: null }))).toEqual({ state: 'active', reason: 'over' })
    expect(at.application.calls).toEqual([['panic', 'fire', null], ['panic', 'fire', 'one'], ['reset', 'over', null]])
    expect((await post(at, '/control/panic', { reason: 'fire', account_label: '' })).status).toBe(422)
    // As it is sent: blanks count.
    expect((await post(at, '/control/panic', { reason: `${' '.repeat(60_000)}fire` })).status).toBe(422)
  })

  it('resume does not lift a halt', async () => {
    at.application.halted = true
    const response = await post(at, '/control/resume', { reason: 'reflex' })
    expect([response.status, await bodyOf(response)]).toMatchObject([409, { code: 'halted' }])
  })
})

describe('a dry run', () => {
  it('is asked for in the query, and never enters', async () => {
    expect((await post(at, '/signals/bounce?dry_run=true', SIGNAL)).status).toBe(503)
    at.application.dry = { kind: 'key_reused', field: 'signal_id' }
    expect((await post(at, '/signals/bounce?dry_run=true', SIGNAL)).status).toBe(422)
    expect(at.application.entries).toEqual([])
    expect((await post(at, '/signals/bounce?dry_run=false', SIGNAL)).status).toBe(200)
    expect(at.application.entries).toHaveLength(1)
  })
})

describe('the pinned price', () => {
  it('is set and released', async () => {
    expect(await bodyOf(await post(at, '/market/price/104.5'))).toEqual({ market_price: 104.5 })
    expect(await bodyOf(await at.api.app.request('/market/price', { method: 'DELETE' }))).toEqual({ market_price: null })
  })
  it.each(['0', '-1', 'abc', '1e309', 'NaN', '1e15'])('%s is 422', async (value) => {
    expect((await post(at, `/market/price/${value}`)).status).toBe(422)
  })
  it('is refused where prices are not simulated', async () => {
    at.application.simulated = false
    const response = await post(at, '/market/price/100')
    expect([response.status, await bodyOf(response)]).toMatchObject([409, { code: 'not_simulated' }])
  })
})
