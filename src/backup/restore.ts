/**
 * `loms restore`: a backup becomes a data directory again. What was there is moved aside, never deleted; nothing is
 * touched before the backup has been proven whole.
 */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { lockDirectory } from '../../state/lock.ts'
import { ensureDirectory, errorText, nodeIo } from '../../state/io.ts'
import { copyDurably } from './backup.ts'
import { proveJournal } from './journal-proof.ts'
import { differences, readManifest, type Manifest } from './manifest.ts'

export type RestoreOptions = { readonly backup: string; readonly dataDir: string; readonly auditLog: string; readonly at: Date }
export type RestoreOutcome = { readonly ok: true; readonly manifest: Manifest; readonly movedTo: string | null } | { readonly ok: false; readonly message: string }

export async function restore(options: RestoreOptions): Promise<RestoreOutcome> {
  const read = readManifest(options.backup)
  if (!read.ok) return read
  const { manifest } = read
  const wrong = await differences(options.backup, manifest)
  if (wrong.length > 0) return { ok: false, message: `The backup is damaged, nothing was changed: ${wrong.join('; ')}` }
  try {
    return restoreProven(options, manifest)
  } catch (error) {
    return { ok: false, message: `The restore failed: ${errorText(error)}` }
  }
}

function restoreProven({ backup, dataDir, auditLog, at }: RestoreOptions, manifest: Manifest): RestoreOutcome {
  const incoming = `${dataDir}.incoming`
  fs.rmSync(incoming, { recursive: true, force: true })
  for (const { path } of manifest.files) {
    // The audit log goes to the place it has by the settings, which may lie elsewhere.
    const target = path.includes('/') ? join(incoming, path) : join(incoming, basename(auditLog))
    ensureDirectory(nodeIo, dirname(target))
    copyDurably(join(backup, path), target)
  }
  const proof = proveJournal(incoming)
  if (!proof.ok || proof.seq !== manifest.durable_seq) return { ok: false, message: `The restored journal cannot be read, nothing was changed: ${proof.ok ? `it ends at ${proof.seq}, not ${manifest.durable_seq}` : proof.message}` }
  const locked = fs.existsSync(dataDir) ? lockDirectory(dataDir) : null
  if (locked && !locked.ok) return { ok: false, message: locked.message }
  const stamp = at.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '_')
  const movedTo = locked ? `${dataDir}.before-restore-${stamp}` : null
  if (movedTo) fs.renameSync(dataDir, movedTo)
  fs.renameSync(incoming, dataDir)
  nodeIo.fsyncDirectorySync(dirname(dataDir))
  if (locked?.ok) locked.lock.release()
  placeAudit(dataDir, auditLog, stamp)
  return { ok: true, manifest, movedTo }
}

function placeAudit(dataDir: string, auditLog: string, stamp: string): void {
  const restored = join(dataDir, basename(auditLog))
  if (dirname(auditLog) === dataDir || !fs.existsSync(restored)) return
  ensureDirectory(nodeIo, dirname(auditLog))
  if (fs.existsSync(auditLog)) fs.renameSync(auditLog, `${auditLog}.before-restore-${stamp}`)
  copyDurably(restored, auditLog)
  fs.rmSync(restored)
}
