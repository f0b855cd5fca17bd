/** What is to go wrong, call by call and push by push. Plain data, so that a scenario can be written down as JSON. */
import type { Params } from './face.ts'

/**
 * Which calls: by venue-neutral name (`entry`, `stop`, `target`, `close`, `cancel`, `positions`, `open_orders`, `order`,
 * `fills`, `balance`, `ws.connect`, `ws.auth`, …), by a part of the path, by account, by some parameters. All that is
 * named must fit.
 */
export type CallMatch = { readonly call?: string | readonly string[]; readonly path?: string; readonly account?: string; readonly params?: Params }
export type PushMatch = { readonly topic?: string; readonly account?: string }

/** `before`: the call is not carried out. `after`: it is, and then it goes wrong. */
export type When = 'before' | 'after'

export type CallFault =
  /** No answer, ever; the connection stays open. */
  | { readonly kind: 'hang'; readonly when: When }
  /** The connection is reset. */
  | { readonly kind: 'reset'; readonly when: When }
  /** The wait is before the call is carried out, or between that and the answer. */
  | { readonly kind: 'delay'; readonly ms: number; readonly when: When }
  /** No answer, and the call is carried out so much later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** Headers and half of the body, then the connection closes. */
  | { readonly kind: 'half_body'; readonly when: When }
  /** Headers and half of the body, then nothing. */
  | { readonly kind: 'stall_body'; readonly when: When }
  /** A page of HTML. */
  | { readonly kind: 'html'; readonly when: When; readonly status?: number }
  /** Any body. */
  | { readonly kind: 'raw'; readonly when: When; readonly body: string; readonly status?: number }
  /** A code of the venue's. */
  | { readonly kind: 'code'; readonly when: When; readonly code: string; readonly message?: string; readonly status?: number }
  /** Every list in the answer is empty, cut, or without the rows that have these fields. */
  | { readonly kind: 'empty_list' }
  | { readonly kind: 'cut_list'; readonly keep: number }
  | { readonly kind: 'omit_rows'; readonly where: Params }
  /** Every row of the answer's lists that has the fields `where` has these instead. */
  | { readonly kind: 'set_fields'; readonly where: Params; readonly fields: Params }
  /** Something in between delivers the request twice; the second answer comes back. */
  | { readonly kind: 'twice' }
  /** The venue overlooks some parameters. */
  | { readonly kind: 'ignore_params'; readonly names: readonly string[] }
  /** The order is carried out in part; the rest later, or never. */
  | { readonly kind: 'partial_fill'; readonly ratio: string; readonly rest: 'later' | 'cancel'; readonly afterMs: number }

export type PushFault =
  | { readonly kind: 'drop' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Held back until the next push of the same topic has gone. */
  | { readonly kind: 'swap' }

/** From the `nth` fitting one on (1 unless told), so many `times` (1 unless told). */
export type Rule<Match, Fault> = { readonly match: Match; readonly nth?: number; readonly times?: number | 'always'; readonly do: Fault }
export type CallRule = Rule<CallMatch, CallFault>
export type PushRule = Rule<PushMatch, PushFault>

type Counted<R> = { readonly rule: R; seen: number; hits: number }

export type CallFacts = { readonly call: string | undefined; readonly path: string; readonly account: string | undefined; readonly params: Params }
export type PushFacts = { readonly topic: string; readonly account: string | null }

const oneOf = (wanted: string | readonly string[] | undefined, given: string | undefined): boolean =>
  wanted === undefined || (given !== undefined && (typeof wanted === 'string' ? wanted === given : wanted.includes(given)))
export const hasFields = (row: Params, fields: Params): boolean => Object.entries(fields).every(([name, value]) => String(row[name]) === String(value))

/** The first rule that is due decides; every fitting rule counts. */
class RuleList<Match, Fault> {
  readonly #rules: Counted<Rule<Match, Fault>>[] = []

  add(rule: Rule<Match, Fault>): void {
    this.#rules.push({ rule, seen: 0, hits: 0 })
  }

  clear(): void {
    this.#rules.length = 0
  }

  decide(fits: (match: Match) => boolean): Fault | undefined {
    let fault: Fault | undefined
    for (const counted of this.#rules) {
      const { match, nth = 1, times = 1 } = counted.rule
      if (!fits(match)) continue
      counted.seen += 1
      if (fault !== undefined || counted.seen < nth || (times !== 'always' && counted.seen >= nth + times)) continue
      counted.hits += 1
      fault = counted.rule.do
    }
    return fault
  }

  list(): readonly (Rule<Match, Fault> & { readonly seen: number; readonly hits: number })[] {
    return this.#rules.map(({ rule, seen, hits }) => ({ ...rule, seen, hits }))
  }
}

export class FaultScript {
  readonly #calls = new RuleList<CallMatch, CallFault>()
  readonly #pushes = new RuleList<PushMatch, PushFault>()

  /** Rules are asked in the order they were added. */
  add(...rules: readonly CallRule[]): void {
    rules.forEach((rule) => this.#calls.add(rule))
  }

  addPush(...rules: readonly PushRule[]): void {
    rules.forEach((rule) => this.#pushes.add(rule))
  }

  clear(): void {
    this.#calls.clear()
    this.#pushes.clear()
  }

  ofCall(facts: CallFacts): CallFault | undefined {
    return this.#calls.decide(
      ({ call, path, account, params }) =>
        oneOf(call, facts.call) && (path === undefined || facts.path.includes(path)) && (account === undefined || account === facts.account) &&
        (params === undefined || hasFields(facts.params, params)),
    )
  }

  ofPush(facts: PushFacts): PushFault | undefined {
    return this.#pushes.decide(({ topic, account }) =>
      (topic === undefined || facts.topic.startsWith(topic)) && (account === undefined || account === facts.account))
  }

  /** Every rule with how often it fitted and how often it struck. */
  list(): { readonly calls: readonly CallRule[]; readonly pushes: readonly PushRule[] } {
    return { calls: this.#calls.list(), pushes: this.#pushes.list() }
  }
}
