import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { withExitStrategies } from '../../src/exits/documentation.ts'
import { exitPolicies } from '../../src/exits/registry.ts'
import { run } from '../cli/run.ts'

const text = readFileSync(new URL('../../docs/exits.md', import.meta.url), 'utf8')

describe('docs/exits.md', () => {
  it('has the strategies as `npm run docs` writes them, with every parameter', () => {
    expect(withExitStrategies(text, exitPolicies())).toBe(text)
    for (const { name, parameters } of exitPolicies()) {
      expect(text).toContain(`### \`${name}\``)
      for (const parameter of parameters) expect(text).toContain(`| \`${parameter.name}\` |`)
    }
  })

  it('shows what its example prints', async () => {
    const [, command = '', output = ''] = /```sh\n(loms whatif[^]*?)```\n\n```text\n([^]*?)\n```/.exec(text) ?? []
    const { code, out, err } = await run(command.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1))
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(output)
  })
})
