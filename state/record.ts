/** One line of the journal. The format is versioned; a field's meaning never changes. */
import type { Command } from '../src/domain/commands.ts'
import type { Fact } from '../src/domain/facts.ts'
import type { Notice } from '../src/domain/notices.ts'

export const RECORD_VERSION = 1

/** Written every so many records: the hash of the whole state after all facts with a smaller seq. */
export type StateHashed = { readonly type: 'state.hashed'; readonly hash: string }

type Envelope = {
  /** Record format. */
  readonly v: 1
  /** Gapless from 1 over the life of the journal; orders everything. */
  readonly seq: number
  /** All records of one batch became durable together. */
  readonly batch: number
  /** Milliseconds since the epoch; explains, never orders. */
  readonly at: number
  /** The account label whose journal this is. */
  readonly partition: string
}
/** Facts drive the fold. */
export type FactRecord = Envelope & { readonly kind: 'fact'; readonly body: Fact }
/** Commands are what recovery resumes and replay compares; `cause` = seq of the fact. */
export type CommandRecord = Envelope & { readonly kind: 'command'; readonly cause: number; readonly body: Command }
export type NoticeRecord = Envelope & { readonly kind: 'notice'; readonly cause: number; readonly body: Notice }
export type MarkRecord = Envelope & { readonly kind: 'mark'; readonly body: StateHashed }
export type JournalRecord = FactRecord | CommandRecord | NoticeRecord | MarkRecord
