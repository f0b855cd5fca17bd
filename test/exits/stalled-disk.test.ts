/** Quotes and time go on while the disk stands still: what they would journal on their own must not gather. */
import Big from 'big.js'
import { expect, it } from 'vitest'
import type { PositionId } from '../../src/domain/ids.ts'
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

const HOUR = 3_600_000
/** Lets an hour pass, a quote and what is due every 100 ms. */
function hourOf(life: Life): void {
  for (const end = life.clock.now() + HOUR; life.clock.now() < end; ) {
    life.quote({ ts: life.clock.now() + 100, symbol: 'BTCUSDT', price: new Big('101'), continuous: false })
    for (let fired = 0; fired < 10 && life.engine.fireTimer(life.clock.now()); fired += 1);
  }
}
const types = (store: MemoryStore, from: number): string[] => [...store.read(from, Infinity)].map(({ body }) => body.type)

it('an hour of samples for three positions is one sample each; when the disk turns again they come in their own time', async () => {
  const store = new MemoryStore()
  const life = new Life({ store: () => store, files: memoryReadModel(), set: { EXIT_MODEL_URL: 'http://127.0.0.1:1/advice' } }, START)
  const { sequencer } = life.engine
  life.start()
  life.quote({ ts: START, symbol: 'BTCUSDT', price: new Big('101'), continuous: false })
  for (const minute of [0, 1, 2]) life.signal({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: new Date(START - minute * 60_000).toISOString(), tp_pct: 50, sl_pct: 10, exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 10 } })
  await life.settle()
  expect(life.positions()).toHaveLength(3)
  const before = sequencer.nextSeq
  hourOf(life)
  await life.settle()
  expect(types(store, before).filter((type) => type === 'price.sampled')).toHaveLength(3)
  // The deadline of each entry, and one sample with its question.
  expect(types(store, before).length).toBeLessThanOrEqual(3 * 4)
  const after = sequencer.nextSeq
  for (const end = life.clock.now() + 60_000; life.clock.now() < end; await life.settle()) {
    life.quote({ ts: life.clock.now() + 100, symbol: 'BTCUSDT', price: new Big('101'), continuous: false })
    while (life.engine.fireTimer(life.clock.now()));
  }
  // The one that had to wait, and six in a minute.
  expect(types(store, after).filter((type) => type === 'price.sampled')).toHaveLength(3 * 7)
})

it('an hour without a fate is one question for the order', async () => {
  const store = new MemoryStore()
  const life = new Life({ store: () => store, files: memoryReadModel(), set: {} }, START)
  life.start()
  await life.settle()
  life.quote({ ts: START, symbol: 'BTCUSDT', price: new Big('101'), continuous: false })
  const before = life.engine.sequencer.nextSeq
  life.signal({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: new Date(START).toISOString() })
  const [order] = [...life.engine.core.registry.ids()].flatMap((id) => life.engine.core.registry.get(id)?.context.orders ?? [])
  if (!order) throw new Error('there is no order')
  life.engine.accept({ type: 'order.unresolved', positionId: 1 as PositionId, clientOrderId: order.clientOrderId, message: 'no answer' })
  hourOf(life)
  await life.settle()
  expect(types(store, before).filter((type) => type === 'order.query').length).toBeLessThanOrEqual(2)
  expect(life.positions()).toMatchObject([{ id: 1 }])
})
