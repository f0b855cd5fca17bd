/**
 * The exit arithmetic of two other projects as figures, kept outside of this repository. Where they are not at hand the
 * check is skipped, and says so.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { decimal, maximum, minimum } from '../../src/domain/decimal.ts'
import { trailingPolicy } from '../../src/exits/trailing.ts'
import { position, ticks, type Body } from './play.ts'

const FIGURES = new URL('../../../shared/fixtures/exits/', import.meta.url)
const present = existsSync(new URL('freqtrade-steps.json', FIGURES))
const casesOf = <T extends { readonly applicable: boolean }>(name: string): T[] =>
  present ? (JSON.parse(readFileSync(new URL(name, FIGURES), 'utf8')) as { cases: T[] }).cases.filter((each) => each.applicable) : []

type Step = { readonly price?: number; readonly bid?: number; readonly ask?: number; readonly last?: number; readonly stop_after: number | null; readonly stop_decimals?: number; readonly exit: string | null; readonly exit_price?: number | null }
type StepsCase = { readonly id: string; readonly applicable: boolean; readonly side: 'long' | 'short'; readonly entry: number; readonly stop_loss_pct: number; readonly trailing: { readonly activation_pct: number; readonly distance_pct: number } | null; readonly steps: readonly Step[] }
type TrailCase = {
  readonly id: string; readonly applicable: boolean; readonly kind: string; readonly side: 'long' | 'short'; readonly offset_kind: string; readonly offset: number; readonly trigger_type: string
  readonly stop_before: number | null; readonly stop_after: number; readonly quote: Readonly<Record<string, number>>; readonly steps: readonly Step[]
}
type MatchCase = { readonly id: string; readonly applicable: boolean; readonly kind: string; readonly closes: 'long' | 'short'; readonly order: 'stop' | 'limit' | 'touch'; readonly level: number; readonly bid: number | null; readonly ask: number | null; readonly fires: boolean }

const percent = (fraction: number): number => Number((fraction * 100).toPrecision(12))
const ONLY_TRAIL = { break_even_trigger_pct: null, timeout_candles: null, trail_trigger_pct: 0 } as const
const REASONS: Readonly<Record<string, string>> = { stop_loss: 'sl', trailing_stop: 'trailing' }

describe.skipIf(!present)(present ? 'prices one by one' : 'SKIPPED: ../shared/fixtures/exits is not at hand', () => {
  it.each(casesOf<StepsCase>('freqtrade-steps.json').map((each) => [each.id, each] as const))('%s', async (_, { side, entry, stop_loss_pct, trailing, steps }) => {
    const params = trailing ? { ...ONLY_TRAIL, trail_trigger_pct: percent(trailing.activation_pct), trail_distance_pct: percent(trailing.distance_pct) } : { ...ONLY_TRAIL, trail_trigger_pct: null }
    const signal: Body = { side, price: entry, sl_pct: percent(stop_loss_pct), tp_pct: 49, exit_params: params }
    for (let count = 1; count <= steps.length; count++) {
      const step = steps[count - 1] as Step
      const view = await position(signal, ticks(steps.slice(0, count).map(({ price }, index) => `${index + 1} ${price}`)))
      const stop = view.dynamic_sl_price ?? view.sl_price
      // The peer rounds its stop up to its own precision.
      expect([count, Math.abs(stop - (step.stop_after as number)) <= 10 ** -(step.stop_decimals ?? 3)]).toEqual([count, true])
      expect([count, view.auto_close_reason]).toEqual([count, step.exit === null ? null : REASONS[step.exit]])
      if (step.exit !== null) return
    }
  })

  const trails = casesOf<TrailCase>('nautilus-trailing.json').filter((each) => each.offset_kind === 'basis_points')
  const modeOf = ({ trigger_type, side }: TrailCase): string => (trigger_type === 'LAST' ? 'last' : side === 'long' ? 'bid' : 'ask')

  it.each(trails.filter(({ kind }) => kind === 'trail_update').map((each) => [each.id, each] as const))('%s', (_, given) => {
    const best = decimal(given.quote[modeOf(given)] as number)
    const before = given.stop_before === null ? null : decimal(given.stop_before)
    const at = { direction: given.side, entryPrice: best, stopPrice: before ?? best, targetPrice: null, openedAt: 0, timeframeMin: 5, best }
    const held = trailingPolicy.stop({ trail: 'trailing' }, { trail_distance_pct: decimal(given.offset / 100) }, at)?.price ?? best
    expect(before === null ? held : (given.side === 'long' ? maximum : minimum)(held, before)).toBe(decimal(given.stop_after))
  })

  it.each(trails.filter(({ kind }) => kind === 'sequence').map((each) => [each.id, each] as const))('%s', async (_, given) => {
    const mode = modeOf(given)
    const first = given.steps[0] as Step
    const signal: Body = { side: given.side, price: first[mode as 'bid' | 'ask' | 'last'], sl_pct: 49, tp_pct: 49, exit_params: { ...ONLY_TRAIL, trail_distance_pct: given.offset / 100 } }
    for (let count = 1; count <= given.steps.length; count++) {
      const step = given.steps[count - 1] as Step
      const rows = given.steps.slice(0, count).map(({ bid, ask, last }, index) => `${index + 1} ${bid} ${ask} ${last ?? '-'} -`)
      const view = await position(signal, ticks(rows), { set: { PRICE_MODE: mode } })
      expect([view.dynamic_sl_price, view.auto_close_reason, view.close_price]).toEqual([step.stop_after, step.exit === null ? null : REASONS[step.exit], step.exit_price ?? null])
    }
  })

  it.each(casesOf<MatchCase>('nautilus-trailing.json').filter(({ kind }) => kind === 'match').map((each) => [each.id, each] as const))('%s', async (_, { closes, order, level, bid, ask, fires }) => {
    // 50 % below twice the level, or 25 % above eight tenths of it: exact.
    const below = (closes === 'long') === (order === 'stop')
    const exact = below ? { side: closes, price: level * 2, sl_pct: 50, tp_pct: 50 } : { side: closes, price: (level * 8) / 10, sl_pct: 25, tp_pct: 25 }
    const view = await position({ ...exact, exit_strategy: 'tp_sl_static' }, ticks(bid === null || ask === null ? ['1 - - 1 -'] : [`1 ${bid} ${ask} - -`]), { set: { PRICE_MODE: closes === 'long' ? 'bid' : 'ask' } })
    expect(view.status).toBe(fires ? 'closed' : 'open')
  })
})
