/**
 * The door for entries: what is decided about a request before it becomes a fact. In this order (SPEC S-2, S-4, S-5):
 * repeats, then staleness and market, then the audit line, then the sequencer. All of it happens in one turn, so that
 * two equal requests cannot pass together.
 */
import { absolute, divide, greater, multiply, decimal, round, subtract, type Decimal } from '../domain/decimal.ts'
import type { Fact } from '../domain/facts.ts'
import type { MarketMinimums } from '../domain/market.ts'
import { selectPrice, type PriceMode, type PriceQuote } from '../domain/quote.ts'
import { canonicalSignal, naturalKey, type JsonObject, type Signal } from '../domain/signal.ts'
import type { SignalAnswer } from '../domain/signal-answer.ts'
import type { SignalSettings } from '../config/settings.ts'
import type { EntryOutcome, EntryRequest, FieldProblem } from '../http/application.ts'

/** A signal that was received before, with what it was answered. */
export type RememberedSignal = { readonly seq: number; readonly signal: Signal; readonly answer: SignalAnswer }

export type KeyKind = 'header' | 'signal_id' | 'natural'

/** The text under which a signal is remembered. */
export const keyText = (kind: KeyKind, value: string): string => `${kind}:${value}`

export type DoorPorts = {
  readonly settings: SignalSettings
  readonly priceMode: PriceMode
  /** Deviation from the market is checked (not with invented or recorded prices). */
  readonly checksMarket: boolean
  /** Whether the feed knows the symbol; a feed that invents prices knows all. */
  readonly knowsSymbol: (symbol: string) => boolean
  /** The last quote, if it is young enough to decide on. */
  readonly quote: (symbol: string) => PriceQuote | null
  /** Where real orders go; null with paper. */
  readonly venue: string | null
  /** Why no symbol can be judged now; null: they can. */
  readonly unavailable: () => string | null
  readonly now: () => number
  /** Why no request can be taken now; null: open. */
  readonly closed: () => string | null
  /** An entry is about to be judged: what it depends on enters first. */
  readonly beforeEntry: () => void
  readonly market: (symbol: string) => MarketMinimums | undefined
  readonly remembered: (kind: KeyKind, value: string) => RememberedSignal | undefined
  /** Writes the audit line before anything else happens; a failure is the reason. */
  readonly audit: (seq: number, at: number, payload: JsonObject) => string | null
  readonly nextSeq: () => number
  /** Takes the fact; the answer is the one the core gave, undefined for a repeat. */
  readonly accept: (fact: Fact, at: number) => { readonly seq: number; readonly answer: SignalAnswer | undefined }
}

/** What the door decided; `seq` must be durable before the outcome leaves. */
export type DoorDecision = { readonly outcome: EntryOutcome; readonly seq: number }

type Refusal = Exclude<EntryOutcome, { kind: 'answered' }>
export type Inspected = { readonly ok: true; readonly repeat: RememberedSignal | undefined } | { readonly ok: false; readonly outcome: Refusal }

const decided = (outcome: EntryOutcome, seq = 0): DoorDecision => ({ outcome, seq })

export class Door {
  readonly #ports: DoorPorts
  constructor(ports: DoorPorts) {
    this.#ports = ports
  }

  enter(request: EntryRequest): DoorDecision {
    const inspected = this.inspect(request)
    return inspected.ok ? this.#accept(request, inspected.repeat) : decided(inspected.outcome)
  }

  /** Whether the request may become a fact, and whether it repeats one. Changes nothing. */
  inspect(request: EntryRequest): Inspected {
    const refused = (outcome: Refusal): Inspected => ({ ok: false, outcome })
    const closed = this.#ports.closed()
    if (closed !== null) return refused({ kind: 'unavailable', message: closed })
    const repeat = this.#findRepeat(request)
    if (repeat && 'field' in repeat) return refused({ kind: 'key_reused', field: repeat.field })
    const obstacle = repeat ? null : this.#obstacle(request.signal)
    if (obstacle !== null) return refused({ kind: 'unavailable', message: obstacle })
    const problems = repeat ? [] : this.#problems(request)
    return problems.length > 0 ? refused({ kind: 'invalid', problems }) : { ok: true, repeat }
  }

  /** The header first, then `signal_id`, then the natural key (S-4). */
  #findRepeat({ signal, idempotencyKey }: EntryRequest): RememberedSignal | { readonly field: 'Idempotency-Key' | 'signal_id' } | undefined {
    const { remembered } = this.#ports
    const byHeader = idempotencyKey === null ? undefined : remembered('header', idempotencyKey)
    if (byHeader) return canonicalSignal(byHeader.signal) === canonicalSignal(signal) ? byHeader : { field: 'Idempotency-Key' }
    const byId = signal.signalId === null ? undefined : remembered('signal_id', signal.signalId)
    if (byId) return canonicalSignal(byId.signal) === canonicalSignal(signal) ? byId : { field: 'signal_id' }
    const natural = naturalKey(signal)
    return natural === null ? undefined : remembered('natural', natural)
  }

  /** Why the signal cannot be compared with the market now; null: it can, or need not be. */
  #obstacle({ symbol }: Signal): string | null {
    const { settings, checksMarket, quote, unavailable, knowsSymbol } = this.#ports
    if (!checksMarket) return null
    const missing = unavailable()
    if (missing !== null) return missing
    if (settings.maxEntryDeviationPct === null || !knowsSymbol(symbol) || quote(symbol)) return null
    return `there is no current price of ${symbol} to compare the signal with (MAX_ENTRY_DEVIATION_PCT); try again in a moment`
  }

  #problems({ signal }: EntryRequest): FieldProblem[] {
    const { settings, now, knowsSymbol, venue } = this.#ports
    const problems: FieldProblem[] = []
    if (venue !== null && signal.exchange !== venue) problems.push({ field: 'exchange', message: `is ${signal.exchange}; orders go to ${venue} here` })
    if (venue !== null && signal.accountLabel !== settings.accountLabel) problems.push({ field: 'account_label', message: `is ${signal.accountLabel}; real orders go to ${settings.accountLabel} here (ACCOUNT_LABEL)` })
    if (!knowsSymbol(signal.symbol)) problems.push({ field: 'symbol', message: `${signal.symbol} has no market data here` })
    if (signal.timestampMs !== null) {
      const ageSec = (now() - signal.timestampMs) / 1000
      if (settings.maxAgeSec !== null && ageSec > settings.maxAgeSec)
        problems.push({ field: 'timestamp', message: `is ${ageSec.toFixed(1)} s old; allowed are ${settings.maxAgeSec} s (SIGNAL_MAX_AGE_SEC)` })
      if (settings.maxFutureSec !== null && -ageSec > settings.maxFutureSec)
        problems.push({ field: 'timestamp', message: `is ${(-ageSec).toFixed(1)} s in the future; allowed are ${settings.maxFutureSec} s (SIGNAL_MAX_FUTURE_SEC)` })
    }
    return [...problems, ...this.#deviation(signal)]
  }

  #deviation(signal: Signal): FieldProblem[] {
    const { settings, checksMarket, quote, priceMode } = this.#ports
    const limit = settings.maxEntryDeviationPct
    const last = checksMarket && limit !== null ? quote(signal.symbol) : null
    const market = last ? selectPrice(last, priceMode) : null
    if (limit === null || !market?.ok) return []
    const deviation = divide(multiply(absolute(subtract(signal.price, market.price)), decimal(100)), market.price)
    return greater(deviation, limit) ? [{ field: 'price', message: `is ${asRead(deviation, limit)} % away from the market (${market.price}); allowed are ${limit} % (MAX_ENTRY_DEVIATION_PCT)` }] : []
  }

  #accept(request: EntryRequest, repeat: RememberedSignal | undefined): DoorDecision {
    const at = this.#ports.now()
    if (!repeat) this.#ports.beforeEntry()
    if (request.kind === 'bounce_signal') {
      const failure = this.#ports.audit(this.#ports.nextSeq(), at, request.payload)
      if (failure !== null) return decided({ kind: 'unavailable', message: failure })
    }
    const { kind, signal, payload, idempotencyKey } = request
    const market = this.#ports.market(signal.symbol)
    const accepted = this.#ports.accept({ type: 'signal.received', kind, signal, payload, idempotencyKey, duplicateOf: repeat?.seq ?? null, ...(market ? { market } : {}) }, at)
    if (repeat) return decided({ kind: 'answered', answer: { ...repeat.answer, duplicate: true } }, accepted.seq)
    if (!accepted.answer) return decided({ kind: 'unavailable', message: 'the journal does not accept records; restart LOMS' })
    return decided({ kind: 'answered', answer: accepted.answer }, accepted.seq)
  }
}

/** As people read it: two places, and never as little as the limit. */
const asRead = (deviation: Decimal, limit: Decimal): string => {
  const shown = round(deviation, 2)
  return greater(shown, limit) ? shown : `just over ${limit}`
}
