/** What a what-if and its worker threads say to each other. */
import type { RecordedSpan, VariantOutcome } from './variant-player.ts'

/** From a worker. `opened` or `refused` comes first and once; then, for each variant it was given, progress and an outcome. */
export type FromWorker =
  | { readonly type: 'opened'; readonly span: RecordedSpan }
  | { readonly type: 'refused'; readonly problems: readonly string[] }
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'played'; readonly outcome: VariantOutcome }
