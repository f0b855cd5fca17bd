/** What stands in a backup, and whether it still does. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'

export const MANIFEST = 'manifest.json'
export type BackedUpFile = { readonly path: string; readonly bytes: number; readonly sha256: string }
export type Manifest = {
  readonly format: 1
  readonly loms: string
  readonly created_at: string
  readonly source: string
  readonly journal_id: string | null
  /** The last record in it. */
  readonly durable_seq: number
  /** Of the state after that record. */
  readonly state_hash: string
  readonly files: readonly BackedUpFile[]
}
export type ManifestReading = { readonly ok: true; readonly manifest: Manifest } | { readonly ok: false; readonly message: string }

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fs.createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

export function readManifest(directory: string): ManifestReading {
  const file = join(directory, MANIFEST)
  try {
    const manifest = JSON.parse(fs.readFileSync(file, 'utf8')) as Partial<Manifest>
    if (manifest.format !== 1 || !Array.isArray(manifest.files)) return { ok: false, message: `${file} is not the manifest of a LOMS backup of this format` }
    if (!manifest.files.every(isInside)) return { ok: false, message: `${file} names a file outside the backup` }
    return { ok: true, manifest: manifest as Manifest }
  } catch (error) {
    return { ok: false, message: `${directory} is no LOMS backup: ${error instanceof Error ? error.message : String(error)}` }
  }
}

const isInside = ({ path }: BackedUpFile): boolean => typeof path === 'string' && /^[\w.-]+(\/[\w.-]+)*$/.test(path) && !path.split('/').includes('..')

/** Files that differ from what the manifest says, one readable line each. */
export async function differences(directory: string, manifest: Manifest): Promise<readonly string[]> {
  const found: string[] = []
  for (const { path, bytes, sha256 } of manifest.files) {
    const file = join(directory, path)
    const size = fs.statSync(file, { throwIfNoEntry: false })?.size
    if (size === undefined) found.push(`${path} is missing`)
    else if (size !== bytes) found.push(`${path} has ${size} bytes instead of ${bytes}`)
    else if ((await sha256Of(file)) !== sha256) found.push(`${path} was changed`)
  }
  return found
}
