/**
 * One process per data directory, by a lock that the kernel drops with the process, however it ends. `flock` locks the
 * open file description behind an inherited descriptor: the helper exits, our descriptor keeps the lock. Where there is
 * no `flock` command, the name of an abstract socket does the same (within one network namespace). Never a pid file: it
 * outlives its process, and pids come again.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { errorCode } from './io.ts'

export type Lock = { release(): void }
export type LockResult =
  | { readonly ok: true; readonly lock: Lock }
  | { readonly ok: false; readonly code: 'locked' | 'io'; readonly message: string }

const LOCK_FILE = 'lock'

/** Takes the directory for this process, or says that another one has it. The directory must exist. */
export function lockDirectory(directory: string, command = 'flock'): LockResult {
  const path = join(directory, LOCK_FILE)
  const fd = fs.openSync(path, 'a')
  const helper = spawnSync(command, ['-n', '3'], { stdio: ['ignore', 'ignore', 'pipe', fd], encoding: 'utf8' })
  if (helper.status === 0) return { ok: true, lock: { release: () => fs.closeSync(fd) } }
  fs.closeSync(fd)
  if (helper.error && errorCode(helper.error) === 'ENOENT') return lockBySocket(directory)
  if (helper.status === 1) return locked(directory)
  const why = helper.error?.message ?? helper.stderr.trim()
  return { ok: false, code: 'io', message: `The data directory ${directory} cannot be locked: flock ended with ${helper.status} (${why}).` }
}

/** The lock without a helper process. */
export function lockBySocket(directory: string): LockResult {
  const { dev, ino } = fs.statSync(directory)
  const server = createServer()
  // A failed bind is also reported later as an event; `listening` tells at once.
  server.on('error', () => undefined)
  server.listen(`\0loms-${dev}-${ino}`)
  if (!server.listening) return locked(directory)
  server.unref()
  return { ok: true, lock: { release: () => server.close() } }
}

const locked = (directory: string): LockResult => ({
  ok: false,
  code: 'locked',
  message: `Another LOMS is using the data directory ${directory}. Stop it, or give this one its own (DATA_DIR). The lock ends with its process; there is no file to remove.`,
})
