/**
 * The audit log as the service uses it: brought in line with the journal before its first new line. Where that fails the
 * service runs on, because open positions have to be managed; signals are refused, and each of them is another try.
 */
import type { JsonObject } from '../domain/signal.ts'
import type { AuditEntry, AuditLog } from '../../state/audit-log.ts'
import type { Recovered, Store } from '../../state/store.ts'

export class AuditGate {
  readonly #log: AuditLog
  readonly #store: Store
  readonly #opening: Pick<Recovered, 'checkpoint' | 'durableSeq'>
  readonly #onRemark: (remark: string) => void
  #aligned = false
  #failure: string | null = null

  constructor(log: AuditLog, store: Store, opening: Pick<Recovered, 'checkpoint' | 'durableSeq'>, onRemark: (remark: string) => void) {
    this.#log = log
    this.#store = store
    this.#opening = opening
    this.#onRemark = onRemark
    this.#failure = this.#align()
    if (this.#failure !== null) onRemark(this.#failure)
  }

  /** Why the last attempt to write failed; null: signals are audited. */
  get failure(): string | null {
    return this.#failure
  }

  /** Writes the line of a signal; the reason where it cannot. */
  append(seq: number, at: number, payload: JsonObject): string | null {
    this.#failure = this.#align()
    if (this.#failure !== null) return this.#failure
    const written = this.#log.append(seq, at, payload)
    this.#failure = written.ok ? null : written.message
    return this.#failure
  }

  /** Rejects while lines may be missing: a checkpoint would call them written. */
  async sync(): Promise<void> {
    if (!this.#aligned) throw new Error(this.#failure ?? 'the audit log is not in line with the journal')
    await this.#log.sync()
  }

  close(): void {
    this.#log.close()
  }

  #align(): string | null {
    if (this.#aligned) return null
    const { checkpoint, durableSeq } = this.#opening
    const outcome = this.#log.recover({ floorSeq: checkpoint?.seq ?? 0, durableSeq, missing: (afterSeq) => this.#signals(afterSeq) })
    if (!outcome.ok) return outcome.message
    this.#aligned = true
    for (const remark of outcome.remarks) this.#onRemark(remark)
    return null
  }

  /** Until the log is in line no signal is taken, so the journal has no others. */
  *#signals(afterSeq: number): Generator<AuditEntry> {
    for (const { kind, seq, at, body } of this.#store.read(afterSeq + 1, this.#opening.durableSeq))
      if (kind === 'fact' && body.type === 'signal.received' && body.kind === 'bounce_signal') yield { seq, at, payload: body.payload }
  }
}
