import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { envExample, settingsTable } from '../../src/config/documentation.ts'
import { loadSettings } from '../../src/config/load.ts'
import { SETTINGS } from '../../src/config/schema.ts'

const file = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

describe('generated documentation', () => {
  it('is what `npm run docs` writes', () => {
    expect(file('.env.example')).toBe(envExample())
    expect(file('docs/settings.md')).toBe(settingsTable())
  })

  it('names every setting', () => {
    for (const { name } of SETTINGS) {
      expect(envExample()).toMatch(new RegExp(`^# ${name}=`, 'm'))
      expect(settingsTable()).toContain(`| \`${name}\` |`)
    }
  })

  it('the example changes nothing, not even with every line in force', () => {
    const all = envExample().replaceAll(/^# ([A-Z_]+=)/gm, '$1')
    const plain = loadSettings({ environment: {}, dotEnv: null })
    const full = loadSettings({ environment: {}, dotEnv: all })
    expect(full).toMatchObject({ ok: true, settings: plain.ok ? plain.settings : {} })
    expect(loadSettings({ environment: {}, dotEnv: envExample() })).toEqual(plain)
  })
})
