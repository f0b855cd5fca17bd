/** The emulator as a person starts it: prices that move, the command, and what can go wrong. */
import { afterEach, describe, expect, it } from 'vitest'
import { runExchangeEmulator, type EmulatorOptions } from '../../src/cli/commands/exchange-emulator.ts'
import { startExchangeEmulator } from '../../src/cli/wiring.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { startByHand } from '../../src/exchange-emulator/by-hand.ts'
import { standardMarkets } from '../../src/exchange-emulator/model/instrument.ts'
import { pricePath } from '../../src/exchange-emulator/model/price-path.ts'
import { playedFrom } from '../../src/exchange-emulator/recorded-prices.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import { seededRandom } from '../../src/prices/random.ts'
import { memoryTerminal, run } from '../cli/run.ts'
import { turns } from './clients.ts'

const TICKS = new URL('../data/binance-ticks.csv.gz', import.meta.url).pathname
const KLINES = new URL('../data/coinbase-btcusd-4h-2016-2025.csv.gz', import.meta.url).pathname
const OPTIONS: EmulatorOptions = { venue: 'bybit', port: 0, seed: 1, prices: [], speed: 1 }

const running: Emulator[] = []
afterEach(async () => void (await Promise.all(running.splice(0).map((emulator) => emulator.stop()))))

async function started(options: Partial<EmulatorOptions>) {
  const outcome = await startByHand({ ...OPTIONS, ...options })
  if (outcome.ok) running.push(outcome.emulator)
  return outcome
}

describe('invented prices', () => {
  const [market] = standardMarkets('bybit', 0)
  const path = (seed: number, steps: number) => {
    if (!market) throw new Error('no market')
    const next = pricePath(market.instrument, market.quote.last, seededRandom(seed))
    return Array.from({ length: steps }, next)
  }
  it('are the same for the same seed', () => {
    expect(path(1, 500)).toEqual(path(1, 500))
    expect(path(1, 500)).not.toEqual(path(2, 500))
  })
  it('stand on the grid, bid below ask, and have wicks that the mark price does not follow', () => {
    const quotes = path(3, 5_000)
    expect(quotes.filter(({ bid, last, ask }) => !(Number(bid) < Number(last) && Number(last) < Number(ask)))).toEqual([])
    expect(quotes.filter(({ last }) => (last.split('.')[1] ?? '').length > 1)).toEqual([])
    const apart = quotes.map(({ last, mark }) => Math.abs(Number(last) / Number(mark) - 1))
    expect(Math.max(...apart)).toBeGreaterThan(0.006)
    expect(apart.filter((distance) => distance > 0.005).length).toBeLessThan(200)
  })
})

describe('recorded prices', () => {
  it('are those of the perpetual where the data has it', () => {
    expect([...playedFrom(
      ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], ['BTCUSDT', 'BTCUSDT.P', 'ETHUSDT'],
    )]).toEqual([['BTCUSDT.P', 'BTCUSDT'], ['ETHUSDT', 'ETHUSDT']])
  })
  it('are played in their order, mark beside last', async () => {
    const outcome = await started({ prices: [TICKS], speed: 1_000_000 })
    if (!outcome.ok) throw new Error(outcome.problem)
    const { emulator, symbols } = outcome
    expect(symbols).toEqual(['BTCUSDT', 'ETHUSDT'])
    const first = emulator.model.quoteOf('BTCUSDT')
    while (emulator.model.quoteOf('BTCUSDT') === first || emulator.model.quoteOf('BTCUSDT')?.last === decimal(60_000)) await turns()
    const quote = emulator.model.quoteOf('BTCUSDT')
    expect(Number(quote?.bid)).toBeLessThanOrEqual(Number(quote?.ask))
  })
  it.each([
    [{ prices: ['nowhere.csv'] }, /^nowhere\.csv: there is no such file/],
    [{ prices: [KLINES] }, /^none of the recorded symbols \(BTCUSD\) is traded here: BTCUSDT, ETHUSDT/],
  ])('%j', async (options, problem) => expect(await started(options)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string }))
})

describe('loms exchange-emulator', () => {
  it('prints where it is and the keys it takes, until it is stopped', async () => {
    const { terminal, out } = memoryTerminal()
    const code = await runExchangeEmulator(terminal, false, { ...OPTIONS, venue: 'bitget' }, startExchangeEmulator, async () => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out.join('\n'))?.[0] ?? ''
      expect((await fetch(`${url}/api/v2/public/time`)).status).toBe(200)
    })
    expect(code).toBe(0)
    expect(out.join('\n')).toMatch(/venue +bitget[^]*key +emulator-key[^]*passphrase +emulator-password[^]*symbols +BTCUSDT, ETHUSDT/)
  })
  it('says what a control that is written wrongly lacks, and goes on', async () => {
    const { terminal, out } = memoryTerminal()
    await runExchangeEmulator(terminal, false, OPTIONS, startExchangeEmulator, async () => {
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out.join('\n'))?.[0] ?? ''
      const post = async (path: string, body: object) => (await fetch(`${url}/_emulator/${path}`, { method: 'POST', body: JSON.stringify(body) })).status
      expect([await post('act', { act: 'place-order' }), await post('faults', { calls: 7 }), await post('act', { act: 'funding', symbol: 'BTCUSDT' })]).toEqual([400, 400, 200])
    })
  })
  it('prints one JSON value', async () => {
    const { terminal, out } = memoryTerminal()
    await runExchangeEmulator(terminal, true, OPTIONS, startExchangeEmulator, () => Promise.resolve())
    expect(JSON.parse(out.join('\n'))).toMatchObject({
      venue: 'bybit', apiKey: 'emulator-key', httpUrl: expect.stringContaining('http://127.0.0.1:') as string,
    })
  })
  it('says when the port is taken', async () => {
    const outcome = await started({})
    const port = outcome.ok ? Number(new URL(outcome.emulator.httpUrl).port) : 0
    const { terminal, err } = memoryTerminal()
    expect(await runExchangeEmulator(terminal, false, { ...OPTIONS, port }, startExchangeEmulator)).toBe(1)
    expect(err).toEqual([`port ${port} is taken by another program; give another one with --port (0 takes a free one)`])
  })
  it.each([['--venue', 'kraken'], ['--port', '70000'], ['--speed', '0']])('refuses %s %s', async (option, value) => {
    expect(await run(['exchange-emulator', option, value])).toMatchObject({ code: 2, err: expect.stringContaining('Allowed') as string })
  })
})
