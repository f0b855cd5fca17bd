/** `loms panic` with real processes and a position at the exchange: beside a living service, and after kill -9. */
import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { LIVE_KEY } from '../../scripts/freeze-loop/live-environment.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import { arm, atExchange, AUTHORISED, enter, liveExchange, liveSettings } from './live-process.ts'
import { COMMAND, Loms, eventually, type Json, type Settings } from './service-process.ts'

const [NODE, ...MAIN] = COMMAND
const CLI = [...MAIN.slice(0, -1), (MAIN.at(-1) as string).replace(/main\.(ts|js)$/, 'cli/loms.$1')]

function loms(args: readonly string[], environment: Settings, cwd: string): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    const child = spawn(NODE, [...CLI, ...args], { cwd, env: { PATH: process.env['PATH'] ?? '', ...environment } })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => (out += text.toString()))
    child.stderr.on('data', (text: Buffer) => (err += text.toString()))
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** A live service with one protected position. */
async function withPosition(emulator: Emulator): Promise<Loms> {
  const service = await Loms.start(liveSettings(emulator))
  await arm(service)
  expect((await enter(service, emulator)).body).toMatchObject({ risk_ok: true })
  await eventually(async () => ((await service.get('/positions/1', AUTHORISED)).body as Json)['state']).toBe('tp-placed')
  expect(atExchange(emulator).own).toHaveLength(2)
  return service
}

const FLAT = { held: {}, own: [] }

describe.each(['bybit', 'bitget'] as const)('loms panic on %s', (venue) => {
  it('with a service killed -9: the account is flat, no order is left, and the next start is halted', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const service = await withPosition(emulator)
    await service.kill()
    const settings = { ...liveSettings(emulator), DATA_DIR: service.dataDir, LOMS_BASE_URL: service.url }
    const { code, out, err } = await loms(['panic', '--reason', 'server on fire', '--yes', '--json'], settings, service.directory)
    expect(err).toContain('working on the data directory itself')
    expect([code, JSON.parse(out)]).toMatchObject([0, { state: 'halted', flat: true, closed: 1, left: [], broker: { name: 'exchange-live', flat: true, positions: [] } }])
    expect(atExchange(emulator)).toEqual(FLAT)
    expect(emulator.seen.filter(({ call }) => call === 'entry')).toHaveLength(1)
    const again = await service.again()
    expect(((await again.get('/positions/1', AUTHORISED)).body as Json)['auto_close_reason']).toBe('panic')
    await eventually(async () => (await enter(again, emulator)).body).toMatchObject({ oms_enabled: false, reason: 'halted: server on fire' })
    await again.stop()
  })

  it('with a living service', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue })
    const service = await withPosition(emulator)
    const { code, out } = await loms(['panic', '--reason', 'exchange on fire', '--yes', '--json', '--url', service.url], { LOMS_API_KEY: LIVE_KEY }, service.directory)
    expect([code, JSON.parse(out)]).toMatchObject([0, { state: 'halted', flat: true, closed: 1, broker: { flat: true } }])
    await eventually(() => atExchange(emulator)).toEqual(FLAT)
    await service.stop()
  })
})
