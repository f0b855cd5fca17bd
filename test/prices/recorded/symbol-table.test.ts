import { expect, it } from 'vitest'
import { SymbolTable } from '../../../src/prices/recorded/symbol-table.ts'

const intern = (table: SymbolTable, name: string): number => table.intern(Buffer.from(`1,${name},`), 2, 2 + Buffer.byteLength(name))

it('numbers symbols in order of appearance, also such whose bytes have the same hash', () => {
  const table = new SymbolTable()
  // 31·'A' + 'a' = 31·'B' + 'B'
  const names = ['BTCUSDT', 'BTCUSDT.P', 'Aa', 'BB', 'AaBB', 'BBAa', 'AaAa']
  expect(names.map((name) => intern(table, name))).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(names.toReversed().map((name) => intern(table, name))).toEqual([6, 5, 4, 3, 2, 1, 0])
  expect(table.names).toEqual(names)
})

it.each(['', ' ', '"A"', 'Ä', 'A B', '.P', 'A'.repeat(65)])('refuses %j', (name) => {
  expect(intern(new SymbolTable(), name)).toBe(-1)
})

it('holds as many symbols as a column of 16 bits can tell apart', () => {
  const table = new SymbolTable()
  for (let index = 0; index < 65_536; index += 1) if (intern(table, `S${index}`) !== index) expect.fail(`symbol ${index}`)
  expect([intern(table, 'S65535'), intern(table, 'ONE-MORE')]).toEqual([65_535, -1])
})
