/** Kill switch and panic in real processes: over HTTP, after kill -9, and with a dead service (SPEC K-1 … K-3, R-3). */
import fs from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readBundle } from '../../src/inspect/bundle.ts'
import { COMMAND, Loms, bounce, eventually, temporaryDirectory, type Json, type Settings } from './service-process.ts'

const QUIET: Settings = { AUTO_CLOSE_INTERVAL_SEC: '3600', AUTO_CLOSE_MIN_AGE_SEC: '0' }
const [NODE, ...MAIN] = COMMAND
/** The command line beside the service: same interpreter, same sources. */
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
const open = async (service: Loms, symbols: readonly string[]): Promise<void> => {
  for (const symbol of symbols) expect((await service.signal(bounce({ symbol }))).body).toMatchObject({ risk_ok: true })
}
const bundleFile = (directory: string): string => join(fs.realpathSync(directory), fs.readdirSync(directory).find((name) => name.startsWith('loms-panic-')) ?? 'none')
/** The incident bundle that a panic left in this directory, read as the page reads it. */
async function bundleIn(directory: string): Promise<Json> {
  const read = readBundle(fs.readFileSync(bundleFile(directory), 'utf8'))
  if (!read.ok) throw new Error(read.message)
  const bodies = read.bundle.records.map(({ body }) => body)
  const proof = await loms(['replay', bundleFile(directory), '--check', '--json'], {}, directory)
  expect(proof.code).toBe(0)
  return {
    positions: bodies.filter(({ type }) => type === 'signal.received').length,
    closed: bodies.flatMap((body) => (body.type === 'position.closed' ? [body.reason] : [])),
    halted: bodies.flatMap((body) => (body.type === 'trading.halted' ? [body.reason] : []))[0],
  }
}
const trading = async (service: Loms): Promise<unknown> => ((await service.get('/health')).body as { trading: unknown }).trading
const HALTED = { received: true, oms_enabled: false, risk_ok: false, reason: 'halted: exchange on fire' }

describe('panic', () => {
  it('closes all, proves it, refuses entries, survives kill -9, and is lifted by a reset only', async () => {
    const first = await Loms.start(QUIET)
    await open(first, ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'])
    expect((await first.post('/control/panic', {})).status).toBe(422)
    const answer = await first.post('/control/panic', { reason: 'exchange on fire' })
    expect([answer.status, answer.body]).toMatchObject([200, { state: 'halted', flat: true, closed: 3, left: [], broker: { flat: true, positions: [] } }])
    expect((await first.positions()).map(({ auto_close_reason }) => auto_close_reason)).toEqual(['panic', 'panic', 'panic'])
    expect((await first.signal(bounce())).body).toEqual(HALTED)
    expect((await first.post('/orders', { symbol: 'BTCUSDT', side: 'buy', qty: 1, entry_price: 100 })).body).toEqual(HALTED)
    expect((await first.post('/control/resume', { reason: 'reflex' })).body).toMatchObject({ status: 409, code: 'halted' })

    const second = await first.killedAndStartedAgain({ ...QUIET, OMS_ENABLED: 'true' })
    expect(await trading(second)).toEqual({ state: 'halted', reason: 'exchange on fire' })
    expect((await second.get('/health')).body).toMatchObject({ ok: true, oms_enabled: false, executor: { kill_switch: { engaged: true, reason: 'exchange on fire' } } })
    expect((await second.get('/metrics')).text).toContain('loms_kill_switch_engaged{account="lab_dev"} 1')
    expect((await second.signal(bounce())).body).toEqual(HALTED)
    expect((await second.post('/control/reset-kill-switch', { reason: 'the fire is out' })).body).toEqual({ state: 'active', reason: 'the fire is out' })
    await open(second, ['BTCUSDT'])
    const third = await second.killedAndStartedAgain()
    expect(await trading(third)).toMatchObject({ state: 'active' })
    await third.stop()
  })

  it('trips by itself at the session loss, closes the others, and stays so over kill -9', async () => {
    const first = await Loms.start({ ...QUIET, PAPER_START_BALANCE_USDT: '100', MAX_DAILY_LOSS_USDT: '50' })
    await open(first, ['BTCUSDT', 'ETHUSDT'])
    await first.signal(bounce({ symbol: 'SOLUSDT', sl_pct: 40 }))
    await first.pin(97)
    await eventually(async () => ((await trading(first)) as Json)['state']).toBe('halted')
    await eventually(async () => (await first.positions('&status=open')).length).toBe(0)
    expect((await first.positions()).map(({ auto_close_reason }) => auto_close_reason)).toEqual(['sl', 'sl', 'kill_switch'])
    const second = await first.killedAndStartedAgain()
    expect(await trading(second)).toEqual({ state: 'halted', reason: 'max_session_loss_reached (loss=6.0000, limit=5.0000)' })
    await second.stop()
  })

  it('per account leaves the other account alone', async () => {
    const service = await Loms.start(QUIET)
    await service.signal(bounce({ account_label: 'one' }))
    await service.signal(bounce({ account_label: 'two' }))
    expect((await service.post('/control/panic', { reason: 'only one', account_label: 'one' })).body).toMatchObject({ flat: true, closed: 1 })
    expect(await service.positions('&status=open')).toMatchObject([{ account_label: 'two' }])
    await service.stop()
  })
})

describe('loms panic', () => {
  it('through the running service, with the proof', async () => {
    const service = await Loms.start(QUIET)
    await open(service, ['BTCUSDT'])
    const { code, out } = await loms(['panic', '--reason', 'exchange on fire', '--yes', '--url', service.url], {}, service.directory)
    expect([code, out]).toEqual([0, expect.stringMatching(/closed: 1, still open: 0[^]*FLAT: nothing is open in LOMS, and nothing at the broker[^]*evidence: /)])
    expect(await bundleIn(service.directory)).toMatchObject({ positions: 1, closed: ['panic'], halted: 'exchange on fire' })
    const reset = await loms(['reset-kill-switch', '--reason', 'over', '--url', service.url], {}, service.directory)
    expect(reset).toMatchObject({ code: 0, out: 'trading is active (over)\n' })
    await service.stop()
  })

  it('with a dead service: on its data directory, and the next start is halted', async () => {
    const service = await Loms.start(QUIET)
    await open(service, ['BTCUSDT', 'ETHUSDT'])
    // An entry that a crash has cut off before it was sent would be cancelled, not closed.
    await eventually(async () => (await service.positions()).map(({ state }) => state)).toEqual(['tp-placed', 'tp-placed'])
    await service.kill()
    const settings = { ...QUIET, DATA_DIR: service.dataDir, LOMS_BASE_URL: service.url }
    const { code, out, err } = await loms(['panic', '--reason', 'exchange on fire', '--yes', '--json'], settings, service.directory)
    expect(err).toContain('the service does not answer: working on the data directory itself')
    expect([code, JSON.parse(out)]).toMatchObject([0, { state: 'halted', flat: true, closed: 2, left: [], broker: { flat: true } }])
    expect(await bundleIn(service.directory)).toMatchObject({ positions: 2, closed: ['panic', 'panic'], halted: 'exchange on fire' })
    expect((JSON.parse(out) as Json)['incident_bundle']).toBe(bundleFile(service.directory))
    const again = await service.again()
    expect((await again.positions()).map(({ auto_close_reason }) => auto_close_reason)).toEqual(['panic', 'panic'])
    expect((await again.signal(bounce())).body).toEqual(HALTED)
    await again.stop()
  })

  it('proves nothing of a directory without a journal, nor of one that a frozen service holds', async () => {
    const directory = temporaryDirectory()
    const empty = await loms(['panic', '--reason', 'x', '--yes', '--url', 'http://127.0.0.1:9'], { DATA_DIR: join(directory, 'data') }, directory)
    expect(empty).toMatchObject({ code: 1, err: expect.stringMatching(/holds no journal[^]*NOTHING IS PROVEN/) as string })
    expect(fs.existsSync(join(directory, 'data'))).toBe(false)
    const service = await Loms.start(QUIET)
    const held = await loms(['panic', '--reason', 'x', '--yes', '--url', 'http://127.0.0.1:9'], { DATA_DIR: service.dataDir }, directory)
    expect(held).toMatchObject({ code: 1, err: expect.stringMatching(/NOTHING IS PROVEN/) as string })
    await service.stop()
  })

  it('asks first, and does nothing where nobody can answer', async () => {
    const { code, err } = await loms(['panic', '--reason', 'x', '--url', 'http://127.0.0.1:9'], {}, temporaryDirectory())
    expect([code, err]).toEqual([2, 'this needs a confirmation: run it in a terminal, or add --yes\n'])
  })
})

describe('loms drill', () => {
  it('rehearses it and says how long each step took', async () => {
    const { code, out } = await loms(['drill', '--positions', '3', '--json'], {}, temporaryDirectory())
    const { ok, steps } = JSON.parse(out) as { ok: boolean; steps: { step: string; ms: number; ok: boolean }[] }
    expect([code, ok, steps.filter((step) => !step.ok)]).toEqual([0, true, []])
    expect(steps.map(({ step }) => step)).toContain('flat in LOMS and at the broker')
  })
})

describe('a dry run', () => {
  it('shows every check and records nothing', async () => {
    const service = await Loms.start({ ...QUIET, MAX_SIZE_PER_POSITION_USDT: '50', MAX_OPEN_POSITIONS: '1' })
    const journal = (): string => fs.readFileSync(join(service.dataDir, 'journal', fs.readdirSync(join(service.dataDir, 'journal')).find((name) => name.endsWith('.jsonl')) as string), 'utf8')
    // The last record of the start.
    await eventually(() => Promise.resolve(journal())).toContain('"run.reconciled"')
    const before = journal()
    const answer = await service.post('/signals/bounce?dry_run=true', bounce())
    expect([answer.status, answer.body]).toMatchObject([200, { dry_run: true, verdict: 'blocked', risk_ok: false, reason: 'max_size_per_position_exceeded (notional=100.0000, limit=50.0000)', notional: 100, equity: 10000 }])
    const { checks } = answer.body as { checks: Json[] }
    expect(checks[0]).toEqual({ scope: 'total', ok: true, value: '0', limit: '1', reason: null })
    expect((await service.post('/signals/bounce?dry_run=true', bounce({ qty: 0.5 }))).body).toMatchObject({ verdict: 'open', risk_ok: true, reason: null, sl_price: 98.5 })
    expect((await service.post('/signals/bounce?dry_run=yes', bounce())).status).toBe(422)
    expect((await service.post('/signals/bounce?dry_run=true', { side: 'long' })).status).toBe(422)
    const { code, out } = await loms(['signal', '--symbol', 'BTCUSDT', '--side', 'long', '--price', '100', '--dry-run', '--url', service.url], {}, service.directory)
    expect([code, out]).toEqual([1, expect.stringMatching(/would be blocked by risk: max_size[^]*BLOCKS[^]*Nothing was recorded/)])
    expect(await service.positions()).toEqual([])
    expect(fs.existsSync(join(service.dataDir, 'bounce_signals_dev.jsonl'))).toBe(false)
    expect(journal()).toBe(before)
    await service.stop()
  })
})
