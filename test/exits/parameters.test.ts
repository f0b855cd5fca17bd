/** `exit_params` of `tp_sl_trailing_v1` as bots send them: what is kept, and what each mistake is answered (422). */
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import { exitStrategies } from '../../src/exits/registry.ts'
import { bounceSignalReader } from '../../src/signals/bounce-signal.ts'

const settingsWith = (overrides: Readonly<Record<string, string>> = {}) => {
  const loaded = loadSettings({ environment: {}, dotEnv: null, overrides })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings.signal
}

const read = (exitParams: unknown, overrides: Readonly<Record<string, string>> = {}) =>
  bounceSignalReader(settingsWith(overrides), exitStrategies)({
    symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-05T00:00:00Z', exit_strategy: 'tp_sl_trailing_v1', exit_params: exitParams,
  })

const kept = (exitParams: unknown, overrides?: Readonly<Record<string, string>>) => {
  const reading = read(exitParams, overrides)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.signal.exitParams
}

const DEFAULTS = { break_even_trigger_pct: '1', break_even_offset_pct: '0', trail_trigger_pct: '2', trail_distance_pct: '0.8', timeout_candles: '12', timeout_min_move_pct: '1' }

describe('parameters that are kept', () => {
  it.each([
    ['nothing', undefined, DEFAULTS],
    ['null for all', null, DEFAULTS],
    ['an empty object', {}, DEFAULTS],
    ['numbers as text', { trail_distance_pct: '0.75' }, { ...DEFAULTS, trail_distance_pct: '0.75' }],
    ['a rule switched off: the time-out then asks for 1 %', { break_even_trigger_pct: null }, { ...DEFAULTS, break_even_trigger_pct: null, timeout_min_move_pct: '1' }],
    ['the time-out asks for the break-even trigger', { break_even_trigger_pct: 1.7 }, { ...DEFAULTS, break_even_trigger_pct: '1.7', timeout_min_move_pct: '1.7' }],
    ['always time out', { timeout_min_move_pct: null }, { ...DEFAULTS, timeout_min_move_pct: null }],
    ['no trailing, no time-out', { trail_trigger_pct: null, timeout_candles: null }, { ...DEFAULTS, trail_trigger_pct: null, timeout_candles: null }],
    ['an offset as large as the trigger', { break_even_offset_pct: 1 }, { ...DEFAULTS, break_even_offset_pct: '1' }],
    ['any offset where that rule is off', { break_even_trigger_pct: null, break_even_offset_pct: 5 }, { ...DEFAULTS, break_even_trigger_pct: null, break_even_offset_pct: '5', timeout_min_move_pct: '1' }],
  ])('%s', (_, given, expected) => {
    expect(kept(given)).toEqual(expected)
  })

  it('defaults come from the settings, an empty one switches its rule off', () => {
    expect(kept({}, { TRAIL_TRIGGER_PCT: '', TRAIL_DISTANCE_PCT: '1.2', TRAIL_BREAK_EVEN_TRIGGER_PCT: '3', TRAIL_TIMEOUT_CANDLES: '20' })).toEqual({
      break_even_trigger_pct: '3', break_even_offset_pct: '0', trail_trigger_pct: null, trail_distance_pct: '1.2', timeout_candles: '20', timeout_min_move_pct: '3',
    })
    expect(kept({ break_even_trigger_pct: 4 }, { TRAIL_TIMEOUT_MIN_MOVE_PCT: '2.5' })).toMatchObject({ break_even_trigger_pct: '4', timeout_min_move_pct: '2.5' })
  })
})

describe('parameters that are refused, each named', () => {
  it.each([
    ['an offset beyond the trigger', { break_even_offset_pct: 1.01 }, 'exit_params.break_even_offset_pct must not exceed break_even_trigger_pct (1)'],
    ['a distance of nothing', { trail_distance_pct: 0 }, 'exit_params.trail_distance_pct must be above 0'],
    ['a negative distance', { trail_distance_pct: -1 }, 'exit_params.trail_distance_pct must be a number from 0 to 100000'],
    ['no distance', { trail_distance_pct: null }, 'exit_params.trail_distance_pct must be a number from 0 to 100000'],
    ['no offset', { break_even_offset_pct: null }, 'exit_params.break_even_offset_pct must be a number from 0 to 100000'],
    ['an unknown name', { trail_distence_pct: 1 }, 'exit_params.trail_distence_pct is unknown; allowed are break_even_trigger_pct, break_even_offset_pct, trail_trigger_pct, trail_distance_pct, timeout_candles, timeout_min_move_pct'],
    ['text that is no number', { trail_trigger_pct: 'two' }, 'exit_params.trail_trigger_pct must be a number from 0 to 100000, or null to switch the rule off'],
    ['a truth value', { break_even_trigger_pct: true }, 'exit_params.break_even_trigger_pct must be a number from 0 to 100000, or null to switch the rule off'],
    ['a list', { timeout_candles: [12] }, 'exit_params.timeout_candles must be a number from 0 to 100000, or null to switch the rule off'],
    ['a negative trigger', { trail_trigger_pct: -2 }, 'exit_params.trail_trigger_pct must be a number from 0 to 100000, or null to switch the rule off'],
    ['no candles', { timeout_candles: 0 }, 'exit_params.timeout_candles must be above 0, or null'],
    ['a negative minimum', { timeout_min_move_pct: '-1' }, 'exit_params.timeout_min_move_pct must be a number from 0 to 100000, or null to switch the rule off'],
    ['no object', [1], 'exit_params must be an object'],
    ['a text', 'trailing', 'exit_params must be an object'],
  ])('%s', (_, given, expected) => {
    const reading = read(given)
    expect(reading.ok).toBe(false)
    if (!reading.ok) expect(reading.problems.map(({ field, message }) => `${field} ${message}`)).toEqual([expected])
  })

  it('all at once', () => {
    const reading = read({ trail_trigger_pct: 'x', nonsense: 1, trail_distance_pct: '' })
    expect(reading.ok ? [] : reading.problems.map(({ field }) => field)).toEqual(['exit_params.trail_trigger_pct', 'exit_params.trail_distance_pct', 'exit_params.nonsense'])
  })

  it('an unknown strategy', () => {
    const reading = bounceSignalReader(settingsWith(), exitStrategies)({ symbol: 'BTCUSDT', side: 'long', price: 100, timestamp: '2026-01-05T00:00:00Z', exit_strategy: 'tp_sl_trailing_v2' })
    expect(reading.ok ? '' : reading.problems.map(({ field, message }) => `${field} ${message}`).join()).toMatch(/^exit_strategy must be one of tp_sl_static, tp_sl_trailing_v1/)
  })

  it('settings that do not fit together stop the start', () => {
    const loaded = loadSettings({ environment: { TRAIL_BREAK_EVEN_OFFSET_PCT: '2' }, dotEnv: null })
    expect(loaded.ok ? [] : loaded.problems).toEqual(['TRAIL_BREAK_EVEN_OFFSET_PCT=2 (process environment): must not exceed TRAIL_BREAK_EVEN_TRIGGER_PCT (1)'])
  })
})
