/**
 * What readers ask for, folded from the same facts as the core: finished positions, the journal records of each open
 * position, and the keys under which signals are remembered. Derived; rebuilt from the journal where it is lost.
 */
import { stamp, type ExitSignalReceived, type PriceExtremes, type Stamped } from '../domain/facts.ts'
import type { PositionId } from '../domain/ids.ts'
import { naturalKey } from '../domain/signal.ts'
import type { Command } from '../domain/commands.ts'
import type { Notice } from '../domain/notices.ts'
import type { GroupedStats, OrderView, Page, PageRequest, PositionDetail, PositionEvent, PositionFilter, PositionView, StatsGroup } from '../domain/wire.ts'
import type { OrderRole } from '../domain/ids.ts'
import type { Applied } from '../../machines/applied.ts'
import type { Core } from '../../machines/core.ts'
import { stateOf } from '../../machines/registry.ts'
import { orderViews, positionView } from '../../machines/position.view.ts'
import type { FactGroup } from '../../state/fold.ts'
import { stamped } from '../../state/fold.ts'
import type { History, HistoryMark } from '../../state/history.ts'
import type { KeyIndex, KeyMark } from '../../state/key-index.ts'
import { withOpen } from './open-stats.ts'
import { assert } from '../domain/assert.ts'
import type { Projection } from '../../state/recover.ts'
import type { Store } from '../../state/store.ts'
import { ExitSignalMemory } from './exit-signal-memory.ts'
import { keyText, type KeyKind, type RememberedSignal } from './door.ts'

type Output = { readonly seq: number; readonly body: Command | Notice }
type SignalFact = Extract<Stamped, { type: 'signal.received' }>
/** With the header it came under; `seq` is that of the first signal where this one repeated it. */
type Remembered = RememberedSignal & { readonly key: string | null }

const DEFAULT_PAGE = 1000
/** Recent signals are answered from memory: their records may not be on disk yet. */
const RECENT_SIGNALS = 4096
/** A signal's answer is recorded right behind it. */
const ANSWER_WITHIN = 4

/** Opens the derived files as of a mark (null: empty); undefined: they do not fit. */
export type ReadModelFiles = {
  readonly history: (mark: HistoryMark | null) => History | undefined
  readonly keys: (mark: KeyMark | null) => KeyIndex | undefined
}

/** What a checkpoint keeps of the read model. */
type ReadModelDump = { readonly history: HistoryMark; readonly keys: KeyMark; readonly seqs: readonly (readonly [PositionId, readonly number[]])[] }

export class ReadModel implements Projection {
  #history: History | null = null
  #keys: KeyIndex | null = null
  readonly #files: ReadModelFiles
  readonly #store: Store
  readonly #seqs = new Map<PositionId, number[]>()
  /** By the seq of the signal's fact. */
  readonly #recent = new Map<number, Remembered>()
  #core: Core | null = null
  #extremes: (id: PositionId) => PriceExtremes | undefined = () => undefined

  readonly exitSignals: ExitSignalMemory

  constructor(files: ReadModelFiles, store: Store) {
    this.#files = files
    this.#store = store
    this.exitSignals = new ExitSignalMemory(() => this.keys, store)
  }

  get history(): History {
    assert(this.#history, 'the read model was restored first')
    return this.#history
  }
  get keys(): KeyIndex {
    assert(this.#keys, 'the read model was restored first')
    return this.#keys
  }

  /** Connects to the running core and to what the Books have seen. */
  attach(core: Core, extremes: (id: PositionId) => PriceExtremes | undefined): void {
    this.#core = core
    this.#extremes = extremes
  }

  restore(dump: unknown): boolean {
    const known = dump as ReadModelDump | null
    this.#history?.close()
    this.#keys?.close()
    this.#history = this.#files.history(known?.history ?? null) ?? null
    this.#keys = this.#files.keys(known?.keys ?? null) ?? null
    this.#seqs.clear()
    this.#recent.clear()
    this.exitSignals.clear()
    for (const [id, seqs] of known?.seqs ?? []) this.#seqs.set(id, [...seqs])
    return this.#history !== null && this.#keys !== null
  }

  /** Its part of a checkpoint, as of now; `sync` afterwards, before the checkpoint is written. */
  dump(): unknown {
    const seqs = [...this.#seqs.entries()].map(([id, list]) => [id, [...list]] as const)
    return { history: this.history.mark(), keys: this.keys.mark(), seqs } satisfies ReadModelDump
  }

  async sync(): Promise<void> {
    await Promise.all([this.history.sync(), this.keys.sync()])
  }

  close(): void {
    this.#history?.close()
    this.#keys?.close()
  }

  follow(group: FactGroup, applied: Applied): void {
    this.#take(stamped(group.fact), applied, group.outputs)
  }

  applied(fact: Stamped, applied: Applied, outputSeqs: readonly number[]): void {
    this.#take(fact, applied, applied.outputs.map(({ body }, index) => ({ seq: outputSeqs[index] as number, body })))
  }

  /** The signal that was received under this key and counts as the first, with its answer. */
  remembered(kind: KeyKind, value: string): RememberedSignal | undefined {
    for (const seq of this.keys.find(keyText(kind, value))) {
      const signal = this.#recent.get(seq) ?? this.#readSignal(seq)
      // Hashes nominate, the record decides.
      if (signal && keyOf(kind, signal) === value) return signal
    }
    return undefined
  }

  positions(filter: PositionFilter, page: PageRequest): Page<PositionView> {
    const open = this.#openViews().filter((view) => matches(view, filter))
    const total = this.history.count(filter) + open.length
    const newest = page.limit === undefined && page.after === undefined
    const limit = page.limit ?? DEFAULT_PAGE
    const after = page.after ?? 0
    const openIds = open.map((view) => view.id).filter((id) => id > after)
    // Ids of open and finished positions interleave; one more than asked tells whether there is a next page.
    const ids = newest
      ? [...this.history.newestIds(limit, filter), ...openIds].sort(ascending).slice(-limit)
      : [...this.history.idsAfter(after, limit + 1, filter), ...openIds].sort(ascending).slice(0, limit + 1)
    const chosen = ids.slice(0, limit)
    const openById = new Map(open.map((view) => [view.id, view]))
    const items = chosen.flatMap((id) => openById.get(id) ?? this.history.row(id)?.view ?? [])
    return { items, total, next: !newest && ids.length > limit ? (chosen.at(-1) ?? null) : null }
  }

  /** Finished positions in the order in which they finished, from the n-th (from 0): the order in which statistics count them. */
  finished(from: number, limit: number): { readonly views: readonly PositionView[]; readonly total: number } {
    return { views: this.history.idsInClosingOrder(from, limit).flatMap((id) => this.history.row(id)?.view ?? []), total: this.history.finished }
  }

  position(id: number): PositionDetail | undefined {
    const snapshot = this.#core?.registry.get(id as PositionId)
    if (snapshot) {
      const view = positionView(snapshot.context, stateOf(snapshot), this.#extremes(id as PositionId))
      return { ...view, orders: orderViews(snapshot.context), events: this.#events(this.#seqs.get(id as PositionId) ?? []) }
    }
    const row = this.history.row(id)
    return row ? { ...row.view, orders: row.orders, events: this.#events(row.seqs) } : undefined
  }

  /** One position without its orders and history; undefined: there is none. */
  view(id: number): PositionView | undefined {
    const snapshot = this.#core?.registry.get(id as PositionId)
    return snapshot ? positionView(snapshot.context, stateOf(snapshot), this.#extremes(id as PositionId)) : this.history.row(id)?.view
  }

  /** The records of a position, in order. */
  seqs(id: PositionId): readonly number[] {
    return this.#seqs.get(id) ?? this.history.row(id)?.seqs ?? []
  }

  /** Newest first. */
  orders(role: OrderRole, limit: number): Page<OrderView> {
    const last = this.#core?.lastPositionId ?? 0
    const items: OrderView[] = []
    for (let id = last; id >= 1 && items.length < limit; id -= 1) {
      const orders = this.#ordersOf(id as PositionId).filter((order) => order.role === role)
      for (const order of orders.reverse()) if (items.length < limit) items.push(order)
    }
    return { items, total: role === 'entry' ? last : items.length, next: null }
  }

  order(id: number): OrderView | undefined {
    // An entry order and its position are made together, so their numbers are equal.
    return this.#ordersOf(id as PositionId).find((order) => order.role === 'entry' && order.id === id)
  }

  /** Figures of finished positions, with the open ones counted in. */
  stats(filter: PositionFilter, groupBy: StatsGroup | undefined): GroupedStats {
    const open = this.#openViews().filter((view) => matches(view, filter))
    return withOpen(this.history.statistics(filter, groupBy), open, groupBy)
  }

  #ordersOf(id: PositionId): OrderView[] {
    const snapshot = this.#core?.registry.get(id)
    return [...(snapshot ? orderViews(snapshot.context) : (this.history.row(id)?.orders ?? []))]
  }

  #openViews(): PositionView[] {
    const { registry } = this.#core as Core
    return [...registry.ids()].sort((a, b) => a - b).flatMap((id) => {
      const snapshot = registry.get(id)
      return snapshot ? [positionView(snapshot.context, stateOf(snapshot), this.#extremes(id))] : []
    })
  }

  #take(fact: Stamped, applied: Applied, outputs: readonly Output[]): void {
    for (const { context } of applied.touched) if (!this.#seqs.has(context.id)) this.#seqs.set(context.id, [])
    if (fact.type === 'signal.received' && fact.duplicateOf !== null) this.#rememberRepeat(fact, fact.duplicateOf)
    if (fact.type === 'exit-signal.received') this.#takeExitSignal(fact)
    const own = 'positionId' in fact ? fact.positionId : undefined
    if (own !== undefined) this.#note(own, fact.seq)
    for (const { seq, body } of outputs) this.#noteOutput(fact, seq, body)
    for (const { context, value } of applied.touched) {
      if (!context.retired) continue
      this.history.add({ view: positionView(context, value), orders: orderViews(context), seqs: this.#seqs.get(context.id) ?? [] })
      this.#seqs.delete(context.id)
    }
  }

  #takeExitSignal(fact: Stamped<ExitSignalReceived>): void {
    this.exitSignals.take(fact)
    for (const id of fact.answer.positions) this.#note(id as PositionId, fact.seq)
  }

  #noteOutput(fact: Stamped, seq: number, body: Command | Notice): void {
    if (body.type === 'signal.answered' && fact.type === 'signal.received') {
      this.#remember(fact, body.answer)
      if (!('position_id' in body.answer)) return
      const id = body.answer.position_id as PositionId
      this.#note(id, fact.seq)
      return this.#note(id, seq)
    }
    if ('positionId' in body) this.#note(body.positionId, seq)
  }

  #note(id: PositionId, seq: number): void {
    // Records about a finished or unknown position belong to no list.
    this.#seqs.get(id)?.push(seq)
  }

  #remember(fact: SignalFact, answer: RememberedSignal['answer']): void {
    const { signal, idempotencyKey, seq } = fact
    if (idempotencyKey !== null) this.keys.add(keyText('header', idempotencyKey), seq)
    if ('position_id' in answer) {
      const natural = naturalKey(signal)
      if (signal.signalId !== null) this.keys.add(keyText('signal_id', signal.signalId), seq)
      if (natural !== null) this.keys.add(keyText('natural', natural), seq)
    }
    this.#keepRecent(seq, { seq, signal, answer, key: idempotencyKey })
  }

  /** A repeat by its content that came under a new header: from now on the header stands for it too. */
  #rememberRepeat({ signal, idempotencyKey, seq }: SignalFact, firstSeq: number): void {
    if (idempotencyKey === null || this.remembered('header', idempotencyKey)) return
    const first = this.#recent.get(firstSeq) ?? this.#readSignal(firstSeq)
    if (!first) return
    this.keys.add(keyText('header', idempotencyKey), seq)
    this.#keepRecent(seq, { seq: first.seq, signal, answer: first.answer, key: idempotencyKey })
  }

  #keepRecent(seq: number, signal: Remembered): void {
    this.#recent.set(seq, signal)
    if (this.#recent.size > RECENT_SIGNALS) this.#recent.delete(this.#recent.keys().next().value as number)
  }

  #readSignal(seq: number): Remembered | undefined {
    let fact: SignalFact | null = null
    for (const record of this.#store.read(seq, seq + ANSWER_WITHIN)) {
      if (record.kind === 'fact' && record.seq === seq && record.body.type === 'signal.received') fact = stamp(record.body, seq, record.at)
      if (fact && fact.duplicateOf !== null) {
        const first = this.#readSignal(fact.duplicateOf)
        return first && { seq: first.seq, signal: fact.signal, answer: first.answer, key: fact.idempotencyKey }
      }
      if (fact && record.kind === 'notice' && record.cause === seq && record.body.type === 'signal.answered')
        return { seq, signal: fact.signal, answer: record.body.answer, key: fact.idempotencyKey }
    }
    return undefined
  }

  #events(seqs: readonly number[]): PositionEvent[] {
    return seqs.flatMap((seq) => {
      const [record] = this.#store.read(seq, seq)
      if (!record) return []
      const { type, ...detail } = record.body as { readonly type: string }
      return [{ ...detail, seq, at: new Date(record.at).toISOString(), kind: record.kind, type }]
    })
  }
}

const keyOf = (kind: KeyKind, signal: Remembered): string | null =>
  kind === 'header' ? signal.key : kind === 'signal_id' ? signal.signal.signalId : naturalKey(signal.signal)

const ascending = (a: number, b: number): number => a - b

function matches(view: PositionView, filter: PositionFilter): boolean {
  const created = Date.parse(view.created_at)
  return (
    (filter.status === undefined || view.status === filter.status) &&
    (filter.symbol === undefined || view.symbol === filter.symbol) &&
    (filter.strategy === undefined || view.strategy === filter.strategy) &&
    (filter.exchange === undefined || view.exchange === filter.exchange) &&
    (filter.accountLabel === undefined || view.account_label === filter.accountLabel) &&
    (filter.from === undefined || created >= filter.from) &&
    (filter.to === undefined || created < filter.to)
  )
}
