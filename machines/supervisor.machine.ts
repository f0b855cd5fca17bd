/**
 * The life of the process: the root actor. It holds no positions (they are standalone actors in the registry, which it
 * owns through the service) and decides nothing about money; it says what may happen now.
 */
import { setup } from 'xstate'

export type SupervisorEvent =
  | { readonly type: 'journal.opened' }
  | { readonly type: 'recovery.completed' }
  | { readonly type: 'reconciliation.completed' }
  /** The journal can acknowledge nothing more: open positions are protected, nothing new is taken. */
  | { readonly type: 'journal.failed'; readonly message: string }
  | { readonly type: 'shutdown.requested' }
  | { readonly type: 'drained' }

export const supervisorMachine = setup({ types: {} as { events: SupervisorEvent } }).createMachine({
  id: 'loms',
  initial: 'booting',
  on: { 'shutdown.requested': '.draining' },
  states: {
    /** Lock and journal are being opened. */
    booting: { on: { 'journal.opened': 'recovering' } },
    /** Checkpoint and tail are being folded; nothing is sent. */
    recovering: { on: { 'recovery.completed': 'reconciling' } },
    /** What we hold is compared with what the broker holds. */
    reconciling: { on: { 'reconciliation.completed': 'running', 'journal.failed': 'protect-only' } },
    /** Signals are taken. */
    running: { on: { 'journal.failed': 'protect-only' } },
    'protect-only': {},
    draining: { on: { drained: 'stopped' } },
    stopped: { type: 'final' },
  },
})

export type SupervisorState = 'booting' | 'recovering' | 'reconciling' | 'running' | 'protect-only' | 'draining' | 'stopped'
