/**
 * What `loms doctor` asks an exchange: market data and clock where prices come from there, and the whole account with
 * live trading. Only reads: its clients refuse anything else before it leaves.
 */
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import { openVenue } from '../brokers/exchange-live/open-venue.ts'
import type { VenueApi } from '../brokers/exchange-live/venue-api.ts'
import type { Check } from '../cli/commands/checks.ts'
import type { LiveSettings, Settings } from '../config/settings.ts'
import { atLeast, compare, greater, type Decimal } from '../domain/decimal.ts'
import { parseClientOrderId } from '../domain/ids.ts'
import { openClient } from '../exchange/client.ts'
import { venueSymbol } from '../exchange/linear-markets.ts'
import { within } from '../exchange/request-scope.ts'
import { TICKER_WIRES } from '../prices/exchange/venue-ticker.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { replay } from '../../state/replay.ts'
import { broken, held, judged, skipped } from './check.ts'
import type { ExchangeChecks } from './doctor.ts'
import { smallestOrder } from './smallest-order.ts'

const READ_MS = 8000
const MARKETS_MS = 20_000
/** Beyond this the venue may refuse signed requests, and LOMS does not start live trading. */
const MOST_SKEW_MS = 1000

/** null: these settings use no exchange. */
export const exchangeChecks = (settings: Settings): ExchangeChecks | null =>
  settings.priceSource === 'exchange' && settings.priceExchange !== 'dummy' ? examineExchange : null

const read = <T>(call: () => Promise<T>, withinMs = READ_MS): Promise<T> => within(withinMs, call)

/** A question whose answer is a check; one that gets no answer has failed. */
const asked = async (name: string, ask: () => Promise<Check | readonly Check[]>, wanted = 'an answer'): Promise<readonly Check[]> => {
  try {
    return [await ask()].flat()
  } catch (error) {
    return [broken(name, messageOf(error), wanted)]
  }
}

async function examineExchange(settings: Settings): Promise<readonly Check[]> {
  const { live, exchangeEmulatorUrl: emulatorUrl } = settings
  const venue = live?.venue ?? (settings.priceExchange === 'bybit' ? 'bybit' : 'bitget')
  const place: Place = { venue, sandbox: live?.sandbox ?? false, emulatorUrl, owns: () => true }
  const market = await openVenue({ ...place, access: 'public', credentials: null })
  const account = live && (await openVenue({ ...place, access: 'read', credentials: live.credentials }))
  try {
    const checks = [...(await asked('exchange clock', () => clockCheck(market, emulatorUrl ?? venue))), ...(await asked('exchange markets', () => marketChecks(market, settings, place)))]
    if (!live || !account) return [...checks, skipped('exchange account', `BROKER_MODE=${settings.brokerMode}: none is used`)]
    return [...checks, ...(await accountChecks(account, settings, live))]
  } finally {
    await Promise.all([market.close(), account?.close()])
  }
}

async function accountChecks(api: VenueApi, settings: Settings, live: LiveSettings): Promise<readonly Check[]> {
  const rights = await asked('exchange key', () => rightsChecks(api, live), 'a key that may read and trade futures')
  // One refusal says it all.
  if (rights.some(({ name, verdict }) => name === 'exchange key' && verdict === 'failed')) return rights
  const leverages = await Promise.all(settings.core.limits.liveSymbols.map((symbol) => asked(`leverage of ${symbol}`, () => leverageCheck(api, venueSymbol(symbol), live))))
  return [...rights, ...(await asked('others on the account', () => strangers(api, settings.dataDir))), ...leverages.flat()]
}

async function clockCheck(api: VenueApi, where: string): Promise<Check> {
  const before = Date.now()
  const time = await read(() => api.time())
  const after = Date.now()
  const apart = Math.round(Math.abs(time - (before + after) / 2))
  return judged('exchange clock', apart <= MOST_SKEW_MS, `${apart} ms from this machine's, answered in ${after - before} ms (${where})`, `up to ${MOST_SKEW_MS} ms; keep this machine's time by NTP`)
}

type Place = { readonly venue: 'bitget' | 'bybit'; readonly sandbox: boolean; readonly emulatorUrl: string | null; readonly owns: () => boolean }

/** What can be traded, and whether the size limit lets the smallest order through. */
async function marketChecks(api: VenueApi, settings: Settings, place: Place): Promise<readonly Check[]> {
  const markets = new Map([...(await read(() => api.markets(), MARKETS_MS))].filter(([, { takesEntries }]) => takesEntries))
  const known = judged('exchange markets', markets.size > 0, `${markets.size} USDT perpetuals`, 'some')
  const { liveSymbols, maxSizePerPositionUsdt } = settings.core.limits
  if (!settings.live) return [known]
  if (liveSymbols.length === 0) return [known, broken('LIVE_SYMBOLS', 'empty: nothing can be opened', 'the symbols of the rollout')]
  const client = await openClient({ ...place, purpose: 'public', credentials: null, timeoutMs: READ_MS })
  try {
    const sizes = { most: maxSizePerPositionUsdt, byDefault: settings.signal.defaultNotionalUsdt }
    const tickers = await read(() => TICKER_WIRES[place.venue].fetchAll(client))
    return [known, ...liveSymbols.map((symbol) => smallestOrder(symbol, markets.get(venueSymbol(symbol)), tickers.find((ticker) => ticker.symbol === venueSymbol(symbol))?.last, sizes))]
  } finally {
    await client.close()
  }
}

async function rightsChecks(api: VenueApi, { maxAccountEquityUsdt: most, sandbox }: LiveSettings): Promise<readonly Check[]> {
  const { equity, positionMode, surplusRights } = await read(() => api.account())
  return [
    held('exchange key', `accepted by ${api.venue}${sandbox ? ', demo account' : ''}`),
    sandbox && api.venue === 'bybit' ? skipped('rights of the key', 'a demo account of Bybit does not tell them') : judged('rights of the key', surplusRights.length === 0, surplusRights.length === 0 ? 'reading and trading' : `more than that: ${surplusRights.join(', ')}`, 'no withdrawal, no transfer'),
    judged('equity', most === null || !greater(equity, most), `${equity} USDT`, most === null ? '' : `up to MAX_ACCOUNT_EQUITY_USDT=${most}`),
    judged('position mode', positionMode === 'one-way', positionMode, 'one-way'),
  ]
}

/** Positions and orders that are not of this data directory's journal. */
async function strangers(api: VenueApi, dataDir: string): Promise<readonly Check[]> {
  const ours = ownOf(dataDir)
  const [positions, orders] = [await read(() => api.positions()), await read(() => api.openOrders())]
  const foreign = positions.filter(({ symbol, direction }) => !ours.positions.has(`${symbol} ${direction}`)).map(({ symbol, direction, qty }) => `${symbol} ${direction} ${qty}`)
  // Bybit's stop that came with an entry bears no name; it belongs to the position on its symbol.
  const isOurs = (clientOrderId: string | null, symbol: string, reduceOnly: boolean): boolean =>
    clientOrderId === null ? reduceOnly && [...ours.positions].some((position) => position.startsWith(`${symbol} `)) : parseClientOrderId(clientOrderId)?.journal === ours.journal
  const strange = orders.filter((order) => !isOurs(order.clientOrderId, order.symbol, order.reduceOnly)).map(({ symbol, side, qty, clientOrderId }) => `${symbol} ${side} ${qty} (${clientOrderId ?? 'no name'})`)
  const others = [...foreign.map((each) => `position ${each}`), ...strange.map((each) => `order ${each}`)]
  return [judged('others on the account', others.length === 0, others.length === 0 ? `none; ${positions.length} position(s) and ${orders.length} order(s) of LOMS` : others.join(', '), 'an account of LOMS alone')]
}

/** The journal's name, and its open positions as `BTCUSDT long`. */
function ownOf(dataDir: string): { readonly journal: string | null; readonly positions: ReadonlySet<string> } {
  const opened = readJournal(dataDir)
  if (!opened.ok) return { journal: null, positions: new Set() }
  const { core } = replay({ records: opened.journal.records, until: {} })
  const open = [...core.registry.ids()].flatMap((id) => core.registry.get(id)?.context ?? []).filter(({ closedAt }) => closedAt === null)
  return { journal: core.journalId, positions: new Set(open.map(({ signal }) => `${venueSymbol(signal.symbol)} ${signal.direction}`)) }
}

async function leverageCheck(api: VenueApi, symbol: string, { leverage }: LiveSettings): Promise<Check> {
  const set: Decimal = await read(() => api.leverage(symbol))
  if (compare(set, leverage) === 0) return held(`leverage of ${symbol}`, set, `LEVERAGE=${leverage}`)
  // LOMS sets it at its start, never under a position.
  const stays = (await read(() => api.positions())).some((position) => position.symbol === symbol)
  return judged(`leverage of ${symbol}`, !stays || atLeast(leverage, set), `${set}${stays ? ', and a position is open: it stays so' : `, LOMS sets ${leverage} when it starts`}`, `LEVERAGE=${leverage}`)
}
