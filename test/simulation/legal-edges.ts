/**
 * The legal life of a position: state, event, and where that may lead. `!` marks what a hundred seeds must walk; a fact
 * that is ignored with a reason is legal everywhere. Whatever is missing here is illegal.
 */
import type { Edges } from './edges.ts'

const LEGAL: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {
    'signal.received': '!pending',
    'stray.filled': 'rolling-back',
  },
  pending: {
    'cancel.rejected': '!pending',
    'deadline entry': '!pending',
    'deadline query': '!pending',
    'exit.requested': '!pending',
    'fact.failed': 'closing quarantined',
    'order.absent': 'cancelled !pending',
    'order.accepted': '!pending',
    'order.canceled': '!cancelled',
    'order.expired': '!cancelled',
    'order.filled': '!closing !entry-filled',
    'order.rejected': '!cancelled',
    'order.unresolved': '!pending',
    'run.started': '!pending',
  },
  'entry-filled': {
    'cancel.rejected': 'entry-filled',
    'deadline entry': 'entry-filled',
    'deadline protect': '!rolling-back',
    'deadline query': '!entry-filled',
    'deadline stop-retry': '!entry-filled',
    'deadline take-profit-retry': 'entry-filled',
    'exit.requested': '!closing',
    'fact.failed': 'quarantined',
    'order.absent': '!entry-filled',
    'order.accepted': '!entry-filled !sl-placed tp-placed',
    'order.canceled': 'closing !entry-filled sl-placed',
    'order.expired': 'closing entry-filled !sl-placed',
    'order.filled': 'closing !entry-filled sl-placed tp-placed',
    'order.rejected': 'closing !entry-filled !rolling-back',
    'order.unresolved': '!entry-filled',
    'run.started': '!entry-filled',
  },
  'sl-placed': {
    'deadline query': '!sl-placed',
    'deadline stop-retry': 'sl-placed',
    'deadline take-profit-retry': '!sl-placed',
    'exit.requested': '!closing',
    'fact.failed': 'quarantined',
    'order.absent': '!sl-placed',
    'order.accepted': '!sl-placed !tp-placed',
    'order.canceled': 'entry-filled sl-placed',
    'order.filled': 'closing sl-placed',
    'order.rejected': '!sl-placed',
    'order.unresolved': 'entry-filled !sl-placed',
    'run.started': 'sl-placed',
  },
  'tp-placed': {
    'deadline query': '!tp-placed',
    'deadline stop-retry': 'tp-placed',
    'exit.requested': '!closing',
    'fact.failed': '!quarantined',
    'order.absent': 'tp-placed',
    'order.accepted': '!tp-placed',
    'order.canceled': 'entry-filled sl-placed tp-placed',
    'order.filled': '!closing tp-placed',
    'order.rejected': 'tp-placed',
    'order.unresolved': 'entry-filled sl-placed tp-placed',
  },
  closing: {
    'cancel.rejected': '!closing',
    'deadline close-retry': '!closing',
    'deadline entry': 'closing',
    'deadline protect': 'closing',
    'deadline query': '!closing',
    'deadline stop-retry': 'closing',
    'deadline take-profit-retry': 'closing',
    'fact.failed': 'closing',
    'order.absent': 'cancelled closed !closing',
    'order.accepted': '!closing',
    'order.canceled': 'cancelled !closed !closing',
    'order.expired': 'closed !closing',
    'order.filled': 'closed !closing',
    'order.rejected': 'closed !closing',
    'order.unresolved': '!closing',
    'position.reported': '!closed !closing',
    'run.started': '!closing',
  },
  'rolling-back': {
    'cancel.rejected': 'rolling-back',
    'deadline close-retry': 'rolling-back',
    'deadline protect': 'rolling-back',
    'deadline query': '!rolling-back',
    'deadline stop-retry': 'rolling-back',
    'fact.failed': 'closing',
    'order.absent': 'closed rolling-back',
    'order.accepted': '!rolling-back',
    'order.canceled': 'closed rolling-back',
    'order.expired': 'rolling-back',
    'order.filled': '!rolling-back',
    'order.rejected': 'rolling-back',
    'order.unresolved': 'rolling-back',
    'position.reported': '!closed !rolling-back',
    'run.started': 'rolling-back',
  },
  quarantined: {
    'cancel.rejected': 'quarantined',
    'deadline entry': 'quarantined',
    'deadline protect': 'rolling-back',
    'deadline query': '!quarantined',
    'deadline stop-retry': 'quarantined',
    'deadline take-profit-retry': 'quarantined',
    'exit.requested': 'cancelled !closing',
    'fact.failed': 'quarantined',
    'order.absent': 'quarantined',
    'order.accepted': '!quarantined',
    'order.canceled': 'closing quarantined',
    'order.expired': 'quarantined',
    'order.filled': 'closing quarantined',
    'order.rejected': 'closing quarantined rolling-back',
    'order.unresolved': 'quarantined',
    'run.started': 'quarantined',
  },
  closed: {
    'cancel.rejected': '!ignored',
    'deadline settle': '!closed',
    'exit.requested': '!ignored',
    'order.accepted': '!ignored',
    'order.canceled': '!ignored',
    'order.filled': '!ignored',
    'order.unresolved': '!ignored',
  },
  cancelled: {
    'deadline settle': '!cancelled',
  },
  retired: {
    'order.accepted': '!ignored',
    'order.canceled': '!ignored',
    'order.filled': '!ignored',
  },
}

const edgesOf = (wanted: (outcome: string) => boolean): Set<string> =>
  new Set(
    Object.entries(LEGAL).flatMap(([state, events]) =>
      Object.entries(events).flatMap(([event, outcomes]) =>
        outcomes
          .split(' ')
          .filter(wanted)
          .map((outcome) => `${state} | ${event} | ${outcome.replace('!', '')}`),
      ),
    ),
  )

const ALLOWED = edgesOf(() => true)
const EXPECTED = edgesOf((outcome) => outcome.startsWith('!'))

export const illegalEdges = (edges: Edges): readonly string[] => [...edges.keys()].filter((edge) => !ALLOWED.has(edge) && !edge.endsWith('| ignored'))
/** Edges that must be walked and were not. */
export const missingEdges = (edges: Edges): readonly string[] => [...EXPECTED].filter((edge) => !edges.has(edge))
