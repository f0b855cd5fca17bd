/** The journal's positions as the live broker looks them up. */
import type { GivenUpEntry, LivePosition, LiveWorld, PastPosition } from '../brokers/exchange-live/live-world.ts'
import { decimal } from '../domain/decimal.ts'
import type { PositionId, TradeId } from '../domain/ids.ts'
import { exitSide } from '../domain/signal.ts'
import type { Core } from '../../machines/core.ts'
import { entriesRefused } from '../../machines/entry-answer.ts'
import { findOrder, hasVanished, isCovered, openQty } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { ReadModel } from './read-model.ts'

export function liveWorld(core: Core, readModel: ReadModel): LiveWorld {
  // Asked for with every look, read from the disk: anew where another position has finished.
  let [finished, givenUp]: [number, readonly GivenUpEntry[]] = [-1, []]
  return {
    journalId: () => core.journalId,
    position: (id) => livePosition(core, core.registry.get(id)),
    positions: () => [...core.registry.ids()].flatMap((id) => livePosition(core, core.registry.get(id)) ?? []),
    past: () => pastPositions(readModel),
    givenUp: () => {
      if (finished !== readModel.history.finished) [finished, givenUp] = [readModel.history.finished, givenUpEntries(readModel)]
      return givenUp
    },
    isBooked: (id, tradeId) => readModel.history.row(id)?.orders.some((order) => order.fills.some((fill) => fill.trade_id === tradeId)) ?? false,
  }
}

/** So many are looked through for a trade that a venue takes back. */
const PAST_POSITIONS = 200

function pastPositions({ history }: ReadModel): readonly PastPosition[] {
  return history.newestIds(PAST_POSITIONS, { status: 'closed' }).reverse().flatMap((id) => {
    const row = history.row(id)
    if (!row) return []
    const fills = row.orders.flatMap(({ side, fills: each }) => each.filter(({ voided }) => !voided).map((fill) => ({ tradeId: fill.trade_id as TradeId, side, qty: decimal(fill.qty), price: decimal(fill.price) })))
    return [{ id: id as PositionId, symbol: row.view.symbol, fills }]
  })
}

/** So many of the latest positions are looked through for entries that were given up. */
const LATEST_POSITIONS = 20

function givenUpEntries({ history }: ReadModel): readonly GivenUpEntry[] {
  return history.newestIds(LATEST_POSITIONS, {}).flatMap((id) => {
    const view = history.row(id)?.view
    return view?.status === 'cancelled' ? [{ symbol: view.symbol, createdAt: Date.parse(view.created_at) }] : []
  })
}

function livePosition(core: Core, snapshot: PositionSnapshot | undefined): LivePosition | undefined {
  if (!snapshot) return undefined
  const { context, value } = snapshot
  return {
    id: context.id,
    symbol: context.signal.symbol,
    direction: context.signal.direction,
    createdAt: context.createdAt,
    openQty: openQty(context),
    stopPrice: context.stopPrice,
    firstStopPrice: context.signal.slPrice,
    covered: isCovered(context),
    closing: context.closing !== null || context.rollingBack,
    entryRefused: context.closing !== null ? 'the position is being closed' : entriesRefused(core.settings, core.ledger(context.signal.accountLabel).trading),
    vanished: hasVanished(context),
    finished: value === 'closed' || value === 'cancelled',
    orders: context.orders,
    fundingIds: new Set(context.funding?.ids),
    fills: context.fills.map(({ tradeId, clientOrderId, qty, price }) => ({ tradeId, qty, price, side: findOrder(context, clientOrderId)?.side ?? exitSide(context.signal.direction) })),
    tradeIds: new Set<TradeId>([...context.fills.map((fill) => fill.tradeId), ...(context.voided ?? []).flatMap(({ tradeId, correctionId }) => [tradeId, correctionId])]),
  }
}
