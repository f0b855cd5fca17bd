/** `tp_sl_static`: the stop and the target stay where the signal put them (SPEC X-2). */
import type { ExitPolicy } from './exit-policy.ts'

export const staticPolicy: ExitPolicy = {
  name: 'tp_sl_static',
  summary: 'Stop-loss and take-profit stay where the signal put them.',
  parse: (params) => {
    const unknown = Object.keys(params)
    return unknown.length === 0 ? { ok: true, params: {} } : { ok: false, problems: unknown.map((field) => ({ field, message: 'is unknown; tp_sl_static has no parameters' })) }
  },
  start: () => ({}),
  watches: () => [],
  stop: () => null,
  on: (memory) => ({ memory, actions: [] }),
}
