/** Whatever closes a position piece by piece, whatever policy it has: no quantity and no money is lost or made, a stop covers what is open and only tightens. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ZERO, atLeast, atMost, multiply, subtract, sum, type Decimal } from '../../src/domain/decimal.ts'
import type { ExitAdvice } from '../../src/domain/exit-advice.ts'
import { parseClientOrderId, type PositionId } from '../../src/domain/ids.ts'
import { isWorking } from '../../src/domain/order.ts'
import { openQty, remaining, type PositionContext } from '../../machines/position.context.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { d } from '../support/builders.ts'

type Step =
  | { readonly kind: 'quote'; readonly price: number }
  | { readonly kind: 'part'; readonly qty: Decimal | null; readonly pct: Decimal | null }
  | { readonly kind: 'levels'; readonly stop: number | null; readonly target: number | null | undefined }
  /** Of the external model, where it was asked. */
  | { readonly kind: 'advice'; readonly what: ExitAdvice['kind']; readonly tenths: number }

const price = fc.integer({ min: 9000, max: 11500 }).map((cents) => cents / 100)
const amount = fc.integer({ min: 1, max: 400_000 }).map((units) => multiply(d(units), d('0.00001')))
const percent = fc.integer({ min: 1, max: 1000 }).map((tenths) => multiply(d(tenths), d('0.1')))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: price.map((value): Step => ({ kind: 'quote', price: value })) },
  { weight: 2, arbitrary: amount.map((qty): Step => ({ kind: 'part', qty, pct: null })) },
  { weight: 3, arbitrary: percent.map((pct): Step => ({ kind: 'part', qty: null, pct })) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advice' as const), what: fc.constantFrom<ExitAdvice['kind']>('move_stop', 'move_stop', 'move_stop', 'move_target', 'hold', 'failed'), tenths: fc.integer({ min: -4, max: 14 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('levels' as const), stop: fc.option(price), target: fc.oneof(fc.constant(undefined), fc.constant(null), price) }) },
)
/** Shares in percent that sum up to at most 100, each with a distance in percent. */
const ladder = fc
  .uniqueArray(fc.record({ share: fc.integer({ min: 1, max: 333 }), pct: fc.integer({ min: 5, max: 120 }) }), { minLength: 1, maxLength: 5, selector: ({ pct }) => pct })
  .map((targets) => {
    const scale = Math.max(1000, targets.reduce((total, { share }) => total + share, 0))
    return targets.map(({ share, pct }) => ({ share_pct: Math.floor((share * 100_000) / scale) / 1000, pct: pct / 10 }))
  })
const rule = fc.constantFrom(null, 0.5, 2)
const run = fc.record({
  side: fc.constantFrom('long', 'short'),
  qty: fc.integer({ min: 1, max: 9_999_999 }).map((units) => multiply(d(units), d('0.000001'))),
  exits: fc.oneof(
    fc.constant({ exit_strategy: 'tp_sl_static' }),
    fc.record({ exit_strategy: fc.constant('tp_sl_trailing_v1'), exit_params: fc.record({ break_even_trigger_pct: rule, trail_trigger_pct: rule, trail_distance_pct: fc.constantFrom(0.3, 1, 4), timeout_candles: fc.constant(null) }) }),
    fc.constant({ exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 1 } }),
  ),
  sl_pct: fc.constantFrom(1.5, 8),
  take_profits: fc.option(ladder),
  broker: fc.constantFrom('sim', 'exchange'),
  /** Only after a settled step everything asked for is done; else the next step comes in between. */
  steps: fc.array(fc.tuple(step, fc.boolean()), { maxLength: 25 }),
})

/** The model puts stop or target so many tenths of the way from the stop to the price; beyond both, too. */
function advise(world: EngineWorld, id: number, { what, tenths }: Extract<Step, { kind: 'advice' }>): void {
  // Two seconds in which the model is asked.
  for (let second = 0; second < 2; second += 1) world.quote('BTCUSDT', world.engine.desk.lastQuote('BTCUSDT')?.last ?? 100)
  const context = world.context(id)
  const stop = Number(context?.stopPrice ?? 100)
  const at = d((stop + (Number(context?.lastPrice ?? 100) - stop) * (tenths / 10)).toFixed(2))
  const advice: ExitAdvice = what === 'failed' ? { kind: what, code: 'timeout', message: 'none' } : what === 'move_stop' || what === 'move_target' ? { kind: what, price: at } : { kind: what }
  world.engine.accept({ type: 'exit.advised', positionId: id as PositionId, question: world.questions.length, advice })
}

function perform(world: EngineWorld, id: number, change: Step): void {
  const asked = { reason: 'manual', note: 'a test' } as const
  if (change.kind === 'quote') return world.tick('BTCUSDT', change.price)
  if (change.kind === 'advice') return advise(world, id, change)
  if (change.kind === 'part') world.exits.request(id, { kind: 'partial_close', qty: change.qty, pct: change.pct }, asked)
  else {
    const stop = change.stop === null ? {} : { stopPrice: d(change.stop) }
    const target = change.target === undefined ? {} : { targetPrice: change.target === null ? null : d(change.target) }
    world.exits.request(id, { kind: 'levels', ...stop, ...target }, asked)
  }
}

/** Every fill in the journal, entries apart from exits. */
function fills({ store }: EngineWorld) {
  const all = [...store.read(1, Infinity)].flatMap(({ body }) => (body.type === 'order.filled' ? [body] : []))
  const isEntry = (fill: (typeof all)[number]): boolean => parseClientOrderId(fill.clientOrderId)?.role === 'entry'
  const totals = (of: typeof all) => ({ qty: sum(of.map(({ qty }) => qty)), value: sum(of.map(({ price: at, qty }) => multiply(at, qty))) })
  return { entry: totals(all.filter(isEntry)), exit: totals(all.filter((fill) => !isEntry(fill))), fees: sum(all.map(({ fee }) => fee)), count: all.length }
}

const resting = (context: PositionContext, role: 'stop-loss' | 'take-profit'): Decimal =>
  sum(context.orders.filter((order) => order.role === role && isWorking(order.status)).map(remaining))

/** The stop as readers see it; null where none is open. */
const shownStop = (world: EngineWorld, id: number): Decimal | null => {
  const view = world.engine.readModel.position(id)
  return view?.status === 'open' ? d(view.dynamic_sl_price ?? view.sl_price ?? 0) : null
}

function checkOpen(context: PositionContext): void {
  const open = openQty(context)
  expect([atLeast(open, ZERO), atLeast(resting(context, 'stop-loss'), open), atMost(resting(context, 'take-profit'), open)]).toEqual([true, true, true])
}

describe('partial exits', () => {
  it('add up to the quantity and to the PnL, exactly', () => {
    let pieces = 0
    const tightened = new Set<string>()
    fc.assert(
      fc.property(run, ({ broker, steps, take_profits, exits, ...body }) => {
        const world = new EngineWorld({ EXIT_MODEL_URL: 'http://127.0.0.1:1', PAPER_BROKER: broker, PAPER_SLIPPAGE_BPS: broker === 'exchange' ? '3' : '0', MAX_SIZE_PER_POSITION_USDT: '' })
        world.quote('BTCUSDT', 100)
        const id = world.open({ ...body, ...exits, ...(take_profits ? { take_profits } : {}) })
        for (const [each, settled] of steps) {
          const before = shownStop(world, id)
          perform(world, id, each)
          if (!settled) continue
          world.settle()
          const after = shownStop(world, id)
          const byPerson = world.context(id)?.stopByPerson === true
          if (before !== null && after !== null && !byPerson) {
            expect([each.kind, before, after, (body.side === 'long' ? atLeast : atMost)(after, before)]).toEqual([each.kind, before, after, true])
            if (after !== before) tightened.add(exits.exit_strategy)
          }
          const context = world.context(id)
          if (context) checkOpen(context)
        }
        world.settle()
        world.quote('BTCUSDT', body.side === 'long' ? 1 : 10_000)
        const closed = world.notices.find((notice) => notice.type === 'position.closed')
        const { entry, exit, fees, count } = fills(world)
        const gross = body.side === 'long' ? subtract(exit.value, entry.value) : subtract(entry.value, exit.value)
        expect(closed).toMatchObject({ qty: body.qty, pnl: subtract(gross, fees), fees })
        expect([entry.qty, exit.qty]).toEqual([body.qty, body.qty])
        expect(world.engine.readModel.position(id)).toMatchObject({ status: 'closed', qty: Number(body.qty), open_qty: 0, pnl: Number(subtract(gross, fees)) })
        pieces = Math.max(pieces, count)
      }),
      { numRuns: 250 },
    )
    // Not all of them were closed in one piece.
    expect(pieces).toBeGreaterThan(4)
    expect([...tightened].sort()).toEqual(['external_model_v1', 'tp_sl_trailing_v1'])
  })
})
