/** Requests about orders: how they are written, when they leave, and what an answer proves. */
import type { Defence } from './defence.ts'

const dir = 'src/brokers/exchange-live'
const bybit = `${dir}/bybit-api.ts`
const bitget = `${dir}/bitget-api.ts`
const outcome = `${dir}/outcome.ts`
const broker = `${dir}/exchange-broker.ts`
const client = 'src/exchange/client.ts'
const venue = 'src/exchange/venue.ts'
const FAULTS = 'test/live/faults.test.ts'
const LIFE = 'test/live/lifecycle.test.ts'
const TRAPS = 'test/live/traps.test.ts'
const PROVES = 'test/brokers/exchange-live/outcome.test.ts'
const GATE = 'test/exchange/gate.test.ts'
const LANES = 'test/brokers/exchange-live/lanes.test.ts'

export const WIRE_DEFENCES: readonly Defence[] = [
  {
    serves: ['T1', 'F21', 'I20'], what: 'a stop without a price does not leave', file: broker,
    edit: ["if (command.orderType !== 'market' && (price === null || !isPositive(price))) return", "if (command.orderType === 'market' && price !== null && !isPositive(price)) return"],
    test: [TRAPS, 'on bybit … T1'],
  },
  {
    serves: ['T2', 'L-3'], what: 'Bitget: a stop names no limit price, so it goes to the market', file: bitget,
    edit: ["return role === 'stop-loss' ? { ...plan, triggerType: 'mark_price' }", "return role === 'stop-loss' ? { ...plan, executePrice: price, triggerType: 'mark_price' }"],
    test: [LIFE, 'on bitget … long: opened, protected'],
  },
  {
    serves: ['T3', 'F7', 'C-1'], what: 'Bitget: stops are looked for in the list of plans', file: bitget,
    edit: ['return [...plain.map(plainOrderOf), ...plan.map(planOrderOf)].filter', 'return [...plain.map(plainOrderOf), ...plan.slice(plan.length).map(planOrderOf)].filter'],
    test: [LIFE, 'on bitget … long: opened, protected'],
  },
  {
    serves: ['T3', 'F7'], what: 'Bitget: a cancel names the kind of plan', file: bitget,
    edit: ["marginCoin: 'USDT', planType, orderIdList", "marginCoin: 'USDT', orderIdList"],
    test: [LIFE, 'on bitget … a stop that is moved is replaced'],
  },
  {
    serves: ['T3', 'F8', 'F28'], what: 'Bitget: success without the order in its list is no cancel', file: bitget,
    edit: ["if (!rows(answer['successList'] ?? null, 'successList').some((each) => each['clientOid'] === clientOrderId)) throw", "if (rows(answer['successList'] ?? null, 'successList').length > 1) throw"],
    test: [TRAPS, 'T3: a cancel that Bitget answers with success and an empty list'],
  },
  {
    serves: ['T7', 'I1'], what: 'Bitget: a plan that failed to execute protects nobody', file: `${dir}/bitget-orders.ts`,
    edit: ["fail_execute: 'rejected',", "fail_execute: 'working',"],
    test: [TRAPS, 'T7: a stop that failed to execute'],
  },
  {
    serves: ['T8', 'N2', 'F28'], what: 'Bybit: an answer that makes no sense proves no order', file: bybit,
    edit: [
      "const result = resultOf(await this.#orders.privatePostV5OrderCreate(createBody(order)))\n    if (optionalText(result, 'orderLinkId') !== order.clientOrderId) throw new BadAnswer('the answer names another order')\n    return text(result, 'orderId') as VenueOrderId",
      "return String(await this.#orders.privatePostV5OrderCreate(createBody(order))) as VenueOrderId",
    ],
    test: [TRAPS, 'on bybit … T8'],
  },
  {
    serves: ['T8', 'N2', 'F28'], what: 'Bitget: an answer that makes no sense proves no order', file: bitget,
    edit: [
      "const result = row(dataOf(await call(createBody(order))), 'data')\n    if (optionalText(result, 'clientOid') !== order.clientOrderId) throw new BadAnswer('the answer names another order')\n    return text(result, 'orderId') as VenueOrderId",
      'return String(await call(createBody(order))) as VenueOrderId',
    ],
    test: [TRAPS, 'on bitget … T8'],
  },
  {
    serves: ['T9', 'N5', 'L-3'], what: 'every call has a limit of its own, over its body too', file: 'src/exchange/request-scope.ts',
    edit: ['call), late])', 'call)])'],
    test: [FAULTS, 'a stop on bybit T9: a body that stalls'],
  },
  {
    serves: ['T10', 'X35', 'I15'], what: 'a code that no table knows proves nothing', file: outcome,
    edit: ["{ kind: 'rejected', code: 'refused', message } : { kind: 'unresolved', message }\n", "{ kind: 'rejected', code: 'refused', message } : { kind: 'rejected', code: 'refused', message }\n"],
    test: [FAULTS, 'an entry on bybit T10, X35: a code that proves nothing, carried out'],
  },
  {
    serves: ['T10', 'N2'], what: 'numbers in an answer that is not understood are no codes', file: outcome,
    edit: ["if (error instanceof BadAnswer) return { kind: 'unresolved', message }", ''],
    test: [PROVES, 'the verdict on what is no whole answer an answer that is not understood proves nothing'],
  },
  {
    serves: ['X4', 'I3', 'T10'], what: 'Bybit: an order whose id is a duplicate exists', file: outcome,
    edit: ["'110072': 'exists'", "'110072': 'refused'"],
    test: [FAULTS, 'an entry on bybit X4: told that its id is a duplicate'],
  },
  {
    serves: ['X4', 'I3', 'T10'], what: 'Bitget: an order whose id is a duplicate exists', file: outcome,
    edit: ["'40786': 'exists'", "'40786': 'refused'"],
    test: [FAULTS, 'an entry on bitget X4: told that its id is a duplicate'],
  },
  {
    serves: ['T24', 'X25'], what: 'a refusal is read from the venue’s code, whatever the HTTP status', file: outcome,
    edit: ['const verdict = code === null ? undefined : TABLES[venue][code]', 'const verdict = code === "" ? TABLES[venue][code] : undefined'],
    test: [PROVES, 'the verdict on a code bybit 110007: insufficient_margin'],
  },
  {
    serves: ['F8', 'X32'], what: 'an order that is gone is an outcome of its cancel, not a failure', file: outcome,
    edit: ["'40768': 'gone'", "'40768': 'refused'"],
    test: [PROVES, 'the verdict on a code bitget 40768: gone'],
  },
  {
    serves: ['T15', 'L-6'], what: 'Bybit: a cancel names the order by orderLinkId', file: bybit,
    edit: ['privatePostV5OrderCancel({ ...LINEAR, symbol, orderLinkId: clientOrderId })', 'privatePostV5OrderCancel({ ...LINEAR, symbol, clientOrderId })'],
    test: [LIFE, 'on bybit … closed by a person: target first'],
  },
  {
    serves: ['T16', 'B-4'], what: 'Bybit: leverage that was so already is no error', file: bybit,
    edit: ['if (code === null || !NOT_MODIFIED.has(code)) throw error', 'if (code === null || NOT_MODIFIED.has(code)) throw error'],
    test: [TRAPS, 'T16: leverage that was so already'],
  },
  {
    serves: ['T17', 'I12'], what: 'what would change the whole account has no way out', file: venue,
    edit: ['post(/^\\/v5\\/position\\/(set-leverage|trading-stop)$/)', 'post(/^\\/v5\\/(position\\/(set-leverage|trading-stop)|account\\/set-margin-mode)$/)'],
    test: [TRAPS, 'T17'],
  },
  {
    serves: ['T27', 'I12'], what: 'what would cancel or close other people’s has no way out', file: venue,
    edit: ['(place-order|cancel-order|place-tpsl-order', '(place-order|cancel-order|cancel-all-orders|place-tpsl-order'],
    test: [GATE, 'bitget orders: POST /api/v2/mix/order/cancel-all-orders'],
  },
  {
    serves: ['T18', 'L-5'], what: 'what a stop waits for does not queue behind other reads', file: 'src/exchange/client.ts',
    edit: ['pace.turn(`${method} ${path}`', 'pace.turn(method'],
    test: ['test/live/venue-faults.test.ts', 'T18'],
  },
  {
    serves: ['T18', 'I21', 'I25'], what: 'a read whose caller has given up takes nobody’s turn', file: 'src/exchange/pace.ts',
    edit: ["if (isLate(ANSWER_MS + wait)) throw", "if (isLate(-Infinity)) throw"],
    test: ['test/exchange/pace.test.ts', 'whoever gives up'],
  },
  {
    serves: ['T18', 'L-5', 'I21'], what: 'requests that are urgent overtake those that wait', file: `${dir}/lanes.ts`,
    edit: ['const behind = this.#waiting.findLastIndex((other) => LANES.indexOf(other.lane) <= LANES.indexOf(lane))', 'const behind = this.#waiting.length - 1'],
    test: [LANES, 'the urgent overtake what waits, in order of urgency'],
  },
  {
    serves: ['L-5', 'I21'], what: 'entries leave room in the rate for what protects', file: `${dir}/lanes.ts`,
    edit: ['isUnhurried(lane) ? REQUESTS_PER_SECOND - RESERVED_FOR_URGENT : REQUESTS_PER_SECOND', 'REQUESTS_PER_SECOND'],
    test: [LANES, 'entries leave room for four urgent requests in every second'],
  },
  {
    serves: ['L-5', 'X25'], what: 'never more requests in a second than the venue takes', file: `${dir}/lanes.ts`,
    edit: ['return Math.max(0, Math.ceil(forRate), Math.ceil(forGap))', 'return Math.max(0, Math.ceil(forGap))'],
    test: [LANES, 'never more than ten in any second'],
  },
  {
    serves: ['T23', 'L-3'], what: 'Bybit: a stop triggers by the mark price', file: bybit,
    edit: ["orderType: 'Market', triggerBy: 'MarkPrice' }", "orderType: 'Market', triggerType: 'mark_price' }"],
    test: [LIFE, 'on bybit … the mark price decides on the stop'],
  },
  {
    serves: ['T23', 'L-3'], what: 'Bybit: the stop that comes with the entry triggers by the mark price', file: bybit,
    edit: ["stopLoss: attachedStop, slTriggerBy: 'MarkPrice',", 'stopLoss: attachedStop,'],
    test: [TRAPS, 'on bybit … I1: the entry brings a stop along'],
  },
  {
    serves: ['L-3', 'X17'], what: 'Bitget: a stop triggers by the mark price', file: bitget,
    edit: ["{ ...plan, triggerType: 'mark_price' } :", "{ ...plan, triggerType: 'fill_price' } :"],
    test: [LIFE, 'on bitget … the mark price decides on the stop'],
  },
  {
    serves: ['I1', 'L-3'], what: 'Bybit: a position is born with a stop', file: broker,
    edit: ['const attachedStop = stop !== undefined && this.#ports.api.attachesStops ? marketPrice(market, stop) : null', 'const attachedStop = stop === "" ? marketPrice(market, stop) : null'],
    test: [TRAPS, 'on bybit … I1: the entry brings a stop along'],
  },
  {
    serves: ['I11', 'L-6'], what: 'Bybit: a close can only close', file: bybit,
    edit: ["if (role === 'close') return { ...base, orderType: 'Market', reduceOnly: true }", "if (role === 'close') return { ...base, orderType: 'Market' }"],
    test: [LIFE, 'on bybit … quantity down to the step'],
  },
  {
    serves: ['I11', 'L-6'], what: 'Bitget: a close can only close', file: bitget,
    edit: ["...(role === 'close' ? { reduceOnly: 'YES' } : {}) }", '}'],
    test: [LIFE, 'on bitget … quantity down to the step'],
  },
  {
    serves: ['I11', 'L-3'], what: 'Bybit: stops and targets can only close', file: bybit,
    edit: ['const conditional = { ...base, reduceOnly: true, triggerPrice', 'const conditional = { ...base, triggerPrice'],
    test: [LIFE, 'on bybit … long: opened, protected'],
  },
  {
    serves: ['T25', 'L-7', 'I20'], what: 'prices go out in ticks', file: broker,
    edit: ['command.price === null ? null : marketPrice(market, command.price)', 'command.price'],
    test: [LIFE, 'on bybit … quantity down to the step, prices to the tick'],
  },
  {
    serves: ['T25', 'L-7', 'I20'], what: 'a quantity is rounded down to the step of the market, in the journal too', file: 'src/runtime/engine.ts',
    edit: ['qty: marketQty(market, request.signal.qty), qtyStep', 'qty: request.signal.qty, qtyStep'],
    test: ['test/live/door.test.ts', 'live rounds a quantity down to the step of the market'],
  },
  {
    serves: ['I20', 'L-7'], what: 'a quantity is rounded in decimals, and never up', file: 'src/domain/market.ts',
    edit: ['floorToStep(qty, market.qtyStep)', 'roundToStep(qty, market.qtyStep)'],
    test: ['test/live/door.test.ts', 'live rounds a quantity down to the step of the market'],
  },
  {
    serves: ['T11'], what: 'Bitget: the kind of account is decided, not probed', file: client,
    edit: ["defaultType: 'swap', uta: false,", "defaultType: 'swap',"],
    test: [TRAPS, 'T11'],
  },
  {
    serves: ['T5'], what: 'Bitget: no margin mode among the options', file: client,
    edit: ["defaultType: 'swap', uta: false,", "defaultType: 'swap', uta: false, defaultMarginMode: 'cross',"],
    test: [TRAPS, 'T5'],
  },
  {
    serves: ['T19'], what: 'a message that a lost connection swallows ends no process', file: client,
    edit: ['sent.catch(() => {})', ''],
    test: ['test/exchange/client.test.ts', 'bybit: a connection that ends while subscriptions wait'],
  },
  {
    serves: ['I22', 'O-3'], what: 'keys that an exchange sends back are masked before anybody sees them', file: client,
    edit: ['throw withoutSecrets(error, credentials)', 'throw error'],
    test: ['test/exchange/client.test.ts', 'bybit: a refusal that repeats the keys'],
  },
  {
    serves: ['I22', 'O-3'], what: 'what an exchange was asked is kept without keys', file: 'src/exchange/request-log.ts',
    edit: ["(secret === '' ? masked : masked.replaceAll(secret, '***'))", 'masked'],
    test: ['test/exchange/request-log.test.ts', 'masks the account'],
  },
  {
    serves: ['I6', 'F12'], what: 'a client without purpose for orders cannot send any', file: venue,
    edit: ["...(purpose === 'orders' ? WRITES[venue] : [])", '...WRITES[venue]'],
    test: [GATE, 'bybit polling: POST /v5/order/create'],
  },
  {
    serves: ['I6', 'M-2'], what: 'a client for prices reads prices and nothing else', file: venue,
    edit: ["if (purpose === 'public') return PUBLIC[venue]", ''],
    test: [GATE, 'bybit public: GET /v5/order/realtime'],
  },
  {
    serves: ['I6'], what: 'no other host is reached', file: 'src/exchange/gate.ts',
    edit: ['if (!options.origins.includes(origin)) throw', 'if (options.origins.length === 0) throw'],
    test: [GATE, 'knows no other host'],
  },
  {
    serves: ['I19', 'F16', 'C3'], what: 'a process that no longer owns the account sends nothing', file: 'src/exchange/gate.ts',
    edit: ['if (!options.owns()) throw', 'if (options.origins.length === 0) throw'],
    test: [GATE, 'sends nothing for a process that does not own the account'],
  },
  {
    serves: ['I19', 'C3', 'T9'], what: 'a request whose time has passed does not leave', file: 'src/exchange/gate.ts',
    edit: ['if (isLate()) throw', 'if (isLate() && options.origins.length === 0) throw'],
    test: [GATE, 'sends nothing after the time limit of its call'],
  },
  {
    serves: ['C2'], what: 'a clock that the exchange refuses is corrected by the exchange’s', file: client,
    edit: ['if (error instanceof InvalidNonce) void clock?.correct()', ''],
    test: ['test/live/clock.test.ts', 'clocks on bybit … C2: -60000 ms apart'],
  },
  {
    serves: ['I14', 'K-1', 'R-3'], what: 'an entry that waits its turn does not leave once entries are stopped', file: broker,
    edit: ["return position?.entryRefused ?? (position?.closing", 'return (position?.closing'],
    test: ['test/live/kill-switch.test.ts', 'at bybit do not leave after a pause'],
  },
]
