/** `loms replay`: the state at any moment of a journal, and whether the journal still proves it. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import type { Replay, ReplayComparison, ReplayOptions, ReplayOutcome } from '../cli/commands/replay.ts'
import { isBundleLine, readBundle } from '../inspect/bundle.ts'
import { memoryReadModel } from '../runtime/read-model-files.ts'
import { ReadModel } from '../runtime/read-model.ts'
import { stateHash } from '../../state/canonical.ts'
import { readJournal, type ReadableJournal } from '../../state/journal-reading.ts'
import { replay as fold, type Replayed, type Until } from '../../state/replay.ts'
import type { Checkpoint } from '../../state/store.ts'
import { readOnlyStore } from './read-only-store.ts'
import { NEWEST, Timeline } from './timeline.ts'

export function replayJournal(options: ReplayOptions): ReplayOutcome {
  const opened = openSource(options.source)
  if (!opened.ok) return { ok: false, problems: [opened.message] }
  const { journal } = opened
  const until: Until = options.until === null ? {} : options.until.kind === 'seq' ? { seq: options.until.seq } : { at: Date.parse(options.until.at) }
  const readModel = new ReadModel(memoryReadModel(), readOnlyStore(journal))
  readModel.restore(null)
  const timeline = new Timeline(journal.whole || options.positionId !== null ? Infinity : NEWEST, options.positionId)
  const replayed = fold({
    records: () => journal.records(), until, ...(journal.start ? { checkpoint: journal.start } : {}),
    follow: (group, applied) => {
      readModel.follow(group, applied)
      timeline.add(group, applied.touched.map(({ context }) => context.id))
    },
  })
  readModel.attach(replayed.core, () => undefined)
  const hash = stateHash(replayed.core.dump())
  const settings = replayed.core.hasSettings ? replayed.core.settings : null
  const trading = settings ? replayed.core.ledger(settings.accountLabel).trading : { state: 'none', reason: null }
  const replay: Replay = {
    seq: replayed.seq,
    at: replayed.at === null ? null : new Date(replayed.at).toISOString(),
    records: replayed.records,
    state_hash: hash,
    trading,
    positions: readModel.positions({ status: 'open' }, { limit: Infinity }).items,
    stats: readModel.stats({}, undefined),
    divergence: [...replayed.outputDifferences, ...replayed.hashDifferences].sort((a, b) => a.seq - b.seq)[0] ?? null,
    timeline: timeline.entries,
    timeline_left: timeline.left,
    ...(options.positionId === null ? {} : { position: readModel.position(options.positionId) ?? null }),
    ...(options.check ? { check: check(journal, replayed, until) } : {}),
  }
  return { ok: true, replay }
}

/** A journal; `start`: a bundle begins with this state. `whole`: a bundle, which is told from its first record on. */
type Source = ReadableJournal & { readonly start: Checkpoint | null; readonly whole: boolean }

function openSource(source: string): { readonly ok: true; readonly journal: Source } | { readonly ok: false; readonly message: string } {
  if (!isBundleFile(source)) {
    const opened = readJournal(source)
    return opened.ok ? { ok: true, journal: { ...opened.journal, start: null, whole: false } } : opened
  }
  const read = readBundle(readFileSync(source, 'utf8'))
  if (!read.ok) return { ok: false, message: `${source}: ${read.message}` }
  const { head, records } = read.bundle
  const { start, first_seq: first, last_seq: last, versions, remarks } = head
  const checkpoint = start && { formatVersion: 1 as const, seq: start.seq, machineVersion: versions.machine, stateHash: start.state_hash, state: { core: start.core, projection: null } }
  return { ok: true, journal: { records: (from = first) => records.slice(Math.max(0, from - first)), durableSeq: last, checkpoints: [], remarks, start: checkpoint, whole: true } }
}

function isBundleFile(source: string): boolean {
  if (!statSync(source, { throwIfNoEntry: false })?.isFile()) return false
  const descriptor = openSync(source, 'r')
  try {
    const bytes = Buffer.alloc(64)
    readSync(descriptor, bytes)
    return isBundleLine(bytes.toString('utf8'))
  } finally {
    closeSync(descriptor)
  }
}

/** Three proofs: recorded commands, recorded hashes, and every checkpoint with its tail against the full fold. */
function check(journal: Source, replayed: Replayed, until: Until): ReplayComparison[] {
  const first = (differences: Replayed['outputDifferences']): string => (differences[0] ? `first at seq ${differences[0].seq}: ${differences[0].what}` : '')
  const full = stateHash(replayed.core.dump())
  return [
    {
      name: 'commands and notices',
      ok: replayed.outputDifferences.length === 0,
      detail: first(replayed.outputDifferences) || `${replayed.outputsCompared} recorded outputs made again`,
    },
    { name: 'state hashes', ok: replayed.hashDifferences.length === 0, detail: first(replayed.hashDifferences) || `${replayed.hashesCompared} recorded hashes reached` },
    ...journal.checkpoints
      .filter((checkpoint) => checkpoint.seq <= replayed.seq)
      .map((checkpoint): ReplayComparison => {
        const tail = fold({ records: () => journal.records(checkpoint.seq + 1), until, checkpoint })
        const hash = stateHash(tail.core.dump())
        return { name: `checkpoint at seq ${checkpoint.seq}`, ok: hash === full, detail: hash === full ? 'with its tail gives the same state' : `gives ${hash.slice(0, 12)}… instead of ${full.slice(0, 12)}…` }
      }),
  ]
}
