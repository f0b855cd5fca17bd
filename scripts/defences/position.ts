/** What the machine of a position does for its money, whatever the broker. */
import type { Defence } from './defence.ts'

const TEST = 'test/machines/position.test.ts'
const orders = 'machines/position.orders.ts'
const reports = 'machines/position.reports.ts'
const close = 'machines/position.close.ts'
const chart = 'machines/position.machine.ts'

export const POSITION_DEFENCES: readonly Defence[] = [
  {
    serves: ['L-2', 'I1', 'T22', 'X6'], what: 'the first part that fills gets a stop over itself, the next a larger one', file: orders,
    edit: ['const qty = openQty(context)\n  if (isZero(qty) || context.closing', 'const qty = context.signal.qty\n  if (isZero(openQty(context)) || context.closing'],
    test: [TEST, 'protects each partial fill at once and resizes the stop'],
  },
  {
    serves: ['L-3', 'X10', 'I1', 'F3'], what: 'after the third refusal of its stop a position leaves at market', file: orders,
    edit: ['const failed = { ...context, stopFailures: failures, rollingBack: true }', 'const failed = { ...context, stopFailures: failures }'],
    test: [TEST, 'is closed at market after the third refusal of its stop'],
  },
  {
    serves: ['L-3', 'X11'], what: 'a refused stop is tried twice more before that', file: orders,
    edit: ['if (failures <= context.timing.stopRetries)', 'if (failures < 1)'],
    test: [TEST, 'is closed at market after the third refusal of its stop'],
  },
  {
    serves: ['I1', 'X12', 'L-3'], what: 'a position without a confirmed stop leaves at market when the hard bound is reached', file: orders,
    edit: ["? withDeadline(context, 'protect', context.at + context.timing.protectWithinMs) : context", '? context : context'],
    test: [TEST, 'is closed at market where no stop is confirmed in time'],
  },
  {
    serves: ['L-3', 'X9'], what: 'a stop that would trigger now has been hit: closed at once', file: orders,
    edit: ["if (stop.code === 'would_trigger') return beginClose(context, context.stopReason)", ''],
    test: [TEST, 'is closed at once where the stop would trigger now'],
  },
  {
    serves: ['S-3'], what: 'a fill that has passed the stop is closed at once', file: 'machines/position.exits.ts',
    edit: ["&& passesStop(context, event.price)\n    ? beginClose(context, 'sl')", "&& passesStop(context, event.price)\n    ? context"],
    test: [TEST, 'is closed at once, reason sl, where the fill itself has passed the stop'],
  },
  {
    serves: ['X14', 'C-1', 'I1'], what: 'a stop that the venue dropped is placed again', file: orders,
    edit: ["if (!stop || stop.status === 'canceled' || stop.status === 'expired'", "if (!stop || stop.status === 'expired'"],
    test: [TEST, 'replaces a stop and a target that the venue dropped'],
  },
  {
    serves: ['F8', 'X-5'], what: 'one stop per generation: an old one is cancelled once its successor rests', file: orders,
    edit: ['other.target === order.target && other !== order && !isTerminal(other.status)))', 'other.target === order.target && other !== order && isTerminal(other.status)))'],
    test: [TEST, 'keeps its stop where a replacement is refused, and drops it once a later one rests'],
  },
  {
    serves: ['X-5', 'I1'], what: 'a moved stop is replaced, not removed and placed anew', file: orders,
    edit: ['return fits ? dropOlder(context, stop) : replace(context, stop, qty, context.stopPrice)', "return fits ? dropOlder(context, stop) : submit(cancel(context, stop), 'stop-loss', qty, context.stopPrice)"],
    test: [TEST, 'moves stop and target on demand, a stop never leaving before its successor rests'],
  },
  {
    serves: ['I1'], what: 'a refused replacement leaves the stop that it should have replaced', file: reports,
    edit: ['return context.orders.some(isReplaced) ? {', 'return context.orders.length < 0 ? {'],
    test: [TEST, 'keeps its stop where a replacement is refused'],
  },
  {
    serves: ['F2', 'L-6'], what: 'a close is proven by a flat position before anything is forgotten', file: close,
    edit: ["if (cancelled.proof === 'none') return askForProof(cancelled)", "if (cancelled.proof === 'none') return { ...cancelled, proof: 'flat' }"],
    test: [TEST, 'closes on demand: target cancelled, market close, flat proven, the stop removed last'],
  },
  {
    serves: ['L-6', 'I1'], what: 'the stop leaves last, after flat is proven', file: close,
    edit: ["const cancelled = cancelAll(entryTended, liveOrders(entryTended, 'take-profit'))", "const cancelled = cancelAll(entryTended, [...liveOrders(entryTended, 'take-profit'), ...liveOrders(entryTended, 'stop-loss')])"],
    test: [TEST, 'closes on demand: target cancelled, market close, flat proven, the stop removed last'],
  },
  {
    serves: ['F2', 'F3', 'X13', 'I25'], what: 'a refused close is tried again, for ever', file: close,
    edit: ["return isPositive(wanted) ? submit(due, 'close', wanted, null) : due", 'return due'],
    test: [TEST, 'tries a refused close again for what is open, for ever'],
  },
  {
    serves: ['F25', 'T25'], what: 'what is left after a partial close is closed by what is open, not by what was asked for', file: close,
    edit: ['const wanted = subtract(openQty(due), left)', 'const wanted = subtract(due.entryQty, left)'],
    test: [TEST, 'tries a refused close again for what is open, for ever'],
  },
  {
    serves: ['I3', 'L-9', 'X2'], what: 'what is sent again goes under the same client order id', file: orders,
    edit: ["command(withOrder(context, { ...order, status: 'created', code: null, attempts: order.attempts + 1 }), submission(context, order))", 'submit(context, order.role, order.qty, order.price, order.target)'],
    test: [TEST, 'asks what became of an unresolved entry and sends it again only after its absence is proven'],
  },
  {
    serves: ['I15', 'L-9', 'X1'], what: 'an order without an answer is asked for before anything is sent again', file: reports,
    edit: ["const unresolved = withOrder(context, { ...order, status: 'unresolved', code: event.message, cancelRequested: false })", "const unresolved = withOrder(context, { ...order, status: 'created', code: 'absent', cancelRequested: false })"],
    test: [TEST, 'asks what became of an unresolved entry and sends it again only after its absence is proven'],
  },
  {
    serves: ['I15'], what: 'an order that stays unknown is asked for again and again', file: orders,
    edit: ["return withDeadline(asked, 'query', context.at + context.timing.queryRetryMs)", 'return asked'],
    test: [TEST, 'asks what became of an unresolved entry'],
  },
  {
    serves: ['T28', 'L-2'], what: 'an entry that is not filled in thirty seconds is cancelled', file: orders,
    edit: ["const overdue = context.deadlines['entry'] === undefined", "const overdue = context.deadlines['entry'] === null"],
    test: [TEST, 'cancels an entry that is not filled in thirty seconds'],
  },
  {
    serves: ['T28', 'I3'], what: 'an absent entry is not sent again after its time', file: orders,
    edit: ["if (absent) return overdue || context.closing ? dropAbsent", "if (absent) return context.closing ? dropAbsent"],
    test: [TEST, 'does not send an absent entry again after its thirty seconds'],
  },
  {
    serves: ['I25', 'I15'], what: 'a close that the venue never had and nobody wants any more is over', file: 'machines/position.close.ts',
    edit: ["if (reduceTo === null) return dropAbsent(context, 'close')", 'if (reduceTo === null) return context'],
    test: ['test/machines/refusals.test.ts', 'that the venue never had, and that something else has made up for'],
  },
  {
    serves: ['I7', 'I13', 'R-2'], what: 'funding counts in the loss of day and session from when it is settled', file: 'machines/core.ts',
    edit: ['before.fees === after.fees && before.funding === after.funding)', 'before.fees === after.fees)'],
    test: ['test/machines/core.test.ts', 'counts funding from when it is settled, and once'],
  },
  {
    serves: ['F6', 'I2', 'I17', 'W3'], what: 'a trade is booked once, by its id, however often it is told', file: reports,
    edit: ['if (knowsTrade(context, event.tradeId)) return ignore(', 'if (context.fills.length < 0) return ignore('],
    test: [TEST, 'books a fill once, however often it is reported'],
  },
  {
    serves: ['I17', 'X8'], what: 'news that came late does not take an order back', file: reports,
    edit: ["status: order.status === 'created' || order.status === 'unresolved' ? (order.filledQty === '0' ? 'working' : 'partially_filled') : order.status,", "status: order.filledQty === '0' ? 'working' : 'partially_filled',"],
    test: [TEST, 'takes a fill before its acceptance'],
  },
  {
    serves: ['F1', 'L-9', 'C-1', 'X1'], what: 'after a restart what may have left is asked for, not sent again', file: orders,
    edit: ["{ ...order, status: 'unresolved', code: 'restart' }", "{ ...order, status: 'created', code: 'absent' }"],
    test: [TEST, 'asks for every open question after a restart and sends nothing twice'],
  },
  {
    serves: ['F18', 'C-3', 'I25'], what: 'nothing is sent and nothing invented for what the venue does not hold any more', file: reports,
    edit: ["? ignore(context, event, 'any', 'nothing of it is missing, or it is known to be') : vanish(context)", "? ignore(context, event, 'any', 'nothing of it is missing, or it is known to be') : context"],
    test: [TEST, 'that vanished is held'],
  },
  {
    serves: ['X32', 'F2'], what: 'a stop refused because nothing is held waits for the fill that says why', file: orders,
    edit: ["if (stop.code === 'no_position') return withDeadline(", "if (stop.status === 'filled') return withDeadline("],
    test: [TEST, 'takes a stop that is refused because nothing is held for news that is on its way'],
  },
  {
    serves: ['L-4'], what: 'a refused target is tried again, and the position stays', file: 'machines/position.targets.ts',
    edit: ['return refused.reduce(resubmit, due)', 'return due'],
    test: [TEST, 'stays protected and tries again where the target is refused'],
  },
  {
    serves: ['I11'], what: 'a venue that closed more than there was leaves nothing to close', file: 'machines/position.context.ts',
    edit: ['maximum(subtract(context.entryQty, context.exitQty), ZERO)', 'subtract(context.entryQty, context.exitQty)'],
    test: [TEST, 'never sends a negative quantity where the venue closed more than there was'],
  },
  {
    serves: ['L-6', 'X5'], what: 'a finished position is kept until late news has had its time', file: 'machines/position.steps.ts',
    edit: ['if (context.timing.settleMs > 0 && !settled) return', 'if (context.timing.settleMs < 0 && !settled) return'],
    test: [TEST, 'is kept until it has settled where the venue may report late'],
  },
  {
    serves: ['X-6'], what: 'a stop that a person moved is left where it is', file: 'machines/position.exits.ts',
    edit: ["if (context.stopByPerson) return ignore(context, event, 'any', 'the stop is where a person put it')", ''],
    test: ['test/exits/external-model.test.ts', 'a stop of a person is left where it is'],
  },
  {
    serves: ['I11', 'B-2'], what: 'paper: an exit fills no more than is open', file: 'src/brokers/paper-broker.ts',
    edit: ['// Reduce-only: never more than is open.\n    const qty = minimum(order.qty, position.openQty)', 'const qty = order.qty'],
    test: ['test/brokers/paper-broker.test.ts', 'an exit fills no more than is open'],
  },
  {
    serves: ['L-6', 'I3'], what: 'a fill that comes for a finished position is a position of its own, and closed', file: 'src/runtime/stray-fills.ts',
    edit: ['return finished && !fills.some(', 'return !finished && !fills.some('],
    test: ['test/runtime/stray-fills.test.ts', 'opens one position in rolling-back that is closed at market, however often it is reported'],
  },
  {
    serves: ['I10', 'F4'], what: 'a machine that fails puts its position aside, and nobody else', file: chart,
    edit: ["const FAILED = { target: 'quarantined', actions: 'take' } as const", "const FAILED = { actions: 'take' } as const"],
    test: ['test/machines/quarantine.test.ts', 'quarantines its position and leaves its orders where they are'],
  },
  {
    serves: ['I1', 'I10'], what: 'a position that was put aside keeps its stop up', file: chart,
    edit: ["on: { '*': { actions: 'take, ensureStop' } },", "on: { '*': { actions: 'take' } },"],
    test: ['test/machines/quarantine.test.ts', 'is given a stop where it fills later'],
  },
  {
    serves: ['X1', 'I12'], what: 'an order whose cancel was refused is asked for, and cancelled again if it rests', file: reports,
    edit: ["return queryOrder(withOrder(context, { ...order, cancelRequested: false, status: 'unresolved', code: event.message }), order)", 'return context'],
    test: [TEST, 'asks what became of an order whose cancel was refused'],
  },
]
