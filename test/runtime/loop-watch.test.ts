/** A main thread that stands still is noticed while it does (reliability.md §3.12). */
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import type { LoopWatch } from '../../src/runtime/loop-watch.ts'
import { ServiceWorld } from '../http/service-world.ts'

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const CHILD = fileURLToPath(new URL('loop-watch-child.ts', import.meta.url))

function run(silentMs: number, blockedMs: number): Promise<{ readonly out: readonly string[]; readonly err: readonly string[] }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', TSX, CHILD, String(silentMs), String(blockedMs)])
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    child.on('close', () => resolve({ out: out.trim().split('\n'), err: err.trim().split('\n') }))
  })
}

it('is told by the other thread before the first one turns again, and by the first one afterwards', async () => {
  const { out, err } = await run(300, 2500)
  expect(err.map((line) => (line.startsWith('{') ? (JSON.parse(line) as { event: string }).event : line))).toEqual(['blocking', 'event_loop_silent', 'turning again'])
  expect(Number(/^stalled (\d+)$/.exec(out[0] as string)?.[1])).toBeGreaterThan(2000)
  const view = JSON.parse(out[1] as string) as { delay_max_ms: number; last_stall: { ms: number }; recent: boolean }
  expect(view).toMatchObject({ recent: true, last_stall: { ms: expect.any(Number) as number } })
  expect(view.delay_max_ms).toBeGreaterThan(2000)
})

it('makes the service degraded and not ready for a while; signals are still taken', async () => {
  const world = await ServiceWorld.start({})
  const get = async (path: string) => {
    const { status, text } = await world.ask({ method: 'GET', path })
    return { status, body: JSON.parse(text) as Record<string, unknown> }
  }
  expect([(await get('/readyz')).status, (await get('/health')).body['ok']]).toEqual([200, true])
  world.service.eventLoop = { recentStall: () => ({ ms: 5234, endedAt: 0 }), view: () => ({ delay_max_ms: 5234 }) } as unknown as LoopWatch
  expect((await get('/readyz')).status).toBe(503)
  expect((await get('/health')).body).toMatchObject({ ok: false, degraded: [expect.stringContaining('stood still for 5.2 s')], watcher: { event_loop: { delay_max_ms: 5234 } } })
  const signal = { symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-01T00:00:00Z' }
  expect(JSON.parse((await world.ask({ method: 'POST', path: '/signals/bounce', headers: { 'content-type': 'application/json' }, body: signal })).text)).toMatchObject({ risk_ok: true })
  world.service.eventLoop = null
  expect((await get('/readyz')).status).toBe(200)
  await world.stop()
})
