/** Backup, damage, restore: the drill, with the real files and a real service. */
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backUp, type BackupOutcome } from '../../src/backup/backup.ts'
import { restore } from '../../src/backup/restore.ts'
import { bounce, Loms, temporaryDirectory } from '../e2e/service-process.ts'

const AT = new Date('2026-11-21T14:03:12Z')
const auditOf = (loms: Loms): string => join(loms.dataDir, 'bounce_signals_dev.jsonl')
const backupOf = (loms: Loms, into = temporaryDirectory(), at = AT): Promise<BackupOutcome> => backUp({ dataDir: loms.dataDir, auditLog: auditOf(loms), into, version: '1', at })

async function taken(loms: Loms, into?: string): Promise<Extract<BackupOutcome, { ok: true }>> {
  const backup = await backupOf(loms, into)
  if (!backup.ok) throw new Error(backup.message)
  return backup
}

describe('the drill', () => {
  it('a backup of a running service brings back everything after the journal is damaged', async () => {
    const loms = await Loms.start({ AUTO_CLOSE_MIN_AGE_SEC: '0' })
    await loms.pin(100)
    for (let count = 0; count < 3; count++) await loms.signal(bounce())
    await loms.pin(105)
    await loms.pin(100)
    await loms.signal(bounce({ symbol: 'ETHUSDT' }))
    await expect.poll(async () => (await loms.position(4))['state']).toBe('tp-placed')
    const before = await loms.everything()
    const { directory, manifest } = await taken(loms)
    expect(directory).toMatch(/2026-11-21_140312_data$/)
    await loms.kill()
    // The first segment, in the middle: no start goes past that.
    const segment = join(loms.dataDir, 'journal', '000000000001.jsonl')
    fs.writeFileSync(segment, fs.readFileSync(segment).fill(0x20, 400, 500))
    await expect(loms.again()).rejects.toThrow(/The journal is damaged/)

    const restored = await restore({ backup: directory, dataDir: loms.dataDir, auditLog: auditOf(loms), at: AT })
    expect(restored).toMatchObject({ ok: true, movedTo: expect.stringContaining('before-restore') as string })
    const again = await loms.again()
    expect(again.log.filter(({ event }) => event === 'journal_torn_tail')).toEqual([])
    expect(await again.everything()).toEqual(before)
    expect(again.audit()).toHaveLength(4)
    expect(manifest.durable_seq).toBeGreaterThan(10)
    await again.stop()
  })

  it('while signals pour in, every backup is whole and each later one knows more', async () => {
    const loms = await Loms.start({ MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '' })
    let pouring = true
    const traffic = (async () => {
      while (pouring) await Promise.all(Array.from({ length: 20 }, () => loms.signal(bounce())))
    })()
    const into = temporaryDirectory()
    const seqs: number[] = []
    for (let second = 0; second < 4; second++) {
      const backup = await backupOf(loms, into, new Date(AT.getTime() + second * 1000))
      expect(backup).toMatchObject({ ok: true, remark: null })
      if (backup.ok) seqs.push(backup.manifest.durable_seq)
    }
    pouring = false
    await traffic
    await loms.stop()
    expect([...seqs].sort((a, b) => a - b)).toEqual(seqs)
  })
})

describe('a restore changes nothing', () => {
  it.each([
    ['a file was changed', (backup: string) => fs.appendFileSync(join(backup, 'journal', '000000000001.jsonl'), 'x'), /has \d+ bytes instead of/],
    ['a byte was changed', (backup: string) => { const file = join(backup, 'journal', '000000000001.jsonl'); fs.writeFileSync(file, fs.readFileSync(file).fill(0x20, 40, 41)) }, /was changed/],
    ['a file is missing', (backup: string) => fs.rmSync(join(backup, 'journal', '000000000001.jsonl')), /is missing/],
    ['the manifest leads elsewhere', (backup: string) => fs.writeFileSync(join(backup, 'manifest.json'), JSON.stringify({ format: 1, files: [{ path: '../x', bytes: 0, sha256: '' }] })), /outside the backup/],
    ['it is no backup', (backup: string) => fs.rmSync(join(backup, 'manifest.json')), /is no LOMS backup/],
  ])('where %s', async (_what, damage, message) => {
    const loms = await Loms.start()
    await loms.signal(bounce())
    const { directory } = await taken(loms)
    await loms.stop()
    damage(directory)
    const before = fs.readdirSync(loms.dataDir).sort()
    const outcome = await restore({ backup: directory, dataDir: loms.dataDir, auditLog: auditOf(loms), at: AT })
    expect(outcome).toMatchObject({ ok: false, message: expect.stringMatching(message) as string })
    expect(fs.readdirSync(loms.dataDir).sort()).toEqual(before)
  })

  it('where the service still runs', async () => {
    const loms = await Loms.start()
    await loms.signal(bounce())
    const { directory } = await taken(loms)
    expect(await restore({ backup: directory, dataDir: loms.dataDir, auditLog: auditOf(loms), at: AT })).toMatchObject({ ok: false, message: expect.stringContaining('Another LOMS') as string })
    expect((await loms.get('/health')).status).toBe(200)
    await loms.stop()
  })
})

describe('a backup', () => {
  it('keeps what the exchange was asked and answered, also the line that is just being written', async () => {
    const loms = await Loms.start()
    await loms.signal(bounce())
    const venue = join(loms.dataDir, 'venue')
    fs.mkdirSync(venue)
    fs.writeFileSync(join(venue, '2026-11-20.jsonl'), '{"at":1,"n":1}\n')
    fs.writeFileSync(join(venue, '2026-11-21.jsonl'), '{"at":2,"n":2}\n{"at":3,')
    const { directory, manifest } = await taken(loms)
    expect(manifest.files.map(({ path }) => path)).toEqual(expect.arrayContaining(['venue/2026-11-20.jsonl', 'venue/2026-11-21.jsonl']))
    await loms.stop()
    fs.rmSync(venue, { recursive: true })
    expect(await restore({ backup: directory, dataDir: loms.dataDir, auditLog: auditOf(loms), at: AT })).toMatchObject({ ok: true })
    expect(fs.readFileSync(join(venue, '2026-11-21.jsonl'), 'utf8')).toBe('{"at":2,"n":2}\n{"at":3,')
  })
  it('is never written over another one', async () => {
    const loms = await Loms.start()
    const into = temporaryDirectory()
    await taken(loms, into)
    expect(await backupOf(loms, into)).toMatchObject({ ok: false, message: expect.stringContaining('is there already') as string })
    await loms.stop()
  })
  it('of what is no data directory is refused', async () => {
    const directory = temporaryDirectory()
    expect(await backUp({ dataDir: directory, auditLog: join(directory, 'a'), into: directory, version: '1', at: AT })).toMatchObject({ ok: false, message: expect.stringContaining('no folder journal/') as string })
  })
})
