/**
 * What a person decides about the account where LOMS must not: to take over a position it did not open (SPEC C-2), and
 * what became of one that vanished (C-3). Both after a fresh look at the account, both facts.
 */
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import type { VenuePosition } from '../brokers/exchange-live/venue-api.ts'
import { ZERO, atLeast, atMost, greater, less, multiply, subtract, toNumber, type Decimal } from '../domain/decimal.ts'
import type { PositionId, TradeId } from '../domain/ids.ts'
import type { Finding } from '../domain/reconciliation.ts'
import { selectPrice } from '../domain/quote.ts'
import type { Notice } from '../domain/notices.ts'
import type { AdoptionOutcome, AdoptionPreview, AdoptionRequest, ChangeOutcome, ChangeRefusal, FieldProblem, Unavailable } from '../http/application.ts'
import { venueSymbol } from '../exchange/linear-markets.ts'
import { openQty } from '../../machines/position.context.ts'
import { allDurable, unavailable } from './durable-answer.ts'
import { withoutDetail } from './position-requests.ts'
import type { Service } from './service.ts'

/** The strategy of what was adopted without one. */
const ADOPTED = 'adopted'
/** How long an answer waits for the stop, or the end. */
const SETTLED_WITHIN_MS = 2000

const conflict = (code: string, message: string): ChangeRefusal => ({ kind: 'conflict', code, message })
const invalid = (problems: readonly FieldProblem[]): ChangeRefusal => ({ kind: 'invalid', problems })

/** The preview, or with the confirmed quantity the deed. */
export async function adopt(service: Service, request: AdoptionRequest): Promise<AdoptionOutcome> {
  const { engine, live, settings, prices } = service
  if (!live) return conflict('not_live', 'Only live positions can be adopted: paper ones exist in the journal only.')
  const looked = await lookedAt(service)
  if (looked.kind !== 'looked') return looked
  const symbol = venueSymbol(request.symbol)
  const { side: direction, confirmedQty } = request
  const orphan = looked.findings.some((finding) => finding.kind === 'orphan' && finding.symbol === symbol && finding.direction === direction)
  const held = live.view().positions.find((each) => each.symbol === symbol && each.direction === direction)
  if (!orphan || !held) return conflict('no_orphan', `The account holds no ${direction} position on ${request.symbol} that LOMS does not know; \`loms reconcile\` lists what differs.`)
  await prices.prepare(request.symbol)
  const quote = engine.currentQuote(request.symbol)
  const selected = quote && (quote.mark === undefined ? selectPrice(quote, settings.priceMode) : selectPrice(quote, 'mark'))
  if (!selected?.ok) return conflict('price_unavailable', `No price of ${request.symbol} is known, so the stop cannot be judged; try again when prices are back.`)
  const problems = levelProblems(request, held, selected.price)
  if (problems.length > 0) return invalid(problems)
  if (confirmedQty === null) return { kind: 'preview', preview: previewOf(request, held, selected.price) }
  if (confirmedQty !== held.qty) return invalid([{ field: 'confirm_qty', message: `is ${confirmedQty}, but the account holds ${held.qty}: look at the preview again` }])
  const { stopPrice, targetPrice, reason: note } = request
  const { seq, outputs } = engine.accept({
    type: 'position.adopted', accountLabel: settings.core.accountLabel, exchange: settings.live?.venue ?? '', strategy: request.strategy ?? ADOPTED,
    symbol: request.symbol, direction, qty: held.qty, price: held.entryPrice, stopPrice, targetPrice, note,
  })
  const opened = outputs.flatMap(({ body }) => (body.type === 'position.opened' ? [body.positionId] : []))[0]
  await service.when((said) => said.type === 'position.protected' && said.positionId === opened, SETTLED_WITHIN_MS)
  const position = opened === undefined ? undefined : engine.readModel.position(opened)
  return position && (await service.whenDurable(seq)) && (await allDurable(service)) ? { kind: 'adopted', position: withoutDetail(position) } : unavailable(service)
}

/** Books what a position that vanished still held, at the stated price; fees are not known and not invented. */
export async function statePrice(service: Service, id: number, price: Decimal, note: string): Promise<ChangeOutcome> {
  const { engine, live } = service
  if (!live) return conflict('not_live', 'A price is stated for a live position only; a paper one is closed at the price that is quoted.')
  const context = engine.core.registry.get(id as PositionId)?.context
  if (!context) return { kind: 'unknown_position' }
  const looked = await lookedAt(service)
  if (looked.kind !== 'looked') return looked
  if (!looked.findings.some((finding) => finding.kind === 'vanished' && finding.positionId === id)) return conflict('not_vanished', `The account still holds position ${id}, or its end is booked; a price is stated only for what vanished.`)
  const now = engine.core.registry.get(id as PositionId)?.context ?? context
  engine.accept({ type: 'external.filled', positionId: context.id, venueOrderId: null, tradeId: `stated-${id}` as TradeId, qty: openQty(now), price, fee: ZERO, liquidity: 'taker', cause: 'stated', note })
  await service.when((said: Notice) => said.type === 'position.closed' && said.positionId === id, SETTLED_WITHIN_MS)
  const after = engine.readModel.position(id)
  if (!after) return { kind: 'unknown_position' }
  return (await allDurable(service)) ? { kind: after.status === 'open' ? 'under_way' : 'done', position: withoutDetail(after) } : unavailable(service)
}

async function lookedAt(service: Service): Promise<{ readonly kind: 'looked'; readonly findings: readonly Finding[] } | ChangeRefusal | Unavailable> {
  const { live, engine } = service
  if (engine.sequencer.state !== 'open') return unavailable(service)
  try {
    return { kind: 'looked', findings: (await live?.reconcile()) ?? [] }
  } catch (error) {
    return { kind: 'unavailable', message: `the account could not be read (${messageOf(error)}); nothing was done, try again in a moment` }
  }
}

/** The stop on the losing side of the price, before the liquidation; the target on the other. */
function levelProblems({ side, stopPrice, targetPrice }: AdoptionRequest, { liquidationPrice }: VenuePosition, price: Decimal): readonly FieldProblem[] {
  const [behind, beyond, below, above] = side === 'long' ? [less, greater, 'below', 'above'] : [greater, less, 'above', 'below']
  const tooFar = liquidationPrice !== null && liquidationPrice !== ZERO && (side === 'long' ? atMost(stopPrice, liquidationPrice) : atLeast(stopPrice, liquidationPrice))
  return [
    ...(behind(stopPrice, price) ? [] : [{ field: 'sl_price', message: `must be ${below} the mark price (${price}) of a ${side} position, or it would be reached at once` }]),
    ...(tooFar ? [{ field: 'sl_price', message: `must be ${above} the liquidation price (${liquidationPrice}), or it would never be reached` }] : []),
    ...(targetPrice === null || beyond(targetPrice, price) ? [] : [{ field: 'tp_price', message: `must be ${above} the mark price (${price}) of a ${side} position, or it would be reached at once` }]),
  ]
}

function previewOf({ symbol, side, stopPrice, targetPrice }: AdoptionRequest, { qty, entryPrice, liquidationPrice }: VenuePosition, price: Decimal): AdoptionPreview {
  const exit = side === 'long' ? 'sell' : 'buy'
  const perUnit = side === 'long' ? subtract(stopPrice, entryPrice) : subtract(entryPrice, stopPrice)
  return {
    adopted: false, symbol, side, qty: toNumber(qty), entry_price: toNumber(entryPrice), price: toNumber(price), sl_price: toNumber(stopPrice), tp_price: targetPrice === null ? null : toNumber(targetPrice),
    pnl_at_stop: toNumber(multiply(perUnit, qty)), liquidation_price: liquidationPrice === null ? null : toNumber(liquidationPrice),
    will: [
      `LOMS books a ${side} position of ${qty} ${symbol}, entered at ${entryPrice}, and manages it until it is closed; it counts in its limits from now on`,
      `a reduce-only stop is placed at once: ${exit} ${qty} at market when the mark price reaches ${stopPrice}`,
      ...(targetPrice === null ? [] : [`a reduce-only target is placed: ${exit} ${qty} at ${targetPrice}`]),
      'if the stop is refused, the position is CLOSED at the market',
      'orders that others have placed on this symbol stay as they are',
    ],
  }
}
