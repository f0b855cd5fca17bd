/** `loms daily` as it is typed in the evening: beside a service that is well, one that takes no entries, and one that is gone (SPEC O-1). */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Check } from '../../src/cli/commands/checks.ts'
import { bounce, COMMAND, Loms } from '../e2e/service-process.ts'

const [NODE, ...MAIN] = COMMAND
const CLI = [...MAIN.slice(0, -1), (MAIN.at(-1) as string).replace(/main\.(ts|js)$/, 'cli/loms.$1')]

/** Its exit code and what it found amiss. */
function daily(service: Loms, more: readonly string[] = []): Promise<{ readonly code: number | null; readonly amiss: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(NODE, [...CLI, 'daily', '--json', '--url', service.url, ...more], { cwd: service.directory, env: { PATH: process.env['PATH'] ?? '', DATA_DIR: service.dataDir } })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    child.on('close', (code) => {
      if (out === '') return reject(new Error(err))
      const { checks } = JSON.parse(out) as { readonly checks: readonly Check[] }
      resolve({ code, amiss: checks.filter(({ verdict }) => verdict !== 'ok').map(({ name, verdict, figure }) => `${name} ${verdict}: ${figure}`) })
    })
  })
}

it('loms daily', { timeout: 60_000 }, async () => {
  const service = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '3600' })
  await service.signal(bounce())
  expect(await daily(service, ['--save'])).toEqual({ code: 0, amiss: [] })
  const [saved = ''] = fs.readdirSync(join(service.dataDir, 'daily'))
  expect(saved).toMatch(/^\d{4}-\d{2}-\d{2}\.json$/)
  expect(JSON.parse(fs.readFileSync(join(service.dataDir, 'daily', saved), 'utf8'))).toMatchObject({ health: { ok: true }, open: [{ id: 1 }], checks: expect.any(Array) as unknown })
  await service.post('/control/pause', { reason: 'test' })
  expect(await daily(service)).toEqual({ code: 1, amiss: ['entries failed: false'] })
  await service.kill()
  expect(await daily(service)).toEqual({ code: 1, amiss: ['service failed: it does not answer', 'positions skipped: the service did not say'] })
})
