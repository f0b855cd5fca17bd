/** Acknowledged is durable: after kill -9, and on every disk image a power loss may leave. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { FileStore } from '../../state/file-store.ts'
import { nodeIo, type FileIo } from '../../state/io.ts'
import { batches, PARTITION, record, temporaryDirectory } from './journal-records.ts'
import { opened } from './store.contract.ts'

const CHILD = fileURLToPath(new URL('journal-child.ts', import.meta.url))

it('kill -9 in the middle of writing, five times over one journal: every acknowledged record is there', async () => {
  const { path, remove } = temporaryDirectory()
  for (let round = 1; round <= 5; round++) {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const exit = once(child, 'exit')
    let output = ''
    // Killed by what it has done, not by the clock.
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.split('\n').length > 30 + round * 7) child.kill('SIGKILL')
    })
    await exit
    const acknowledged = Number(output.split('\n').at(-2))
    const store = new FileStore({ directory: path, segmentBytes: 4000 })
    const { durableSeq } = opened(store)
    expect(durableSeq).toBeGreaterThanOrEqual(acknowledged)
    const records = [...store.read(1, durableSeq)]
    expect(records).toEqual(Array.from({ length: durableSeq }, (_, index) => record(index + 1, records[index]?.batch ?? 0)))
    await store.close()
  }
  remove()
})

/** Remembers each file's bytes as of its last successful sync. */
function syncRecorder(): { readonly io: FileIo; readonly synced: Map<string, Buffer> } {
  const names = new Map<number, string>()
  const synced = new Map<string, Buffer>()
  const note = (fd: number): void => {
    const name = names.get(fd)
    if (name) synced.set(name, fs.readFileSync(name))
  }
  const io: FileIo = {
    ...nodeIo,
    open: (path, flags) => {
      const fd = nodeIo.open(path, flags)
      names.set(fd, path)
      return fd
    },
    fdatasync: async (fd) => {
      await nodeIo.fdatasync(fd)
      note(fd)
    },
    fdatasyncSync: (fd) => {
      nodeIo.fdatasyncSync(fd)
      note(fd)
    },
    rename: (from, to) => {
      nodeIo.rename(from, to)
      const bytes = synced.get(from)
      synced.delete(from)
      if (bytes) synced.set(to, bytes)
    },
  }
  return { io, synced }
}

it('power loss after any batch, with the next one half written: what was synced holds every acknowledged record', async () => {
  const { path, remove } = temporaryDirectory()
  const { io, synced } = syncRecorder()
  const live = new FileStore({ directory: join(path, 'live'), segmentBytes: 1500, io })
  const { epoch } = opened(live)
  const all = batches([1, 3, 2, 4, 1, 2, 3, 2])
  for (const [number, batch] of all.entries()) {
    await live.append(PARTITION, batch[0]?.seq ?? 0, epoch, batch)
    const image = join(path, `image-${number}`)
    for (const [name, bytes] of synced) {
      const place = join(image, name.slice(join(path, 'live').length))
      fs.mkdirSync(join(place, '..'), { recursive: true })
      // The newest segment is followed by a write that never completed: zeros and old bytes.
      const newest = number % 2 === 0 && name === [...synced.keys()].filter((key) => key.includes('journal')).sort().at(-1)
      fs.writeFileSync(place, newest ? Buffer.concat([bytes, Buffer.alloc(4096), bytes.subarray(-50, -20)]) : bytes)
    }
    const restarted = new FileStore({ directory: image, segmentBytes: 1500 })
    const recovered = opened(restarted)
    expect([...recovered.tail]).toEqual(all.slice(0, number + 1).flat())
    await restarted.close()
  }
  await live.close()
  remove()
})

it('the batch that a failed sync left in the page cache is written again before it counts', async () => {
  const { path, remove } = temporaryDirectory()
  const first = new FileStore({ directory: path, io: { ...nodeIo, fdatasync: () => Promise.reject(new Error('EIO')) } })
  expect(await first.append(PARTITION, 1, opened(first).epoch, [record(1, 1)])).toMatchObject({ code: 'poisoned' })
  await first.close()
  const written: string[] = []
  const io: FileIo = {
    ...nodeIo,
    writeSync: (fd, bytes, position) => {
      written.push(Buffer.from(bytes).toString())
      return nodeIo.writeSync(fd, bytes, position)
    },
  }
  const second = new FileStore({ directory: path, io })
  expect(opened(second).durableSeq).toBe(1)
  expect(written.join('')).toContain('"seq":1,')
  await second.close()
  remove()
})
