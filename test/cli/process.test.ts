/** The command as a process: exit codes, pipes, and nothing but data on stdout. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { positionView, startFakeService, type FakeService } from './fake-service.ts'

const LOMS = fileURLToPath(new URL('../../src/cli/loms.ts', import.meta.url))
let service: FakeService
beforeAll(async () => {
  const many = Array.from({ length: 1000 }, (_, index) => positionView({ id: index + 1 }))
  service = await startFakeService({ 'GET /positions': { body: many }, 'GET /health': { body: { ok: false, status: 'degraded' } } })
})
afterAll(() => service.stop())

/** `readBytes`: the reader goes away after so many bytes, as `head` does. */
function loms(args: readonly string[], readBytes = Infinity): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', LOMS, ...args], { env: { LOMS_BASE_URL: service.url }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.length >= readBytes) child.stdout.destroy()
    })
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

describe('the loms process', () => {
  it('writes large output whole into a pipe, without colours', async () => {
    const { code, out, err } = await loms(['positions', '--json'])
    expect([code, err]).toEqual([0, ''])
    expect((JSON.parse(out) as unknown[]).length).toBe(1000)
    expect((await loms(['positions'])).out).not.toContain('\u001b')
  })

  it('ends quietly when its reader has seen enough', async () => {
    expect((await loms(['positions', '--json'], 1)).err).toBe('')
  })

  it('hands its exit code to the shell', async () => {
    expect((await loms(['health'])).code).toBe(3)
    expect((await loms(['health', '--bogus'])).code).toBe(2)
    expect(await loms(['health', '--url', 'http://127.0.0.1:9'])).toMatchObject({ code: 4, out: '' })
  })
})
