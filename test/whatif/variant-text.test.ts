import { describe, expect, it } from 'vitest'
import { readVariants } from '../../src/whatif/variant-text.ts'

const read = (...texts: string[]): unknown => {
  const typed = readVariants(texts)
  return typed.ok ? typed.variants : typed.problems
}
const problem = (text: string): string => (read(text) as string[]).join('\n')

describe('variants as typed', () => {
  it.each<[text: string, variants: readonly (readonly [name: string, changes: object])[]]>([
    ['a:tp_pct=2', [['a', { tp_pct: '2' }]]],
    ['a:exit_strategy=tp_sl_trailing_v1,trail_distance_pct=0.8,MAX_OPEN_POSITIONS=5', [['a', { exit_strategy: 'tp_sl_trailing_v1', trail_distance_pct: '0.8', MAX_OPEN_POSITIONS: '5' }]]],
    ['a:timeout_candles=null,MAX_OPEN_POSITIONS=null', [['a', { timeout_candles: null, MAX_OPEN_POSITIONS: null }]]],
    ['a-1.b_c: sl_pct = 1 , tp_pct=2', [['a-1.b_c', { sl_pct: '1', tp_pct: '2' }]]],
    ['a:tp_pct=1..1/5', [['a:tp_pct=1', { tp_pct: '1' }]]],
    // Tenths are exact: 0.1 + 0.2 is 0.3.
    ['a:trail_distance_pct=0.1..0.4/0.1', ['0.1', '0.2', '0.3', '0.4'].map((value) => [`a:trail_distance_pct=${value}`, { trail_distance_pct: value }] as const)],
    ['a:tp_pct=1..2/0.4', ['1', '1.4', '1.8'].map((value) => [`a:tp_pct=${value}`, { tp_pct: value }] as const)],
    [
      'a:tp_pct=1..2/1,sl_pct=3,MAX_OPEN_POSITIONS=4..5/1',
      [['1', '4'], ['1', '5'], ['2', '4'], ['2', '5']].map(([tp, most]) => [`a:tp_pct=${tp},MAX_OPEN_POSITIONS=${most}`, { tp_pct: tp, sl_pct: '3', MAX_OPEN_POSITIONS: most }] as const),
    ],
  ])('%s', (text, variants) => expect(read(text)).toEqual(variants.map(([name, changes]) => ({ name, changes }))))

  it('several in the order they were typed', () => {
    expect(read('b:tp_pct=1..2/1', 'a:sl_pct=1')).toMatchObject([{ name: 'b:tp_pct=1' }, { name: 'b:tp_pct=2' }, { name: 'a' }])
  })

  it.each<[text: string, says: string]>([
    ['', 'write NAME:KEY=VALUE'],
    ['tp_pct=2', 'write NAME:KEY=VALUE'],
    [':tp_pct=2', 'write NAME:KEY=VALUE'],
    ['a b:tp_pct=2', 'the name is 1 to 40 letters'],
    [`${'a'.repeat(41)}:tp_pct=2`, 'the name is 1 to 40 letters'],
    ['baseline:tp_pct=2', 'choose another name'],
    ['a:', 'nothing stands where KEY=VALUE is expected'],
    ['a:tp_pct', 'tp_pct stands where KEY=VALUE is expected'],
    ['a:tp_pct=', 'tp_pct= stands where KEY=VALUE is expected'],
    ['a:tp_pct=2,', 'nothing stands where KEY=VALUE is expected'],
    ['a:Tp_pct=2', 'Tp_pct=2 stands where KEY=VALUE is expected'],
    ['a:__proto__=2', '__proto__=2 stands where KEY=VALUE is expected'],
    ['a:price=2', 'price cannot be changed; allowed are exit_strategy, tp_pct, sl_pct, break_even_trigger_pct'],
    ['a:constructor=2', 'constructor cannot be changed'],
    ['a:tp_pct=2,tp_pct=3', 'tp_pct is given twice'],
    ['a:tp_pct=null', 'tp_pct cannot be switched off'],
    ['a:exit_strategy=null', 'exit_strategy cannot be switched off'],
    ['a:tp_pct=1..2', 'a grid is FROM..TO/STEP, such as 0.4..1.2/0.1'],
    ['a:tp_pct=1../1', 'a grid is FROM..TO/STEP'],
    ['a:tp_pct=one..two/1', 'all three are numbers'],
    ['a:tp_pct=1..2/0', 'the step must be above 0'],
    ['a:tp_pct=1..2/-1', 'the step must be above 0'],
    ['a:tp_pct=2..1/1', 'it ends (1) before it begins (2)'],
    ['a:tp_pct=0..1/0.00001', 'more than 10000 values; take a larger step than 0.00001'],
    ['a:tp_pct=1..200/1,sl_pct=1..200/1', '40000 variants; allowed are 10000'],
  ])('%s: %s', (text, says) => {
    expect(problem(text)).toContain(says)
    expect(problem(text)).toContain(`--variant ${text}: `)
  })

  it('two of one name are refused; all mistakes are told at once', () => {
    expect(read('a:tp_pct=1', 'a:tp_pct=2')).toEqual(['two variants are called a; give each a name of its own'])
    expect(read('a', 'b')).toHaveLength(2)
  })
})
