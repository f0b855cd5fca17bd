/** One world per scenario, and the oracle's verdict at its end. */
import { expect as expectOutside, type ExpectStatic, type TestContext } from 'vitest'
import { LiveWorld } from './live-world.ts'
import type { EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { PROTECT_WITHIN_MS } from './oracle.ts'

export type ScenarioOptions = Partial<EmulatorOptions> & {
  /** Longest time that the position may have been without cover. */
  readonly nakedAtMostMs?: number
  /** How long everything may take to come to rest. */
  readonly restWithinMs?: number
}
type Options = ScenarioOptions & Pick<EmulatorOptions, 'venue'>
type Play = (world: LiveWorld, expect: ExpectStatic) => Promise<void>

/** Plays a scenario; afterwards everything must come to rest and every invariant must hold. */
export async function play(options: Options, scene: Play, expect: ExpectStatic = expectOutside): Promise<void> {
  const { nakedAtMostMs = PROTECT_WITHIN_MS, restWithinMs = 15_000, ...emulator } = options
  const world = await LiveWorld.open({ latencyMs: 20, ...emulator })
  try {
    await scene(world, expect)
    expect(await world.verdict(nakedAtMostMs, restWithinMs)).toEqual([])
  } finally {
    await world.stop()
  }
}

export const scenario =
  (options: Options, scene: Play) =>
  ({ expect }: TestContext): Promise<void> =>
    play(options, scene, expect)
