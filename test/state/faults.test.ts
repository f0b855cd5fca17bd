/** A disk that fails: what was acknowledged stays, what was refused can be tried again, a failed sync is never trusted. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FileStore } from '../../state/file-store.ts'
import type { FileIo } from '../../state/io.ts'
import { FAULTS, faultyIo, OPERATIONS } from './faulty-io.ts'
import { batches, PARTITION, record, temporaryDirectory } from './journal-records.ts'
import { checkpointAt, opened } from './store.contract.ts'

const ALL = batches([1, 3, 2, 1, 4, 2, 3, 1, 2, 3])
const segmentBytes = 1500

type Run = { readonly acknowledged: number; readonly codes: readonly string[] }

/** Appends everything with two checkpoints in between; a batch without room is tried once more. */
async function workload(directory: string, io: FileIo): Promise<Run> {
  const store = new FileStore({ directory, segmentBytes, plainSegments: 1, io })
  const result = store.open()
  if (!result.ok) return { acknowledged: 0, codes: [result.code] }
  const codes: string[] = []
  let acknowledged = 0
  for (const [number, batch] of ALL.entries()) {
    const append = async (): Promise<string> => {
      const answer = await store.append(PARTITION, acknowledged + 1, result.recovered.epoch, batch)
      return answer.ok ? 'ok' : answer.code
    }
    let code = await append()
    if (code === 'no_space') {
      codes.push(code)
      code = await append()
    }
    if (code === 'ok') acknowledged = batch.at(-1)?.seq ?? 0
    else codes.push(code)
    if (number % 4 === 3) await store.checkpoint(checkpointAt(acknowledged)).catch(() => codes.push('checkpoint'))
  }
  await store.close()
  return { acknowledged, codes }
}

describe('the k-th call fails', () => {
  for (const operation of OPERATIONS) {
    it(`${operation}: for every k and every fault, nothing acknowledged is lost, nothing half is kept`, async () => {
      for (const fault of FAULTS) {
        for (let k = 1; ; k++) {
          const directory = temporaryDirectory()
          const io = faultyIo(operation, k, fault)
          const run = await workload(directory.path, io)
          const restarted = new FileStore({ directory: directory.path, segmentBytes })
          const recovered = opened(restarted)
          const what = `${operation} ${k} ${fault}: ${run.codes.join()}`
          expect(recovered.durableSeq, what).toBeGreaterThanOrEqual(run.acknowledged)
          expect([0, ...ALL.map((batch) => batch.at(-1)?.seq)], what).toContain(recovered.durableSeq)
          expect([...restarted.read(1, recovered.durableSeq)], what).toEqual(ALL.flat().slice(0, recovered.durableSeq))
          if (!io.happened()) expect(run).toEqual({ acknowledged: 22, codes: [] })
          await restarted.close()
          directory.remove()
          if (!io.happened()) break
        }
      }
    })
  }

  it('a failed fdatasync poisons the store for ever', async () => {
    const directory = temporaryDirectory()
    const store = new FileStore({ directory: directory.path, io: faultyIo('fdatasync', 3, 'EIO') })
    const { epoch } = opened(store)
    const answers: unknown[] = []
    for (const seq of [1, 2, 3, 3, 3]) answers.push(await store.append(PARTITION, seq, epoch, [record(seq, seq)]))
    expect(answers).toMatchObject([{ ok: true }, { ok: true }, { code: 'poisoned' }, { code: 'poisoned' }, { code: 'poisoned' }])
    expect(answers[2]).toMatchObject({ message: expect.stringMatching(/record 2.*EIO.*restart/s) as string })
    await store.close()
    directory.remove()
  })

  it('no room: the batch is taken back to the last byte and the same batch works when there is room again', async () => {
    const directory = temporaryDirectory()
    for (const fault of ['ENOSPC', 'short'] as const) {
      // The seal, a batch, blanks behind it, and the batch that fails.
      const store = new FileStore({ directory: join(directory.path, fault), io: faultyIo('writeSync', 4, fault) })
      const { epoch } = opened(store)
      await store.append(PARTITION, 1, epoch, [record(1, 1)])
      const { bytes } = store.describe()
      expect(await store.append(PARTITION, 2, epoch, [record(2, 2)])).toMatchObject({ ok: false, code: 'no_space' })
      expect(fs.statSync(join(directory.path, fault, 'journal', '000000000001.jsonl')).size).toBe(bytes)
      expect(await store.append(PARTITION, 2, epoch, [record(2, 3)])).toEqual({ ok: true })
      expect([...store.read(1, 9)]).toEqual([record(1, 1), record(2, 3)])
      await store.close()
    }
    directory.remove()
  })
})

it('no room for blanks is no failure: the batch before them counts, the file ends with it', async () => {
  const directory = temporaryDirectory()
  for (const fault of ['ENOSPC', 'short'] as const) {
    const path = join(directory.path, fault)
    const store = new FileStore({ directory: path, io: faultyIo('writeSync', 3, fault) })
    const { epoch } = opened(store)
    expect(await store.append(PARTITION, 1, epoch, [record(1, 1)])).toEqual({ ok: true })
    expect(fs.statSync(join(path, 'journal', '000000000001.jsonl')).size).toBe(store.describe().bytes)
    expect(await store.append(PARTITION, 2, epoch, [record(2, 2)])).toEqual({ ok: true })
    expect([...store.read(1, 9)]).toEqual([record(1, 1), record(2, 2)])
    await store.close()
  }
  directory.remove()
})

describe('a full disk', () => {
  it('a real one (128 kB, seen by a child process only): refused without loss, goes on when there is room', (context) => {
    const directory = temporaryDirectory()
    const script = fileURLToPath(new URL('full-disk.ts', import.meta.url))
    // In a mount namespace of its own: nothing is left mounted, however the child ends.
    const command = `mount -t tmpfs -o size=128k tmpfs "$0" || exit 77; exec "$1" --import tsx "$2" "$0"`
    const child = spawnSync('unshare', ['-m', 'sh', '-c', command, directory.path, process.execPath, script], { encoding: 'utf8' })
    directory.remove()
    if (child.error || child.stderr.startsWith('unshare:') || child.status === 77) {
      context.skip('needs the right to mount a tmpfs in its own namespace')
      return
    }
    expect(child.stderr).toBe('')
    const outcome = JSON.parse(child.stdout) as { kept: number; readBack: number[]; codes: string[]; restart: string }
    expect(outcome.kept).toBeGreaterThan(60)
    expect(outcome.codes).toEqual(new Array(6).fill('no_space'))
    expect(outcome.readBack).toEqual(Array.from({ length: outcome.kept }, (_, index) => index + 1))
    // Without room for its seal the start says so; with room it finds everything.
    expect(outcome.restart).toMatch(/^(io: .*ENOSPC.*)|(ok)$/)
  })
})
