/**
 * Reads alerts of TradingView and its like: one JSON text with the field names people use, turned into the bodies that
 * LOMS's own addresses take. Percentages are percent (5, never 0.05). Secrets are taken out before anything is kept.
 */
import { addPct, decimal, negate, parseDecimal } from '../domain/decimal.ts'
import type { JsonObject, JsonValue } from '../domain/signal.ts'
import { bodyProblems, isJsonObject, type FieldProblem } from './json-body.ts'

export type HookReading =
  /** A body of `POST /signals/bounce`, or of `/signals/trade` where levels are prices. `closeFirst`: a reversal. */
  | { readonly ok: true; readonly kind: 'bounce' | 'trade'; readonly body: JsonObject; readonly closeFirst: JsonObject | null }
  /** A body of `POST /signals/close`. */
  | { readonly ok: true; readonly kind: 'close'; readonly body: JsonObject }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] }
export type HookText = { readonly ok: true; readonly fields: JsonObject; readonly secret: string | null } | { readonly ok: false; readonly problem: string }

const SECRETS: ReadonlySet<string> = new Set(['secret', 'passphrase', 'password', 'token', 'key', 'apikey', 'api_key', 'apisecret', 'api_secret', 'webhook_secret'])
/** Of a trimmed text: blanks on both sides of something optional would cost the square of their number. */
const PLACEHOLDER = /^(\{\{[^{}]*\}\}|nan|null|none|n\/a)?$/i
/** An alert of plain text is short. */
const LONGEST_PLAIN_TEXT = 200
const MINUTES: Readonly<Record<string, number>> = { H: 60, D: 1_440, W: 10_080, M: 43_200 }

/** The alert's fields without its secrets, from JSON, JSON in a JSON text, a wrapper object, or `SYMBOL,side,price[,qty]`. */
export function readHookText(text: string): HookText {
  const value = parsed(text)
  const object = typeof value === 'string' ? parsed(value) : value
  if (!isJsonObject(object)) return plainText(text)
  // Depth above all: what follows walks the object by recursion.
  const [wrong] = bodyProblems(object)
  if (wrong) return { ok: false, problem: `${wrong.field === 'body' ? '' : `: ${wrong.field} `}${wrong.message}` }
  const inner = ['data', 'alert', 'payload'].map((name) => object[name]).find((child) => isJsonObject(child as unknown))
  const merged: JsonObject = { ...object, ...(inner as JsonObject | undefined) }
  const secret = Object.entries(merged).find(([name, child]) => SECRETS.has(name.toLowerCase()) && typeof child === 'string')?.[1]
  return { ok: true, fields: withoutSecrets(merged), secret: typeof secret === 'string' ? secret : null }
}

/** A number without value arrives as NaN, which is no JSON. */
function parsed(text: string): unknown {
  for (const candidate of [text, text.replaceAll(/(:\s*)NaN\b/g, '$1null')]) {
    try {
      return JSON.parse(candidate) as unknown
    } catch {
      // The next form.
    }
  }
  return undefined
}

function plainText(text: string): HookText {
  const [symbol = '', side = '', price = '', qty] = text.length > LONGEST_PLAIN_TEXT ? [] : text.split(/[,;]/).map((part) => part.trim())
  const isAlert = /^[\w:./-]{2,40}$/.test(symbol) && /^[a-z]+$/i.test(side) && /^[\d.]+$/.test(price)
  if (!isAlert) return { ok: false, problem: 'is neither a JSON object nor SYMBOL,side,price,qty; placeholders need quotes: "price":"{{close}}"' }
  return { ok: true, fields: { symbol, side, price, ...(qty === undefined ? {} : { qty }) }, secret: null }
}

function withoutSecrets(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([name]) => !SECRETS.has(name.toLowerCase()))
  return Object.fromEntries(kept.map(([name, value]) => [name, isJsonObject(value as unknown) ? withoutSecrets(value as JsonObject) : value]))
}

type Fields = (names: readonly string[]) => string | undefined

/** What the alert wants done. */
export function readAlert(fields: JsonObject): HookReading {
  const field: Fields = (names) => names.map((name) => textOf(valueOf(fields, name))).find((text) => text !== undefined)
  const symbol = field(['ticker', 'symbol', 'pair', 'asset'])
  const action = field(['action', 'side', 'order_action', 'signal', 'direction'])?.toLowerCase()
  const position = field(['market_position', 'position', 'sentiment'])?.toLowerCase()
  const problems: FieldProblem[] = []
  if (symbol === undefined) problems.push({ field: 'symbol', message: 'is required: "symbol":"{{ticker}}"' })
  const intent = intentOf(action, position)
  if (typeof intent === 'string') problems.push({ field: 'side', message: intent })
  if (symbol === undefined || typeof intent === 'string') return { ok: false, problems }
  const strategy = field(['strategy', 'strategy-id', 'strategy_name', 'bot'])
  const market = marketOf(symbol)
  const id = field(['signal_id', 'alert_id', 'nonce'])
  if (intent.close) return { ok: true, kind: 'close', body: { symbol: market, ...given({ strategy, signal_id: id, side: intent.direction }), reason: 'alert of the strategy' } }
  return entryOf(field, fields, market, intent.direction, { strategy, id })
}

type Intent = { readonly close: true; readonly direction?: string } | { readonly close: false; readonly direction: 'long' | 'short' }

function intentOf(action: string | undefined, position: string | undefined): Intent | string {
  if (position === 'flat') return { close: true }
  if (action !== undefined && ['close', 'exit', 'flat', 'close_all'].includes(action)) return { close: true }
  const exit = /^(?:close|exit)[_ -]?(long|short)$/.exec(action ?? '')?.[1]
  if (exit !== undefined) return { close: true, direction: exit }
  const direction = action === 'buy' || action === 'long' ? 'long' : action === 'sell' || action === 'short' ? 'short' : action === 'open' || action === undefined ? position : undefined
  if (direction !== 'long' && direction !== 'short') return 'must be buy, sell, long, short, close, exit or flat: "side":"{{strategy.order.action}}"'
  if ((position === 'long' || position === 'short') && position !== direction) return `${action} with market_position ${position} only reduces the position, which is not taken from alerts; send close, or POST /signals/partial-close`
  return { close: false, direction }
}

function entryOf(field: Fields, fields: JsonObject, symbol: string, side: 'long' | 'short', { strategy, id }: { readonly strategy: string | undefined; readonly id: string | undefined }): HookReading {
  const problems: FieldProblem[] = []
  const price = field(['price', 'close', 'entry', 'signalPrice', 'signal_price'])
  const timestamp = timeOf(field(['timenow', 'timestamp', 'time', 'date', 'signal_ts', 'bar_ts']))
  if (price === undefined || parseDecimal(price) === undefined) problems.push({ field: 'price', message: price === undefined ? 'is required: "price":"{{close}}"' : 'must be a number' })
  if (timestamp === undefined) problems.push({ field: 'time', message: 'is required, so that a repeat is recognised: "time":"{{timenow}}"' })
  if (problems.length > 0 || price === undefined || timestamp === undefined) return { ok: false, problems }
  const tpPct = field(['tp_pct', 'tp1_pct', 'take_profit_percent', 'takeProfitPercent']) ?? nested(fields, ['takeProfit', 'take_profit'])
  const slPct = field(['sl_pct', 'stop_loss_percent', 'stopLossPercent']) ?? nested(fields, ['stopLoss', 'stop_loss'])
  const tpPrice = field(['tp', 'tp1', 'tp_price', 'take_profit'])
  const slPrice = field(['sl', 'sl_price', 'stop_loss'])
  const qty = field(['qty', 'quantity', 'contracts', 'size'])
  const reverses = (field(['prev_market_position']) ?? '').toLowerCase() === (side === 'long' ? 'short' : 'long')
  const closeFirst: JsonObject | null = reverses ? { symbol, side: side === 'long' ? 'short' : 'long', ...given({ strategy }), reason: 'the strategy reverses' } : null
  const extra = given({ timeframe_min: minutesOf(field(['interval', 'timeframe'])), signal_id: id })
  if (tpPrice === undefined && slPrice === undefined) {
    return { ok: true, kind: 'bounce', closeFirst, body: { symbol, side, price, timestamp, ...given({ strategy, tp_pct: tpPct, sl_pct: slPct, qty }), ...extra } }
  }
  const level = (given: string | undefined, pct: string | undefined, up: boolean): string | undefined => given ?? levelOf(price, pct, up)
  const levels = given({ tp_price: level(tpPrice, tpPct, side === 'long'), sl_price: level(slPrice, slPct, side !== 'long') })
  return { ok: true, kind: 'trade', closeFirst, body: { event_type: 'OPEN', strategy_name: strategy ?? 'tradingview', symbol, direction: side, entry_price: price, timestamp, ...given({ quantity: qty }), ...levels } }
}

function levelOf(price: string, pct: string | undefined, up: boolean): string | undefined {
  const value = pct === undefined ? undefined : parseDecimal(pct)
  return value === undefined ? undefined : addPct(decimal(price), up ? value : negate(value))
}

/** Fields by any case; a placeholder that nobody filled counts as not sent. */
function valueOf(fields: JsonObject, name: string): JsonValue | undefined {
  if (Object.hasOwn(fields, name)) return fields[name]
  const other = Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase())
  return other === undefined ? undefined : fields[other]
}
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? value.trim() : ''
  return PLACEHOLDER.test(text) ? undefined : text
}
/** `{"takeProfit": {"percent": 5}}`. */
function nested(fields: JsonObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = valueOf(fields, name)
    if (isJsonObject(value)) return textOf(value['percent'])
  }
  return undefined
}

/** `BINANCE:BTCUSDT.P`, `BTC/USDT`, `BTC-PERP`, `BYBI_USDT_SOL` and `BTC` as LOMS names the market. */
function marketOf(text: string): string {
  const name = text.toUpperCase().replace(/^[A-Z0-9_]+:/, '').replace(/:.*$/, '').replace(/\.P$/, '')
  const altrady = /^[A-Z0-9]+_(USDT|USDC|USD)_([A-Z0-9]+)$/.exec(name)
  if (altrady) return `${altrady[2]}${altrady[1]}`
  const plain = name.replace(/[-_]?PERP$/, '').replaceAll(/[/_-]/g, '')
  return /(USDT|USDC|USD)$/.test(plain) ? plain : `${plain}USDT`
}

function timeOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^\d{10}(\d{3})?$/.test(text)) return text
  return new Date(Number(text) * (text.length === 10 ? 1000 : 1)).toISOString()
}

/** TradingView sends bare minutes, or `D`; others `1H`, `15m`. */
function minutesOf(text: string | undefined): number | undefined {
  const match = /^(\d+)?\s*(m|min|h|d|w)?$/i.exec(text ?? '')
  if (!match || text === undefined || text === '') return undefined
  const unit = (match[2] ?? 'm').toUpperCase()
  return Number(match[1] ?? 1) * (unit.startsWith('M') ? 1 : (MINUTES[unit] ?? 1))
}

const given = (values: Readonly<Record<string, string | number | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string | number] => entry[1] !== undefined))
