/** What was acknowledged is there after any end of the process (SPEC rule three, J-1, B-7, S-2). */
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { replayJournal } from '../../src/replay/replay.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { bounce, eventually, Loms, refusedStart, type Json } from './service-process.ts'

const OPEN = { MAX_OPEN_POSITIONS: '1000', MAX_OPEN_POSITIONS_PER_SYMBOL: '1000', AUTO_CLOSE_MIN_AGE_SEC: '0' }

/** Every proof that `loms replay --check` has, by name. */
function proofs(dataDir: string): Record<string, boolean> {
  const outcome = replayJournal({ source: dataDir, until: null, check: true, positionId: null })
  if (!outcome.ok) throw new Error(outcome.problems.join())
  return Object.fromEntries((outcome.replay.check ?? []).map(({ name, ok }) => [name.replace(/\d+/, 'N'), ok]))
}
const ALL_PROOFS = { 'commands and notices': true, 'state hashes': true, 'checkpoint at seq N': true }

/** The audit lines that the journal stands for. */
function expectedAudit(dataDir: string): Json[] {
  const opened = readJournal(dataDir)
  if (!opened.ok) throw new Error(opened.message)
  return [...opened.journal.records()].flatMap(({ seq, at, kind, body }) =>
    kind === 'fact' && body.type === 'signal.received' && body.kind === 'bounce_signal' ? [{ type: 'bounce_signal', ts: new Date(at).toISOString(), seq, payload: body.payload }] : [],
  )
}

describe('a clean stop', () => {
  it('ends with 0, keeps positions open, and the next start manages them on', async () => {
    const first = await Loms.start(OPEN)
    await first.pin(100)
    for (const side of ['long', 'short']) await first.signal(bounce({ side }))
    await eventually(() => first.positions()).toMatchObject([{ state: 'tp-placed' }, { state: 'tp-placed' }])
    const before = await first.everything()
    expect(await first.stop()).toEqual({ code: 0, signal: null, stderr: '' })
    const second = await first.again()
    expect(await second.everything()).toEqual(before)
    await second.pin(105)
    await eventually(() => second.positions()).toMatchObject([{ auto_close_reason: 'tp', pnl: 5 }, { auto_close_reason: 'sl', pnl: -5 }])
    await second.stop()
    expect(proofs(second.dataDir)).toEqual(ALL_PROOFS)
  })

  it('in the moment in which it is ready: ends with 0', async () => {
    const first = await Loms.start()
    expect(await first.stop()).toEqual({ code: 0, signal: null, stderr: '' })
  })

  it('of a service that was only looked at: the journal proves its state', async () => {
    const first = await Loms.start()
    await Promise.all(['/health', '/metrics', '/stats', '/positions', '/market'].map((path) => first.get(path)))
    await first.stop()
    expect(proofs(first.dataDir)).toEqual(ALL_PROOFS)
  })

  it('under load: what was answered is there', async () => {
    const first = await Loms.start(OPEN)
    // Prices that move would lose the session's limit on a slow machine, and then signals are refused.
    await first.pin(100)
    const answers = Promise.all(Array.from({ length: 300 }, () => first.signal(bounce()).catch(() => null)))
    await eventually(async () => (await first.positions()).length).toBeGreaterThan(20)
    expect((await first.stop()).code).toBe(0)
    const acknowledged = (await answers).flatMap((answer) => (answer?.status === 200 ? [answer.body as { position_id?: number }] : []))
    const second = await first.again()
    const kept = new Set<unknown>((await second.positions()).map(({ id }) => id))
    expect(acknowledged.filter(({ position_id }) => !kept.has(position_id)).map((body) => JSON.stringify(body)).join('\n')).toBe('')
    await second.stop()
    expect(proofs(first.dataDir)).toEqual(ALL_PROOFS)
  })
})

describe('kill -9', () => {
  it('open positions, their levels and the pinned price come back; exits go on', async () => {
    const first = await Loms.start(OPEN)
    await first.pin(100)
    await first.signal(bounce())
    await first.signal(bounce({ side: 'short' }))
    await eventually(() => first.positions()).toMatchObject([{ state: 'tp-placed' }, { state: 'tp-placed' }])
    const before = await first.everything()
    const second = await first.killedAndStartedAgain()
    expect(await second.everything()).toEqual(before)
    await eventually(() => second.get('/market/price')).toMatchObject({ body: { market_price: 100 } })
    await second.pin(98.5)
    await eventually(() => second.position(1)).toMatchObject({ status: 'closed', auto_close_reason: 'sl', pnl: -1.5 })
    const closed = await second.position(1)
    const third = await second.killedAndStartedAgain()
    expect(await third.position(1)).toEqual(closed)
  })

  it('the audit log has exactly one line per valid signal, neither missing nor doubled', async () => {
    let loms = await Loms.start(OPEN)
    let acknowledged = 0
    for (let life = 0; life < 3; life++) {
      const before = acknowledged
      const [one, two] = [bounce(), bounce()]
      const sending = Array.from({ length: 200 }, (_, number) => loms.signal([bounce(), one, two][number % 3]).then(({ status }) => (acknowledged += status === 200 ? 1 : 0), () => undefined))
      await loms.signal(bounce({ side: 'no' }))
      await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(before + 10), { interval: 1, timeout: 5000 })
      await loms.kill()
      await Promise.all(sending)
      loms = await loms.again()
      expect(loms.audit()).toEqual(expectedAudit(loms.dataDir))
      expect(loms.audit().length).toBeGreaterThanOrEqual(acknowledged)
    }
    expect(acknowledged).toBeGreaterThan(0)
    expect((await loms.stop()).code).toBe(0)
    expect(proofs(loms.dataDir)).toEqual(ALL_PROOFS)
  })
})

describe('a data directory', () => {
  it('belongs to one process: a second start is refused in one line, the first goes on', async () => {
    const first = await Loms.start()
    const refused = await refusedStart({}, first.directory)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(new RegExp(`^LOMS cannot start: .*${first.dataDir}.*\n$`))
    expect((await first.signal(bounce())).status).toBe(200)
    await first.kill()
    await (await first.again()).kill()
  })

  it('with a torn tail starts, with damage in the middle does not and says where', async () => {
    const first = await Loms.start(OPEN)
    for (let number = 0; number < 5; number++) await first.signal(bounce())
    await first.kill()
    const segment = join(first.dataDir, 'journal/000000000001.jsonl')
    fs.appendFileSync(segment, '{"v":1,"crc":"00000000","seq":9')
    const second = await first.again()
    expect(second.log.map(({ event }) => event)).toContain('journal_torn_tail')
    expect(await second.positions()).toHaveLength(5)
    await second.kill()
    const bytes = fs.readFileSync(segment)
    bytes[200] = (bytes[200] ?? 0) ^ 1
    fs.writeFileSync(segment, bytes)
    const refused = await refusedStart({}, first.directory)
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^LOMS cannot start: .*000000000001\.jsonl.*\n$/) as string })
  })

  it('with a history that cannot be opened does not start, and says where in one line', async () => {
    const first = await Loms.start(OPEN)
    await first.kill()
    fs.rmSync(join(first.dataDir, 'history.jsonl'), { force: true })
    fs.mkdirSync(join(first.dataDir, 'history.jsonl'))
    expect(await refusedStart({}, first.directory)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^LOMS cannot start: .*beside the journal.*history\.jsonl.*\n$/) as string })
  })
})

describe('an audit log that cannot be written', () => {
  it('does not keep open positions from being managed, and loses no line of before', async () => {
    const first = await Loms.start(OPEN)
    await first.pin(100)
    await first.signal(bounce())
    await eventually(() => first.position(1)).toMatchObject({ state: 'tp-placed' })
    await first.kill()
    const audit = join(first.dataDir, 'bounce_signals_dev.jsonl')
    const line = fs.readFileSync(audit, 'utf8')
    fs.rmSync(audit)
    fs.mkdirSync(audit)
    const second = await first.again()
    expect((await second.signal(bounce())).status).toBe(503)
    await second.pin(105)
    await eventually(() => second.position(1)).toMatchObject({ auto_close_reason: 'tp' })
    await second.stop()
    fs.rmdirSync(audit)
    // As a power loss leaves it: a part of the last line.
    fs.writeFileSync(audit, line.slice(0, 40))
    const third = await second.again()
    expect((await third.signal(bounce())).status).toBe(200)
    await third.stop()
    expect(third.audit()).toEqual(expectedAudit(third.dataDir))
    expect(third.audit()).toHaveLength(2)
  })

  it.each([['below a regular file', '/etc/hostname/audit.jsonl'], ['a device that is full', '/dev/full'], ['a directory', '/tmp']])(
    '%s: 503, nothing opened, nothing remembered; the rest works',
    async (_, AUDIT_LOG_PATH) => {
      const loms = await Loms.start({ AUDIT_LOG_PATH })
      const body = bounce()
      const answer = await loms.signal(body, { 'Idempotency-Key': 'k' })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json'])
      expect((answer.body as { detail: string }).detail).toContain(AUDIT_LOG_PATH)
      expect((await loms.signal(body)).status).toBe(503)
      expect((await loms.get('/health')).body).toMatchObject({ ok: false, degraded: [expect.stringContaining(AUDIT_LOG_PATH)] })
      expect(await loms.everything()).toMatchObject({ positions: [], orders: [], stats: { total_positions: 0 } })
      const second = await loms.killedAndStartedAgain({})
      expect((await second.signal(body, { 'Idempotency-Key': 'k' })).body).toMatchObject({ risk_ok: true, position_id: 1 })
    },
  )

  it('works again as soon as it can be written', async () => {
    const loms = await Loms.start()
    const path = join(loms.dataDir, 'bounce_signals_dev.jsonl')
    await loms.signal(bounce())
    fs.renameSync(path, `${path}.moved`)
    fs.mkdirSync(path)
    expect((await loms.signal(bounce())).status).toBe(503)
    fs.rmdirSync(path)
    expect((await loms.signal(bounce())).status).toBe(200)
    expect(loms.audit()).toHaveLength(1)
  })
})
