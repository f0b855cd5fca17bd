/** Directories for runs by the thousand: in memory where the system has such a place, and locked without a helper process. */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiskState } from './operations.ts'

const FAST = '/dev/shm'

export function temporaryPlace(): { readonly path: string; readonly remove: () => void } {
  const path = fs.mkdtempSync(join(fs.existsSync(FAST) ? FAST : tmpdir(), 'loms-crash-'))
  return { path, remove: () => fs.rmSync(path, { recursive: true, force: true }) }
}

/** Makes a directory hold exactly this. */
export function writeDisk(directory: string, { files, directories }: DiskState): void {
  fs.rmSync(directory, { recursive: true, force: true })
  for (const path of [...directories].sort()) fs.mkdirSync(join(directory, path), { recursive: true })
  for (const [path, bytes] of files) fs.writeFileSync(join(directory, path), bytes)
}

/**
 * Without the `flock` command the lock of a data directory is a socket, which saves a process per start. For runs that
 * are about what is in the directory, not about who owns it.
 */
export async function withSocketLocks<T>(run: () => Promise<T>): Promise<T> {
  const path = process.env['PATH']
  process.env['PATH'] = ''
  try {
    return await run()
  } finally {
    if (path === undefined) delete process.env['PATH']
    else process.env['PATH'] = path
  }
}
