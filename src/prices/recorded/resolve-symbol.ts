/** Which recorded symbol a signal's symbol means. */

/**
 * The data's symbol for a signal's: `BTCUSDT` is the perpetual `BTCUSDT.P` where the data has it, else `BTCUSDT`; a
 * signal may also name a symbol of the data itself. `undefined` if the data has neither: never a guess.
 */
export function resolveSymbol(signalSymbol: string, dataSymbols: Iterable<string>): string | undefined {
  const known = dataSymbols instanceof Set ? (dataSymbols as ReadonlySet<string>) : new Set(dataSymbols)
  const perpetual = `${signalSymbol}.P`
  if (known.has(perpetual)) return perpetual
  return known.has(signalSymbol) ? signalSymbol : undefined
}
