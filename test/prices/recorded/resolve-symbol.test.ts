import { expect, it } from 'vitest'
import { resolveSymbol } from '../../../src/prices/recorded/resolve-symbol.ts'

it.each([
  ['the perpetual before the spot market', 'BTCUSDT', ['BTCUSDT', 'BTCUSDT.P'], 'BTCUSDT.P'],
  ['the spot market where there is no perpetual', 'BTCUSDT', ['ETHUSDT.P', 'BTCUSDT'], 'BTCUSDT'],
  ['the perpetual alone', 'BTCUSDT', ['BTCUSDT.P'], 'BTCUSDT.P'],
  ['the name of the data itself', 'BTC-PERP', ['BTC-PERP'], 'BTC-PERP'],
  ['the name of the perpetual itself', 'BTCUSDT.P', ['BTCUSDT', 'BTCUSDT.P'], 'BTCUSDT.P'],
  ['never the spot market for the perpetual', 'BTCUSDT.P', ['BTCUSDT'], undefined],
  ['never a similar name', 'BTCUSD', ['BTCUSDT', 'BTC-PERP', 'btcusd'], undefined],
])('%s', (_, signalSymbol, dataSymbols, expected) => {
  expect(resolveSymbol(signalSymbol, dataSymbols)).toBe(expected)
  expect(resolveSymbol(signalSymbol, new Set(dataSymbols))).toBe(expected)
})
