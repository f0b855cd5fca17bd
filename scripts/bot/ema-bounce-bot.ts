/**
 * An example of a signal bot beside LOMS. It reads prices from LOMS, builds candles, and sends a signal when the price
 * bounces on its moving average; LOMS does the rest. Copy it and put your own strategy into `ema-bounce.ts`.
 *
 * It speaks only HTTP and never stops because of LOMS: whatever goes wrong is logged, and the next price is asked for.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { CandleBuilder, EmaBounce, type Side } from './ema-bounce.ts'

const { values: options } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8000' },
    key: { type: 'string' },
    symbol: { type: 'string', default: 'BTCUSDT' },
    'candle-sec': { type: 'string', default: '300' },
    'touch-pct': { type: 'string', default: '0.01' },
    tp: { type: 'string', default: '4.5' },
    sl: { type: 'string', default: '1.5' },
    qty: { type: 'string' },
    'poll-ms': { type: 'string', default: '1000' },
  },
})

type Market = { readonly ts: string; readonly price: number | null }
type Answer = {
  readonly risk_ok: boolean
  readonly oms_enabled: boolean
  readonly position_id?: number
  readonly risk_reason?: string
  readonly reason?: string
}

const log = (event: string, detail: string): void => console.log(`${event} ${detail}`)

/** Asks LOMS; undefined when there is no usable answer, which is logged. */
async function ask<T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T | undefined> {
  try {
    const response = await fetch(options.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(options.key ? { Authorization: `Bearer ${options.key}` } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(5_000),
    })
    if (response.ok) return (await response.json()) as T
    // No price yet is not worth a line.
    if (response.status !== 404) log('loms_http_error', `${response.status} ${await response.text()}`)
  } catch (error) {
    log(error instanceof SyntaxError ? 'loms_error' : 'loms_conn_error', error instanceof Error ? error.message : String(error))
    await sleep(1_000)
  }
  return undefined
}

async function sendSignal(side: Side, price: number, at: number): Promise<void> {
  const answer = await ask<Answer>('POST', '/signals/bounce', {
    symbol: options.symbol,
    side,
    price,
    // The time of the data, not of this computer: they differ when recorded prices are played.
    timestamp: new Date(at).toISOString(),
    timeframe_min: Math.max(1, Math.round(Number(options['candle-sec']) / 60)),
    strategy: 'bounce_ema10_strict',
    tp_pct: Number(options.tp),
    sl_pct: Number(options.sl),
    qty: options.qty === undefined ? null : Number(options.qty),
  })
  if (answer === undefined) return
  if (answer.risk_ok) log('loms_order_created', `position ${answer.position_id} ${side} at ${price}`)
  else if (answer.oms_enabled) log('loms_risk_reject', `${side} at ${price}: ${answer.risk_reason}`)
  else log('loms_oms_disabled', `${side} at ${price}: ${answer.reason}`)
}

const candles = new CandleBuilder(Number(options['candle-sec']) * 1000)
const strategy = new EmaBounce(10, Number(options['touch-pct']))

for (;;) {
  const market = await ask<Market>('GET', `/market?symbol=${encodeURIComponent(options.symbol)}`)
  if (market !== undefined && market.price !== null) {
    const at = Date.parse(market.ts)
    const candle = candles.add(at, market.price)
    const side = candle && strategy.next(candle)
    if (candle) log('candle', `close ${candle.close} ema ${strategy.ema?.toFixed(1) ?? 'not yet'}`)
    if (side) await sendSignal(side, market.price, at)
  }
  await sleep(Number(options['poll-ms']))
}
