/** A what-if over a journal: its signals at the moments they came, and the settings that were in force. */
import Big from 'big.js'
import { describe, expect, it } from 'vitest'
import type { WhatIfOutcome } from '../../src/cli/commands/whatif.ts'
import { memoryReadModel } from '../../src/runtime/read-model-files.ts'
import { openVariantPlayer } from '../../src/whatif/variant-player.ts'
import { runVariants } from '../../src/whatif/what-if.ts'
import { FileStore } from '../../state/file-store.ts'
import { Life } from '../exits/lives.ts'
import { START, temporaryDirectory, ticksFile } from './recorded-case.ts'

/** Signals come before the price of their second. Up 2.4 %, a step back, down through every stop. */
const PRICES = [100, 100, 100, 101, 102, 102.4, 101.9, 101.2, 99, 98, 97]
const SIGNAL_SECONDS = [0, 1, 2, 6]

/** A service with these settings that lived through the prices; its data directory and what it earned. */
async function lived(set: Readonly<Record<string, string>>, again: Readonly<Record<string, string>> | null = null): Promise<{ directory: string; pnl: number; closed: number }> {
  const directory = temporaryDirectory()
  const world = (settings: Readonly<Record<string, string>>) => ({ store: () => new FileStore({ directory, onRemark: () => {} }), files: memoryReadModel(), set: settings })
  const life = new Life(world(set), START - 1)
  life.start()
  await life.settle()
  for (const [second, price] of PRICES.entries()) {
    const ts = START + second * 1000
    life.clock.moveTo(ts)
    if (SIGNAL_SECONDS.includes(second)) life.signal({ symbol: 'BTCUSDT', side: 'long', price, timestamp: new Date(ts).toISOString() })
    await life.settle()
    life.quote({ ts, symbol: 'BTCUSDT', price: new Big(String(price)), continuous: false })
    await life.settle()
  }
  const { total_pnl: pnl, closed_positions: closed } = life.engine.readModel.stats({}, undefined) as { total_pnl: number; closed_positions: number }
  await life.kill()
  if (again) {
    const second = new Life(world(again), START + 60_000)
    second.start()
    await second.settle()
    await second.kill()
  }
  return { directory, pnl, closed }
}

const ask = (journal: string, variants: readonly string[] = [], set: readonly { name: string; value: string }[] = []): Promise<WhatIfOutcome> =>
  runVariants({ signals: { journal }, prices: [ticksFile(PRICES, 'BTCUSDT')], candlePath: 'auto', set, variants, pictures: null }, { openLane: openVariantPlayer, onProgress: () => {} })

const figures = (outcome: WhatIfOutcome): unknown[] => {
  if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
  return outcome.whatIf.variants.map(({ name, stats, signals }) => [name, stats.total_pnl, stats.closed_positions, signals.blocked])
}

const OWN = { MAX_OPEN_POSITIONS: '2', DEFAULT_QTY: '3', EXIT_STRATEGY: 'tp_sl_trailing_v1', TRAIL_DISTANCE_PCT: '0.5', DEFAULT_SL_PCT: '2', AUTO_CLOSE_MIN_AGE_SEC: '0' }

describe('the baseline', () => {
  it('is what the service earned, with the settings it had', async () => {
    const { directory, pnl, closed } = await lived(OWN)
    expect(figures(await ask(directory))).toEqual([['baseline', pnl, closed, 2]])
    expect([pnl, closed]).toEqual([7.2, 2])
  })

  it('says which settings those are', async () => {
    const { directory } = await lived(OWN)
    const outcome = await ask(directory)
    expect(outcome.ok && outcome.remarks).toEqual([expect.stringMatching(/^the baseline has the settings of the journal: /)])
    for (const [name, value] of Object.entries(OWN)) expect(outcome.ok && outcome.remarks.join()).toContain(`${name}=${value}`)
  })

  it('of a service that was started again with others: the last ones', async () => {
    const { directory } = await lived(OWN, { ...OWN, MAX_OPEN_POSITIONS: '1' })
    const outcome = await ask(directory)
    expect(figures(outcome)).toEqual([['baseline', 3.6, 1, 3]])
    expect(outcome.ok && outcome.remarks.join()).toContain('as they were last: they changed 1 time(s)')
  })
})

describe('over the settings of the journal', () => {
  it('--set holds for all, a variant for itself', async () => {
    const { directory } = await lived(OWN)
    expect(figures(await ask(directory, ['wide:MAX_OPEN_POSITIONS=3', 'static:exit_strategy=tp_sl_static'], [{ name: 'DEFAULT_QTY', value: '1' }]))).toEqual([
      ['baseline', 2.4, 2, 2], ['wide', 3.6, 3, 1], ['static', -4, 2, 2],
    ])
  })

  it('a strategy that asks a model is held between stop and target, and the table says so', async () => {
    const { directory } = await lived({ ...OWN, EXIT_STRATEGY: 'external_model_v1', EXIT_MODEL_URL: 'http://127.0.0.1:1/' })
    const outcome = await ask(directory)
    expect(figures(outcome)).toEqual([['baseline', -12, 2, 2]])
    expect(outcome.ok && outcome.remarks.at(-1)).toBe('external_model_v1: no model is asked here; its positions are held between stop and target')
  })
})
