/**
 * Bitget's orders by client order id. Few are asked for each by itself. When many are (everything of an account is being
 * closed, or an outage is over) they are looked for in the account's lists: ten requests a second would answer for each by
 * itself so late that all are asked for again, and nobody would ever be answered.
 */
import type { BitgetClient } from '../../exchange/client.ts'
import { decimal } from '../../domain/decimal.ts'
import type { ClientOrderId, VenueOrderId } from '../../domain/ids.ts'
import { BadAnswer, number, optionalText, orderSide, quantity, row, text, type Row } from './answer.ts'
import { dataOf, listOf, pages, somePages, USDT, type Call } from './bitget-answer.ts'
import { APART_AT_MOST, Gathered } from './shared-reads.ts'
import type { VenueOrder, VenueOrderState } from './venue-api.ts'

type Asked = { readonly symbol: string; readonly clientOrderId: ClientOrderId }
/** So many ended orders are looked through for many; older ones are asked for by themselves. */
const LATEST = 300
const PLAN = { ...USDT, planType: 'profit_loss' } as const

export class BitgetOrders {
  readonly #client: BitgetClient
  readonly #plain: Gathered<Asked, VenueOrder | null>
  readonly #plan: Gathered<Asked, VenueOrder | null>

  /** `client`: of its own, so that no other read stands before these. */
  constructor(client: BitgetClient) {
    this.#client = client
    const open: Call = (parameters) => client.privateMixGetV2MixOrderOrdersPending(parameters)
    const ended: Call = (parameters) => client.privateMixGetV2MixOrderOrdersHistory(parameters)
    const openPlans: Call = (parameters) => client.privateMixGetV2MixOrderOrdersPlanPending(parameters)
    const endedPlans: Call = (parameters) => client.privateMixGetV2MixOrderOrdersPlanHistory(parameters)
    const onePlain = (asked: Asked): Promise<VenueOrder | null> => this.#plainOrder(asked)
    const onePlan = (asked: Asked): Promise<VenueOrder | null> => planOrder(asked, openPlans, endedPlans)
    // The list of ended plain orders does not go back for ever, as the order's own address does: what is not in it proves nothing.
    this.#plain = new Gathered({ one: onePlain, many: (asked) => together(asked, { open, ended, parameters: USDT, orderOf: plainOrderOf, one: onePlain, absenceCounts: false }) })
    this.#plan = new Gathered({ one: onePlan, many: (asked) => together(asked, { open: openPlans, ended: endedPlans, parameters: PLAN, orderOf: planOrderOf, one: onePlan, absenceCounts: true }) })
  }

  /** Waits for no trigger (any more). Null: in no list now. */
  plain(asked: Asked): Promise<VenueOrder | null> {
    return this.#plain.ask(asked)
  }
  /** A stop or a target. */
  plan(asked: Asked): Promise<VenueOrder | null> {
    return this.#plan.ask(asked)
  }

  async plainById(symbol: string, venueOrderId: VenueOrderId): Promise<VenueOrder | null> {
    const found = await this.#detail({ symbol, orderId: venueOrderId })
    return found?.['orderId'] === venueOrderId ? plainOrderOf(found) : null
  }

  async #plainOrder({ symbol, clientOrderId }: Asked): Promise<VenueOrder | null> {
    const found = await this.#detail({ symbol, clientOid: clientOrderId })
    return found?.['clientOid'] === clientOrderId ? plainOrderOf(found) : null
  }

  async #detail(wanted: Readonly<Record<string, string>>): Promise<Row | null> {
    try {
      return row(dataOf(await this.#client.privateMixGetV2MixOrderDetail({ ...USDT, ...wanted })), 'data')
    } catch (error) {
      // 40109: no such order, here and now.
      if (error instanceof Error && /"code":"(40109|40768)"/.test(error.message)) return null
      throw error
    }
  }
}

async function planOrder({ symbol, clientOrderId }: Asked, open: Call, ended: Call): Promise<VenueOrder | null> {
  const wanted = { ...PLAN, symbol, clientOid: clientOrderId }
  const find = async (call: Call): Promise<Row | undefined> => listOf(await call(wanted), 'entrustedList').find((each) => each['clientOid'] === clientOrderId)
  const found = (await find(open)) ?? (await find(ended))
  return found ? planOrderOf(found) : null
}

type Lists = {
  readonly open: Call
  readonly ended: Call
  readonly parameters: Record<string, unknown>
  readonly orderOf: (source: Row) => VenueOrder
  readonly one: (asked: Asked) => Promise<VenueOrder | null>
  readonly absenceCounts: boolean
}

/** Open ones first, then ended ones: an order that ends in between is in one of the two. */
async function together(asked: readonly Asked[], { open, ended, parameters, orderOf, one, absenceCounts }: Lists): Promise<readonly Promise<VenueOrder | null>[]> {
  const missing = new Set<string>(asked.map(({ clientOrderId }) => clientOrderId))
  const found = new Map<string, Row>()
  const note = (rows: readonly Row[]): void => {
    for (const each of rows) {
      const name = optionalText(each, 'clientOid')
      if (name !== null && missing.delete(name)) found.set(name, each)
    }
  }
  note(await pages(open, parameters, 'entrustedList', 'orderId'))
  const history = missing.size === 0 ? null : await somePages(ended, parameters, 'entrustedList', 'orderId', (seen) => (note(seen), missing.size === 0 || seen.length >= LATEST))
  note(history?.found ?? [])
  const isProof = absenceCounts && history?.whole === true
  let apart = APART_AT_MOST
  return asked.map((each) => {
    const source = found.get(each.clientOrderId)
    if (source) return Promise.resolve(orderOf(source))
    if (isProof) return Promise.resolve(null)
    // The others when they are asked for again.
    return apart-- > 0 ? one(each) : Promise.reject(new Error('not among the latest orders; it is asked for by itself next'))
  })
}

const PLAIN_STATES: Readonly<Record<string, VenueOrderState>> = {
  live: 'working', new: 'working', init: 'working', partially_filled: 'working', filled: 'filled', full_fill: 'filled', canceled: 'canceled', cancelled: 'canceled',
}

export function plainOrderOf(source: Row): VenueOrder {
  const status = optionalText(source, 'state') ?? text(source, 'status')
  const state = PLAIN_STATES[status]
  if (!state) throw new BadAnswer(`status ${status}`)
  return {
    venueOrderId: text(source, 'orderId') as VenueOrderId,
    clientOrderId: optionalText(source, 'clientOid'),
    symbol: text(source, 'symbol'),
    side: orderSide(source, 'side'),
    state,
    qty: number(source, 'size'),
    filledQty: quantity(source, 'baseVolume'),
    reduceOnly: String(source['reduceOnly']).toUpperCase() === 'YES',
    triggerPrice: null,
    triggersOnMark: false,
    fired: false,
    spawned: null,
  }
}

/** `fail_trigger` and `fail_execute` mean that nothing protects any more (trap T7). */
const PLAN_STATES: Readonly<Record<string, VenueOrderState>> = {
  live: 'working', not_trigger: 'working', executing: 'working', executed: 'triggered', triggered: 'triggered', cancelled: 'canceled', canceled: 'canceled', fail_trigger: 'rejected', fail_execute: 'rejected',
}

export function planOrderOf(source: Row): VenueOrder {
  const status = text(source, 'planStatus')
  const state = PLAN_STATES[status]
  if (!state) throw new BadAnswer(`planStatus ${status}`)
  return {
    venueOrderId: text(source, 'orderId') as VenueOrderId,
    clientOrderId: optionalText(source, 'clientOid'),
    symbol: text(source, 'symbol'),
    side: orderSide(source, 'side'),
    state,
    qty: quantity(source, 'size'),
    filledQty: decimal('0'),
    // TP/SL orders can only close.
    reduceOnly: true,
    triggerPrice: number(source, 'triggerPrice'),
    triggersOnMark: source['triggerType'] === 'mark_price',
    // It starts another order instead.
    fired: false,
    spawned: optionalText(source, 'executeOrderId') as VenueOrderId | null,
  }
}
