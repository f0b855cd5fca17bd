/** Where each fault and trap of the live procedure has its test: `[file, words of it]`. `coverage.test.ts` looks whether they are there. */
export type Where = readonly [file: string, words: string]

const faults = 'test/live/faults.test.ts'
const protection = 'test/live/protection.test.ts'
const reads = 'test/live/reads.test.ts'
const streams = 'test/live/streams.test.ts'
const venue = 'test/live/venue-faults.test.ts'
const account = 'test/live/account.test.ts'
const restart = 'test/live/restart.test.ts'
const lifecycle = 'test/live/lifecycle.test.ts'
const clock = 'test/live/clock.test.ts'
const desk = 'test/live/desk.test.ts'
const loops = 'test/brokers/exchange-live/streams.test.ts'
const traps = 'test/exchange-emulator/traps.test.ts'
const live = 'test/live/traps.test.ts'

/** What an exchange does: X. */
export const EXCHANGE: Readonly<Record<string, Where>> = {
  X1: [faults, 'X1: carried out, the connection reset'],
  X2: [faults, 'X2: reset before it arrived'],
  X3: [reads, 'X3: orders and fills that are listed'],
  X4: [faults, 'X4: told that its id is a duplicate'],
  X5: [faults, 'X5: carried out long after the time-out'],
  X6: [protection, 'X6: the stop follows the fills'],
  X7: [protection, 'X7: an entry of which only a part is filled'],
  X8: [faults, 'X8: filled long before its answer'],
  X9: [protection, 'X9: a stop whose price has been passed'],
  X10: [protection, 'X10, X11: a refused stop is sent twice more'],
  X11: [protection, 'X10, X11: a refused stop is sent twice more'],
  X12: [protection, 'X12: three stops without an answer'],
  X13: [protection, 'X13: a refused close is tried until'],
  X14: [protection, 'X14: a stop that the exchange or a person cancelled'],
  X15: [protection, 'X15: an acknowledged stop that is in no list'],
  X16: [venue, 'X16: a stop that triggered, does not fill, and whose price comes back'],
  X17: [lifecycle, 'the mark price decides on the stop, not a wick of the last price'],
  X18: [account, 'X18: deleveraged in part'],
  X19: [account, 'X19: liquidated'],
  X20: [venue, 'X20: a part that was closed and is declared void'],
  X21: [account, 'T13, X21: funding is no fill'],
  X22: [reads, 'X22: an empty list of positions'],
  X23: [reads, 'X23: reads that fail change nothing'],
  X24: [reads, 'X24: empty lists of open orders'],
  X25: [faults, 'X25: rate limit by code'],
  X26: [streams, 'W6, X26: four thousand pushes at once'],
  X27: [venue, 'X27: halted under a position'],
  X28: [venue, 'X28: another tick while a position is open'],
  X29: [desk, 'X29: another leverage: set back where nothing is held'],
  X30: [reads, 'X30: the exchange is down for a while'],
  X31: [protection, 'X31: stop and target reached at once'],
  X32: [account, 'X32: a position closed by hand'],
  X33: [venue, 'X33: the ids of trades and orders are unique'],
  X34: [desk, 'X34: an account whose orders are cancelled with a lost connection'],
  X35: [faults, 'T10, X35: a code that proves nothing'],
  X36: [faults, 'X36: HTML with 502'],
}

/** The network, the streams, the clock: N, W, C. */
export const LINES: Readonly<Record<string, Where>> = {
  N1: [faults, 'N1: half a body'],
  N2: [faults, 'N2: HTML with 200'],
  N3: [reads, 'N3: an exchange that takes 700 ms'],
  N4: ['test/live/network.test.ts', 'N4: %s: an order may or may not exist'],
  N5: [faults, 'N5: carried out, never answered'],
  N6: ['test/alerts/alert-desk.test.ts', 'trading goes on, no urgent alert is lost'],
  N7: [venue, 'N7: the %s delivered %s by something in between'],
  W1: [reads, 'W1: mute, the socket open'],
  W2: [streams, 'W2: %s mute, all others not'],
  W3: [reads, 'W3: every push twice and the old ones again'],
  W4: [streams, 'W4: what happens between the look after a cut'],
  W5: [reads, 'W5: cut again and again'],
  W6: [streams, 'W6, X26: four thousand pushes at once'],
  W7: [streams, 'W7: the streams tell of fills that the lists do not know yet'],
  W8: [loops, 'W8, T19, T21: one that fails is told'],
  C1: [clock, 'C1: set back an hour while a stop is refused'],
  C2: [clock, 'C2: %i ms apart'],
  C3: [clock, 'C3: half a minute in which the process was frozen'],
  C4: ['test/runtime/loop-watch.test.ts', 'makes the service degraded and not ready'],
  C5: ['test/risk/account.test.ts', 'ends with the UTC day of the journal'],
  C6: ['test/runtime/clock.test.ts', 'C6: what is due in months'],
  C7: ['test/config/every-setting-bites.test.ts', 'SIGNAL_MAX_AGE_SEC'],
}

/** Traps of the client and the venues: T. */
export const TRAPS: Readonly<Record<string, Where>> = {
  T1: [traps, 'T1: a stop without a price'],
  T2: [traps, 'T2: a price makes a stop-limit'],
  T3: [traps, 'T3: without the plan type'],
  T4: [traps, 'T4: a watch for plan orders'],
  T5: [traps, 'T5: a margin mode as option'],
  T6: [traps, 'T6: a push tells the last fill'],
  T7: [reads, 'T7: no order is known to the lists'],
  T8: [live, 'T8: an answer of success that makes no sense'],
  T9: [faults, 'T9: a body that stalls'],
  T10: [faults, 'T10, X35: a code that proves nothing'],
  T11: [traps, 'T11: any failure of the first look'],
  T12: [venue, 'T12: a fee that is written as a positive number'],
  T13: [venue, 'T13: a settlement of funding is no trade'],
  T14: [account, 'X19: liquidated'],
  T15: [traps, 'T15: a cancel by clientOrderId'],
  T16: [live, 'T16: leverage that was so already'],
  T17: [venue, 'T17, T27: over a whole life'],
  T18: [venue, 'T18: the fills that a stop waits for do not wait'],
  T19: [loops, 'W8, T19, T21: one that fails is told'],
  T20: [loops, 'T20: the next push is asked for'],
  T21: [loops, 'W8, T19, T21: one that fails is told'],
  T22: [protection, 'X7: an entry of which only a part is filled'],
  T23: [lifecycle, 'the mark price decides on the stop, not a wick of the last price'],
  T24: ['test/brokers/exchange-live/outcome.test.ts', 'the verdict on a code'],
  T25: [lifecycle, 'quantity down to the step, prices to the tick'],
  T26: [traps, 'T26: ids are strings'],
  T27: [venue, 'T17, T27: over a whole life'],
  T28: [reads, 'X23: fills that cannot be read for a while'],
}

/** Lessons of others in the field, those about execution: F and the line. */
export const LESSONS: Readonly<Record<string, Where>> = {
  F1: [restart, 'between the fill and the stop: the stop is placed'],
  F2: [protection, 'X13: a refused close is tried until'],
  F3: [protection, 'X13: a refused close is tried until'],
  F6: [reads, 'W3: every push twice and the old ones again'],
  F7: [reads, 'X24: empty lists of open orders'],
  F8: [faults, 'gone already'],
  F16: ['test/e2e/freeze-loop.test.ts', '3 freezes in the middle of an entry'],
  F18: [restart, 'C-3: closed by its stop while nobody was there'],
  F20: [reads, 'field 20: after a cut stream'],
  F24: [desk, 'X29: another leverage: set back where nothing is held'],
  F25: [protection, 'a triggered stop that fills in part is closed to the last step'],
  F28: ['test/brokers/exchange-live/answer.test.ts', 'as a list: %j'],
}
