/**
 * The life of one position:
 * `pending → entry-filled → sl-placed → tp-placed → closing → closed`, and what reality needs beside it.
 *
 * Every fact is first taken into the context (`take`), then the state says what it keeps up (`ensure…`), then the first
 * guard that holds moves on. Machines are pure: time is the fact's `at`, deadlines are data in the context, what the
 * machine wants done is in `context.outputs`.
 */
import { assign, setup, type ActorRefFrom, type SnapshotFrom } from 'xstate'
import { entryEnded, hasFill, hasVanished, isCovered, isFlat, nothingRests, type PositionContext } from './position.context.ts'
import { announceCancelled, announceClosed, announceProtected, announceQuarantined, closeByFill, openPosition, retire, take, takeFinished, type PositionInput } from './position.steps.ts'
import { checkFillPrice, startExits } from './position.exits.ts'
import { ensureClose, ensureReduction } from './position.close.ts'
import { beginClose, ensureStop, submitEntry, tendEntry } from './position.orders.ts'
import { ensureTakeProfit, targetsWork } from './position.targets.ts'
import type { PositionEvent } from './position.reports.ts'

/** Raised with every change of the chart, the context's or the ledger's shape: a checkpoint of another version is folded anew. */
export const MACHINE_VERSION = 8

type Step = (context: PositionContext, event: PositionEvent) => PositionContext
type Types = { context: PositionContext; events: PositionEvent; input: PositionInput }
/** One action of several steps: XState copies the whole context for each action. */
const steps = (...changes: readonly Step[]) =>
  assign<PositionContext, PositionEvent, undefined, PositionEvent, never>(({ context, event }) => changes.reduce((known, change) => change(known, event), context))

/** In every state that is not finished: a state's `*` would hide a transition of the root. */
const FAILED = { target: 'quarantined', actions: 'take' } as const

/** The venue holds nothing of it and no fill says why: until a person or a late fill does, nothing is sent. */
const VANISHED = { guard: 'vanished', target: 'quarantined' } as const

/** While a position is open, before what the state itself looks for. */
const WAYS_OUT = [
  { guard: 'flat', target: 'closing', actions: 'closeByFill' },
  { guard: 'closeBegun', target: 'closing' },
  { guard: 'stopGivenUp', target: 'rolling-back', actions: 'rollBack' },
] as const

export const positionMachine = setup({
  types: {} as Types,
  actions: {
    'take, tendEntry': steps(take, tendEntry),
    'startExits, checkFillPrice': steps(startExits, checkFillPrice),
    'take, checkFillPrice, tendEntry, ensureReduction, ensureStop': steps(take, checkFillPrice, tendEntry, ensureReduction, ensureStop),
    'announceProtected, ensureTakeProfit': steps(announceProtected, ensureTakeProfit),
    'take, ensureReduction, ensureStop, ensureTakeProfit': steps(take, ensureReduction, ensureStop, ensureTakeProfit),
    'take, ensureClose': steps(take, ensureClose),
    'announceQuarantined, ensureStop': steps(announceQuarantined, ensureStop),
    'take, ensureStop': steps(take, ensureStop),
    'announceClosed, retire': steps(announceClosed, retire),
    'takeFinished, retire': steps(takeFinished, retire),
    'announceCancelled, retire': steps(announceCancelled, retire),
    take: steps(take),
    submitEntry: steps(submitEntry),
    ensureStop: steps(ensureStop),
    ensureClose: steps(ensureClose),
    closeByFill: steps(closeByFill),
    rollBack: steps((context) => beginClose(context, 'sl_failed')),
  },
  guards: {
    isStray: ({ context }) => context.stray,
    anyFill: ({ context }) => hasFill(context),
    // Where all of it was declared void, nothing may be left at the venue.
    endedUnfilled: ({ context }) => entryEnded(context) && !hasFill(context) && (context.voided === undefined || (context.proof === 'flat' && nothingRests(context))),
    flat: ({ context }) => isFlat(context) && entryEnded(context) && context.closing === null,
    closeBegun: ({ context }) => context.closing !== null,
    stopGivenUp: ({ context }) => context.rollingBack,
    entryCovered: ({ context }) => entryEnded(context) && isCovered(context),
    uncovered: ({ context }) => !isCovered(context),
    targetsWork: ({ context }) => targetsWork(context),
    vanished: ({ context }) => hasVanished(context),
    closeGoesOn: ({ context }) => context.closing !== null && !hasVanished(context),
    targetLost: ({ context }) => !targetsWork(context),
    over: ({ context }) => context.proof === 'flat' && hasFill(context) && isFlat(context) && nothingRests(context),
  },
}).createMachine({
  id: 'position',
  context: ({ input }) => openPosition(input),
  initial: 'pending',
  states: {
    /** The entry order is sent; nothing is filled. */
    pending: {
      entry: 'submitEntry',
      on: { 'position.failed': FAILED, '*': { actions: 'take, tendEntry' } },
      always: [
        { guard: 'isStray', target: 'rolling-back' },
        { guard: 'anyFill', target: 'entry-filled', actions: 'startExits, checkFillPrice' },
        { guard: 'endedUnfilled', target: 'cancelled' },
      ],
    },
    /** Some quantity is filled and not yet wholly covered by a confirmed stop. */
    'entry-filled': {
      entry: 'ensureStop',
      on: { 'position.failed': FAILED, '*': { actions: 'take, checkFillPrice, tendEntry, ensureReduction, ensureStop' } },
      always: [
        VANISHED,
        ...WAYS_OUT,
        { guard: 'entryCovered', target: 'sl-placed' },
      ],
    },
    /** The entry has ended and a confirmed stop covers all of it; the target is not confirmed. */
    'sl-placed': {
      entry: 'announceProtected, ensureTakeProfit',
      on: { 'position.failed': FAILED, '*': { actions: 'take, ensureReduction, ensureStop, ensureTakeProfit' } },
      always: [
        VANISHED,
        ...WAYS_OUT,
        { guard: 'uncovered', target: 'entry-filled' },
        { guard: 'targetsWork', target: 'tp-placed' },
      ],
    },
    /** Stop and target rest at the venue. */
    'tp-placed': {
      on: { 'position.failed': FAILED, '*': { actions: 'take, ensureReduction, ensureStop, ensureTakeProfit' } },
      always: [
        VANISHED,
        ...WAYS_OUT,
        { guard: 'uncovered', target: 'entry-filled' },
        { guard: 'targetLost', target: 'sl-placed' },
      ],
    },
    /** One exit won: what is left is closed at market, flat is proven, the other orders are removed, the stop last. */
    closing: {
      entry: 'ensureClose',
      on: { 'position.failed': FAILED, '*': { actions: 'take, ensureClose' } },
      always: [
        VANISHED,
        { guard: 'over', target: 'closed' },
        { guard: 'endedUnfilled', target: 'cancelled' },
      ],
    },
    /** No stop could be placed, or a fill came for a finished position: leave at market. */
    'rolling-back': {
      entry: 'ensureClose',
      on: { 'position.failed': FAILED, '*': { actions: 'take, ensureClose' } },
      always: [VANISHED, { guard: 'over', target: 'closed' }, { guard: 'endedUnfilled', target: 'cancelled' }],
    },
    /** This position's machine failed, or the venue holds nothing of it: a person's business. Only its stop is kept up, while the venue holds it; a close under way goes on. */
    quarantined: {
      entry: 'announceQuarantined, ensureStop',
      on: { '*': { actions: 'take, ensureStop' } },
      always: [
        { guard: 'flat', target: 'closing', actions: 'closeByFill' },
        { guard: 'closeGoesOn', target: 'closing' },
        { guard: 'stopGivenUp', target: 'rolling-back', actions: 'rollBack' },
      ],
    },
    closed: { entry: 'announceClosed, retire', on: { '*': { actions: 'takeFinished, retire' } } },
    cancelled: { entry: 'announceCancelled, retire', on: { '*': { actions: 'takeFinished, retire' } } },
  },
})


export type PositionMachine = typeof positionMachine
export type PositionActor = ActorRefFrom<PositionMachine>
export type PositionSnapshot = SnapshotFrom<PositionMachine>
