/** What one fact did. */
import type { PositionId } from '../src/domain/ids.ts'
import type { Notice } from '../src/domain/notices.ts'
import type { Output } from './position.context.ts'
import type { PositionSnapshot } from './position.machine.ts'

export type Applied = {
  readonly outputs: readonly Output[]
  /** Machines that threw: the shell journals a `fact.failed` for each next. */
  readonly failures: readonly { readonly positionId: PositionId; readonly error: string }[]
  /** Positions whose context this fact changed, as they are now. */
  readonly touched: readonly PositionSnapshot[]
}

export const NOTHING: Applied = { outputs: [], failures: [], touched: [] }

export const noticed = (notices: readonly Notice[]): Applied => ({ ...NOTHING, outputs: notices.map((body): Output => ({ kind: 'notice', body })) })

export const joined = (parts: readonly Applied[]): Applied => ({
  outputs: parts.flatMap(({ outputs }) => outputs),
  failures: parts.flatMap(({ failures }) => failures),
  touched: parts.flatMap(({ touched }) => touched),
})

export const merged = (a: Applied, b: Applied): Applied => (a === NOTHING ? b : joined([a, b]))
