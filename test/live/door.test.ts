import { afterAll, beforeAll, expect, it } from 'vitest'
import { LiveWorld } from './live-world.ts'

let world: LiveWorld
beforeAll(async () => {
  world = await LiveWorld.open({ venue: 'bybit' })
  await world.until('a look', () => world.looks > 0)
})
afterAll(() => world.stop())

it.each([
  ['another exchange', { exchange: 'bitget' }, '"field":"exchange","message":"is bitget; orders go to bybit here"'],
  ['another account', { account_label: 'elsewhere' }, '"field":"account_label"'],
  ['a strategy that is not named', { strategy: 'other' }, 'not_allowed_live (strategy=other)'],
  ['a symbol that is not named', { symbol: 'XRPUSDT', price: 2, qty: 10 }, 'not_allowed_live (symbol=XRPUSDT)'],
  ['less than the smallest order', { qty: 0.0001 }, 'below_minimum'],
  ['less than one step', { qty: 0.00000001 }, 'below_minimum'],
])('live refuses %s', (_, body, reason) => {
  expect(world.refusal(body)).toContain(reason)
})

it('live rounds a quantity down to the step of the market', async () => {
  const id = world.signal({ qty: 0.0129999 })
  expect(world.context(id)?.signal.qty).toBe('0.012')
  await world.until('tp-placed', () => world.state(id) === 'tp-placed')
})
