/** A signal bot that sends, repeats and remembers what it was told. */
import { add, decimal, multiply, round, subtract, type Decimal } from '../../src/domain/decimal.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { canonicalSignal, type Direction, type JsonObject, type Signal, type TargetLevel } from '../../src/domain/signal.ts'
import type { SignalAnswer } from '../../src/domain/signal-answer.ts'
import type { EntryOutcome, EntryRequest } from '../../src/http/application.ts'
import type { JournalRecord } from '../../state/record.ts'

/** A request with what it was answered, once that was durable. */
export type Sent = { readonly request: EntryRequest; acknowledged: { readonly seq: number; readonly answer: SignalAnswer } | null }

export type Drawn = { readonly random: () => number; readonly symbol: string; readonly price: Decimal; readonly at: number; readonly accountLabel: string }

export function newRequest(number: number, { random, symbol, price, at, accountLabel }: Drawn): EntryRequest {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T
  const direction: Direction = random() < 0.5 ? 'long' : 'short'
  const away = (pct: string): Decimal => round(multiply(price, decimal(pct)), 2)
  const stop = away(pick(['0.005', '0.01', '0.03']))
  const signal: Signal = {
    symbol,
    direction,
    price,
    // Not the natural key of another one.
    timestampMs: at + number,
    exchange: 'bitget',
    timeframeMin: pick([1, 5]),
    strategy: pick(['a', 'b']),
    accountLabel,
    qty: decimal(pick(['1', '0.5', '0.003', '12'])),
    slPrice: direction === 'long' ? subtract(price, stop) : add(price, stop),
    targets: drawTargets(random, pick, (pct) => (direction === 'long' ? add(price, away(pct)) : subtract(price, away(pct)))),
    ...drawExits(pick),
    signalId: `signal-${number}`,
  }
  return { kind: 'bounce_signal', signal, payload: { number }, idempotencyKey: random() < 0.5 ? `key-${number}` : null }
}

type Choose = <T>(values: readonly T[]) => T

/** None, one, or a ladder whose shares may leave something for the stop. */
function drawTargets(random: () => number, pick: Choose, at: (pct: string) => Decimal): readonly TargetLevel[] {
  if (random() < 0.1) return []
  if (random() < 0.6) return [{ price: at(pick(['0.005', '0.01', '0.03'])), sharePct: decimal(100) }]
  return pick([['30', '30', '40'], ['50', '25'], ['33.3', '33.3']]).map((share, index) => ({ price: at(['0.004', '0.008', '0.02'][index] as string), sharePct: decimal(share) }))
}

/** Every exit strategy, with parameters that a few minutes of these prices bring into play. */
function drawExits(pick: Choose): Pick<Signal, 'exitStrategy' | 'exitParams'> {
  const exitStrategy = pick(['tp_sl_static', 'tp_sl_static', 'tp_sl_trailing_v1', 'tp_sl_trailing_v1', 'external_model_v1'])
  const drawn: Readonly<Record<string, JsonObject>> = {
    tp_sl_trailing_v1: {
      break_even_trigger_pct: pick([null, '0.2', '0.5']), break_even_offset_pct: pick(['0', '0.1']), trail_trigger_pct: pick([null, '0.2', '0.4']),
      trail_distance_pct: pick(['0.2', '0.5', '1']), timeout_candles: pick([null, '1', '3']), timeout_min_move_pct: pick([null, '0.3']),
    },
    external_model_v1: { ask_every_sec: pick(['2', '10']) },
  }
  const parsed = exitStrategies.parse(exitStrategy, drawn[exitStrategy] ?? {}, {})
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return { exitStrategy, exitParams: parsed.params }
}

/** What is wrong with the answer to a repeated request, or null. */
export function wrongRepeat(sent: Sent, outcome: EntryOutcome): string | null {
  const first = sent.acknowledged?.answer
  // A blocked signal without a key is judged again.
  if (!first || (sent.request.idempotencyKey === null && !('position_id' in first))) return null
  if (outcome.kind !== 'answered') return `a repeat was answered ${outcome.kind}`
  const { duplicate, ...answer } = outcome.answer
  return duplicate === true && JSON.stringify(answer) === JSON.stringify(first) ? null : `a repeat of ${JSON.stringify(first)} was answered ${JSON.stringify(outcome.answer)}`
}

/** The acknowledged requests that a journal does not hold up to what was said to be durable. */
export function lostRequests(all: readonly Sent[], records: Iterable<JournalRecord>): readonly string[] {
  const firstSeq = new Map<string, number>()
  for (const { kind, seq, body } of records) {
    const content = kind === 'fact' && body.type === 'signal.received' ? canonicalSignal(body.signal) : null
    if (content !== null && !firstSeq.has(content)) firstSeq.set(content, seq)
  }
  return all.flatMap(({ request, acknowledged }) => {
    const seq = firstSeq.get(canonicalSignal(request.signal)) ?? Infinity
    return acknowledged && seq > acknowledged.seq ? [`${request.signal.signalId} was acknowledged as of record ${acknowledged.seq}`] : []
  })
}
