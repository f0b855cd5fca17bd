import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SETTINGS } from '../../src/config/schema.ts'
import { withRiskChecks } from '../../src/risk/documentation.ts'
import { RISK_CHECKS } from '../../src/risk/risk-engine.ts'

describe('docs/risk.md', () => {
  const text = readFileSync(new URL('../../docs/risk.md', import.meta.url), 'utf8')

  it('is what `npm run docs` writes', () => {
    expect(text).toBe(withRiskChecks(text, RISK_CHECKS))
  })

  it('names settings that exist, and every limit among them is named', () => {
    const named = new Set(RISK_CHECKS.flatMap(({ settings }) => settings))
    const known = new Set<string>(SETTINGS.map(({ name }) => name))
    expect([...named].filter((name) => !known.has(name))).toEqual([])
    const limits = SETTINGS.filter(({ group }) => group === 'Limits').map(({ name }) => name)
    expect(limits.filter((name) => !named.has(name) && !text.includes(`\`${name}\``))).toEqual([])
  })
})
