/** A position's state and direction, by word and colour. */
import type { PositionState } from '../../domain/wire.ts'
import type { Direction } from '../../domain/signal.ts'

const TONE: Readonly<Record<PositionState, string>> = {
  pending: 'waiting',
  'entry-filled': 'warn',
  'sl-placed': 'safe',
  'tp-placed': 'safe',
  closing: 'waiting',
  'rolling-back': 'bad',
  quarantined: 'bad',
  closed: 'done',
  cancelled: 'done',
}
const MEANING: Readonly<Record<PositionState, string>> = {
  pending: 'The entry order is sent; nothing is filled',
  'entry-filled': 'Filled, the stop is not confirmed over all of it yet',
  'sl-placed': 'A confirmed stop covers all of it; the target is not placed',
  'tp-placed': 'Stop and target rest at the venue',
  closing: 'One exit won; the rest is being closed and proven flat',
  'rolling-back': 'No stop could be placed: leaving at market',
  quarantined: 'Needs a person; its stop stays',
  closed: 'Closed and proven flat',
  cancelled: 'The entry was not filled',
}

export const StatePill = ({ state }: { readonly state: PositionState }) => <span class={`pill ${TONE[state]}`} title={MEANING[state]}>{state}</span>
export const SidePill = ({ side }: { readonly side: Direction }) => <span class={`side ${side}`}>{side === 'long' ? '↗ long' : '↘ short'}</span>
