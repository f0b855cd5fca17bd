/** One world per scenario, and the oracle's verdict at its end. */
import { expect as expectOutside, type ExpectStatic, type TestContext } from 'vitest'
import { assert } from '../../src/domain/assert.ts'
import { LiveWorld } from './live-world.ts'
import type { EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { PROTECT_WITHIN_MS } from './oracle.ts'

export type ScenarioOptions = Partial<EmulatorOptions> & {
  /** Longest time that the position may have been without cover, where that is shorter than the hard bound. */
  readonly nakedAtMostMs?: number
  /** Why nothing can keep the hard bound here; then it is not asked for. */
  readonly unprotectable?: string
  /** How long everything may take to come to rest. */
  readonly restWithinMs?: number
}
type Options = ScenarioOptions & Pick<EmulatorOptions, 'venue'>
type Play = (world: LiveWorld, expect: ExpectStatic) => Promise<void>

/** Plays a scenario; afterwards everything must come to rest and every invariant must hold. */
export async function play(options: Options, scene: Play, expect: ExpectStatic = expectOutside): Promise<void> {
  const { nakedAtMostMs = PROTECT_WITHIN_MS, unprotectable, restWithinMs = 15_000, ...emulator } = options
  assert(nakedAtMostMs <= PROTECT_WITHIN_MS, 'the hard bound is only made shorter')
  const world = await LiveWorld.open({ latencyMs: 20, ...emulator })
  try {
    await scene(world, expect)
    expect(await world.verdict(unprotectable === undefined ? nakedAtMostMs : Infinity, restWithinMs)).toEqual([])
  } finally {
    await world.stop()
  }
}

export const scenario =
  (options: Options, scene: Play) =>
  ({ expect }: TestContext): Promise<void> =>
    play(options, scene, expect)
