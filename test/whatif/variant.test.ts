import { describe, expect, it } from 'vitest'
import { changedBody, idleParameters, settingsOf, type Variant } from '../../src/whatif/variant.ts'

const variant = (changes: Variant['changes']): Variant => ({ name: 'a', changes })
const STATIC = 'tp_sl_static'
const TRAILING = 'tp_sl_trailing_v1'

describe('a signal under a variant', () => {
  const own = { symbol: 'X', tp_pct: 4, exit_strategy: TRAILING, exit_params: { trail_distance_pct: 2, timeout_candles: 5 } }
  it.each<[what: string, body: unknown, changes: Variant['changes'], changed: unknown]>([
    ['nothing of the signal changes: the very body', own, { MAX_OPEN_POSITIONS: '1' }, own],
    ['its own fields give way', own, { tp_pct: '2', sl_pct: '1' }, { ...own, tp_pct: '2', sl_pct: '1' }],
    ['its own parameters give way, the others stay', own, { trail_distance_pct: '0.5' }, { ...own, exit_params: { trail_distance_pct: '0.5', timeout_candles: 5 } }],
    ['null switches off', own, { timeout_candles: null }, { ...own, exit_params: { trail_distance_pct: 2, timeout_candles: null } }],
    ['parameters of another strategy are dropped', own, { exit_strategy: STATIC }, { ...own, exit_strategy: STATIC, exit_params: {} }],
    ['a strategy for a signal without one', { symbol: 'X' }, { exit_strategy: TRAILING, timeout_candles: '3' }, { symbol: 'X', exit_strategy: TRAILING, exit_params: { timeout_candles: '3' } }],
    ['parameters that its strategy does not have do not apply', { symbol: 'X' }, { trail_distance_pct: '1' }, { symbol: 'X' }],
    ['what is no signal stays for validation to refuse', 'text', { tp_pct: '1' }, 'text'],
    ['wrong parameters stay for validation to refuse', { ...own, exit_params: 7 }, { trail_distance_pct: '1' }, { ...own, exit_params: 7 }],
  ])('%s', (_, body, changes, changed) => expect(changedBody(body, variant(changes), STATIC)).toEqual(changed))

  it('settings in capitals; null is no limit', () => {
    expect(settingsOf(variant({ tp_pct: '1', MAX_OPEN_POSITIONS: '5', MAX_SIZE_PER_POSITION_USDT: null }))).toEqual({ MAX_OPEN_POSITIONS: '5', MAX_SIZE_PER_POSITION_USDT: '' })
  })

  it('parameters that no strategy in use has are told', () => {
    expect(idleParameters(variant({ trail_distance_pct: '1', tp_pct: '1', MAX_OPEN_POSITIONS: '1' }), [STATIC])).toEqual(['trail_distance_pct'])
    expect(idleParameters(variant({ trail_distance_pct: '1' }), [STATIC, TRAILING])).toEqual([])
  })
})
