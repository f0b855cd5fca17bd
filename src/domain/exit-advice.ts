/** What an external model said about one open position, or why there is no answer of it. */
import type { Decimal } from './decimal.ts'

/** `unanswered`: not asked, because no model is configured or too many questions are under way. */
export const ADVICE_FAILURES = ['timeout', 'http', 'bad_answer', 'unanswered'] as const
export type AdviceFailure = (typeof ADVICE_FAILURES)[number]

export type ExitAdvice =
  | { readonly kind: 'hold' }
  | { readonly kind: 'close' }
  | { readonly kind: 'move_stop'; readonly price: Decimal }
  | { readonly kind: 'move_target'; readonly price: Decimal }
  | { readonly kind: 'failed'; readonly code: AdviceFailure; readonly message: string }
