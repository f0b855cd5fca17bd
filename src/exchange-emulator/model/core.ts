/** What the parts of the model share: the venue's rules, its markets and accounts, chance, time and the way out for events. */
import type { Account } from './account.ts'
import type { Market, Quote, Venue } from './instrument.ts'
import type { EmulatedFill, EmulatedOrder, Execution } from './order.ts'

/** Where the venues differ in what they do (how they say it is the business of the faces). */
export type VenueRules = {
  readonly clientIdMax: number
  readonly clientIdPattern: RegExp
  /** A triggered order becomes a second order under an id of its own; else it carries on under the same. */
  readonly triggerSpawnsOrder: boolean
  /** Client ids are made up where none was given. */
  readonly inventsClientIds: boolean
  /** Conditional orders stay when the position they could reduce is gone. */
  readonly conditionalsSurviveFlat: boolean
  /** A second stop of the whole position takes the first one's place; else it is refused. */
  readonly secondPositionStopReplaces: boolean
  /** Open orders behind a trigger per symbol. */
  readonly maxConditionals: number
  /** The trigger price of a stop that comes with an entry where none is named. */
  readonly attachedSource: 'mark' | 'last'
}

export const VENUE_RULES: Readonly<Record<Venue, VenueRules>> = {
  bybit: {
    clientIdMax: 36, clientIdPattern: /^[\w-]*$/, triggerSpawnsOrder: false, inventsClientIds: false, conditionalsSurviveFlat: true,
    secondPositionStopReplaces: true, maxConditionals: 10, attachedSource: 'last',
  },
  bitget: {
    clientIdMax: 50, clientIdPattern: /^[\x21-\x7e]*$/, triggerSpawnsOrder: true, inventsClientIds: true, conditionalsSurviveFlat: false,
    secondPositionStopReplaces: false, maxConditionals: 50, attachedSource: 'last',
  },
}

/** What a test may change while it runs. Lags in milliseconds, chances from 0 to 1. */
export type Behaviour = {
  /** How long an accepted order stays invisible to queries, and an ended one to the history. */
  orderLagMs: number
  historyLagMs: number
  fillLagMs: number
  /** Worst slippage of a market order in hundredths of a percent; the amount is drawn. */
  slippageBps: number
  /** How likely a market order fills in two parts, `partialAfterMs` apart. */
  partialFillChance: number
  partialAfterMs: number
  /** How orders are carried out that came from a trigger; null: at once and whole. */
  triggeredExecution: Execution | null
  /** What Bybit's account info says about cancelling all orders on a lost connection; it is said, not done. */
  cancelsOnDisconnect: boolean
}

export const usualBehaviour = (): Behaviour => ({
  orderLagMs: 0, historyLagMs: 0, fillLagMs: 0, slippageBps: 0, partialFillChance: 0, partialAfterMs: 200, triggeredExecution: null,
  cancelsOnDisconnect: false,
})

/** Everything the venue's streams could tell, as copies. */
export type ModelEvent =
  | { readonly type: 'quote'; readonly symbol: string; readonly quote: Quote; readonly at: number }
  | { readonly type: 'order'; readonly account: string; readonly order: EmulatedOrder; readonly fill: EmulatedFill | null; readonly at: number }
  | { readonly type: 'fill'; readonly account: string; readonly fill: EmulatedFill; readonly at: number }
  | { readonly type: 'position'; readonly account: string; readonly symbol: string; readonly at: number }
  | { readonly type: 'account'; readonly account: string; readonly at: number }

export type Core = {
  readonly venue: Venue
  readonly rules: VenueRules
  readonly behaviour: Behaviour
  readonly markets: Map<string, Market>
  readonly accounts: Map<string, Account>
  readonly random: () => number
  readonly newId: () => string
  readonly now: () => number
  readonly emit: (event: ModelEvent) => void
  /** Does something at a time to come. */
  readonly later: (at: number, act: () => void) => void
}

/** The market of a symbol that has been checked before. */
export const marketOf = (core: Core, symbol: string): Market => core.markets.get(symbol) as Market

export const triggerPriceOf = ({ quote }: Market, source: 'mark' | 'last'): Quote['mark'] => (source === 'mark' ? quote.mark : quote.last)
