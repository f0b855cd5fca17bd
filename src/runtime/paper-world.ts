/** The paper broker over the positions of the journal. */
import { PaperBroker, type PaperWorld } from '../brokers/paper-broker.ts'
import type { PaperPosition } from '../brokers/broker.ts'
import { exchangePricing, simPricing, type PaperPricing } from '../brokers/paper-prices.ts'
import type { Settings } from '../config/settings.ts'
import { add } from '../domain/decimal.ts'
import type { Core } from '../../machines/core.ts'
import { entryPrice, openQty } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'

/** How paper orders are filled with these settings. */
export const pricingOf = (settings: Settings): PaperPricing =>
  settings.paperBroker === 'sim'
    ? simPricing(settings.priceMode)
    : exchangePricing(settings.priceMode, { takerFeePct: settings.paperTakerFeePct, makerFeePct: settings.paperMakerFeePct, slippageBps: settings.paperSlippageBps })

export function openPaper(pricing: PaperPricing, { core, ...prices }: { readonly core: Core } & Pick<PaperWorld, 'quote' | 'isCurrent' | 'extremes'>): PaperBroker {
  return new PaperBroker(pricing, {
    ...prices,
    position: (id) => paperPosition(core.registry.get(id)),
    positions: () => [...core.registry.ids()].flatMap((id) => paperPosition(core.registry.get(id)) ?? []),
    balance: () => add(core.settings.startBalanceUsdt, core.ledger(core.settings.accountLabel).realisedPnl),
  })
}

function paperPosition(snapshot: PositionSnapshot | undefined): PaperPosition | undefined {
  if (!snapshot) return undefined
  const { context } = snapshot
  return { id: context.id, symbol: context.signal.symbol, direction: context.signal.direction, openQty: openQty(context), lastPrice: context.lastPrice ?? entryPrice(context), orders: context.orders }
}
