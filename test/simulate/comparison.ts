/** Plays the same files through the product and through the reference, and lists what differs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Big from 'big.js'
import { simulate, type Simulation } from '../../src/simulate/simulate.ts'
import type { CandlePath } from './reference-prices.ts'
import { playReference, pnlOf, type ReferencePosition, type ReferenceRun, type SignalBody } from './reference.ts'

export type Case = {
  readonly signals: readonly SignalBody[]
  /** Each a whole file, with its header; or the path of one. */
  readonly prices: readonly (string | { readonly file: string })[]
  readonly candlePath?: CandlePath
  readonly set?: Readonly<Record<string, string>>
}

export type Compared = { readonly simulation: Simulation; readonly reference: ReferenceRun; readonly differences: readonly string[] }

const numberOf = (value: Big): number => Number(value.toFixed())
const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

/** The fields that are compared, as the wire has them. */
function expected(position: ReferencePosition): Record<string, unknown> {
  const pnl = pnlOf(position)
  return {
    id: position.id,
    symbol: position.symbol,
    side: position.side,
    strategy: position.strategy,
    account_label: position.account,
    qty: position.filledAt === null ? 0 : numberOf(position.qty),
    entry_price: numberOf(position.entry),
    tp_price: numberOf(position.tp),
    sl_price: numberOf(position.sl),
    state: position.state,
    status: position.state === 'closed' || position.state === 'cancelled' ? position.state : 'open',
    created_at: iso(position.createdAt),
    closed_at: iso(position.closedAt),
    close_price: position.close ? numberOf(position.close) : null,
    pnl: pnl === null ? null : numberOf(pnl),
    fees: numberOf(position.fees),
    auto_close_reason: position.reason,
  }
}

const rounded = (value: Big): number => numberOf(value.round(8, Big.roundHalfUp))
const average = (values: readonly Big[]): number | null => (values.length === 0 ? null : rounded(values.reduce((sum, value) => sum.plus(value), new Big('0')).div(String(values.length))))

/** `GET /stats` counted again from the positions (H-3). */
function expectedStats(positions: readonly ReferencePosition[]): Record<string, unknown> {
  const closed = positions.filter((position) => position.state === 'closed')
  const pnls = closed.map((position) => pnlOf(position) as Big)
  const wins = pnls.filter((pnl) => pnl.gt('0'))
  const losses = pnls.filter((pnl) => pnl.lt('0'))
  return {
    total_positions: positions.length,
    open_positions: positions.filter((position) => position.state === 'pending' || position.state === 'tp-placed').length,
    closed_positions: closed.length,
    winning_trades: wins.length,
    losing_trades: losses.length,
    tp_count: closed.filter((position) => position.reason === 'tp').length,
    sl_count: closed.filter((position) => position.reason === 'sl').length,
    total_pnl: rounded(pnls.reduce((sum, pnl) => sum.plus(pnl), new Big('0'))),
    avg_pnl_per_trade: average(pnls) ?? 0,
    avg_pnl_win: average(wins),
    avg_pnl_loss: average(losses),
    winrate: closed.length === 0 ? 0 : rounded(new Big(String(wins.length * 100)).div(String(closed.length))),
  }
}

function fieldDifferences(where: string, wanted: Record<string, unknown>, got: Record<string, unknown> | undefined): string[] {
  return Object.entries(wanted).flatMap(([field, value]) => (Object.is(got?.[field], value) ? [] : [`${where} ${field}: product ${JSON.stringify(got?.[field])}, reference ${JSON.stringify(value)}`]))
}

export async function compare(given: Case): Promise<Compared> {
  const directory = mkdtempSync(join(tmpdir(), 'loms-simulate-'))
  try {
    const prices = given.prices.map((price, index) => {
      if (typeof price !== 'string') return price.file
      const file = join(directory, `prices-${index}.csv`)
      writeFileSync(file, price)
      return file
    })
    const signals = join(directory, 'signals.jsonl')
    writeFileSync(signals, given.signals.map((signal) => `${JSON.stringify(signal)}\n`).join(''))
    const candlePath = given.candlePath ?? 'auto'
    const set = given.set ?? {}
    const outcome = await simulate({ signals, prices, candlePath, set }, () => 0)
    if (!outcome.ok) throw new Error(outcome.problems.join('\n'))
    const { simulation } = outcome
    const reference = playReference(prices, given.signals, candlePath, set)
    const { positions, stats } = simulation
    const differences = [
      ...(positions.length === reference.positions.length ? [] : [`${positions.length} positions, reference ${reference.positions.length}`]),
      ...reference.positions.flatMap((position, index) => fieldDifferences(`position ${position.id}`, expected(position), positions[index])),
      ...fieldDifferences('stats', expectedStats(reference.positions), stats),
      ...fieldDifferences('signals', reference.signals, simulation.signals),
    ]
    return { simulation, reference, differences }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
