/** A disk that is full, and one that loses what it took: nothing acknowledged is lost, everything else is refused (DESIGN 6). */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, type TestContext } from 'vitest'
import { replayJournal } from '../../src/replay/replay.ts'
import { bounce, COMMAND, eventually, Loms, temporaryDirectory, type Json } from './service-process.ts'

const OPEN = { MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '', AUTO_CLOSE_INTERVAL_SEC: '3600' }
type Sent = { readonly body: Json; readonly answer: Json }

/** Sends until one is refused; returns what was acknowledged, and the refused one. */
async function sendUntilRefused(loms: Loms): Promise<{ acknowledged: Sent[]; refused: Json; status: number }> {
  const acknowledged: Sent[] = []
  for (;;) {
    const body = bounce({ note: 'x'.repeat(8000) })
    const { status, body: answer } = await loms.signal(body)
    if (status !== 200) return { acknowledged, refused: body, status }
    acknowledged.push({ body, answer: answer as Json })
  }
}

async function expectRemembered(loms: Loms, sent: readonly Sent[]): Promise<void> {
  for (const { body, answer } of sent) expect((await loms.signal(body)).body).toEqual({ ...answer, duplicate: true })
}

function expectProven(dataDir: string): void {
  const outcome = replayJournal({ source: dataDir, until: null, check: true, positionId: null })
  expect(outcome).toMatchObject({ ok: true, replay: { check: expect.not.arrayContaining([expect.objectContaining({ ok: false })]) as unknown } })
}

describe('a full disk', () => {
  /** The data directory is a file system of 1 MB that only the service sees, and the test through its process. */
  async function onSmallDisk(context: TestContext, settings: Record<string, string>): Promise<{ loms: Loms; disk: string }> {
    const directory = temporaryDirectory()
    const disk = join(directory, 'data')
    fs.mkdirSync(disk)
    const mount = 'mount -t tmpfs -o size=1m tmpfs "$0" || exit 77; exec "$@"'
    if (spawnSync('unshare', ['-m', 'sh', '-c', mount, disk, 'true']).status !== 0) context.skip('needs the right to mount a tmpfs in its own namespace')
    const loms = await Loms.start({ ...OPEN, ...settings }, directory, ['unshare', '-m', 'sh', '-c', mount, disk, ...COMMAND])
    return { loms, disk: `/proc/${loms.pid}/root${disk}` }
  }
  const ballast = (disk: string): string => join(disk, 'ballast')
  const fill = (disk: string): void => {
    const { bavail, bsize } = fs.statfsSync(disk)
    fs.writeFileSync(ballast(disk), Buffer.alloc(Math.max(0, bavail * bsize - 100_000)))
  }

  it('of the journal: 503 and degraded, readers get an answer; with room again it goes on without a restart', async (context) => {
    const { loms, disk } = await onSmallDisk(context, { AUDIT_LOG_PATH: join(temporaryDirectory(), 'audit.jsonl') })
    fill(disk)
    const { acknowledged, refused, status } = await sendUntilRefused(loms)
    expect(status).toBe(503)
    expect(acknowledged.length).toBeGreaterThan(5)
    expect((await loms.get('/health')).body).toMatchObject({ ok: false, status: 'degraded', degraded: expect.arrayContaining([expect.stringMatching(/disk is full/)]) as unknown, store: { state: 'stalled' } })
    expect((await loms.get('/readyz')).status).toBe(503)
    expect((await loms.get('/livez')).status).toBe(200)
    const asked = performance.now()
    const answers = await Promise.all([loms.signal(bounce()), loms.get('/positions'), loms.get('/stats'), loms.post('/positions/1/close'), loms.post('/control/pause', { reason: 'disk' })])
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503])
    expect(performance.now() - asked).toBeLessThan(5000)
    fs.rmSync(ballast(disk))
    await eventually(async () => (await loms.get('/readyz')).status).toBe(200)
    expect((await loms.get('/health')).body).toMatchObject({ ok: true, degraded: [] })
    await loms.post('/control/resume', { reason: 'room again' })
    await expectRemembered(loms, acknowledged)
    // Taken before the disk was full and durable since there is room, or refused at the door: one position in either case.
    expect((await loms.signal(refused)).body).toMatchObject({ risk_ok: true })
    expect((await loms.signal(bounce())).body).toMatchObject({ risk_ok: true })
    expect((await loms.positions()).map(({ id }) => id)).toEqual(Array.from({ length: acknowledged.length + 2 }, (_, index) => index + 1))
    expectProven(disk)
  })

  it('does not keep the service from stopping', async (context) => {
    const { loms, disk } = await onSmallDisk(context, {})
    fill(disk)
    expect((await sendUntilRefused(loms)).status).toBe(503)
    expect(await loms.stop()).toMatchObject({ code: 0, signal: null })
  })

  it('of journal and audit log: nothing half, every line is a signal of the journal', async (context) => {
    const { loms, disk } = await onSmallDisk(context, {})
    fill(disk)
    const { acknowledged, status } = await sendUntilRefused(loms)
    expect(status).toBe(503)
    fs.rmSync(ballast(disk))
    await eventually(async () => (await loms.signal(bounce())).status).toBe(200)
    await expectRemembered(loms, acknowledged)
    const lines = fs.readFileSync(join(disk, 'bounce_signals_dev.jsonl'), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as { seq: number })
    expect(new Set(lines.map(({ seq }) => seq)).size).toBe(lines.length)
    expectProven(disk)
  })
})

function shim(context: TestContext, directory: string): string {
  const library = join(directory, 'failing-sync.so')
  const source = fileURLToPath(new URL('failing-sync.c', import.meta.url))
  const compiled = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { encoding: 'utf8' })
  if (compiled.status !== 0) context.skip(`needs a C compiler: ${compiled.error?.message ?? compiled.stderr}`)
  return library
}

describe('a disk that takes five seconds to sync', () => {
  it('acknowledges nothing early: 503 where it takes too long, and what was taken counts once, also after a kill', async (context) => {
    const directory = temporaryDirectory()
    const slow = join(directory, 'sync-is-slow')
    const loms = await Loms.start({ ...OPEN, LD_PRELOAD: shim(context, directory), SLOW_SYNC: slow }, directory)
    await loms.signal(bounce())
    fs.writeFileSync(slow, '')
    const [one, two] = [bounce(), bounce()]
    const answers = await Promise.all([loms.signal(one), loms.signal(two), loms.get('/livez')])
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 200])
    fs.rmSync(slow)
    // What was taken becomes durable when the disk has done its work, and is remembered.
    await eventually(async () => (await loms.signal(two)).body).toMatchObject({ risk_ok: true, duplicate: true })
    const again = await loms.killedAndStartedAgain(OPEN)
    for (const body of [one, two]) expect((await again.signal(body)).body).toMatchObject({ risk_ok: true, duplicate: true })
    expect((await again.positions()).map(({ id }) => id)).toEqual([1, 2, 3])
    await again.stop()
    expectProven(again.dataDir)
  })
})

describe('a disk that refuses to sync', () => {
  it('503 until a restart, even when syncing works again; the restart is clean', async (context) => {
    const directory = temporaryDirectory()
    const trigger = join(directory, 'sync-fails')
    const loms = await Loms.start({ ...OPEN, LD_PRELOAD: shim(context, directory), FAIL_SYNC: trigger }, directory)
    const acknowledged: Sent[] = []
    for (let number = 0; number < 5; number++) {
      const body = bounce()
      acknowledged.push({ body, answer: (await loms.signal(body)).body as Json })
    }
    fs.writeFileSync(trigger, '')
    const refused = bounce()
    expect((await loms.signal(refused)).status).toBe(503)
    fs.rmSync(trigger)
    const answers = await Promise.all([loms.signal(bounce()), loms.signal(acknowledged[0]?.body), loms.post('/orders', { symbol: 'X', side: 'buy', qty: 1, entry_price: 1 }), loms.post('/positions/1/close'), loms.post('/control/pause', { reason: 'x' }), loms.get('/readyz')])
    expect(answers.map(({ status }) => status)).toEqual(new Array(6).fill(503))
    expect((await loms.get('/health')).body).toMatchObject({ ok: false, status: 'degraded', degraded: expect.arrayContaining([expect.stringMatching(/restart/)]) as unknown, store: { state: 'failed' } })
    expect((await loms.get('/livez')).status).toBe(200)
    const { code, signal } = await loms.stop()
    expect([code, signal]).toEqual([0, null])
    const again = await loms.again(OPEN)
    await expectRemembered(again, acknowledged)
    expect((await again.signal(refused)).body).toMatchObject({ risk_ok: true })
    expect((await again.positions()).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6])
    expect((await again.get('/health')).body).toMatchObject({ ok: true })
    await again.stop()
    expectProven(again.dataDir)
  })

  it('at the start: refused in one line', async (context) => {
    const directory = temporaryDirectory()
    const trigger = join(directory, 'sync-fails')
    fs.writeFileSync(trigger, '')
    await expect(Loms.start({ LD_PRELOAD: shim(context, directory), FAIL_SYNC: trigger }, directory)).rejects.toThrow(/code 1.*LOMS cannot start: [^\n]*EIO[^\n]*\n$/)
  })
})
