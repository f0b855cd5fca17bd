/** Why a position was closed (`auto_close_reason` on the wire). A closed list. */
export const EXIT_REASONS = [
  'tp',
  'sl',
  'manual',
  'timeout',
  'break_even',
  'trailing',
  'model',
  'signal',
  'sl_failed',
  'panic',
  'kill_switch',
  'liquidation',
  'adl',
  'external',
  'stray_fill',
  'unknown',
] as const
export type ExitReason = (typeof EXIT_REASONS)[number]
