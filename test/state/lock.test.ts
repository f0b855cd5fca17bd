import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { lockDirectory } from '../../state/lock.ts'
import { temporaryDirectory } from './journal-records.ts'

const HOLDER = fileURLToPath(new URL('lock-holder.ts', import.meta.url))

async function holder(directory: string, command: string): Promise<{ readonly child: ChildProcess; readonly says: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, directory, command], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [says] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, says: says.toString() }
}

describe.each([
  ['flock', 'flock'],
  ['an abstract socket where flock is missing', 'no-such-flock'],
])('the lock of a data directory by %s', (_, command) => {
  it('is held against other processes and against this one, and is free after kill -9', async () => {
    const { path, remove } = temporaryDirectory()
    const first = await holder(path, command)
    expect(first.says).toBe('held')
    expect(lockDirectory(path, command)).toMatchObject({ ok: false, code: 'locked', message: expect.stringContaining(path) as string })
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const own = lockDirectory(path, command)
    expect(own.ok).toBe(true)
    expect(lockDirectory(path, command)).toMatchObject({ ok: false, code: 'locked' })
    if (own.ok) own.lock.release()
    expect(lockDirectory(path, command).ok).toBe(true)
    remove()
  })
})

it.each<readonly [string, (directory: string) => string, RegExp]>([
  ['ends in another way', () => 'sh', /cannot be locked: flock ended with \d+ \(.+\)/],
  ['cannot be run', (directory) => directory, /cannot be locked: flock ended with null \(.*EACCES.*\)/],
])('a helper that %s is no lock, and no proof that somebody else has it', (_, command, message) => {
  const { path, remove } = temporaryDirectory()
  expect(lockDirectory(path, command(path))).toMatchObject({ ok: false, code: 'io', message: expect.stringMatching(message) as string })
  remove()
})

it('two directories are two locks', () => {
  const [a, b] = [temporaryDirectory(), temporaryDirectory()]
  expect([lockDirectory(a.path).ok, lockDirectory(b.path).ok]).toEqual([true, true])
  a.remove()
  b.remove()
})
