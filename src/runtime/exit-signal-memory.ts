/** Signals for open positions that were received before, by their keys: a repeat gets the first answer, also after a restart. */
import type { ExitSignal, ExitSignalAnswer } from '../domain/exit-signal.ts'
import type { ExitSignalReceived, Stamped } from '../domain/facts.ts'
import type { KeyIndex } from '../../state/key-index.ts'
import type { Store } from '../../state/store.ts'
import { keyText, type KeyKind } from './door.ts'

export type RememberedExitSignal = { readonly signal: ExitSignal; readonly answer: ExitSignalAnswer; readonly idempotencyKey: string | null }

/** Recent ones are answered from memory: their records may not be on disk yet. */
const RECENT = 4096

export class ExitSignalMemory {
  readonly #keys: () => KeyIndex
  readonly #store: Store
  readonly #recent = new Map<number, RememberedExitSignal>()

  constructor(keys: () => KeyIndex, store: Store) {
    this.#keys = keys
    this.#store = store
  }

  clear(): void {
    this.#recent.clear()
  }

  /** The header stands for every answer; the other keys for those that changed something (SPEC S-4). */
  take({ seq, signal, answer, idempotencyKey }: Stamped<ExitSignalReceived>): void {
    const changed = answer.positions.length > answer.refused.length
    if (idempotencyKey !== null) this.#keys().add(indexed('header', idempotencyKey), seq)
    if (changed && signal.signalId !== null) this.#keys().add(indexed('signal_id', signal.signalId), seq)
    if (changed && signal.naturalKey !== null) this.#keys().add(indexed('natural', signal.naturalKey), seq)
    this.#recent.set(seq, { signal, answer, idempotencyKey })
    if (this.#recent.size > RECENT) this.#recent.delete(this.#recent.keys().next().value as number)
  }

  find(kind: KeyKind, value: string): RememberedExitSignal | undefined {
    for (const seq of this.#keys().find(indexed(kind, value))) {
      const known = this.#recent.get(seq) ?? this.#read(seq)
      // Hashes nominate, the record decides.
      if (known && keyOf(kind, known) === value) return known
    }
    return undefined
  }

  #read(seq: number): RememberedExitSignal | undefined {
    const [record] = this.#store.read(seq, seq)
    return record?.kind === 'fact' && record.body.type === 'exit-signal.received' ? record.body : undefined
  }
}

const indexed = (kind: KeyKind, value: string): string => `exit-${keyText(kind, value)}`
const keyOf = (kind: KeyKind, { signal, idempotencyKey }: RememberedExitSignal): string | null =>
  kind === 'header' ? idempotencyKey : kind === 'signal_id' ? signal.signalId : signal.naturalKey
