/** A life as plain data: everything that a seed expands to, and what a minimised failure is written down as. */
import type { Direction } from '../../../src/domain/signal.ts'
import type { Venue } from '../../../src/exchange-emulator/model/instrument.ts'
import type { Behaviour } from '../../../src/exchange-emulator/model/core.ts'
import type { CallFault } from '../../../src/exchange-emulator/wire/fault-script.ts'
import type { FaultRow } from './fault-rows.ts'
import type { PhoneFault } from './phone.ts'

export type ScenarioOptions = {
  readonly venue: Venue
  /** Of a request, there and back together; drawn between the two. */
  readonly latencyMs: readonly [least: number, most: number]
  readonly pushLatencyMs: number
  readonly balance: number
  readonly maxOpen: number
  /** Most that a batch waits for the disk. */
  readonly slowDiskMs: number
  readonly slippageBps: number
  /** When a UTC day begins, after the start; absent: with it. */
  readonly midnightAtMs?: number
  /** Limits that begin anew with the day. */
  readonly day?: { readonly maxSignals: number | null; readonly maxLossUsdt: number | null; readonly onLoss: 'block' | 'halt' }
}

/** `twice`: a proxy delivers the request again. */
export type CallDoes = CallFault | { readonly kind: 'twice' }

/** What goes wrong, from `at` on (milliseconds since the start). */
export type Does =
  /** The next `times` calls of these names. */
  | { readonly type: 'calls'; readonly calls: readonly string[]; readonly times: number; readonly fault: CallDoes }
  /** Every call for so long. */
  | { readonly type: 'outage'; readonly forMs: number; readonly fault: CallDoes; readonly calls?: readonly string[] }
  | { readonly type: 'behaviour'; readonly forMs: number; readonly behaviour: Partial<Behaviour> }
  | { readonly type: 'latency'; readonly forMs: number; readonly ms: number }
  | { readonly type: 'streams'; readonly forMs: number; readonly mode: 'mute' | 'duplicate' | 'delay' | 'refuse'; readonly topic?: string }
  | { readonly type: 'venue'; readonly symbol: string; readonly act: 'adl' | 'liquidate' | 'void' | 'funding' | 'halt' | 'cancel-stop' | 'hedge-mode' | 'leverage'; readonly share: number; readonly forMs: number }
  | { readonly type: 'by-hand'; readonly symbol: string; readonly act: 'close' | 'cancel-stop' | 'cancel-target' | 'foreign-stop' | 'foreign-order'; readonly share: number }
  | { readonly type: 'crash'; readonly downMs: number }
  | { readonly type: 'freeze'; readonly forMs: number }
  | { readonly type: 'wall-clock'; readonly forMs: number; readonly byMs: number }
  | { readonly type: 'disk'; readonly forMs: number; readonly mode: 'full' | 'slow'; readonly slowMs: number }
  | { readonly type: 'poison'; readonly symbol: string }
  /** The way to the person's phone. */
  | { readonly type: 'phone'; readonly forMs: number; readonly mode: PhoneFault }

export type Fault = { readonly row: FaultRow; readonly at: number; readonly does: Does }

/** What the market, the bot and a person do. */
export type Act =
  | { readonly at: number; readonly act: 'price'; readonly symbol: string; readonly factor: number; /** Of the last price alone; the mark stays. */ readonly wick?: true }
  | {
      readonly at: number; readonly act: 'signal'; readonly number: number; readonly symbol: string; readonly direction: Direction
      readonly usdt: number; readonly stopPct: number; readonly targetPcts: readonly number[]; readonly strategy: string; readonly exit: string; readonly keyed: boolean
    }
  | { readonly at: number; readonly act: 'repeat'; readonly pick: number; readonly changed: boolean }
  | { readonly at: number; readonly act: 'exit'; readonly symbol: string }
  | { readonly at: number; readonly act: 'change'; readonly symbol: string; readonly kind: 'part' | 'stop' | 'target'; readonly by: number }
  | { readonly at: number; readonly act: 'control'; readonly to: 'paused' | 'halted' | 'resumed' }
  | { readonly at: number; readonly act: 'checkpoint' }

export type Scenario = {
  readonly world: 'live'
  readonly seed: number
  readonly options: ScenarioOptions
  /** Length of the safety phase. */
  readonly lengthMs: number
  readonly faults: readonly Fault[]
  readonly acts: readonly Act[]
}

/** A scenario that once broke something, and what. */
export type Regression = { readonly invariant: string; readonly what: string; readonly scenario: Scenario }
