/** A variant's settings and signals, ready to be played; or what is wrong with the variant. */
import type { Settings } from '../config/settings.ts'
import { exitStrategies } from '../exits/registry.ts'
import { bounceSignalReader } from '../signals/bounce-signal.ts'
import { validSignals, type RecordedSignal, type SignalBody } from '../simulate/recorded-signals.ts'
import { simulationSettings } from '../simulate/simulate.ts'
import { BASELINE, changedBody, idleParameters, settingsOf, strategyOf, type Variant } from './variant.ts'

/** What all variants share. */
export type WhatIfInput = {
  readonly bodies: readonly SignalBody[]
  readonly prices: readonly string[]
  readonly set: Readonly<Record<string, string>>
}
export type VariantWorld =
  | { readonly ok: true; readonly settings: Settings; readonly signals: readonly RecordedSignal[] }
  | { readonly ok: false; readonly problems: readonly string[] }

/** Settings and signals under the variant; a problem names the variant. */
export function variantWorld(variant: Variant, { bodies, prices, set }: WhatIfInput): VariantWorld {
  const failed = (problems: readonly string[]): VariantWorld => ({ ok: false, problems: variant.name === BASELINE.name ? problems : problems.map((problem) => `variant ${variant.name}: ${problem}`) })
  const loaded = simulationSettings(prices, { ...set, ...settingsOf(variant) })
  if (!loaded.ok) return failed(loaded.problems)
  const { signal } = loaded.settings
  const changed = bodies.map((each) => ({ ...each, body: changedBody(each.body, variant, signal.exitStrategy) }))
  const valid = validSignals(changed, bounceSignalReader(signal, exitStrategies))
  return valid.ok ? { ok: true, settings: loaded.settings, signals: valid.signals } : failed([valid.message])
}

/**
 * What is wrong with the signals or a variant, found before anything is played: all signals as they are, and for each
 * variant its settings and one signal of each exit strategy. A variant's clash with a single signal shows when it is played.
 */
export function lookAhead(variants: readonly Variant[], input: WhatIfInput): { readonly problems: readonly string[]; readonly remarks: readonly string[] } {
  const baseline = variantWorld(BASELINE, input)
  if (!baseline.ok) return { problems: baseline.problems, remarks: [] }
  const fallback = baseline.settings.signal.exitStrategy
  const samples = [...new Map(input.bodies.map((each) => [strategyOf(each.body, BASELINE, fallback), each])).values()]
  const asking = new Set<string>()
  const problems = variants.flatMap((variant) => {
    const world = variantWorld(variant, { ...input, bodies: samples })
    if (!world.ok) return world.problems
    const strategies = new Set(world.signals.map(({ signal }) => signal.exitStrategy))
    for (const strategy of strategies) if (exitStrategies.needs(strategy) !== undefined) asking.add(strategy)
    if (strategies.size === 0) return []
    return idleParameters(variant, strategies).map((name) => `variant ${variant.name}: ${name} is no parameter of ${[...strategies].join(', ')}, which the signals use; add exit_strategy=… to the variant`)
  })
  return { problems, remarks: [...asking].map((strategy) => `${strategy}: no model is asked here; its positions are held between stop and target`) }
}
