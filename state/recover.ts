/** Checkpoint and the journal's tail become a running core. The ordinary start: there is no other. */
import type { Applied } from '../machines/applied.ts'
import { Core } from '../machines/core.ts'
import type { CoreDump } from '../machines/core-dump.ts'
import { MACHINE_VERSION } from '../machines/position.machine.ts'
import { foldedGroups, stamped, type FactGroup } from './fold.ts'
import { errorCode, errorText } from './io.ts'
import { JournalDamagedError } from './segment-reader.ts'
import type { OpenFailure, Recovered } from './store.ts'

/** The checkpoint's state: the core's, and what was derived beside it. */
export type CheckpointState = { readonly core: CoreDump; readonly projection: unknown }

/** What is folded beside the core from the same facts: histories, key indexes, event lists. */
export interface Projection {
  /** Goes back to the state of a checkpoint, or to the beginning (null). False: its files do not fit, fold everything. */
  restore(dump: unknown): boolean
  /** Takes a fact that the core has just folded, with the seqs of what it caused. */
  follow(group: FactGroup, applied: Applied, core: Core): void
}

export type RecoveredCore = { readonly core: Core; readonly folded: number; readonly fromCheckpoint: boolean; readonly remarks: readonly string[] }

/**
 * Folds what is durable. `all` reads the whole journal, for a checkpoint that cannot be used (another machine version,
 * or a projection whose files are gone).
 */
export function recover(recovered: Recovered, all: () => Recovered['tail'], projection: Projection): RecoveredCore {
  const remarks = [...recovered.remarks]
  const { checkpoint } = recovered
  const state = checkpoint?.state as CheckpointState | undefined
  const current = checkpoint !== null && checkpoint.machineVersion === MACHINE_VERSION
  if (checkpoint && !current) remarks.push(`checkpoint at seq ${checkpoint.seq} is of machine version ${checkpoint.machineVersion}, this is ${MACHINE_VERSION}: the journal is folded from its beginning`)
  const usable = current && state !== undefined && projection.restore(state.projection)
  if (current && !usable) remarks.push(`the history beside the checkpoint at seq ${checkpoint.seq} does not fit: the journal is folded from its beginning`)
  const records = usable ? recovered.tail : all()
  if (!usable) projection.restore(null)
  const core = usable ? Core.restore(state.core) : new Core()
  let folded = 0
  for (const group of foldedGroups(records, (seq, id) => core.skip(seq, id))) {
    folded += 1
    if (group.kind === 'mark') continue
    const applied = core.apply(stamped(group.fact))
    projection.follow(group, applied, core)
  }
  return { core, folded, fromCheckpoint: usable, remarks }
}

/** `recover`, with a refusal where the disk does not give what it needs; anything else that is thrown is a bug. */
export function recoverFrom(directory: string, ...parts: Parameters<typeof recover>): { readonly ok: true; readonly recovered: RecoveredCore } | OpenFailure {
  try {
    return { ok: true, recovered: recover(...parts) }
  } catch (error) {
    if (error instanceof JournalDamagedError) return { ok: false, code: 'damaged', message: error.message }
    if (errorCode(error) === '') throw error
    return { ok: false, code: 'io', message: `The files beside the journal in ${directory} cannot be opened: ${errorText(error)}. Check that they are files, readable and writable, and that the disk has room.` }
  }
}
