/** What the live demo knows at one moment. */
import type { DemoState } from '../demo-state.ts'
import type { Truth } from './exchange.ts'

/** Something that the demo says, and whether it turned out to be true. */
export type Claim = { readonly claim: string; readonly held: boolean; readonly figure: string }

export type LiveState = DemoState & {
  readonly exchange: 'bybit' | 'bitget'
  /** What is being played, 1 to `acts`. */
  readonly act: number
  readonly acts: number
  /** What has been said so far. */
  readonly told: readonly string[]
  /** The accident that is going on. */
  readonly accident: string | null
  /** How LOMS sees its connection. */
  readonly connected: boolean
  readonly truth: Truth | null
}
