/** What the account really holds, and how LOMS hears of it. */
import type { Defence } from './defence.ts'

const dir = 'src/brokers/exchange-live'
const sync = `${dir}/account-sync.ts`
const streams = `${dir}/streams.ts`
const broker = `${dir}/exchange-broker.ts`
const compare = `${dir}/reconciliation.ts`
const desk = 'src/runtime/live-desk.ts'
const READS = 'test/live/reads.test.ts'
const OTHERS = 'test/live/account.test.ts'
const VENUE = 'test/live/venue-faults.test.ts'
const LOOPS = 'test/brokers/exchange-live/streams.test.ts'
const TABLE = 'test/brokers/exchange-live/reconciliation.test.ts'
const GONE = 'test/brokers/exchange-live/vanished.test.ts'
const DESK = 'test/live/desk.test.ts'
const TRAPS = 'test/live/traps.test.ts'

export const ACCOUNT_DEFENCES: readonly Defence[] = [
  {
    serves: ['B-6', 'W1', 'T28', 'I25'], what: 'the account is read all the time, whatever the streams say', file: sync,
    edit: ['if (due && !this.#running) this.wake()', 'if (due && this.#again) this.wake()'],
    test: [READS, 'streams on bybit W1: mute, the socket open'],
  },
  {
    serves: ['B-6', 'F20', 'W4'], what: 'after a cut the account is looked at once more when the new subscriptions stand', file: streams,
    edit: ['if (!this.#closed) onPush()\n', 'if (this.#closed) onPush()\n'],
    test: [LOOPS, 'W8, T19, T21'],
  },
  {
    serves: ['F20', 'B-6', 'I1'], what: 'after a cut the account is looked at at once', file: streams,
    edit: ['// Something may have happened that nobody told us.\n        onPush()', ''],
    test: [LOOPS, 'W8, T19, T21'],
  },
  {
    serves: ['T20'], what: 'the next push is asked for before the last one is told', file: streams,
    edit: ['next = this.#next(topic)\n        topic.pushedAt', 'next = Promise.resolve().then(() => this.#next(topic))\n        topic.pushedAt'],
    test: [LOOPS, 'T20: the next push is asked for before the last one is told'],
  },
  {
    serves: ['T21', 'W8'], what: 'after an error the whole client is closed', file: streams,
    edit: ['await this.#hangUp()\n        await new Promise', 'await new Promise'],
    test: [LOOPS, 'W8, T19, T21'],
  },
  {
    serves: ['T19', 'W8'], what: 'a wait that nobody awaits any more ends no process', file: streams,
    edit: ['pushed.catch(() => {})', ''],
    test: [TRAPS, 'T19: a push while everything ends'],
  },
  {
    serves: ['T19', 'W8'], what: 'a client that cannot even be closed holds nothing up', file: streams,
    edit: ['await within(CLOSE_MS, () => this.#client.close()).catch(() => {})', 'await this.#client.close()'],
    test: [LOOPS, 'W8: a client that does not even close holds nothing up'],
  },
  {
    serves: ['W2', 'T21', 'W8', 'B-6'], what: 'a stream that does not tell what REST shows is dialled anew', file: streams,
    edit: ['topic.giveUp(reason)', ''],
    test: [LOOPS, 'W8, W2: quiet while an order was taken'],
  },
  {
    serves: ['T4', 'W2'], what: 'Bitget: the stream of plans is asked for with a symbol', file: `${dir}/bitget-api.ts`,
    edit: ['client.watchOrders(first, undefined, undefined, { trigger: true })', 'client.watchOrders(undefined, undefined, undefined, { trigger: true })'],
    test: ['test/live/streams.test.ts', 'of bitget W2: triggers mute'],
  },
  {
    serves: ['T13', 'X21'], what: 'Bybit: a settlement of funding is no trade', file: `${dir}/bybit-api.ts`,
    edit: ["filter((each) => each['execType'] !== 'Funding' && !isZero(", 'filter((each) => !isZero('],
    test: [TRAPS, 'on bybit … T13'],
  },
  {
    serves: ['I7', 'X21', 'C-3'], what: 'funding is booked', file: `${dir}/funding-sync.ts`,
    edit: ["if (at >= openedAt && !known.has(fundingId)) report({ type: 'funding.settled'", "if (at < 0 && !known.has(fundingId)) report({ type: 'funding.settled'"],
    test: ['test/live/funding.test.ts', 'funding on bybit is booked once'],
  },
  {
    serves: ['I7', 'X21'], what: 'funding is booked once', file: 'machines/position.reports.ts',
    edit: ["if (ids.includes(event.fundingId)) return ignore(context, event, 'any', `funding", "if (ids.length < 0) return ignore(context, event, 'any', `funding"],
    test: [TRAPS, 'I7: the same settlement of funding told twice'],
  },
  {
    serves: ['T14', 'X19'], what: 'Bybit: a liquidation is booked, as what it is', file: `${dir}/bybit-api.ts`,
    edit: ["if (kind === 'BustTrade' || kind === 'Bust') return 'liquidation'", ''],
    test: [OTHERS, 'an account on bybit X19: liquidated'],
  },
  {
    serves: ['T14', 'X18'], what: 'Bybit: auto-deleveraging is booked, as what it is', file: `${dir}/bybit-api.ts`,
    edit: ["if (kind === 'AdlTrade') return 'adl'", ''],
    test: [OTHERS, 'an account on bybit X18: deleveraged'],
  },
  {
    serves: ['T14', 'X19'], what: 'Bitget: a liquidation is booked, as what it is', file: `${dir}/bitget-api.ts`,
    edit: ["/^burst|liquidat/i.test(kind) ? 'liquidation' :", ''],
    test: [OTHERS, 'an account on bitget X19: liquidated'],
  },
  {
    serves: ['T12'], what: 'Bitget: a fee was paid, whatever its sign', file: `${dir}/bitget-api.ts`,
    edit: ["absolute(quantity(fee, 'totalFee'))", "negate(quantity(fee, 'totalFee'))"],
    test: [VENUE, 'bitget T12'],
  },
  {
    serves: ['I2', 'X32', 'C-3'], what: 'what a person trades by hand is booked like a fill of our own', file: sync,
    edit: ["this.#tell(fill, { type: 'external.filled', positionId: reduced.id,", "if (isZero(qty)) this.#tell(fill, { type: 'external.filled', positionId: reduced.id,"],
    test: [OTHERS, 'an account on bybit X32'],
  },
  {
    serves: ['I2', 'X33'], what: 'the ids of trades are taken for unique on their symbol only', file: sync,
    edit: ['=> `${symbol}:${id}`', '=> `${symbol.slice(symbol.length)}:${id}`'],
    test: [VENUE, 'the exchange bybit X33'],
  },
  {
    serves: ['I15', 'X15', 'T7', 'I1'], what: 'a stop that was acknowledged and is in no list is asked for, and placed again', file: sync,
    edit: ["if (order.role !== 'entry' && this.#misses.miss(order.clientOrderId, LOST))", "if (order.role === 'entry' && this.#misses.miss(order.clientOrderId, LOST))"],
    test: ['test/live/protection.test.ts', 'protection on bybit X15'], limitMs: 60_000,
  },
  {
    serves: ['X24', 'F7', 'I15'], what: 'an order that is in no list of open ones is not taken for cancelled', file: sync,
    edit: ['if (await this.resolve(position.id, order.clientOrderId)) continue', "this.#ports.report({ type: 'order.canceled', positionId: position.id, clientOrderId: order.clientOrderId })"],
    test: [READS, 'reads on bybit X24'],
  },
  {
    serves: ['X22', 'X24', 'I15'], what: 'absence counts only after several looks over some time', file: `${dir}/misses.ts`,
    edit: ['const proven = count + 1 >= looks && now - since >= overMs', 'const proven = count + 1 >= 1 || now - since >= overMs || looks === 0'],
    test: ['test/brokers/exchange-live/misses.test.ts', 'absence one look proves nothing'],
  },
  {
    serves: ['X23', 'I18'], what: 'a read that failed is no empty list', file: sync,
    edit: ['const held = await within(READ_MS, () => api.positions())\n', 'const held = await within(READ_MS, () => api.positions()).catch(() => [])\n'],
    test: [TRAPS, 'on bybit … X23'],
  },
  {
    serves: ['L-6', 'I2', 'F2'], what: 'flat is proven by two reads that agree', file: broker,
    edit: ["if (first !== ZERO) return this.#report({ type: 'position.reported', positionId, qty: first })", "if (first === ZERO || first !== ZERO) return this.#report({ type: 'position.reported', positionId, qty: first })"],
    test: ['test/live/lifecycle.test.ts', 'on bybit … closed by a person: target first'],
  },
  {
    serves: ['F5', 'I25'], what: 'funding that cannot be read holds no close up', file: broker,
    edit: ["await this.#sync.funding.book(positionId).catch((error: unknown) => this.#ports.log('warn', 'funding_not_read', { position_id: positionId, error: messageOf(error) }))", 'await this.#sync.funding.book(positionId)'],
    test: [TRAPS, 'F5: funding that cannot be read'],
  },
  {
    serves: ['C-5', 'I12'], what: 'own orders that no position knows are cancelled', file: sync,
    edit: ['for (const order of this.#leftovers.strays(open)) cancelStray(order)', 'if (this.#leftovers.strays(open).length < 0) open.forEach(cancelStray)'],
    test: [OTHERS, 'an account on bybit C-5'],
  },
  {
    serves: ['C-5', 'I12'], what: 'orders of another LOMS are left alone', file: `${dir}/leftovers.ts`,
    edit: ['if (!parsed || parsed.journal !== world.journalId()) return false', 'if (!parsed) return false'],
    test: [OTHERS, 'an account on bybit C-5'],
  },
  {
    serves: ['X16', 'I1'], what: 'a stop that triggered and does not fill is cancelled, and another one placed', file: sync,
    edit: [', isAttached)) cancelStuck(order)', ', isAttached)) if (order.symbol === "") cancelStuck(order)'],
    test: [VENUE, 'the exchange bybit X16: a stop that triggered, does not fill, and whose price comes back'], limitMs: 60_000,
  },
  {
    serves: ['C-1', 'I18'], what: 'a stop that is missing at the exchange is seen', file: compare,
    edit: ["if (isZero(covered)) findings.push({ kind: 'stop-missing'", "if (isZero(openQty)) findings.push({ kind: 'stop-missing'"],
    test: [TABLE, 'a position that is open'],
  },
  {
    serves: ['C-1', 'I11'], what: 'only stops that can close and trigger by the mark price count', file: compare,
    edit: ["'stop-loss' && order.triggersOnMark)", "'stop-loss')"],
    test: [TABLE, 'a position that is open'],
  },
  {
    serves: ['C-2', 'I12', 'F9'], what: 'what the account holds and nobody here knows is told as somebody else’s', file: compare,
    edit: ["if (!known) findings.push({ kind: 'orphan'", "if (known) findings.push({ kind: 'orphan'"],
    test: [TABLE, 'a position that is open'],
  },
  {
    serves: ['C-3'], what: 'what LOMS has and the account does not is told as vanished', file: compare,
    edit: ["if (!there || position.vanished) return [{ kind: 'vanished'", "if (!there || position.vanished) return [{ kind: 'quantity'"],
    test: [TABLE, 'a position that is open'],
  },
  {
    serves: ['C-3', 'X22', 'I12'], what: 'empty lists of positions beside a stop that rests prove nothing', file: `${dir}/vanished.ts`,
    edit: ['missing.filter((position) => (!position.covered || position.closing) && isCalm', 'missing.filter((position) => isCalm'],
    test: [GONE, 'a stop that rests speaks against it'],
  },
  {
    serves: ['C-3', 'I12'], what: 'what somebody else opened where a position was is his', file: `${dir}/vanished.ts`,
    edit: ['position.vanished && !this.#sharedSince.has(position.id) && held.some(', 'position.vanished && held.some('],
    test: [GONE, 'what somebody else opened there is not taken for it'],
  },
  {
    serves: ['F9', 'C-2'], what: 'what lasts is told once, not with every look', file: desk,
    edit: ["if (lasting.map(keyOf).join() !== this.#told.map(keyOf).join()) {", 'if (lasting.length >= 0) {'],
    test: [TRAPS, 'a desk F9'],
  },
  {
    serves: ['F24', 'B-4', 'X29'], what: 'no entry where the leverage is not the one of the settings', file: desk,
    edit: ['return leverage === undefined ? null : `the leverage of', 'return leverage !== undefined || leverage === undefined ? null : `the leverage of'],
    test: [DESK, 'on bybit that people change X29: another leverage'],
  },
  {
    serves: ['F24', 'B-4'], what: 'leverage is never changed under a position', file: desk,
    edit: ['if (held.some((position) => position.symbol === symbol)) {', 'if (held.some((position) => position.symbol === "")) {'],
    test: [DESK, 'on bybit that people change X29: another leverage'],
  },
  {
    serves: ['B-4', 'X29'], what: 'an account in hedge mode is refused', file: desk,
    edit: ["...(account.positionMode === 'hedge' ?", "...(account.positionMode === undefined ?"],
    test: [DESK, 'on bybit that people change X29: hedge mode'],
  },
  {
    serves: ['X34'], what: 'an account whose orders go with a lost connection is refused', file: desk,
    edit: ['...(account.cancelsOnDisconnect ?', '...(account.cancelsOnDisconnect === null ?'],
    test: [DESK, 'X34: an account whose orders are cancelled with a lost connection is refused'],
  },
  {
    serves: ['I18', 'C-1', 'M-2'], what: 'no entry leaves before the account was compared with the journal', file: desk,
    edit: ['(this.#reconciled ? this.refuseEntry(symbol) :', '(this.#reconciled || this.#positions.length >= 0 ? this.refuseEntry(symbol) :'],
    test: [TRAPS, 'a desk I18'],
  },
  {
    serves: ['I18', 'C-1'], what: 'the door is shut until the account was compared with the journal', file: desk,
    edit: ['if (!this.#reconciled) return `the account', 'if (this.#stopped) return `the account'],
    test: [TRAPS, 'a desk I18'],
  },
  {
    serves: ['C-3', 'I18'], what: 'the door is shut while journal and account differ', file: desk,
    edit: ["finding.kind === 'vanished' || finding.kind === 'quantity')\n    if (orphan)", "finding.kind === 'vanished' || finding.kind === 'quantity')\n    if (orphan && this.#stopped)"],
    test: [TRAPS, 'a desk C-3: the door'],
  },
  {
    serves: ['R-4', 'B-4'], what: 'an account that holds too much is not armed', file: desk,
    edit: ['const tooMuch = maxAccountEquityUsdt !== null && greater(', 'const tooMuch = maxAccountEquityUsdt === undefined && greater('],
    test: [TRAPS, 'a desk R-4'],
  },
  {
    serves: ['X27', 'X28', 'L-7'], what: 'a position on a market that takes no entries can still be closed', file: broker,
    edit: ['const market = isEntry ? this.#markets.offered(symbol) : this.#markets.known(symbol)', 'const market = this.#markets.offered(symbol)'],
    test: [VENUE, 'the exchange bybit X27: halted under a position'],
  },
  {
    serves: ['X28', 'I20'], what: 'a refused order is rounded anew by fresh steps and ticks', file: broker,
    edit: ["if (outcome.kind === 'rejected' && outcome.code === 'refused' && (await this.#isOutdated(command, order)))", "if (outcome.kind === 'rejected' && outcome.code === 'would_trigger' && (await this.#isOutdated(command, order)))"],
    test: [VENUE, 'the exchange bybit X28'],
  },
  {
    serves: ['L-3', 'X-0'], what: 'a stop that was reached and has not filled in five seconds is closed by LOMS', file: 'src/runtime/live-stops.ts',
    edit: ['if (context && !context.closing && !isFlat(context))\n      this.#ports.accept(', 'if (context && context.closing && !isFlat(context))\n      this.#ports.accept('],
    test: ['test/runtime/live-stops.test.ts', 'closed after five seconds'],
  },
  {
    serves: ['X-5', 'I1'], what: 'the old stop leaves once the new one rests', file: broker,
    edit: ["if (rests) this.#lanes.run('cancel'", "if (rests === null) this.#lanes.run('cancel'"],
    test: ['test/live/lifecycle.test.ts', 'on bybit … a stop that is moved is replaced'],
  },
  {
    serves: ['X-5'], what: 'a stop that came with the entry goes once a looser one is in force', file: sync,
    edit: ['open, words)) removeAttachedStop(symbol)', 'open, words)) if (symbol === "") removeAttachedStop(symbol)'],
    test: ['test/live/lifecycle.test.ts', 'on bybit … a stop that a person loosens'],
  },
  {
    serves: ['B-7'], what: 'a stop of the service leaves positions and stops where they are', file: broker,
    edit: ['await this.#sync.stop()\n    await this.#ports.api.close()', "for (const order of await this.#ports.api.openOrders()) this.#cancelStray(order)\n    await this.#sync.stop()\n    await this.#ports.api.close()"],
    test: ['test/live/restart.test.ts', 'a restart on bybit B-7'],
  },
  {
    serves: ['I2', 'I15', 'X22'], what: 'no answer is older than the question', file: `${dir}/shared-reads.ts`,
    edit: ['return () => (next ??= current.then(start, start))', 'return () => (current as Promise<T>) ?? (next ??= current.then(start, start))'],
    test: ['test/brokers/exchange-live/shared-reads.test.ts', 'who asks while it is read gets the next one'],
  },
  {
    serves: ['N5', 'I1', 'X23'], what: 'a read that is never answered holds nobody up', file: `${dir}/shared-reads.ts`,
    edit: ['return within(READ_MS, read).finally(', 'return read().finally('],
    test: ['test/brokers/exchange-live/shared-reads.test.ts', 'are given up after three seconds'],
  },
  {
    serves: ['N5', 'I1', 'X23'], what: 'a list that is never answered holds nobody up', file: `${dir}/shared-reads.ts`,
    edit: ['const running = within(READ_MS, read)', 'const running = read()'],
    test: ['test/brokers/exchange-live/shared-reads.test.ts', 'of a list hold up nobody either'],
  },
  {
    serves: ['I12', 'X-5'], what: 'a stop of somebody else at the price of an attached one is left alone', file: `${dir}/attached-stop.ts`,
    edit: ['const isNamed = order.clientOrderId !== null || !order.reduceOnly', 'const isNamed = !order.reduceOnly'],
    test: ['test/brokers/exchange-live/attached-stop.test.ts', 'not an order of somebody'],
  },
  {
    serves: ['C1', 'I15'], what: 'time goes on when the machine’s clock is set back', file: 'src/runtime/clock.ts',
    edit: ['Math.max(wall - latest, passed * CATCHING_UP)', 'Math.max(wall - latest, 0)'],
    test: ['test/runtime/clock.test.ts', 'goes on while the machine’s clock is set back'],
  },
]
