/** The bot's own list of trades, as CSV: which of them LOMS has too, and whether both say the same of them. */

export type BotTrade = { readonly line: number; readonly symbol: string; readonly side: 'long' | 'short'; readonly at: number; readonly won: boolean | null }
export type BotTradesReading = { readonly ok: true; readonly trades: readonly BotTrade[] } | { readonly ok: false; readonly message: string }
export type OwnTrade = { readonly symbol: string; readonly side: 'long' | 'short'; readonly signalAt: number | null; readonly openedAt: number; readonly won: boolean | null }
export type Comparison = { readonly trades: number; readonly matched: number; readonly compared: number; readonly agreeing: number; readonly missing: readonly number[] }

/** Names in use for each column; the first that is there counts. */
const COLUMNS = {
  symbol: ['symbol', 'ticker', 'pair'],
  side: ['side', 'direction'],
  time: ['timestamp', 'signal_time', 'entry_time', 'opened_at', 'created_at', 'time', 'date'],
  pnl: ['pnl', 'profit', 'pnl_pct', 'profit_pct', 'net_pnl'],
  result: ['result', 'outcome', 'exit_reason', 'reason'],
} as const
const SIDES: Readonly<Record<string, 'long' | 'short'>> = { long: 'long', buy: 'long', short: 'short', sell: 'short' }
const WON: ReadonlySet<string> = new Set(['win', 'won', 'tp', 'take_profit', 'profit'])
const LOST: ReadonlySet<string> = new Set(['loss', 'lost', 'sl', 'stop_loss', 'stop'])
/** The bot's time of a trade and ours may differ by so much where the signal's own time is not the same. */
const NEAR_MS = 120_000

/** Columns `symbol`, `side`, a time and, for the comparison of results, `pnl` or `result` (win, loss, tp, sl). */
export function readBotTrades(text: string): BotTradesReading {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const separator = head.includes(';') && !head.includes(',') ? ';' : ','
  const names = cells(head, separator).map((name) => name.toLowerCase())
  const column = (kind: keyof typeof COLUMNS): number => COLUMNS[kind].map((name) => names.indexOf(name)).find((index) => index >= 0) ?? -1
  for (const kind of ['symbol', 'side', 'time'] as const) {
    if (column(kind) < 0) return { ok: false, message: `the first line has no column for the ${kind}: one of ${COLUMNS[kind].join(', ')}` }
  }
  const trades: BotTrade[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const row = cells(line, separator)
    const value = (kind: keyof typeof COLUMNS): string => row[column(kind)] ?? ''
    const side = SIDES[value('side').toLowerCase()]
    const at = moment(value('time'))
    if (side === undefined || at === null) return { ok: false, message: `line ${index + 2}: ${side === undefined ? `side ${value('side')} is neither long nor short` : `the time ${value('time')} cannot be read`}` }
    trades.push({ line: index + 2, symbol: plainSymbol(value('symbol')), side, at, won: outcome(value('pnl'), value('result')) })
  }
  return { ok: true, trades }
}

/** Each bot trade with one of ours of the same symbol, side and time; each of ours stands for one. */
export function compareTrades(trades: readonly BotTrade[], own: readonly OwnTrade[]): Comparison {
  const free = new Map<string, OwnTrade[]>()
  for (const trade of own) {
    const key = `${plainSymbol(trade.symbol)} ${trade.side}`
    free.set(key, [...(free.get(key) ?? []), trade])
  }
  const missing: number[] = []
  let [compared, agreeing] = [0, 0]
  for (const trade of trades) {
    const candidates = free.get(`${trade.symbol} ${trade.side}`) ?? []
    const found = candidates.find(({ signalAt }) => signalAt === trade.at) ?? candidates.find(({ openedAt }) => Math.abs(openedAt - trade.at) <= NEAR_MS)
    if (!found) {
      missing.push(trade.line)
      continue
    }
    candidates.splice(candidates.indexOf(found), 1)
    if (trade.won === null || found.won === null) continue
    compared += 1
    if (trade.won === found.won) agreeing += 1
  }
  return { trades: trades.length, matched: trades.length - missing.length, compared, agreeing, missing }
}

/** `BTC/USDT:USDT`, `BTCUSDT.P` and `BTCUSDT` are one market here. */
const plainSymbol = (symbol: string): string => symbol.toUpperCase().replace(/:.*$/, '').replace(/\.P$/, '').replaceAll(/[/_-]/g, '')

function outcome(pnl: string, result: string): boolean | null {
  const figure = Number(pnl.replace('%', ''))
  if (pnl !== '' && Number.isFinite(figure)) return figure === 0 ? null : figure > 0
  const word = result.toLowerCase()
  return WON.has(word) ? true : LOST.has(word) ? false : null
}

/** ISO 8601 (UTC without a zone), or seconds or milliseconds since the epoch. */
function moment(text: string): number | null {
  if (/^\d{10}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
  if (/^\d{13}$/.test(text)) return Number(text)
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(at) ? null : at
}

function cells(line: string, separator: string): string[] {
  const found = line.matchAll(new RegExp(`(?:^|${separator})(?:"((?:[^"]|"")*)"|([^${separator}]*))`, 'g'))
  return [...found].map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"')))
}
