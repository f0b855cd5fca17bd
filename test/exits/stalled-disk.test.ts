/** Quotes go on while the disk stands still: what they would journal on their own must not gather. */
import Big from 'big.js'
import { expect, it } from 'vitest'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import { Life } from './lives.ts'
import { START } from './play.ts'

it('an hour of rising prices with a trailing stop leaves a record per symbol; after it the best price is journaled', async () => {
  const store = new MemoryStore()
  const life = new Life({ store: () => store, files: memoryReadModel(), set: { MAX_SESSION_LOSS_PCT: '50' } }, START)
  const { sequencer } = life.engine
  const quote = (ms: number, price: number): void => life.quote({ ts: START + ms, symbol: 'BTCUSDT', price: new Big(price.toFixed(5)), continuous: false })
  life.start()
  quote(0, 100)
  life.signal({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: new Date(START).toISOString(), tp_pct: 50, sl_pct: 10, exit_strategy: 'tp_sl_trailing_v1', trail_trigger_pct: 0.1, trail_distance_pct: 10 })
  await life.settle()
  quote(100, 101)
  await life.settle()
  expect(life.positions()).toMatchObject([{ status: 'open' }])
  const before = sequencer.nextSeq
  for (let ms = 1000; ms <= 3_600_000; ms += 100) {
    quote(ms, 101 + ms / 100_000)
    while (life.engine.fireTimer(life.clock.now()));
  }
  // The trail begins, the entry's deadline passes, and one best price.
  expect(sequencer.nextSeq - before).toBe(4)
  await life.settle()
  expect([...store.read(before, before + 3)].map(({ body }) => body.type).sort()).toEqual(['deadline.passed', 'order.replace', 'price.crossed', 'price.peaked'])
  quote(3_600_100, 137.5)
  while (life.engine.fireTimer(START + 3_601_000));
  await life.settle()
  const peaked = [...store.read(before, Infinity)].flatMap((record) => (record.kind === 'fact' && record.body.type === 'price.peaked' ? [record.body.high] : []))
  expect(peaked.at(-1)).toBe('137.5')
})
