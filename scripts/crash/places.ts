/** Directories for runs by the thousand: in memory where the system has such a place. */
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
