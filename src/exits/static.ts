/** `tp_sl_static`: the stop and the target stay where the signal put them (SPEC X-2). */
import type { ExitPolicy } from './exit-policy.ts'

export const staticPolicy: ExitPolicy = {
  name: 'tp_sl_static',
  summary: 'Stop-loss and take-profit stay where the signal put them.',
  parameters: [],
  followsBest: false,
  parse: () => ({ ok: true, params: {} }),
  start: () => ({}),
  watches: () => [],
  stop: () => null,
  on: (memory) => ({ memory, actions: [] }),
}
