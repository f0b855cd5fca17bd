/** The audit log after crashes, power losses, full disks and people: never a line too many, never one too few. */
import fs from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog, type AuditEntry, type AuditRecovery } from '../../state/audit-log.ts'
import { nodeIo, type FileIo } from '../../state/io.ts'
import { FAULTS, faultyIo } from './faulty-io.ts'
import { temporaryDirectory } from './journal-records.ts'

let directory = { path: '', remove: () => undefined as void }
beforeEach(() => (directory = temporaryDirectory()))
afterEach(() => directory.remove())

const path = (): string => join(directory.path, 'audit', 'signals.jsonl')
/** Signals at seqs 3, 6, 9 …: other records lie between. */
const entry = (number: number): AuditEntry => ({ seq: number * 3, at: 1_700_000_000_000 + number, payload: { symbol: 'BTCUSDT', note: `ä\n${'x'.repeat(number)}` } })
const entries = (count: number): AuditEntry[] => Array.from({ length: count }, (_, index) => entry(index + 1))
const text = (of: readonly AuditEntry[]): string =>
  of.map(({ seq, at, payload }) => `${JSON.stringify({ type: 'bounce_signal', ts: new Date(at).toISOString(), seq, payload })}\n`).join('')
const content = (file = path()): string => fs.readFileSync(file, 'utf8')
const place = (bytes: string | Buffer): void => {
  fs.mkdirSync(join(directory.path, 'audit'), { recursive: true })
  fs.writeFileSync(path(), bytes)
}
const append = (log: AuditLog, of: readonly AuditEntry[]): boolean[] => of.map(({ seq, at, payload }) => log.append(seq, at, payload).ok)
/** Recovers against a journal that holds the given signals durably. */
function recover(journal: readonly AuditEntry[], floorSeq = 0): AuditRecovery {
  const durableSeq = (journal.at(-1)?.seq ?? 0) + 1
  const log = new AuditLog(path())
  const result = log.recover({ floorSeq, durableSeq, missing: (after) => journal.filter(({ seq }) => seq > after) })
  log.close()
  return result
}

describe('a line per signal', () => {
  it('is there when append returns, in the documented form', () => {
    const log = new AuditLog(path())
    expect(append(log, entries(2))).toEqual([true, true])
    expect(content()).toBe(text(entries(2)))
    expect(JSON.parse(content().split('\n')[0] as string)).toEqual({ type: 'bounce_signal', ts: '2023-11-14T22:13:20.001Z', seq: 3, payload: entry(1).payload })
  })

  it('an unwritable place is an answer, not a throw', () => {
    fs.mkdirSync(path(), { recursive: true })
    expect(new AuditLog(path()).append(3, 0, {})).toMatchObject({ ok: false, message: expect.stringContaining(path()) as string })
  })

  it('a write that fails at any call leaves no trace; the next one works', () => {
    for (const operation of ['open', 'writeSync', 'fdatasyncSync', 'fsyncDirectorySync', 'truncate'] as const) {
      for (const fault of FAULTS) {
        for (let k = 1; k <= 4; k++) {
          fs.rmSync(join(directory.path, 'audit'), { recursive: true, force: true })
          const log = new AuditLog(path(), faultyIo(operation, k, fault))
          const written = entries(4).filter(({ seq, at, payload }) => log.append(seq, at, payload).ok)
          expect(written.length, `${operation} ${k} ${fault}`).toBeGreaterThanOrEqual(3)
          expect(content(), `${operation} ${k} ${fault}`).toBe(text(written))
          log.close()
        }
      }
    }
  })

  it('a failing write that cannot be taken back at once is taken back before the next line', () => {
    const truncating = faultyIo('truncate', 1, 'EIO')
    const log = new AuditLog(path(), { ...faultyIo('writeSync', 2, 'short'), truncate: (fd, length) => truncating.truncate(fd, length) })
    expect(append(log, entries(3))).toEqual([true, false, true])
    expect(content()).toBe(text([entry(1), entry(3)]))
  })

  it('goes on in a new file when the old one is moved away', () => {
    const log = new AuditLog(path())
    append(log, entries(2))
    fs.renameSync(path(), `${path()}.old`)
    append(log, [entry(3)])
    expect(content(`${path()}.old`)).toBe(text(entries(2)))
    expect(content()).toBe(text([entry(3)]))
  })

  it('a failed sync is not followed by a successful one', async () => {
    const log = new AuditLog(path(), faultyIo('fdatasync', 1, 'EIO'))
    append(log, entries(1))
    await expect(log.sync()).rejects.toThrow('EIO')
    await expect(log.sync()).rejects.toThrow('restart')
  })
})

/**
 * A file behind the kernel's memory: what a sync has not taken is lost with the power, and after a sync that failed the
 * kernel calls what it holds clean, as Linux does: no later sync writes it.
 */
class Disk {
  readonly io: FileIo
  syncFails = false
  #bytes: Buffer = Buffer.alloc(0)
  #unsynced: { readonly offset: number; readonly bytes: Buffer }[] = []

  constructor() {
    const written = (bytes: Uint8Array, position: number | null): void => void this.#unsynced.push({ offset: position ?? fs.statSync(path()).size, bytes: Buffer.from(bytes) })
    this.io = {
      ...nodeIo,
      writeSync: (fd, bytes, position) => (written(bytes, position), nodeIo.writeSync(fd, bytes, position)),
      fdatasyncSync: () => this.#sync(),
      // eslint-disable-next-line @typescript-eslint/require-await
      fdatasync: async () => this.#sync(),
    }
  }

  losePower(): void {
    fs.writeFileSync(path(), this.#bytes)
  }

  #sync(): void {
    const unsynced = this.#unsynced
    this.#unsynced = []
    if (this.syncFails) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' })
    const { size } = fs.statSync(path())
    for (const { offset, bytes } of unsynced) {
      const longer = Buffer.alloc(Math.max(this.#bytes.length, offset + bytes.length))
      this.#bytes.copy(longer)
      bytes.copy(longer, offset)
      this.#bytes = longer
    }
    this.#bytes = this.#bytes.subarray(0, size)
  }
}

it('lines that a failed sync has kept from the disk are on it after the next start, whatever the kernel shows', async () => {
  const disk = new Disk()
  const first = new AuditLog(path(), disk.io)
  append(first, entries(3))
  disk.syncFails = true
  await expect(first.sync()).rejects.toThrow('EIO')
  first.close()
  disk.syncFails = false
  const second = new AuditLog(path(), disk.io)
  expect(second.recover({ floorSeq: 0, durableSeq: 10, missing: (after) => entries(3).filter(({ seq }) => seq > after) })).toMatchObject({ ok: true, cutBytes: 0, added: 0 })
  // From here on a checkpoint counts all three as written.
  await second.sync()
  second.close()
  disk.losePower()
  expect(recover(entries(3), 9)).toMatchObject({ ok: true })
  expect(content()).toBe(text(entries(3)))
})

describe('after a crash the file says what the journal says', () => {
  const journal = entries(6)

  it('cut at every byte: nothing missing, nothing doubled', () => {
    const bytes = Buffer.from(text(journal))
    for (let length = 0; length <= bytes.length; length++) {
      place(bytes.subarray(0, length))
      expect(recover(journal)).toMatchObject({ ok: true })
      expect(content(), String(length)).toBe(text(journal))
      if (length % 32 === 0) expect(recover(journal)).toMatchObject({ cutBytes: 0, added: 0 })
    }
  })

  it('holes and garbage behind the last sync are written again', () => {
    const bytes = Buffer.from(text(journal))
    const floor = Buffer.byteLength(text(entries(2)))
    for (let at = floor; at < bytes.length; at += 11) {
      for (const fill of [0, 0x0a, 0x7b, 0xff]) {
        place(Buffer.from(bytes).fill(fill, at, Math.min(bytes.length, at + 40)))
        recover(journal, 7)
        expect(content(), `${at} ${fill}`).toBe(text(journal))
      }
    }
  })

  it('lines whose facts never became durable are cut', () => {
    place(text(entries(9)))
    expect(recover(journal)).toMatchObject({ ok: true, added: 0, cutBytes: Buffer.byteLength(text(entries(9))) - Buffer.byteLength(text(journal)) })
    expect(content()).toBe(text(journal))
  })

  it('a line with the right number and another content was never a fact', () => {
    place(text([...entries(5), { ...entry(6), payload: { symbol: 'OTHER' } }, entry(7)]))
    recover(journal)
    expect(content()).toBe(text(journal))
  })

  it('lines up to the floor are not touched, not even read twice', () => {
    place(text(entries(6)).replace('BTCUSDT', 'SEALED!'))
    expect(recover(journal, 10)).toMatchObject({ cutBytes: 0, added: 0 })
    expect(content()).toContain('SEALED!')
  })

  it('a long file is read from its end', () => {
    const many = Array.from({ length: 4000 }, (_, index) => ({ ...entry(index + 1), payload: { fill: 'y'.repeat(700) } }))
    place(text(many).slice(0, -100))
    expect(recover(many, 3)).toMatchObject({ ok: true, added: 1 })
    expect(content()).toBe(text(many))
    expect(recover(many, many.at(-1)?.seq)).toMatchObject({ cutBytes: 0, added: 0 })
  })
})

describe('a log that cannot be synced', () => {
  it('is not synced again on the way to a new file: signals are refused', async () => {
    const io = faultyIo('fdatasync', 1, 'EIO')
    const synced: number[] = []
    const log = new AuditLog(path(), { ...io, fdatasyncSync: (fd) => void synced.push(fd) })
    append(log, entries(1))
    await expect(log.sync()).rejects.toThrow('EIO')
    fs.renameSync(path(), `${path()}.old`)
    const before = synced.length
    expect(log.append(6, 0, {})).toMatchObject({ ok: false, message: expect.stringMatching(/could not be synced.*restart LOMS\. Until then signals are refused/) as string })
    expect(synced).toHaveLength(before)
  })

  it('has nothing to sync before its first line', async () => {
    await new AuditLog(path(), faultyIo('fdatasync', 1, 'EIO')).sync()
  })
})

describe('what people do to it', () => {
  const journal = entries(6)

  it('moved away while stopped: a new file begins, nothing older is added', () => {
    expect(recover(journal)).toMatchObject({ ok: true, added: 0, remarks: [expect.stringContaining('begins again') as string] })
    expect(fs.existsSync(path())).toBe(false)
  })

  it('moved away while running, then a crash: the new file is completed from its own first line', () => {
    place(text([entry(3), entry(4)]))
    expect(recover(journal, 2)).toMatchObject({ added: 2 })
    expect(content()).toBe(text(entries(6).slice(2)))
  })

  it('a new journal without a log begins without a word', () => {
    const log = new AuditLog(path())
    expect(log.recover({ floorSeq: 0, durableSeq: 0, missing: () => [] })).toEqual({ ok: true, cutBytes: 0, added: 0, remarks: [] })
  })

  it.each([['an empty line', '\n'], ['a line that is no object', 'null\n'], ['a number', '42\n'], ['no JSON', 'hello\n']])('%s in front is not ours, and no other program\'s: it is written again', (_, front) => {
    place(front + text(entries(6)))
    recover(journal)
    expect(content()).toBe(text(journal))
  })

  it('lines of another program in front are left alone', () => {
    const foreign = '{"type":"bounce_signal","ts":"2025-01-01T00:00:00Z","payload":{}}\n'
    place(foreign + text(entries(7)))
    recover(journal)
    expect(content()).toBe(foreign + text(journal))
    expect(recover([])).toMatchObject({ ok: true })
  })

  it('a new journal beside an old audit log keeps the old lines in a file of their own', () => {
    place(text(entries(4)))
    const log = new AuditLog(path())
    const result = log.recover({ floorSeq: 0, durableSeq: 0, missing: () => [] })
    expect(result).toMatchObject({ ok: true, cutBytes: 0, remarks: [expect.stringContaining(`${path()}.1`) as string] })
    append(log, [entry(1)])
    expect(content()).toBe(text([entry(1)]))
    expect(content(`${path()}.1`)).toBe(text(entries(4)))
  })
})
