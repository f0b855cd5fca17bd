/** The evidence of a panic (SPEC K-3): what happened in the hour before it, in one file. Made after the proof, never instead of it. */
import { resolve } from 'node:path'
import type { LomsClient } from '../http-client.ts'
import type { BundleOptions, BundleOutcome } from './bundle.ts'

const BEFORE_MS = 3_600_000

export type Evidence = {
  readonly bundle: (source: string | null, file: string, slice: BundleOptions['slice'], now: Date) => Promise<BundleOutcome>
  /** Data directory by the settings of this process. */
  readonly dataDirectory: () => Promise<{ readonly ok: true; readonly directory: string } | { readonly ok: false; readonly problems: readonly string[] }>
  readonly now: () => Date
}
export type PanicBundle = { readonly file: string | null; readonly problems: readonly string[] }

/** `dataDir`: where the journal of this panic is; null: nobody knows on this machine. */
export async function bundlePanic(evidence: Evidence, dataDir: string | null): Promise<PanicBundle> {
  if (dataDir === null) return { file: null, problems: ['the data directory of the service is not known here'] }
  const own = await evidence.dataDirectory()
  // Its audit log is where the settings of this process say, if the directory is.
  const source = own.ok && resolve(own.directory) === resolve(dataDir) ? null : dataDir
  const now = evidence.now()
  const from = new Date(now.getTime() - BEFORE_MS).toISOString()
  const file = resolve(`loms-panic-${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.jsonl`)
  const made = await evidence.bundle(source, file, { kind: 'span', from: { kind: 'time', at: from }, to: null }, now)
  return made.ok ? { file: made.bundle.file, problems: [] } : { file: null, problems: made.problems }
}

/** Where a service on this machine keeps its journal, by what it says of itself. */
export async function dataDirOf(client: LomsClient): Promise<string | null> {
  const health = await client.get<{ readonly database_url?: unknown }>('/health', 'object')
  const url = health.kind === 'ok' ? health.body.database_url : null
  return typeof url === 'string' && url.startsWith('file:') ? url.slice('file:'.length) : null
}
