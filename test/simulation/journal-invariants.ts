/** What must hold along the whole durable journal of a seed, over every crash in it. */
import { greater, less, multiply, subtract, sum, type Decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import type { Applied } from '../../machines/applied.ts'
import type { PositionContext } from '../../machines/position.context.ts'
import type { JournalRecord } from '../../state/record.ts'
import { must } from './invariants.ts'

type FactRecord = Extract<JournalRecord, { kind: 'fact' }>

export class JournalInvariants {
  readonly #stops = new Map<PositionId, Decimal>()
  /** Stops that a policy has tightened, and positions that were closed in several pieces: what was really seen. */
  tightened = 0
  inPieces = 0

  see({ body }: FactRecord, applied: Applied): void {
    for (const { context } of applied.touched) this.#tightens(context, body.type)
    for (const { body: notice } of applied.outputs) {
      const context = notice.type === 'position.closed' ? applied.touched.find((each) => each.context.id === notice.positionId)?.context : undefined
      if (context && notice.type === 'position.closed') this.#addsUp(context, notice)
    }
  }

  /** I17: only a person's word loosens a stop, and no policy moves the stop of a person. */
  #tightens({ id, signal, stopPrice, stopByPerson }: PositionContext, cause: string): void {
    const before = this.#stops.get(id) ?? signal.slPrice
    this.#stops.set(id, stopPrice)
    if (stopPrice === before || cause === 'levels.requested') return
    const tighter = signal.direction === 'long' ? greater(stopPrice, before) : less(stopPrice, before)
    must(tighter, 'I17', () => `${cause} moved the stop of position ${id} (${signal.exitStrategy}) from ${before} to ${stopPrice}`)
    must(!stopByPerson, 'I17', () => `${cause} moved a stop of position ${id} that a person had put at ${before} to ${stopPrice}`)
    this.tightened += 1
  }

  /** I18: what was closed is what was opened; the PnL is what the fills brought in, less their fees, to the last digit. */
  #addsUp({ id, signal, orders, fills }: PositionContext, closed: { readonly qty: Decimal; readonly pnl: Decimal; readonly fees: Decimal }): void {
    const entries = new Set(orders.filter((order) => order.role === 'entry').map((order) => order.clientOrderId))
    const bought = fills.filter((fill) => fill.clientOrderId !== null && entries.has(fill.clientOrderId))
    const sold = fills.filter((fill) => fill.clientOrderId === null || !entries.has(fill.clientOrderId))
    const qty = (of: typeof fills): Decimal => sum(of.map((fill) => fill.qty))
    const value = (of: typeof fills): Decimal => sum(of.map((fill) => multiply(fill.price, fill.qty)))
    const fees = sum(fills.map((fill) => fill.fee))
    const gross = signal.direction === 'long' ? subtract(value(sold), value(bought)) : subtract(value(bought), value(sold))
    must(qty(bought) === closed.qty && qty(sold) === closed.qty, 'I18', () => `position ${id} opened ${qty(bought)}, closed ${qty(sold)}, and says ${closed.qty}`)
    must(fees === closed.fees && subtract(gross, fees) === closed.pnl, 'I18', () => `position ${id} earned ${subtract(gross, fees)} after ${fees}, and says ${closed.pnl} after ${closed.fees}`)
    if (sold.length > 1) this.inPieces += 1
  }
}
