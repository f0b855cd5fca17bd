/** Makes a fault happen. */
import { decimal, floorToStep, isZero, multiply, negate, type Decimal } from '../../../src/domain/decimal.ts'
import type { TradeId, VenueOrderId } from '../../../src/domain/ids.ts'
import { parseClientOrderId } from '../../../src/domain/ids.ts'
import { closingSide } from '../../../src/exchange-emulator/model/position.ts'
import { LIVE_SYMBOLS } from './expand.ts'
import type { LiveSimulation } from './live-world.ts'
import type { Does, Fault } from './scenario.ts'

type Strike<Type extends Does['type']> = (world: LiveSimulation, does: Extract<Does, { readonly type: Type }>, row: Fault['row']) => void

/** What follows an outage takes a moment to be noticed, and to be made good. */
const AFTERMATH_MS = 4000

const size = (qty: Decimal): Decimal => (qty.startsWith('-') ? negate(qty) : qty)

const spoil = ({ venue, time }: LiveSimulation, forMs: number, symbol: string | null = null): void => venue.disturbances.add(time.now, time.now + forMs + AFTERMATH_MS, symbol)

/** LOMS itself does nothing for so long. */
const silence = (world: LiveSimulation, forMs: number): void => {
  spoil(world, forMs)
  world.phone.disturbances.add(world.time.now, world.time.now + forMs + AFTERMATH_MS, null)
}

const crash: Strike<'crash'> = (world, { downMs }, row) => {
  if (!world.life) return
  world.venue.count(row)
  world.crash()
  // A start reads the account before anything else.
  silence(world, downMs + 2000)
  world.time.later(downMs, () => void world.start())
}

const venueAct: Strike<'venue'> = (world, { symbol, act, share, forMs }, row) => {
  const { venue, time } = world
  const { model } = venue
  const position = venue.account.positions.get(symbol)
  const market = model.markets.get(symbol)
  if (!market) return
  const done = (): void => venue.count(row)
  switch (act) {
    case 'halt':
      model.changeInstrument(symbol, { status: 'halted' })
      spoil(world, forMs, symbol)
      world.undoLater(forMs, () => void model.changeInstrument(symbol, { status: 'trading' }))
      return done()
    case 'hedge-mode':
      return
    case 'leverage':
      if (!position) return
      model.setLeverage('main', symbol, 5, time.epoch)
      return done()
    default:
  }
  if (!position) return
  done()
  const part = floorToStep(multiply(size(position.qty), decimal(share)), market.instrument.lot)
  if (act === 'adl') model.deleverage('main', symbol, isZero(part) ? size(position.qty) : part, market.quote.mark, time.epoch)
  if (act === 'liquidate') model.liquidate('main', symbol, time.epoch)
  if (act === 'funding') model.fund(symbol, decimal('0.0001'), time.epoch)
  if (act === 'void') {
    const last = venue.account.fills.findLast((fill) => fill.symbol === symbol)
    if (last) model.voidFill('main', last.id, time.epoch)
  }
  if (act === 'cancel-stop') cancelOwn(world, symbol, 'stop-loss', 'venue')
}

function cancelOwn({ venue, time }: LiveSimulation, symbol: string, role: 'stop-loss' | 'take-profit', by: 'user' | 'venue'): boolean {
  const order = [...venue.account.open.values()].find((each) => each.symbol === symbol && parseClientOrderId(each.clientId)?.role === role)
  return order !== undefined && venue.model.cancel('main', { id: order.id }, time.epoch, by).ok
}

const byHand: Strike<'by-hand'> = (world, { symbol, act, share }, row) => {
  const { venue, time } = world
  const { model } = venue
  const position = venue.account.positions.get(symbol)
  const market = model.markets.get(symbol)
  if (!position || !market) return
  const side = closingSide(position)
  const clientId = `foreign-${time.now}-${act}`
  const qty = floorToStep(multiply(size(position.qty), decimal(share)), market.instrument.lot)
  if (isZero(qty) && act !== 'cancel-stop' && act !== 'cancel-target') return
  if (act === 'cancel-stop' || act === 'cancel-target') {
    if (cancelOwn(world, symbol, act === 'cancel-stop' ? 'stop-loss' : 'take-profit', 'user')) venue.count(row)
    return
  }
  venue.count(row)
  if (act === 'close') return void model.submit('main', { symbol, side, kind: 'market', qty, clientId, reduceOnly: true }, time.epoch)
  const price = venue.moved(symbol, side === 'sell' ? 0.8 : 1.2)
  if (act === 'foreign-stop') {
    model.submit('main', { symbol, side, kind: 'market', qty, clientId, reduceOnly: true, trigger: { price, source: 'mark', direction: side === 'sell' ? 'falling' : 'rising' } }, time.epoch)
    return
  }
  model.submit('main', { symbol, side: side === 'sell' ? 'buy' : 'sell', kind: 'limit', qty, price, clientId }, time.epoch)
}

/** A report that no machine can take. */
const poison: Strike<'poison'> = (world, { symbol }, row) => {
  const { life, venue } = world
  const registry = life?.engine.core.registry
  const position = registry ? [...registry.ids()].map((id) => registry.get(id)).find((each) => each?.context.signal.symbol === symbol && each.context.closedAt === null) : undefined
  const order = position?.context.orders[0]
  if (!life || !position || !order) return
  venue.count(row)
  life.engine.accept({
    type: 'order.filled', positionId: position.context.id, clientOrderId: order.clientOrderId, venueOrderId: 'none' as VenueOrderId,
    tradeId: `poison-${life.engine.sequencer.nextSeq}` as TradeId, qty: 'poison' as Decimal, price: decimal(1), fee: decimal(0), liquidity: 'taker',
  })
}

const STRIKES: { readonly [Type in Does['type']]: Strike<Type> } = {
  calls: ({ venue }, { calls, times, fault }, row) => venue.addRule({ row, calls, left: times, until: Infinity, fault }),
  outage: (world, { forMs, fault, calls }, row) => {
    spoil(world, forMs)
    world.venue.addRule({ row, calls, left: Infinity, until: world.time.now + forMs, fault })
  },
  behaviour: (world, { forMs, behaviour }, row) => {
    const lag = Math.max(behaviour.orderLagMs ?? 0, behaviour.fillLagMs ?? 0, behaviour.historyLagMs ?? 0, behaviour.triggeredExecution?.afterMs ?? 0)
    spoil(world, forMs + lag)
    world.undoLater(forMs, world.venue.addBehaviour(row, behaviour))
  },
  latency: (world, { forMs, ms }, row) => {
    spoil(world, forMs + ms)
    world.undoLater(forMs, world.venue.addLatency(row, ms))
  },
  streams: ({ venue, time }, { forMs, mode, topic }, row) => {
    const end = venue.addStreams({ row, mode, topic })
    time.later(forMs, end)
  },
  venue: venueAct,
  'by-hand': byHand,
  crash,
  freeze: (world, { forMs }, row) => {
    if (!world.life) return
    world.venue.count(row)
    world.time.freeze(forMs)
    silence(world, forMs)
  },
  'wall-clock': (world, { forMs, byMs }, row) => {
    const { venue, time } = world
    venue.count(row)
    time.wallOffsetMs += byMs
    // Whatever is signed with a wrong time is refused.
    if (Math.abs(byMs) > 500) spoil(world, forMs)
    world.undoLater(forMs, () => void (time.wallOffsetMs -= byMs))
  },
  disk: (world, { forMs, mode, slowMs }, row) => {
    silence(world, forMs + slowMs)
    world.undoLater(forMs, world.spoilDisk(row, mode, slowMs))
  },
  poison,
  phone: ({ phone, venue, time }, { forMs, mode }, row) => {
    const end = phone.strike(mode, forMs, () => venue.count(row))
    time.later(forMs, end)
  },
}

export function strike(world: LiveSimulation, { row, does }: Fault): void {
  world.note('fault', { row, does })
  const act = STRIKES[does.type] as (world: LiveSimulation, does: Does, row: Fault['row']) => void
  act(world, does, row)
}

/** Everything that was wrong is right again. */
export function healAll(world: LiveSimulation): void {
  world.healed = true
  world.venue.faultsOff()
  world.phone.heal()
  world.healDisk()
  world.time.wallOffsetMs = 0
  for (const symbol of LIVE_SYMBOLS) world.venue.model.changeInstrument(symbol, { status: 'trading' })
}
