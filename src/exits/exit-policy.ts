/**
 * How a position is let go: an `ExitPolicy` declares what it waits for and decides when that happens.
 *
 * Policies are pure values: memory and parameters are JSON, kept in the position; a registry maps the name to the
 * functions. No policy is shown every quote. A new policy is one file that `registry.ts` lists.
 */
import type { Decimal } from '../domain/decimal.ts'
import type { ExitAdvice } from '../domain/exit-advice.ts'
import type { ExitReason } from '../domain/exit-reason.ts'
import type { Direction, JsonObject } from '../domain/signal.ts'
import type { RecordedQuote } from '../domain/quote.ts'

/** What a policy waits for. `key` is unique within the position and comes back in the trigger. */
export type ExitWatch =
  | { readonly kind: 'level'; readonly key: string; readonly when: 'at-or-above' | 'at-or-below'; readonly level: Decimal }
  /** Fires when the price falls (long) or rises (short) by `distancePct` percent of the best price since `peak`. */
  | { readonly kind: 'trail'; readonly key: string; readonly distancePct: Decimal; readonly peak: Decimal }
  | { readonly kind: 'deadline'; readonly key: string; readonly at: number }
  /** Fires every `everySec` seconds after the fill with the symbol's last price; not where there is none. */
  | { readonly kind: 'sample'; readonly key: string; readonly everySec: number }

export type ExitContext = {
  /** The price that fired the watch; null for a deadline before any price. */
  readonly price: Decimal | null
  readonly quote: RecordedQuote | null
  readonly now: number
  readonly position: ExitPosition
  /** What the external model answered, with the key `ADVICE`; null with every other key. */
  readonly advice: ExitAdvice | null
}

/** The key under which a policy hears the answer to its `ASK_MODEL`. */
export const ADVICE = 'advice'

/** What a policy may know of its position. */
export type ExitPosition = {
  readonly direction: Direction
  readonly entryPrice: Decimal
  readonly stopPrice: Decimal
  readonly targetPrice: Decimal | null
  readonly openedAt: number
  readonly timeframeMin: number
  /** Best and worst price since the fill. */
  readonly best: Decimal
}

export type ExitAction =
  | { readonly type: 'ADJUST_STOP_LOSS'; readonly price: Decimal; readonly reason: ExitReason }
  | { readonly type: 'ADJUST_TAKE_PROFIT'; readonly price: Decimal }
  | { readonly type: 'CLOSE_POSITION'; readonly reason: ExitReason }
  /** Only on a sample. A question that is still open is no longer waited for. */
  | { readonly type: 'ASK_MODEL'; readonly answerWithinMs: number }

/** `ignored`: why what fired changes nothing, for the journal. */
export type ExitDecision = { readonly memory: JsonObject; readonly actions: readonly ExitAction[]; readonly ignored?: string }

/** `field` is a parameter. */
export type ExitParameterProblem = { readonly field: string; readonly message: string }

/** One parameter of a policy: what validation, what-if and the documentation know of it. */
export type ExitParameter = {
  /** Its name in `exit_params`. */
  readonly name: string
  /** Null: follows from other parameters, as `doc` says. */
  readonly default: string | null
  /** `null` switches the rule off. */
  readonly nullable: boolean
  readonly unit: string
  readonly doc: string
  /** The setting that holds its default; none: the default is always `default`. */
  readonly setting?: string
}

/** A stop as a policy holds it for a given best price. */
export type HeldStop = { readonly price: Decimal; readonly reason: ExitReason }

export type ExitPolicy = {
  readonly name: string
  /** One sentence for the documentation. */
  readonly summary: string
  readonly parameters: readonly ExitParameter[]
  /** Decisions depend on the best price since the fill: its peaks are journaled, so that a restart loosens nothing. */
  readonly followsBest: boolean
  /** Cannot be chosen while this setting is empty. */
  readonly needs?: string
  /** Fills in defaults and checks; the result is what the position keeps. */
  readonly parse: (params: JsonObject, defaults: JsonObject) => { readonly ok: true; readonly params: JsonObject } | { readonly ok: false; readonly problems: readonly ExitParameterProblem[] }
  /** Memory at the first fill. */
  readonly start: (params: JsonObject, position: ExitPosition) => JsonObject
  readonly watches: (memory: JsonObject, params: JsonObject, position: ExitPosition) => readonly ExitWatch[]
  /**
   * The stop that follows from the best price without a further decision (a trailing stop); null: the stop is where the
   * last action put it. It is in force where it is tighter than that.
   */
  readonly stop: (memory: JsonObject, params: JsonObject, position: ExitPosition) => HeldStop | null
  /** The watch with this key has fired. */
  readonly on: (memory: JsonObject, key: string, context: ExitContext, params: JsonObject) => ExitDecision
}
