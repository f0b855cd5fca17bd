/**
 * The legal life of a position: state, event, and where that may lead. `!` marks what a hundred seeds of the paper world
 * must walk, `+` what a hundred of the live world must; a fact that is ignored with a reason is legal everywhere. Whatever
 * is missing here is illegal.
 */
import type { Edges } from './edges.ts'

const LEGAL: Table = {
  none: {
    'signal.received': '!+pending',
    'stray.filled': 'rolling-back',
  },
  pending: {
    'cancel.rejected': '!pending',
    'deadline entry': '!pending',
    'deadline query': '!+pending',
    'exit.requested': '!pending',
    'fact.failed': 'closing quarantined',
    'levels.requested': 'pending',
    'order.absent': 'cancelled !pending',
    'order.accepted': '!+pending',
    'order.canceled': '!cancelled',
    'order.expired': '!cancelled',
    'order.filled': '!closing !+entry-filled',
    'order.rejected': '!+cancelled',
    'order.unresolved': '!+pending',
    'run.started': '!+pending',
  },
  'entry-filled': {
    'cancel.rejected': 'entry-filled',
    'deadline close-retry': 'entry-filled',
    'deadline entry': 'entry-filled',
    'deadline policy:timeout': 'closing entry-filled',
    'deadline protect': '!rolling-back',
    'deadline query': '!+entry-filled',
    'deadline sample:ask': 'entry-filled',
    'deadline stop-retry': '!entry-filled',
    'deadline take-profit-retry': 'entry-filled',
    'exit.advised': 'closing entry-filled',
    'exit.requested': '!closing entry-filled',
    'fact.failed': 'quarantined',
    'levels.requested': 'entry-filled',
    'order.absent': '!entry-filled',
    'order.accepted': '!entry-filled !+sl-placed tp-placed',
    'order.canceled': 'closing !entry-filled sl-placed',
    'order.expired': 'closing entry-filled !sl-placed',
    'order.filled': 'closing !entry-filled rolling-back sl-placed tp-placed',
    'order.rejected': '+closing !entry-filled !rolling-back',
    'order.unresolved': '!+entry-filled',
    'price.crossed': 'closing entry-filled',
    'price.sampled': 'entry-filled',
    'stop.trailed': 'entry-filled',
    'run.started': '!entry-filled',
  },
  'sl-placed': {
    'cancel.rejected': 'entry-filled sl-placed',
    'deadline close-retry': 'sl-placed',
    'deadline policy:timeout': 'closing sl-placed',
    'deadline query': '!+sl-placed',
    'deadline sample:ask': 'sl-placed',
    'deadline stop-retry': 'sl-placed',
    'deadline take-profit-retry': '!sl-placed',
    'exit.advised': 'closing sl-placed tp-placed',
    'exit.requested': '!closing !sl-placed',
    'fact.failed': 'quarantined',
    'levels.requested': 'sl-placed tp-placed',
    'order.absent': '!+sl-placed',
    'order.accepted': '!+sl-placed !+tp-placed',
    'order.canceled': 'entry-filled rolling-back sl-placed',
    'order.expired': 'sl-placed',
    'order.filled': 'closing sl-placed tp-placed',
    'order.rejected': 'closing !sl-placed',
    'order.unresolved': 'entry-filled !+sl-placed',
    'price.crossed': 'closing sl-placed',
    'price.sampled': 'sl-placed',
    'stop.trailed': 'sl-placed',
    'run.started': 'sl-placed',
  },
  'tp-placed': {
    // An older stop that a newer one has outlived is being removed.
    'cancel.rejected': 'tp-placed sl-placed entry-filled',
    'run.started': 'tp-placed',
    'deadline query': '!+tp-placed',
    'deadline stop-retry': 'tp-placed',
    'exit.requested': '!+closing !tp-placed',
    'fact.failed': '!quarantined',
    'order.absent': 'tp-placed',
    'order.accepted': '!tp-placed',
    'order.canceled': 'entry-filled sl-placed tp-placed rolling-back',
    'order.filled': '!closing sl-placed tp-placed',
    'order.rejected': 'closing tp-placed',
    'order.unresolved': 'entry-filled sl-placed tp-placed',
    'price.sampled': '!tp-placed',
    'stop.trailed': '!tp-placed',
    'levels.requested': 'sl-placed !tp-placed',
    'exit.advised': '!closing sl-placed !tp-placed',
    'deadline sample:ask': 'tp-placed',
    'price.crossed': 'closing !tp-placed',
    'deadline policy:timeout': '!closing tp-placed',
    'order.expired': 'tp-placed',
    'deadline close-retry': 'tp-placed',
    'deadline take-profit-retry': 'tp-placed',
  },
  closing: {
    'cancel.rejected': '!+closing',
    'deadline close-retry': '!+closing',
    'deadline entry': 'closing',
    'deadline policy:timeout': 'closing',
    'deadline protect': 'closing',
    'deadline query': '!+closing',
    'deadline sample:ask': 'closing',
    'deadline stop-retry': 'closing',
    'deadline take-profit-retry': 'closing',
    'fact.failed': 'closing',
    'order.absent': 'cancelled +closed !+closing',
    'order.accepted': '!+closing',
    'order.canceled': 'cancelled !+closed !+closing',
    'order.expired': 'cancelled closed !closing',
    'order.filled': 'closed !+closing',
    'order.rejected': 'cancelled closed !+closing',
    'order.unresolved': '!+closing',
    'position.reported': '!+closed !+closing',
    'price.crossed': 'closing',
    'price.sampled': 'closing',
    'run.started': '!+closing',
  },
  'rolling-back': {
    'cancel.rejected': 'rolling-back',
    'deadline close-retry': 'rolling-back',
    'deadline policy:timeout': 'rolling-back',
    'deadline protect': 'rolling-back',
    'deadline query': '!+rolling-back',
    'deadline sample:ask': 'rolling-back',
    'deadline stop-retry': 'rolling-back',
    'fact.failed': 'closing',
    'order.absent': 'closed rolling-back',
    'order.accepted': '!+rolling-back',
    'order.canceled': 'closed rolling-back',
    'order.expired': 'closed rolling-back',
    'order.filled': 'closed !rolling-back',
    'order.rejected': 'rolling-back closed',
    'order.unresolved': 'rolling-back',
    'position.reported': '!closed !rolling-back',
    'price.crossed': 'rolling-back',
    'price.sampled': 'rolling-back',
    'run.started': 'rolling-back',
    'deadline entry': 'rolling-back',
    'deadline take-profit-retry': 'rolling-back',
  },
  quarantined: {
    'deadline close-retry': 'quarantined',
    'stop.trailed': 'quarantined',
    'cancel.rejected': 'quarantined',
    'deadline entry': 'quarantined',
    'deadline policy:timeout': 'closing quarantined',
    'deadline protect': 'rolling-back',
    'deadline query': '!quarantined',
    'deadline sample:ask': 'quarantined',
    'deadline stop-retry': 'quarantined',
    'deadline take-profit-retry': 'quarantined',
    'exit.advised': 'closing quarantined',
    'exit.requested': 'cancelled !closing',
    'fact.failed': 'quarantined',
    'order.absent': 'quarantined',
    'order.accepted': '!quarantined',
    'order.canceled': 'closing quarantined rolling-back',
    'order.expired': 'quarantined',
    'order.filled': 'closing quarantined',
    'order.rejected': 'closing quarantined rolling-back',
    'order.unresolved': 'quarantined',
    'price.crossed': 'closing quarantined',
    'price.sampled': 'quarantined',
    'run.started': 'quarantined',
  },
  closed: {
    'cancel.rejected': '!ignored',
    'deadline settle': '!+closed',
    'run.started': 'closed',
    'exit.requested': '!ignored',
    'order.accepted': '!ignored',
    'order.canceled': '!ignored',
    'order.filled': '!ignored',
    'order.unresolved': '!ignored',
  },
  cancelled: {
    'deadline settle': '!+cancelled',
    'run.started': 'cancelled',
  },
  retired: {
    'order.accepted': '!ignored',
    'order.canceled': '!ignored',
    'order.filled': '!ignored',
  },
}

/** What only an exchange does. */
const LIVE: Table = {
  pending: { 'external.filled': 'pending', 'funding.settled': 'pending', 'market.changed': 'pending' },
  'entry-filled': { 'external.filled': 'closing entry-filled', 'funding.settled': 'entry-filled', 'fill.voided': 'closing entry-filled', 'market.changed': 'entry-filled' },
  'sl-placed': { 'external.filled': 'closing entry-filled sl-placed', 'funding.settled': 'sl-placed', 'fill.voided': 'closing entry-filled sl-placed', 'market.changed': 'sl-placed' },
  'tp-placed': { 'external.filled': 'closing entry-filled sl-placed tp-placed', 'funding.settled': 'tp-placed', 'fill.voided': 'closing entry-filled sl-placed', 'market.changed': 'tp-placed' },
  closing: { 'external.filled': 'closed +closing', 'position.vanished': 'quarantined', 'funding.settled': 'closing', 'fill.voided': 'closing', 'position.reported': 'cancelled', 'order.canceled': 'cancelled', 'market.changed': 'closing' },
  'rolling-back': { 'external.filled': 'closed rolling-back', 'position.vanished': 'quarantined', 'funding.settled': 'rolling-back', 'fill.voided': 'rolling-back', 'position.reported': 'cancelled', 'order.canceled': 'cancelled', 'market.changed': 'rolling-back' },
  quarantined: { 'external.filled': 'closed closing quarantined', 'order.filled': 'closed', 'funding.settled': 'quarantined', 'fill.voided': 'closing quarantined', 'market.changed': 'quarantined' },
}

type Table = Readonly<Record<string, Readonly<Record<string, string>>>>

/** Before an outcome. */
const MARKS = /^[!+]+/

const edgesOf = (table: Table, wanted: (outcome: string) => boolean): Set<string> =>
  new Set(
    Object.entries(table).flatMap(([state, events]) =>
      Object.entries(events).flatMap(([event, outcomes]) =>
        outcomes
          .split(' ')
          .filter(wanted)
          .map((outcome) => `${state} | ${event} | ${outcome.replace(MARKS, '')}`),
      ),
    ),
  )

const ALLOWED = edgesOf(LEGAL, () => true)
const marked = (mark: string) => (outcome: string): boolean => (MARKS.exec(outcome)?.[0] ?? '').includes(mark)
const EXPECTED = { paper: edgesOf(LEGAL, marked('!')), live: new Set([...edgesOf(LEGAL, marked('+')), ...edgesOf(LIVE, marked('+'))]) } as const
const LIVE_ONLY = edgesOf(LIVE, () => true)

export const illegalEdges = (edges: Edges, world: 'paper' | 'live' = 'paper'): readonly string[] =>
  [...edges.keys()].filter((edge) => !ALLOWED.has(edge) && !(world === 'live' && LIVE_ONLY.has(edge)) && !edge.endsWith('| ignored'))
/** Edges that must be walked and were not. */
export const missingEdges = (edges: Edges, world: 'paper' | 'live' = 'paper'): readonly string[] => [...EXPECTED[world]].filter((edge) => !edges.has(edge))
