/** `external_model_v1`: when it asks, what an answer does, and what is not taken from it. The test is the model. */
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { ExitAdvice } from '../../src/domain/exit-advice.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'
import { stateHash } from '../../state/canonical.ts'
import { replay } from '../../state/replay.ts'
import { d } from '../support/builders.ts'
import { EngineWorld } from '../support/engine-world.ts'
import { position, ticks } from './play.ts'

const MODEL = { EXIT_MODEL_URL: 'http://127.0.0.1:1/advice' }

/** A position at 100 that asks every ten seconds, stop at 98 or 102. */
function opened(side: 'long' | 'short' = 'long', more: Record<string, unknown> = {}) {
  const world = new EngineWorld(MODEL)
  world.quote('BTCUSDT', 100)
  const id = world.open({ side, tp_pct: 10, sl_pct: 2, exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 10 }, ...more })
  const pass = (seconds: number, price: number): void => {
    for (let second = 0; second < seconds; second += 1) world.quote('BTCUSDT', price)
  }
  const answer = (advice: ExitAdvice, question = world.questions.length): void => {
    world.engine.accept({ type: 'exit.advised', positionId: id as PositionId, question, advice })
    world.settle()
  }
  const ignored = (): string[] => world.notices.flatMap((notice) => (notice.type === 'fact.ignored' && notice.fact === 'exit.advised' ? [notice.reason] : []))
  return { world, id, pass, answer, ignored, view: () => world.engine.readModel.position(id) }
}

describe('questions', () => {
  it('come every so many seconds after the fill, with the last price before each', () => {
    const { world, pass } = opened()
    const from = world.clock.now()
    pass(35, 101)
    expect(world.questions.map(({ question, askedAt, price }) => [question, askedAt - from, price])).toEqual([[1, 10_000, '101'], [2, 20_000, '101'], [3, 30_000, '101']])
    expect(world.questions[0]).toMatchObject({ symbol: 'BTCUSDT', direction: 'long', openQty: '1', entryPrice: '100', stopPrice: '98', targetPrice: '110', extremes: { high: '101', low: '100' }, answerWithinMs: 10_000 })
  })

  it('are journaled with the sample that caused them, and asked once', () => {
    const { world, pass } = opened()
    pass(15, 101)
    const records = [...world.store.read(1, Infinity)]
    const sample = records.filter(({ body }) => body.type === 'price.sampled')
    const asked = records.filter(({ body }) => body.type === 'exit.ask')
    expect([sample.length, asked.length]).toEqual([1, 1])
    expect(asked[0]).toMatchObject({ kind: 'command', cause: sample[0]?.seq, batch: sample[0]?.batch })
  })

  it('stop with the close', () => {
    const { world, pass, view } = opened()
    pass(5, 97)
    pass(30, 97)
    expect([view()?.status, view()?.auto_close_reason, world.questions.length]).toEqual(['closed', 'sl', 0])
  })

  it('wait for the minimum age', () => {
    const world = new EngineWorld({ ...MODEL, AUTO_CLOSE_MIN_AGE_SEC: '25' })
    world.quote('BTCUSDT', 100)
    const from = world.clock.now()
    world.open({ exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 10 } })
    for (let second = 0; second < 45; second += 1) world.quote('BTCUSDT', 100)
    expect(world.questions.map(({ askedAt }) => askedAt - from)).toEqual([30_000, 40_000])
  })
})

describe('answers', () => {
  it.each<['long' | 'short', ExitAdvice, object, string[]]>([
    ['long', { kind: 'hold' }, { status: 'open', dynamic_sl_price: null, exit_meta: { last_advice: 'hold' } }, []],
    ['long', { kind: 'close' }, { status: 'closed', auto_close_reason: 'model', close_price: 101 }, []],
    ['short', { kind: 'close' }, { status: 'closed', auto_close_reason: 'model', close_price: 101 }, []],
    ['long', { kind: 'move_stop', price: d('99.5') }, { status: 'open', dynamic_sl_price: 99.5 }, []],
    ['short', { kind: 'move_stop', price: d('101.5') }, { status: 'open', dynamic_sl_price: 101.5 }, []],
    ['long', { kind: 'move_stop', price: d(97) }, { status: 'open', dynamic_sl_price: null }, ['the stop at 98 may only be tightened, not moved to 97']],
    ['short', { kind: 'move_stop', price: d(102) }, { status: 'open', dynamic_sl_price: null }, ['the stop at 102 may only be tightened, not moved to 102']],
    ['long', { kind: 'move_stop', price: d(101) }, { status: 'open', dynamic_sl_price: null }, ['a stop at 101 is beyond the price 101']],
    ['short', { kind: 'move_stop', price: d(100) }, { status: 'open', dynamic_sl_price: null }, ['a stop at 100 is beyond the price 101']],
    ['long', { kind: 'move_target', price: d(105) }, { status: 'open', dynamic_tp_price: 105 }, []],
    ['short', { kind: 'move_target', price: d(95) }, { status: 'open', dynamic_tp_price: 95 }, []],
    ['long', { kind: 'move_target', price: d(101) }, { status: 'open', dynamic_tp_price: null }, ['a target at 101 is not in favour of the price 101']],
    ['long', { kind: 'failed', code: 'timeout', message: 'no answer within 2000 ms' }, { status: 'open', dynamic_sl_price: null, exit_meta: { last_advice: 'failed: timeout' } }, ['no advice (timeout: no answer within 2000 ms): held']],
  ])('%s, %j', (side, advice, expected, reasons) => {
    const { pass, answer, ignored, view } = opened(side)
    pass(11, 101)
    answer(advice)
    expect(view()).toMatchObject(expected)
    expect(ignored()).toEqual(reasons)
  })

  it('a stop it moved fills with the reason model, where it was moved to', () => {
    const { pass, answer, view } = opened()
    pass(11, 101)
    answer({ kind: 'move_stop', price: d('99.5') })
    pass(1, 99.5)
    expect(view()).toMatchObject({ status: 'closed', auto_close_reason: 'model', close_price: 99.5 })
  })

  it('a stop of a person is left where it is', () => {
    const { world, id, pass, answer, ignored, view } = opened()
    pass(11, 101)
    world.exits.request(id, { kind: 'levels', stopPrice: d(97) }, { reason: 'manual', note: 'wider' })
    world.settle()
    answer({ kind: 'move_stop', price: d(99) })
    expect([view()?.dynamic_sl_price, ignored()]).toEqual([97, ['the stop is where a person put it']])
  })

  it.each<[string, (world: ReturnType<typeof opened>) => void, string]>([
    ['to an older question', ({ pass, answer }) => (pass(10, 101), answer({ kind: 'close' }, 1)), 'question 1 is not the last one that was asked'],
    ['twice', ({ answer }) => (answer({ kind: 'hold' }), answer({ kind: 'close' })), 'question 1 was answered'],
    ['to a question nobody asked', ({ answer }) => answer({ kind: 'close' }, 9), 'question 9 is not the last one that was asked'],
    ['after the close', ({ pass, answer }) => (pass(1, 97), answer({ kind: 'move_stop', price: d(99) })), 'no such position, or it is retired'],
  ])('%s: ignored with the reason', (_, act, reason) => {
    const case_ = opened()
    case_.pass(11, 101)
    act(case_)
    expect(case_.ignored()).toEqual([reason])
  })
})

it('replay makes the same commands again from the journal alone', () => {
  const { world, pass, answer } = opened()
  pass(11, 101)
  answer({ kind: 'move_stop', price: d('99.5') })
  pass(10, 102)
  answer({ kind: 'failed', code: 'http', message: 'status 500' })
  pass(10, 103)
  answer({ kind: 'close' })
  const replayed = replay({ records: () => world.store.read(1, Infinity), until: {} })
  expect(replayed.outputDifferences).toEqual([])
  expect(replayed.outputsCompared).toBeGreaterThan(10)
  expect(stateHash(replayed.core.dump())).toBe(stateHash(world.engine.core.dump()))
})

it('simulations ask nobody: stop and target alone let the position go', async () => {
  const asking = { exit_strategy: 'external_model_v1', exit_params: { ask_every_sec: 1 }, tp_pct: 5 }
  const played = await position(asking, ticks(['0 100', '1500 99', '9000 104', '20000 105']))
  expect(played).toMatchObject({ status: 'closed', auto_close_reason: 'tp', close_price: 105, exit_meta: { last_advice: null } })
})

describe('settings and parameters', () => {
  it('without any asks every minute', () => {
    expect(exitStrategies.parse('external_model_v1', {}, {})).toEqual({ ok: true, params: { ask_every_sec: '60' } })
  })

  const problems = (environment: Record<string, string>): readonly string[] => {
    const loaded = loadSettings({ environment, dotEnv: null })
    return loaded.ok ? [] : loaded.problems
  }
  it.each<[Record<string, string>, string]>([
    [{ EXIT_STRATEGY: 'external_model_v1' }, 'EXIT_STRATEGY=external_model_v1 (process environment) needs EXIT_MODEL_URL, which is empty; set it or choose another exit strategy'],
    [{ EXIT_MODEL_URL: 'ftp://model' }, 'EXIT_MODEL_URL: allowed is an http: or https: URL without user and password, or empty'],
    [{ EXIT_MODEL_URL: 'model:8080' }, 'EXIT_MODEL_URL: allowed is an http: or https: URL without user and password, or empty'],
    [{ EXIT_MODEL_URL: 'http://me:word@model' }, 'EXIT_MODEL_URL: allowed is an http: or https: URL without user and password, or empty'],
    [{ ...MODEL, EXIT_MODEL_TIMEOUT_MS: '5' }, 'EXIT_MODEL_TIMEOUT_MS=5 (process environment): allowed is a whole number from 10 to 60000 ms'],
  ])('%j', (environment, expected) => expect(problems(environment)).toEqual([expected]))

  const read = (environment: Record<string, string>, exitParams: unknown) => {
    const loaded = loadSettings({ environment, dotEnv: null })
    if (!loaded.ok) throw new Error(loaded.problems.join())
    const body = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-05T00:00:00Z', exit_strategy: 'external_model_v1', exit_params: exitParams }
    const reading = bounceSignalReader(loaded.settings.signal, exitStrategies)(body)
    return reading.ok ? reading.signal.exitParams : reading.problems.map(({ field, message }) => `${field} ${message}`)
  }
  it.each<[Record<string, string>, unknown, unknown]>([
    [MODEL, {}, { ask_every_sec: '60' }],
    [{ ...MODEL, EXIT_MODEL_EVERY_SEC: '30' }, null, { ask_every_sec: '30' }],
    [MODEL, { ask_every_sec: '2.5' }, { ask_every_sec: '2.5' }],
    [MODEL, { ask_every_sec: 0.5 }, ['exit_params.ask_every_sec must be a number of seconds from 1 to 86400']],
    [MODEL, { ask_every_sec: null }, ['exit_params.ask_every_sec must be a number of seconds from 1 to 86400']],
    [MODEL, { trail_distance_pct: 1 }, ['exit_params.trail_distance_pct is unknown; allowed is ask_every_sec']],
    [{}, {}, ['exit_strategy external_model_v1 needs the setting EXIT_MODEL_URL, which is empty here']],
  ])('%j, exit_params %j', (environment, given, expected) => expect(read(environment, given)).toEqual(expected))
})
