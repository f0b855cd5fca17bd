/** Every scenario that once broke an invariant, minimised, for ever. Written by `npm run sim -- --world live --seed N --shrink`. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { runScenario } from './live/run-scenario.ts'
import type { Regression } from './live/scenario.ts'

const directory = new URL('./regressions/', import.meta.url)
const files = readdirSync(directory).filter((name) => name.endsWith('.json'))

describe('what once broke stays mended', () => {
  it.each(files)('%s', async (name) => {
    const { scenario } = JSON.parse(readFileSync(new URL(name, directory), 'utf8')) as Regression
    await expect(runScenario(scenario, new Map())).resolves.toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown })
  })
})
