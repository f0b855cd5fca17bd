/**
 * Finished positions, for ever: one JSON line each in a rows file, and fixed columns in memory for filters, pages and
 * statistics (64 bytes per position). Derived from the journal: it is synced at checkpoints, its lengths (`mark`) go
 * into the checkpoint, and `open` goes back to them; the fold of the tail adds the rest again.
 *
 * The same class serves files and memory. Nothing here throws on a full disk: rows wait in memory, and `sync` says so.
 */
import { join } from 'node:path'
import { assert } from '../src/domain/assert.ts'
import type { ClosedPosition, GroupedStats, PositionFilter, StatsGroup } from '../src/domain/wire.ts'
import { DiskFile, MemoryFile, type ByteFile } from './byte-file.ts'
import { protectedLine, protectedMembers } from './codec.ts'
import { closedAt, CODED, codeAt, createdAt, HistoryColumns, isCancelled, pnl, type Chunk, type CodedField } from './history-columns.ts'
import { StatisticsCollector, utcDay } from './history-statistics.ts'
import type { FileIo } from './io.ts'
import { NameTable, type NameMark } from './name-table.ts'

export type HistoryFiles = { readonly rows: ByteFile; readonly index: ByteFile; readonly names: ByteFile }

/** Where the history stood at a checkpoint; JSON. */
export type HistoryMark = {
  readonly finished: number
  readonly maxId: number
  readonly rowBytes: number
  readonly names: NameMark
  readonly checksum: number
}
export type HistoryResult = { readonly ok: true; readonly history: History } | { readonly ok: false; readonly message: string }

/** The files of a data directory. */
export const historyFiles = (directory: string, io?: FileIo): HistoryFiles => ({
  rows: new DiskFile(join(directory, 'history.jsonl'), io),
  index: new DiskFile(join(directory, 'history.idx'), io),
  names: new DiskFile(join(directory, 'history.names'), io),
})
/** The same in memory. */
export const memoryFiles = (): HistoryFiles => ({ rows: new MemoryFile(), index: new MemoryFile(), names: new MemoryFile() })

const EMPTY: HistoryMark = { finished: 0, maxId: 0, rowBytes: 0, names: { names: 0, bytes: 0 }, checksum: 0 }
/** Rows gathered before they are written. */
const FLUSH_BYTES = 65_536
const DAY_MS = 86_400_000

export class History {
  readonly #files: HistoryFiles
  readonly #columns: HistoryColumns
  readonly #names: NameTable
  #rowBytes: number
  /** Rows not written yet, by id, in order. */
  #pending = new Map<number, Buffer>()
  #pendingBytes = 0

  private constructor(files: HistoryFiles, columns: HistoryColumns, names: NameTable, rowBytes: number) {
    this.#files = files
    this.#columns = columns
    this.#names = names
    this.#rowBytes = rowBytes
  }

  /**
   * The history as of a mark; null = empty. Later content is dropped. If the files do not hold what the mark says, the
   * message tells why: open it with null then, and fold the whole journal.
   */
  static open(files: HistoryFiles, mark: HistoryMark | null): HistoryResult {
    const { finished, maxId, rowBytes, names: nameMark, checksum } = mark ?? EMPTY
    const refused = (why: string): HistoryResult => ({ ok: false, message: `The history is rebuilt from the journal: ${why}` })
    if (files.rows.size < rowBytes) return refused(`${files.rows.name} has ${files.rows.size} bytes instead of ${rowBytes}`)
    const names = NameTable.open(files.names, nameMark)
    if (!names) return refused(`${files.names.name} does not hold the ${nameMark.names} names it had`)
    const columns = new HistoryColumns()
    const problem = columns.load(files.index, finished, maxId, rowBytes)
    if (problem) return refused(`${files.index.name}: ${problem}`)
    if (columns.checksum !== checksum) return refused(`${files.index.name}: its checksum is wrong`)
    files.rows.truncate(rowBytes)
    if (finished === 0) files.index.truncate(0)
    return { ok: true, history: new History(files, columns, names, rowBytes) }
  }

  /** Number of finished positions, cancelled ones included. */
  get size(): number {
    return this.#columns.finished
  }

  has(id: number): boolean {
    return this.#columns.has(id)
  }

  /** Adds a position that has finished; once per id. */
  add(row: ClosedPosition): void {
    const { view } = row
    assert(view.status !== 'open', `position ${view.id} has finished`)
    const line = Buffer.from(protectedLine(JSON.stringify(row).slice(1)))
    const code = (name: string | null): number => this.#names.intern(name)
    this.#columns.add(view.id, {
      createdAt: Date.parse(view.created_at),
      closedAt: view.closed_at === null ? NaN : Date.parse(view.closed_at),
      pnl: view.pnl ?? 0,
      fees: view.fees,
      rowOffset: this.#rowBytes,
      rowLength: line.length,
      codes: {
        symbol: code(view.symbol),
        strategy: code(view.strategy),
        exchange: code(view.exchange),
        account: code(view.account_label),
        reason: code(view.auto_close_reason),
      },
      short: view.side === 'short',
      cancelled: view.status === 'cancelled',
    })
    this.#rowBytes += line.length
    this.#pending.set(view.id, line)
    this.#pendingBytes += line.length
    if (this.#pendingBytes >= FLUSH_BYTES) this.#tryFlush()
  }

  /** A finished position; undefined if there is none with this id. Throws if its row was changed on the disk. */
  row(id: number): ClosedPosition | undefined {
    if (!this.#columns.has(id)) return undefined
    const { offset, length } = this.#columns.row(id)
    const line = this.#pending.get(id) ?? this.#files.rows.read(offset, length)
    const members = protectedMembers(line.subarray(0, -1))
    if (members === undefined) throw new Error(`${this.#files.rows.name}, byte ${offset}: the row of position ${id} is damaged. Move the history.* files away and restart: they are rebuilt from the journal.`)
    return JSON.parse(`{${members}`) as ClosedPosition
  }

  /** Finished positions so far, cancelled ones included. */
  get finished(): number {
    return this.#columns.finished
  }
  /** Ids in the order in which they finished, from the n-th (from 0), at most `limit`. */
  idsInClosingOrder(n: number, limit: number): number[] {
    return Array.from({ length: Math.max(0, Math.min(limit, this.finished - n)) }, (_, index) => this.#columns.nthFinished(n + index))
  }

  /** How many match. */
  count(filter: PositionFilter): number {
    const matches = this.#matcher(filter)
    let count = 0
    if (matches) this.#columns.byId('up', 0, (_, chunk, slot) => ((count += matches(chunk, slot) ? 1 : 0), true))
    return count
  }

  /** Ids that match and are greater than `after`, ascending, at most `limit`. */
  idsAfter(after: number, limit: number, filter: PositionFilter): number[] {
    return this.#ids('up', after, limit, filter)
  }

  /** The `limit` greatest ids that match, ascending. */
  newestIds(limit: number, filter: PositionFilter): number[] {
    return this.#ids('down', 0, limit, filter).reverse()
  }

  #ids(direction: 'up' | 'down', after: number, limit: number, filter: PositionFilter): number[] {
    const matches = this.#matcher(filter)
    const ids: number[] = []
    if (!matches || limit <= 0) return ids
    this.#columns.byId(direction, after, (id, chunk, slot) => {
      if (matches(chunk, slot)) ids.push(id)
      return ids.length < limit
    })
    return ids
  }

  /** Figures of what matches, and per group in order of its name; open positions are not known here. */
  statistics(filter: PositionFilter, groupBy?: StatsGroup): GroupedStats {
    const matches = this.#matcher(filter)
    const total = new StatisticsCollector()
    const groups = new Map<number, StatisticsCollector>()
    const key = groupKey(groupBy)
    const [tp, sl] = [this.#names.code('tp'), this.#names.code('sl')]
    this.#columns.inClosingOrder((chunk, slot) => {
      if (!matches?.(chunk, slot)) return
      let group: StatisticsCollector | undefined
      if (key) {
        const of = key(chunk, slot)
        group = groups.get(of)
        if (!group) groups.set(of, (group = new StatisticsCollector()))
      }
      if (isCancelled(chunk, slot)) {
        total.addCancelled()
        group?.addCancelled()
        return
      }
      const code = codeAt(chunk, slot, CODED.reason)
      const reason = code === tp ? 'tp' : code === sl ? 'sl' : 'other'
      const [created, closed, gain] = [createdAt(chunk, slot), closedAt(chunk, slot), pnl(chunk, slot)]
      total.addClosed(gain, reason, created, closed)
      group?.addClosed(gain, reason, created, closed)
    })
    if (!groupBy) return total.result()
    const name = (of: number): string => (groupBy === 'day' ? utcDay(of * DAY_MS) : (this.#names.name(of) ?? 'none'))
    const named = [...groups].map(([of, group]) => [name(of), group.result()] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    return { ...total.result(), groups: Object.fromEntries(named) }
  }

  /** Where it stands now. Take it together with the state, then `sync`, then write the checkpoint. */
  mark(): HistoryMark {
    const { finished, maxId, checksum } = this.#columns
    return { finished, maxId, rowBytes: this.#rowBytes, names: this.#names.mark(), checksum }
  }

  /** Resolves when every mark taken so far can be opened after a power loss; rejects with the system's error. */
  async sync(): Promise<void> {
    this.#flush()
    this.#names.flush()
    this.#columns.flush(this.#files.index)
    const { rows, index, names } = this.#files
    await Promise.all([rows.sync(), index.sync(), names.sync()])
  }

  close(): void {
    for (const file of Object.values(this.#files)) file.close()
  }

  #flush(): void {
    if (this.#pendingBytes === 0) return
    this.#files.rows.write(Buffer.concat([...this.#pending.values()]), this.#rowBytes - this.#pendingBytes)
    this.#pending = new Map()
    this.#pendingBytes = 0
  }

  #tryFlush(): void {
    try {
      this.#flush()
    } catch {
      // Still in memory; the next `sync` tries again and reports it.
    }
  }

  /** A test of one slot; undefined if nothing can match. */
  #matcher(filter: PositionFilter): ((chunk: Chunk, slot: number) => boolean) | undefined {
    if (filter.status === 'open') return undefined
    const wanted = { symbol: filter.symbol, strategy: filter.strategy, exchange: filter.exchange, account: filter.accountLabel }
    const fields: number[] = []
    const codes: number[] = []
    for (const [field, name] of Object.entries(wanted) as [CodedField, string | undefined][]) {
      if (name === undefined) continue
      const code = this.#names.code(name)
      if (code === undefined) return undefined
      fields.push(CODED[field])
      codes.push(code)
    }
    const { status, from = -Infinity, to = Infinity } = filter
    return (chunk, slot) => {
      for (let index = 0; index < fields.length; index++) if (codeAt(chunk, slot, fields[index] as number) !== codes[index]) return false
      if (status !== undefined && isCancelled(chunk, slot) !== (status === 'cancelled')) return false
      const created = createdAt(chunk, slot)
      return created >= from && created < to
    }
  }
}

/** A cancelled position without a closing time counts on the day it was created. */
function finishedAt(chunk: Chunk, slot: number): number {
  const at = closedAt(chunk, slot)
  return at === at ? at : createdAt(chunk, slot)
}

function groupKey(groupBy: StatsGroup | undefined): ((chunk: Chunk, slot: number) => number) | undefined {
  if (groupBy === undefined) return undefined
  if (groupBy === 'day') return (chunk, slot) => Math.floor(finishedAt(chunk, slot) / DAY_MS)
  const field = CODED[groupBy]
  return (chunk, slot) => codeAt(chunk, slot, field)
}
