import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSettings } from '../../src/config/environment.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'loms-settings-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('reading the sources', () => {
  it('takes a .env file where there is one', () => {
    const envFile = join(directory, '.env')
    expect(readSettings({ envFile })).toMatchObject({ ok: true })
    writeFileSync(envFile, 'ACCOUNT_LABEL=from_file')
    expect(readSettings({ envFile })).toMatchObject({ ok: true, settings: { core: { accountLabel: 'from_file' } } })
    expect(readSettings({ envFile, overrides: { ACCOUNT_LABEL: 'from_set' } })).toMatchObject({ settings: { core: { accountLabel: 'from_set' } } })
  })

  it('refuses a .env that is there and cannot be read', () => {
    mkdirSync(join(directory, '.env'))
    expect(readSettings({ envFile: join(directory, '.env') })).toMatchObject({ ok: false, problems: [expect.stringContaining('cannot be read (EISDIR)')] })
  })
})
