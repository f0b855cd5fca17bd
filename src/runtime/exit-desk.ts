/** The door for whatever is asked of open positions: judged and taken in one turn, so that two requests cannot pass together. */
import type { ExitChange, ExitSignalAnswer, PositionAddress, RefusedPosition } from '../domain/exit-signal.ts'
import type { PositionId } from '../domain/ids.ts'
import { selectPrice, type PriceMode } from '../domain/quote.ts'
import { canonicalSignal } from '../domain/signal.ts'
import type { ChangeRefusal, ExitSignalOutcome, ExitSignalRequest } from '../http/application.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { Engine } from './engine.ts'
import { finishedRefusal, isChangeable, judgeExit, type Asked, type ExitJudgement, type SeenMarket } from './exit-rules.ts'
import type { RememberedExitSignal } from './exit-signal-memory.ts'

export class ExitDesk {
  readonly #engine: Engine
  readonly #priceMode: PriceMode
  constructor(engine: Engine, priceMode: PriceMode) {
    this.#engine = engine
    this.#priceMode = priceMode
  }

  /** Asks it of one position; null: it is under way. */
  request(id: number, change: ExitChange, asked: Asked): ChangeRefusal | { readonly kind: 'unknown_position' } | null {
    const snapshot = this.#engine.core.registry.get(id as PositionId)
    if (!snapshot) {
      const finished = this.#engine.readModel.position(id)
      return finished ? finishedRefusal(id, finished.state) : { kind: 'unknown_position' }
    }
    const judgement = this.#judge(snapshot, change, asked)
    if (!judgement.ok) return judgement.refusal
    this.#engine.accept(judgement.fact)
    return null
  }

  /** Takes a signal; the outcome may leave once everything folded so far is durable. */
  signal(request: ExitSignalRequest): ExitSignalOutcome {
    const repeat = this.#findRepeat(request)
    if (repeat && 'field' in repeat) return { kind: 'key_reused', field: repeat.field }
    if (repeat) return { kind: 'answered', answer: { ...repeat.answer, duplicate: true } }
    const { signal, payload, idempotencyKey } = request
    const asked: Asked = { reason: 'signal', note: signal.note }
    const judged = this.#matching(signal.address).map((snapshot) => ({ id: snapshot.context.id, judgement: this.#judge(snapshot, signal.change, asked) }))
    const refused = judged.flatMap(({ id, judgement }) => (judgement.ok ? [] : [refusedPosition(id, judgement.refusal)]))
    const answer: ExitSignalAnswer = { received: true, matched: judged.length, positions: judged.map(({ id }) => id), refused }
    this.#engine.accept({ type: 'exit-signal.received', signal, payload, idempotencyKey, answer })
    for (const { judgement } of judged) if (judgement.ok) this.#engine.accept(judgement.fact)
    return { kind: 'answered', answer }
  }

  /** The header first, then `signal_id`, then the natural key, as for entries. */
  #findRepeat({ signal, idempotencyKey }: ExitSignalRequest): RememberedExitSignal | { readonly field: 'Idempotency-Key' | 'signal_id' } | undefined {
    const { exitSignals } = this.#engine.readModel
    const byHeader = idempotencyKey === null ? undefined : exitSignals.find('header', idempotencyKey)
    if (byHeader) return canonicalSignal(byHeader.signal) === canonicalSignal(signal) ? byHeader : { field: 'Idempotency-Key' }
    const byId = signal.signalId === null ? undefined : exitSignals.find('signal_id', signal.signalId)
    if (byId) return canonicalSignal(byId.signal) === canonicalSignal(signal) ? byId : { field: 'signal_id' }
    return signal.naturalKey === null ? undefined : exitSignals.find('natural', signal.naturalKey)
  }

  /** In order of id. A position that is being closed already is no longer meant. */
  #matching(address: PositionAddress): PositionSnapshot[] {
    const { registry } = this.#engine.core
    const ids = address.positionId === null ? [...registry.ids()].sort((a, b) => a - b) : [address.positionId as PositionId]
    return ids.flatMap((id) => {
      const snapshot = registry.get(id)
      return snapshot && isChangeable(snapshot) && isMeant(snapshot, address) ? [snapshot] : []
    })
  }

  #judge(snapshot: PositionSnapshot, change: ExitChange, asked: Asked): ExitJudgement {
    return judgeExit(snapshot, change, asked, this.#market(snapshot))
  }

  #market({ context }: PositionSnapshot): SeenMarket {
    const quote = this.#engine.exitQuote(context.signal.symbol)
    const selected = quote ? selectPrice(quote, this.#priceMode) : null
    return { price: selected?.ok ? selected.price : null, extremes: this.#engine.desk.extremes(context.id), isNeeded: this.#engine.fillsAtQuotes }
  }
}

function isMeant({ context: { signal } }: PositionSnapshot, { symbol, strategy, accountLabel, direction }: PositionAddress): boolean {
  return (
    (symbol === null || signal.symbol === symbol) &&
    (strategy === null || signal.strategy === strategy) &&
    (accountLabel === null || signal.accountLabel === accountLabel) &&
    (direction === null || signal.direction === direction)
  )
}

const refusedPosition = (id: number, refusal: ChangeRefusal): RefusedPosition =>
  refusal.kind === 'conflict'
    ? { position_id: id, code: refusal.code, detail: refusal.message }
    : { position_id: id, code: 'invalid_values', detail: refusal.problems.map(({ field, message }) => `${field} ${message}`).join('; ') }
