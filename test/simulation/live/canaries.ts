/** Deliberate bugs. A simulator that does not find one of them soon is itself broken. */
import type { BrokerReport } from '../../../src/brokers/broker.ts'
import { isPositive, multiply, decimal, ZERO } from '../../../src/domain/decimal.ts'
import type { TradeId } from '../../../src/domain/ids.ts'
import { parseClientOrderId, type ClientOrderId } from '../../../src/domain/ids.ts'
import type { PlacedOrder, VenueApi, VenueFill, VenueOrder } from '../../../src/brokers/exchange-live/venue-api.ts'
import { EMULATOR_KEY } from '../../../src/exchange-emulator/server.ts'
import type { Params } from '../../../src/exchange-emulator/wire/face.ts'
import type { RiskLimits } from '../../../src/domain/core-settings.ts'
import { stamp } from '../../../src/domain/facts.ts'
import type { Core } from '../../../machines/core.ts'
import type { Store } from '../../../state/store.ts'
import { NO_BUGS, type Bugs } from './bugs.ts'

export type Canary = {
  readonly name: string
  /** The invariants of which one must break. */
  readonly breaks: readonly string[]
  /** Made anew for each life of a scenario's world. */
  readonly bugs: () => Bugs
}

/** An object that does as another one, but for some methods. */
function like<T extends object>(real: T, changed: Partial<T>): T {
  return new Proxy(real, {
    get: (target, name) => {
      const value: unknown = name in changed ? changed[name as keyof T] : Reflect.get(target, name)
      return typeof value === 'function' && !(name in changed) ? (value as (...given: unknown[]) => unknown).bind(target) : value
    },
  })
}

const withApi = (change: (api: VenueApi) => Partial<VenueApi>) => (): Bugs => ({ ...NO_BUGS, api: (api) => like(api, change(api)) })
const withFills = (change: (fill: VenueFill) => VenueFill | null) =>
  withApi((api) => ({ fills: async (symbol, since) => (await api.fills(symbol, since)).flatMap((fill) => change(fill) ?? []) }))
const withEdit = (change: (params: Params, path: string) => Params) => (): Bugs => ({ ...NO_BUGS, edit: (path, params) => change(params, path) })
const withReports = (change: (report: BrokerReport) => BrokerReport | null) => (): Bugs => ({
  ...NO_BUGS,
  broker: (broker) => like(broker, {
    onReport: (listener: (report: BrokerReport) => void) => broker.onReport((report) => {
      const changed = change(report)
      if (changed) listener(changed)
    }),
  } as Partial<typeof broker>),
})
const withStore = (append: (store: Store) => Store['append']) => (): Bugs => ({ ...NO_BUGS, store: (store) => like(store, { append: append(store) }) })

const refusedAs = (api: VenueApi): Error => new Error(`${api.venue} ${JSON.stringify(api.venue === 'bybit' ? { retCode: 10001 } : { code: '40034' })}`)
const withDelivered = (deliveredUpTo: () => number | undefined) => (): Bugs => ({ ...NO_BUGS, core: (core) => like(core, { alerts: like(core.alerts, { deliveredUpTo }) }) })
const withLimits = (change: (limits: RiskLimits) => Partial<RiskLimits>) => (): Bugs => ({
  ...NO_BUGS, settings: (settings) => ({ ...settings, core: { ...settings.core, limits: { ...settings.core.limits, ...change(settings.core.limits) } } }),
})

/** What the day has counted goes on counting after midnight. */
function withoutMidnight(core: Core): Core {
  return like(core, { apply: (fact) => {
    const before = new Map([...core.ledgers].map(([label, { day }]) => [label, day]))
    const applied = core.apply(fact)
    for (const [label, ledger] of core.ledgers) {
      const known = before.get(label)
      if (known && known.number !== ledger.day.number) ledger.day = { ...ledger.day, signals: known.signals, signalsBySymbol: known.signalsBySymbol }
    }
    return applied
  } })
}

const isStop = (params: Params): boolean => params['triggerBy'] === 'MarkPrice' || params['triggerType'] === 'mark_price'
const isDuplicate = (error: unknown): boolean => /110072|40786/.test(String(error))

/** The same order under another id, if it was sent before. */
function renamed(sent: Set<string>, order: PlacedOrder): PlacedOrder {
  const known = sent.has(order.clientOrderId)
  sent.add(order.clientOrderId)
  const parsed = parseClientOrderId(order.clientOrderId)
  return known && parsed ? { ...order, clientOrderId: `${parsed.journal}-${parsed.position}-${order.clientOrderId.split('-')[2]?.[0]}${parsed.generation + 50}` as ClientOrderId } : order
}

const answersLate = (api: VenueApi): VenueApi['submit'] => async (order) => {
  const late = new Promise<never>((_, reject) => void setTimeout(() => reject(refusedAs(api)), 1400))
  return Promise.race([api.submit(order), late])
}

const orderEdit = (change: (params: Params) => Params) => withEdit((params, path) => (/order\/create|place-(tpsl-)?order/.test(path) ? change(params) : params))
const canceledAs = (order: VenueOrder | null, state: VenueOrder['state']): VenueOrder | null => (order && order.state === 'canceled' ? { ...order, state } : order)

export const CANARIES: readonly Canary[] = [
  { name: 'a timeout is taken for a refusal', breaks: ['I15'], bugs: withApi((api) => ({ submit: answersLate(api) })) },
  { name: 'an unknown outcome is taken for a refusal', breaks: ['I15'], bugs: withReports((report) => (report.type === 'order.unresolved' ? { type: 'order.rejected', positionId: report.positionId, clientOrderId: report.clientOrderId, code: 'refused', message: '' } : report)) },
  {
    name: 'a duplicate id is taken for a refusal', breaks: ['I15'],
    bugs: withApi((api) => ({ submit: (order) => api.submit(order).catch((error: unknown) => Promise.reject(isDuplicate(error) ? refusedAs(api) : (error as Error))) })),
  },
  { name: 'a retry takes a new client id', breaks: ['I3', 'I8'], bugs: () => {
    const sent = new Set<string>()
    return { ...NO_BUGS, api: (api) => like(api, { submit: (order) => api.submit(renamed(sent, order)) }) }
  } },
  { name: 'an order leaves before its intent is durable', breaks: ['I4', 'I8'], bugs: withStore((store) => (...given) => {
    void store.append(...given)
    return { ok: true }
  }) },
  { name: 'exits are not reduce-only', breaks: ['I11'], bugs: orderEdit(({ reduceOnly: _, ...params }) => params) },
  { name: 'the stop triggers on the last price', breaks: ['I1'], bugs: orderEdit((params) => (isStop(params) ? { ...params, ...(params['triggerBy'] === undefined ? { triggerType: 'fill_price' } : { triggerBy: 'LastPrice' }) } : params)) },
  { name: 'quantities are written with an exponent', breaks: ['I20', 'I8'], bugs: orderEdit((params) => ({ ...params, ...(params['qty'] === undefined ? {} : { qty: Number(params['qty']).toExponential() }), ...(params['size'] === undefined ? {} : { size: Number(params['size']).toExponential() }) })) },
  { name: 'entries are sent with half the quantity that was journaled', breaks: ['I8'], bugs: withApi((api) => ({ submit: (order) => api.submit(order.role === 'entry' ? { ...order, qty: multiply(order.qty, decimal('0.5')) } : order) })) },
  { name: 'the stop covers a tenth of the position', breaks: ['I1', 'I8'], bugs: withApi((api) => ({ submit: (order) => api.submit(order.role === 'stop-loss' ? { ...order, qty: order.market.qtyStep } : order) })) },
  { name: 'a trade is told under another id each time', breaks: ['I2', 'I11', 'I25'], bugs: () => {
    let looks = 0
    return { ...NO_BUGS, api: (api) => like(api, { fills: async (symbol, since) => (await api.fills(symbol, since)).map((fill) => ({ ...fill, tradeId: `${fill.tradeId}-${++looks}` as TradeId })) }) }
  } },
  { name: 'only the first part of an order is booked', breaks: ['I1', 'I2', 'I25', 'I15'], bugs: () => {
    const first = new Map<string, string>()
    return { ...NO_BUGS, api: (api) => like(api, { fills: async (symbol, since) => (await api.fills(symbol, since)).filter(({ venueOrderId, tradeId }) => {
      if (!first.has(venueOrderId)) first.set(venueOrderId, tradeId)
      return first.get(venueOrderId) === tradeId
    }) }) }
  } },
  { name: 'fees are forgotten', breaks: ['I7'], bugs: withFills((fill) => ({ ...fill, fee: ZERO })) },
  { name: 'funding is forgotten', breaks: ['I7'], bugs: withApi(() => ({ funding: () => Promise.resolve([]) })) },
  { name: 'money is counted in floating point', breaks: ['I7', 'I2'], bugs: withFills((fill) => ({ ...fill, price: decimal(Math.fround(Number(fill.price))) })) },
  { name: 'ADL and liquidation are overlooked', breaks: ['I2', 'I25'], bugs: withFills((fill) => (fill.cause === 'adl' || fill.cause === 'liquidation' ? null : fill)) },
  { name: 'closes by hand are overlooked', breaks: ['I2', 'I25'], bugs: withApi((api) => ({ fills: async (symbol, since) => (await api.fills(symbol, since)).filter((fill) => fill.clientOrderId === null || parseClientOrderId(fill.clientOrderId)) })) },
  { name: 'a cancelled stop is taken for a working one', breaks: ['I1', 'I25'], bugs: withApi((api) => ({ order: async (symbol, id, role) => (role === 'stop-loss' ? canceledAs(await api.order(symbol, id, role), 'working') : api.order(symbol, id, role)) })) },
  { name: 'cancels are said to have worked and were not sent', breaks: ['I12', 'I25'], bugs: withApi((api) => {
    const gone = new Set<string>()
    return {
      cancel: (_symbol, id) => Promise.resolve(void gone.add(id)),
      order: async (symbol, id, role) => {
        const order = await api.order(symbol, id, role)
        return order && gone.has(id) ? { ...order, state: 'canceled' } : order
      },
      openOrders: async () => (await api.openOrders()).filter(({ clientOrderId }) => clientOrderId === null || !gone.has(clientOrderId)),
    }
  }) },
  { name: 'everything on the account is cancelled that LOMS does not know', breaks: ['I12'], bugs: withApi((api) => ({ openOrders: async () => {
    const open = await api.openOrders()
    for (const order of open) if (order.clientOrderId !== null && !parseClientOrderId(order.clientOrderId)) void api.cancel(order.symbol, order.clientOrderId as ClientOrderId, order.triggerPrice === null ? 'close' : 'stop-loss').catch(() => {})
    return open
  } })) },
  { name: 'the limit of open positions is one too high', breaks: ['I13'], bugs: withLimits(({ maxOpenPositions }) => ({ maxOpenPositions: (maxOpenPositions ?? 0) + 1 })) },
  { name: 'the kill switch is not durable', breaks: ['I5', 'I14'], bugs: () => ({ ...NO_BUGS, core: (core) => like(core, {
    apply: (fact) => core.apply(fact.type === 'trading.halted' ? stamp({ type: 'trading.paused', accountLabel: fact.accountLabel, reason: fact.reason }, fact.seq, fact.at) : fact),
  }) }) },
  { name: 'a checkpoint forgets a position', breaks: ['I5'], bugs: () => ({ ...NO_BUGS, dump: (dump) => ({ ...dump, positions: dump.positions.slice(1) }) }) },
  { name: 'timers follow the jumps of the wall clock', breaks: ['I1', 'I15', 'I25', 'I2'], bugs: () => {
    let latest = 0
    return { ...NO_BUGS, clock: () => ({ kind: 'real', now: () => (latest = Math.max(latest, Date.now())) }) }
  } },
  { name: 'fills are read from now on only', breaks: ['I1', 'I2', 'I25', 'I15'], bugs: withApi((api) => ({ fills: (symbol, since) => api.fills(symbol, since + 60_000) })) },
  { name: 'a refused close is not tried again', breaks: ['I1', 'I25'], bugs: () => ({ ...NO_BUGS, broker: (broker) => like(broker, {
    execute: (command) => (command.type === 'order.submit' && command.role === 'close' && !command.clientOrderId.endsWith('-c1') ? undefined : broker.execute(command)),
  } as Partial<typeof broker>) }) },
  { name: 'the secret is in the text of an error', breaks: ['I22'], bugs: withApi((api) => ({ submit: (order) => api.submit(order).catch((error: unknown) => Promise.reject(new Error(`${String(error)} key=${EMULATOR_KEY.secret}`))) })) },
  { name: 'polling ends once the streams are connected', breaks: ['I1', 'I2', 'I25', 'I15'], bugs: () => {
    let pushed = true
    return { ...NO_BUGS, api: (api) => like(api, {
      watch: (listener) => api.watch({ ...listener, onPush: () => {
        pushed = true
        listener.onPush()
      } }),
      fills: async (symbol, since) => (pushed ? ((pushed = false), api.fills(symbol, since)) : []),
    }) }
  } },
  { name: 'an alert that nobody took counts as told', breaks: ['I24'], bugs: () => ({ ...NO_BUGS, channel: (channel) => like(channel, { send: async (alerts) => {
    await channel.send(alerts)
    return { kind: 'delivered' }
  } }) }) },
  { name: 'alerts that waited at a crash are forgotten', breaks: ['I24'], bugs: withDelivered(() => undefined) },
  { name: 'after a restart every alert is told again', breaks: ['I24'], bugs: withDelivered(() => 0) },
  { name: 'signals of yesterday count today', breaks: ['I13', 'I5'], bugs: () => ({ ...NO_BUGS, core: withoutMidnight }) },
  { name: 'the daily loss may be twice as large', breaks: ['I13'], bugs: withLimits(({ maxDailyLossUsdt }) => ({ maxDailyLossUsdt: maxDailyLossUsdt === null ? null : multiply(maxDailyLossUsdt, decimal(2)) })) },
  { name: 'the position is believed flat without asking', breaks: ['I2', 'I25', 'I1'], bugs: withReports((report) => (report.type === 'order.filled' && isPositive(report.qty) && report.clientOrderId.includes('-c') ? { ...report, qty: decimal('1000000') } : report)) },
]
