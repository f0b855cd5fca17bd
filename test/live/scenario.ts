/** One world per scenario, and the oracle's verdict at its end. */
import type { ExpectStatic, TestContext } from 'vitest'
import { LiveWorld } from './live-world.ts'
import type { EmulatorOptions } from '../../src/exchange-emulator/server.ts'
import { PROTECT_WITHIN_MS } from './oracle.ts'

export type ScenarioOptions = Partial<EmulatorOptions> & {
  /** Longest time that the position may have been without cover. */
  readonly nakedAtMostMs?: number
  /** How long everything may take to come to rest. */
  readonly restWithinMs?: number
}

/** Plays a scenario; afterwards everything must come to rest and every invariant must hold. */
export const scenario =
  (options: ScenarioOptions & Pick<EmulatorOptions, 'venue'>, play: (world: LiveWorld, expect: ExpectStatic) => Promise<void>) =>
  async ({ expect }: TestContext): Promise<void> => {
    const { nakedAtMostMs = PROTECT_WITHIN_MS, restWithinMs = 15_000, ...emulator } = options
    const world = await LiveWorld.open({ latencyMs: 20, ...emulator })
    try {
      await play(world, expect)
      expect(await world.verdict(nakedAtMostMs, restWithinMs)).toEqual([])
    } finally {
      await world.stop()
    }
  }
