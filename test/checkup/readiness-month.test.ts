/** The readiness report on a whole month, lived through on a clock of its own: every criterion with its figure and verdict (SPEC D-3). */
import fs from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { assessReadiness, type ReadinessOptions } from '../../src/checkup/readiness.ts'
import { FileStore } from '../../state/file-store.ts'
import type { JournalRecord } from '../../state/record.ts'
import { temporaryDirectory } from '../e2e/service-process.ts'
import { EngineWorld } from '../support/engine-world.ts'

const DAY_MS = 86_400_000
const START = Date.UTC(2026, 0, 1)
const DAYS = 30
/** Nobody trades on these days of the month. */
const QUIET_DAYS = new Set([9, 10])
const A_DAY = 8
const WON = 4.5 * 10
const LOST = -1.5 * 10
const BALANCE = 10_000

type Trade = { readonly symbol: string; readonly side: 'long' | 'short'; readonly at: number; readonly won: boolean }
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT']
/** Every third trade loses, and ten in a row on the twentieth day and the one before. */
const TRADES: readonly Trade[] = Array.from({ length: DAYS * A_DAY }, (_, index): Trade => {
  const [day, hour] = [Math.floor(index / A_DAY), index % A_DAY]
  return { symbol: SYMBOLS[index % 3] as string, side: index % 2 === 0 ? 'long' : 'short', at: START + day * DAY_MS + (hour + 1) * 2 * 3_600_000, won: index % 3 !== 0 && !(index >= 150 && index < 160) }
}).filter(({ at }) => !QUIET_DAYS.has(new Date(at).getUTCDate()))

/** A month as the service would have journaled it. */
function livedThrough(): EngineWorld {
  const world = new EngineWorld({ PAPER_BROKER: 'exchange', PAPER_TAKER_FEE_PCT: '0', PAPER_MAKER_FEE_PCT: '0', PAPER_START_BALANCE_USDT: String(BALANCE), MAX_SESSION_LOSS_PCT: '' })
  for (const { symbol, side, at, won } of TRADES) {
    world.clock.moveTo(at)
    world.quote(symbol, 100)
    world.open({ symbol, side, price: 100, qty: 10, timestamp: new Date(at).toISOString() })
    const up = (side === 'long') === won
    world.quote(symbol, up ? (won ? 104.5 : 101.5) : won ? 95.5 : 98.5)
  }
  world.settle()
  return world
}

/** Its records in a data directory, one batch for all. */
async function onDisk(world: EngineWorld, change: (record: JournalRecord) => JournalRecord = (record) => record): Promise<string> {
  const directory = temporaryDirectory()
  const store = new FileStore({ directory, plainMs: Infinity, onRemark: () => {} })
  const opened = store.open()
  if (!opened.ok) throw new Error(opened.message)
  const records = [...world.store.read(1, world.engine.sequencer.durableSeq)].map((record) => change({ ...record, batch: 1 }))
  const { partition } = records[0] as JournalRecord
  const appended = await store.append(partition, 1, opened.recovered.epoch, records)
  if (!appended.ok) throw new Error(appended.message)
  await store.close()
  return directory
}

const csvOf = (trades: readonly Trade[]): string =>
  ['symbol,side,timestamp,pnl', ...trades.map(({ symbol, side, at, won }) => `${symbol},${side},${new Date(at).toISOString()},${won ? WON : LOST}`), ''].join('\n')

/** By hand, from the list above. */
function worstFallPct(): number {
  let [balance, peak, worst] = [BALANCE, BALANCE, 0]
  for (const { won } of TRADES) {
    balance += won ? WON : LOST
    peak = Math.max(peak, balance)
    worst = Math.max(worst, ((peak - balance) / peak) * 100)
  }
  return worst
}
const WINS = TRADES.filter(({ won }) => won).length
const DEFAULTS = { minTrades: 200, minShadowDays: 5, minWinratePct: 40, maxDrawdownPct: 10 }

let month: EngineWorld
let source: string
let csv: string
beforeAll(async () => {
  month = livedThrough()
  source = await onDisk(month)
  csv = join(source, 'trades.csv')
  fs.writeFileSync(csv, csvOf(TRADES))
}, 60_000)

function report(changes: Partial<ReadinessOptions> = {}): readonly (readonly [name: string, verdict: string, figure: string])[] {
  const outcome = assessReadiness({ source, botCsv: csv, settings: DEFAULTS, ...changes })
  if (!outcome.ok) throw new Error(outcome.message)
  return outcome.checks.map(({ name, verdict, figure }) => [name, verdict, figure])
}
const failing = (changes: Partial<ReadinessOptions>): readonly string[] => report(changes).flatMap(([name, verdict, figure]) => (verdict === 'ok' ? [] : [`${name}: ${verdict}, ${figure}`]))
const settings = (changes: Partial<ReadinessOptions['settings']>): Partial<ReadinessOptions> => ({ settings: { ...DEFAULTS, ...changes } })
function botSays(trades: readonly Trade[]): Partial<ReadinessOptions> {
  const botCsv = join(temporaryDirectory(), 'trades.csv')
  fs.writeFileSync(botCsv, csvOf(trades))
  return { botCsv }
}

describe('a month of 224 trades', () => {
  it('is ready, and each criterion says by which figure', () => {
    expect([TRADES.length, WINS]).toEqual([224, 143])
    const outputs = [...month.store.read(1, month.engine.sequencer.durableSeq)].filter(({ kind }) => kind === 'command' || kind === 'notice').length
    expect(report()).toEqual([
      ['paper operations', 'ok', '224 closed'],
      ['shadow days', 'ok', '28 UTC days with fills on exchange prices'],
      ['win rate', 'ok', `${((WINS / 224) * 100).toFixed(2)} %`],
      ['drawdown', 'ok', `${worstFallPct().toFixed(2)} % of the balance`],
      ['critical faults', 'ok', 'none open'],
      ['replay', 'ok', `${outputs} outputs and 0 hashes made again`],
      ["the bot's own results", 'ok', '224 of 224 found (100.0 %), 224 of 224 with the same outcome (100.0 %)'],
    ])
  })

  it.each<[what: string, changes: () => Partial<ReadinessOptions>, verdicts: readonly string[]]>([
    ['one operation too few', () => settings({ minTrades: 225 }), ['paper operations: failed, 224 closed']],
    ['one day too few', () => settings({ minShadowDays: 29 }), ['shadow days: failed, 28 UTC days with fills on exchange prices']],
    ['too few wins', () => settings({ minWinratePct: 64 }), [`win rate: failed, ${((WINS / 224) * 100).toFixed(2)} %`]],
    ['too deep a fall', () => settings({ maxDrawdownPct: 1 }), [`drawdown: failed, ${worstFallPct().toFixed(2)} % of the balance`]],
    ['no list of the bot', () => ({ botCsv: null }), ["the bot's own results: warning, no --bot-csv given"]],
    ['a list that is not there', () => ({ botCsv: '/nowhere/trades.csv' }), [expect.stringMatching(/^the bot's own results: failed, \/nowhere\/trades\.csv cannot be read/)]],
    ['trades that only the bot has', () => botSays([...TRADES, ...TRADES.slice(0, 20).map((trade) => ({ ...trade, symbol: 'XRPUSDT' }))]), [
      "the bot's own results: failed, 224 of 244 found (91.8 %), 224 of 224 with the same outcome (100.0 %); not found: line 226, 227, 228, 229, 230, …",
    ]],
    ['another outcome than the bot says', () => botSays(TRADES.map((trade, index) => (index < 23 ? { ...trade, won: !trade.won } : trade))), [
      "the bot's own results: failed, 224 of 224 found (100.0 %), 201 of 224 with the same outcome (89.7 %)",
    ]],
  ])('%s is no-go', (_, changes, verdicts) => expect(failing(changes())).toEqual(verdicts))

  it('a standing urgent alert and a position in quarantine are no-go', async () => {
    const world = livedThrough()
    world.engine.accept({ type: 'condition.raised', kind: 'UNPROTECTED_POSITION', subject: 'position 7', severity: 'urgent', detail: 'x' })
    const id = world.open({ timestamp: new Date(START + DAYS * DAY_MS).toISOString() })
    world.engine.accept({ type: 'fact.failed', failedSeq: 1, positionId: id as never, error: 'x' })
    world.settle()
    expect(failing({ source: await onDisk(world) })).toEqual([`critical faults: failed, position ${id} in quarantine, UNPROTECTED_POSITION position 7`])
  })

  it('a journal that says otherwise than a replay is no-go', async () => {
    const changed = await onDisk(month, (record) => (record.kind === 'notice' && record.body.type === 'position.closed' && record.body.positionId === 100 ? { ...record, body: { ...record.body, reason: 'manual' } } : record))
    expect(failing({ source: changed })).toEqual([expect.stringMatching(/^replay: failed, record \d+: /)])
  })
})
