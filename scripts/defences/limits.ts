/** Limits, the ledger that they count by, and the kill switch. */
import type { Defence } from './defence.ts'

const ACCOUNT = 'test/risk/account.test.ts'
const LIMITS = 'test/risk/limits.table.test.ts'
const KILL = 'test/risk/kill-switch.test.ts'
const size = 'src/risk/size-checks.ts'
const losses = 'src/risk/loss-checks.ts'
const live = 'src/risk/live-checks.ts'
const core = 'machines/core.ts'
const accounts = 'machines/accounts.ts'
const ledger = 'machines/ledger.ts'

export const LIMIT_DEFENCES: readonly Defence[] = [
  {
    serves: ['F12', 'R-1', 'I13'], what: 'every entry goes through the risk engine, and what it refuses opens nothing', file: core,
    edit: ['if (verdict.ok) return merged(noted, this.#openPosition(fact, verdict.signal, ledger))', 'if (verdict.noted) return merged(noted, this.#openPosition(fact, signal as ApprovedSignal, ledger))'],
    test: ['test/machines/core.test.ts', 'a signal is blocked: max_total_open_reached'],
  },
  {
    serves: ['R-1', 'I13'], what: 'as many positions as the limit says, and not one more', file: 'src/risk/risk-check.ts',
    edit: ['({ blocked: count >= limit, value', '({ blocked: count > limit, value'],
    test: [LIMITS, 'total: the last that passes and the first that does not'],
  },
  {
    serves: ['R-1', 'I13'], what: 'no position larger than the limit', file: size,
    edit: ['limit === null ? null : { blocked: greater(notional, limit)', 'limit === null ? null : { blocked: false'],
    test: [LIMITS, 'size: the last that passes'],
  },
  {
    serves: ['F23', 'R-5', 'I13'], what: 'a position counts from its approval on, filled or not', file: core,
    edit: ['ledger.reserve(signal)', 'if (signal.symbol === "") ledger.reserve(signal)'],
    test: ['test/risk/account.test.ts', '1,000 signals at once'],
  },
  {
    serves: ['F15', 'R-5'], what: 'a reservation ends with its position, also where its entry failed', file: core,
    edit: ['ledger.release(signal)', 'if (signal.symbol === "") ledger.release(signal)'],
    test: ['test/machines/core.test.ts', 'forgets reservations with the positions that held them'],
  },
  {
    serves: ['F14', 'R-2', 'I13'], what: 'margin is reserved for the whole account before anything is sent', file: losses,
    edit: ['const blocked = greater(add(account.notional, notional), multiply(equity(), limits.leverage))', 'const blocked = greater(notional, multiply(equity(), limits.leverage))'],
    test: [LIMITS, 'margin: the last that passes'],
  },
  {
    serves: ['F13', 'R-2'], what: 'live, one position per account and symbol', file: live,
    edit: ['return { blocked: count > 0, value: String(count)', 'return { blocked: count > 1, value: String(count)'],
    test: [LIMITS, 'live_position: the last that passes'],
  },
  {
    serves: ['M-2', 'R-2'], what: 'live, only the strategies that are named', file: live,
    edit: ['blocked: !list.includes(value), value, limit', "blocked: name === 'symbol' && !list.includes(value), value, limit"],
    test: [LIMITS, 'live_strategy: the last that passes'],
  },
  {
    serves: ['M-2', 'R-2'], what: 'live, only the symbols that are named', file: live,
    edit: ['blocked: !list.includes(value), value, limit', "blocked: name === 'strategy' && !list.includes(value), value, limit"],
    test: [LIMITS, 'live_symbol: the last that passes'],
  },
  {
    serves: ['F24', 'B-4'], what: 'no entry whose stop is beyond the liquidation', file: live,
    edit: ['const blocked = atLeast(add(', 'const blocked = liquidationPct === liquidationPct + "1" && atLeast(add('],
    test: [LIMITS, 'liquidation: the last that passes'],
  },
  {
    serves: ['L-7', 'I20'], what: 'nothing below the venue’s smallest order is sent', file: size,
    edit: ['const tooSmall = minQty !== null && less(qty, minQty)', 'const tooSmall = false'],
    test: [LIMITS, 'the smallest order of the venue'],
  },
  {
    serves: ['R-2', 'I13'], what: 'the loss of the day blocks entries', file: losses,
    edit: ['return { blocked: atLeast(loss, limit), value: money(loss)', 'return { blocked: greater(loss, multiply(limit, limit)), value: money(loss)'],
    test: [ACCOUNT, 'counts open losses, is said once, and ends with the UTC day of the journal'],
  },
  {
    serves: ['F17', 'C5'], what: 'a day ends with the UTC day of the journal', file: ledger,
    edit: ['if (number > this.day.number) this.day =', 'if (number < 0) this.day ='],
    test: [ACCOUNT, 'counts open losses, is said once, and ends with the UTC day of the journal'],
  },
  {
    serves: ['R-2'], what: 'a drawdown is counted from the highest equity', file: ledger,
    edit: ['if (greater(equity, this.peakEquity)) this.peakEquity = equity', ''],
    test: [ACCOUNT, 'is from the highest equity, open profit included'],
  },
  {
    serves: ['R-3', 'I14'], what: 'the loss of a session halts the account by itself', file: accounts,
    edit: ['return isPositive(loss) && atLeast(loss, limit) ?', 'return isPositive(loss) && isPositive(subtract(loss, percentOf(ledger.armed.balance, ledger.armed.balance))) ?'],
    test: [KILL, 'trips at the limit exactly: 5 % of the balance at arming, realised'],
  },
  {
    serves: ['R-3', 'K-1'], what: 'a halt closes what the account holds', file: core,
    edit: ["return halted === null ? said : merged(said, this.#closeAll(fact, halted, 'kill_switch', null))", 'return said'],
    test: [KILL, 'trips at the limit exactly: 5 % of the balance at arming, realised'],
  },
  {
    serves: ['F10', 'K-1', 'I14'], what: 'a halt is lifted by an explicit reset, not by resuming', file: accounts,
    edit: ["from.state === 'halted' && to.state !== 'halted'", "from.state === 'halted' && to.state === 'halted'"],
    test: [KILL, 'closes everything with the reason panic and takes no entry until it is reset'],
  },
  {
    serves: ['F10', 'I14'], what: 'a halt survives a restart from a checkpoint', file: ledger,
    edit: ['new Ledger(dump.accountLabel, dump.startBalance, dump.trading, dump.armed.at)', 'new Ledger(dump.accountLabel, dump.startBalance, ACTIVE, dump.armed.at)'],
    test: ['test/machines/core.test.ts', 'survives a dump and a restore unchanged'],
  },
  {
    serves: ['K-1', 'I14'], what: 'while paused or halted no entry is taken', file: 'machines/entry-answer.ts',
    edit: ["if (trading.state !== 'active') return", "if (trading.state === 'active' && settings.omsEnabled === undefined) return"],
    test: ['test/machines/core.test.ts', 'is not traded while the OMS is disabled or trading is paused'],
  },
  {
    serves: ['S-7', 'R-3'], what: 'limits count for each account by itself', file: accounts,
    edit: ['return this.#ledgers.get(accountLabel) ?? new Ledger(accountLabel,', 'return [...this.#ledgers.values()][0] ?? new Ledger(accountLabel,'],
    test: ['test/machines/core.test.ts', 'counts against the limits of its own account only'],
  },
  {
    serves: ['I7', 'X-3'], what: 'fees are part of the result', file: 'machines/position.context.ts',
    edit: ['return subtract(subtract(gross, context.fees), context.funding?.paid ?? ZERO)', 'return subtract(gross, context.funding?.paid ?? ZERO)'],
    test: ['test/exits/trailing.table.test.ts', 'PnL is what the fills came to, less the fees, exactly'],
  },
  {
    serves: ['F22'], what: 'a position that nobody closes is told after a while', file: core,
    edit: ['if (!snapshot || this.#overdue.has(positionId)) return NOTHING', 'if (snapshot !== undefined || this.#overdue.has(positionId)) return NOTHING'],
    test: [ACCOUNT, 'is said to be too old once, also after a restart'],
  },
  {
    serves: ['R-5', 'I13'], what: 'reservations survive a restart from a checkpoint', file: ledger,
    edit: ['Object.assign(ledger, { armed, openCount, notional,', 'Object.assign(ledger, { armed, notional,'],
    test: ['test/machines/core.test.ts', 'survives a dump and a restore unchanged'],
  },
]
