/** The journal's positions as the live broker looks them up. */
import type { LivePosition, LiveWorld } from '../brokers/exchange-live/live-world.ts'
import type { TradeId } from '../domain/ids.ts'
import type { Core } from '../../machines/core.ts'
import { entriesRefused } from '../../machines/entry-answer.ts'
import { hasVanished, isCovered, openQty } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { ReadModel } from './read-model.ts'

export function liveWorld(core: Core, readModel: ReadModel): LiveWorld {
  return {
    journalId: () => core.journalId,
    position: (id) => livePosition(core, core.registry.get(id)),
    positions: () => [...core.registry.ids()].flatMap((id) => livePosition(core, core.registry.get(id)) ?? []),
    isBooked: (id, tradeId) => readModel.history.row(id)?.orders.some((order) => order.fills.some((fill) => fill.trade_id === tradeId)) ?? false,
  }
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
    tradeIds: new Set<TradeId>(context.fills.map((fill) => fill.tradeId)),
  }
}
