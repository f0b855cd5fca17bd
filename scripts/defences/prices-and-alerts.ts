/** Prices that may decide something, and what reaches people. */
import type { Defence } from './defence.ts'

const GUARD = 'test/prices/feed-guard.test.ts'
const DESK = 'test/alerts/alert-desk.test.ts'
const guard = 'src/prices/feed-guard.ts'
const alerts = 'src/alerts/alert-desk.ts'
const lane = 'src/alerts/lane.ts'

export const PRICE_AND_ALERT_DEFENCES: readonly Defence[] = [
  {
    serves: ['B-3', 'P-3'], what: 'a symbol that the exchange does not trade is no symbol: nothing is guessed', file: 'src/prices/exchange/exchange-prices.ts',
    edit: ['return !this.#markets || this.#markets.has(name) ? name : undefined', 'return name'],
    test: ['test/prices/exchange/exchange-prices.test.ts', 'prices of bybit … names symbols as signals do'],
  },
  {
    serves: ['L-8'], what: 'a close is in the log with its figures', file: 'src/runtime/publisher.ts',
    edit: ["return logger.info('position_closed', {", "return logger.debug('position_closed', {"],
    test: ['test/e2e/live-rules.test.ts', 'on bybit M-2, B-3, B-4, B-7, L-8'], limitMs: 120_000,
  },
  {
    serves: ['F19', 'P-5', 'I20'], what: 'a price that is too old is stale, symbol by symbol', file: 'src/prices/staleness.ts',
    edit: ['return age === undefined || age > this.#staleAfterMs', 'return age === undefined'],
    test: ['test/prices/staleness.test.ts', 'counts from the first wish, then from the last quote'],
  },
  {
    serves: ['F19', 'P-5', 'I20'], what: 'nothing is decided on a price that is too old', file: 'src/runtime/engine.ts',
    edit: ['feedSymbol === undefined || feed.isCurrent?.(feedSymbol) === false ? null', 'feedSymbol === undefined ? null'],
    test: ['test/e2e/shadow.test.ts', 'LOMS_PROFILE=shadow on bybit … takes no entry on a price that is too old'], limitMs: 60_000,
  },
  {
    serves: ['F21', 'P-5', 'I20'], what: 'a quote that is no number is dropped', file: guard,
    edit: ["|| prices.some((price) => !Number.isFinite(price))) return 'non_finite'", ") return 'non_finite'"],
    test: [GUARD, 'a single quote infinite'],
  },
  {
    serves: ['F21', 'P-5', 'I20'], what: 'a quote that is not above 0 is dropped', file: guard,
    edit: ["if (prices.some((price) => price <= 0)) return 'non_positive'", ''],
    test: [GUARD, 'a single quote zero'],
  },
  {
    serves: ['P-5', 'I20'], what: 'a quote from long ago is dropped', file: guard,
    edit: ["if (quote.ts < now - limits.staleAfterMs) return 'stale'", ''],
    test: [GUARD, 'a single quote stale'],
  },
  {
    serves: ['P-5', 'I20'], what: 'a price far from all others waits until others agree', file: guard,
    edit: ['if (agreed < limits.confirmations) return', 'if (agreed < 0) return'],
    test: [GUARD, 'holds back what is five times away'],
  },
  {
    serves: ['P-5', 'M-7'], what: 'a price is not replaced by an older one', file: guard,
    edit: ["if (quote.ts < Math.max(accepted?.ts ?? 0, held?.ts ?? 0)) return { drop: 'backwards', memory }", ''],
    test: [GUARD, 'never goes backwards in time, per symbol'],
  },
  {
    serves: ['P-1', 'F21'], what: 'a price field that is missing is an error, never a number', file: 'src/domain/quote.ts',
    edit: ['if (!Number.isFinite(raw) || raw <= 0) return', 'if (raw < 0) return'],
    test: ['test/brokers/paper-prices.test.ts', 'lets an entry wait where no quote has its side of the book'],
  },
  {
    serves: ['F27', 'I24', 'A-1'], what: 'alerts that were not delivered are sent after a restart', file: alerts,
    edit: ['for (const each of this.#ports.noticesAfter(from)) this.notice(each)', 'for (const each of this.#ports.noticesAfter(from)) if (each.seq < 0) this.notice(each)'],
    test: [DESK, 'a crash in the outage loses nothing'],
  },
  {
    serves: ['F27', 'I24', 'A-1'], what: 'what was delivered is not sent again', file: lane,
    edit: ['if (alert.seq <= this.#seen) return', ''],
    test: [DESK, 'a crash in the outage loses nothing'],
  },
  {
    serves: ['I24', 'A-1'], what: 'a message that was refused for a while is tried again', file: lane,
    edit: ['this.#retryMs = Math.min(RETRY_LONGEST_MS, this.#retryMs * 2)\n      return\n', 'this.#retryMs = Math.min(RETRY_LONGEST_MS, this.#retryMs * 2)\n'],
    test: [DESK, '429 is heeded to the second'],
  },
  {
    serves: ['F9', 'A-1'], what: 'what stands is told once, then with growing pauses', file: 'src/alerts/condition-watch.ts',
    edit: ['if (now < reminderAfter(one.since, last)) return []', 'if (now < one.since) return []'],
    test: [DESK, 'a standing condition is told once, then after 5 and 20 minutes'],
  },
  {
    serves: ['I24', 'A-1'], what: 'a journal that takes no records is told at once', file: alerts,
    edit: ['this.#heedJournal(now)\n', ''],
    test: [DESK, 'a journal that takes no records is told at once'],
  },
  {
    serves: ['F26', 'M-7'], what: 'paper fills on prices of the book as an exchange would', file: 'src/brokers/paper-prices.ts',
    edit: ["(side === 'buy' ? 'ask' : 'bid')", "(side === 'buy' ? 'bid' : 'bid')"],
    test: ['test/brokers/paper-prices.test.ts', 'exchange-paper'],
  },
]
