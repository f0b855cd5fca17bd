/**
 * What every broker promises (src/brokers/broker.ts), run against each implementation. The world plays the journal: it
 * keeps what the broker has reported, as a broker without a memory of its own needs it.
 */
import { describe, expect, it } from 'vitest'
import type { Broker, BrokerReport, PaperPosition } from '../../src/brokers/broker.ts'
import type { BrokerCommand, SubmitOrder } from '../../src/domain/commands.ts'
import { add, subtract, type Decimal } from '../../src/domain/decimal.ts'
import type { ClientOrderId, OrderRole, PositionId } from '../../src/domain/ids.ts'
import type { OrderRecord } from '../../src/domain/order.ts'
import { d } from '../support/builders.ts'

export const ID = 1 as PositionId
const cid = (text: string): ClientOrderId => text as ClientOrderId

/** One long position's orders as reports have made them. */
export class World {
  readonly reports: BrokerReport[] = []
  openQty: Decimal = d(0)
  orders: OrderRecord[] = []

  readonly position = (id: PositionId): PaperPosition | undefined =>
    id === ID ? { id, symbol: 'BTCUSDT', direction: 'long', openQty: this.openQty, lastPrice: d(100), orders: this.orders } : undefined

  send(broker: Broker, command: BrokerCommand): BrokerReport[] {
    const before = this.reports.length
    if (command.type === 'order.submit') this.add(command)
    if (command.type === 'order.replace') this.add(command.replacement)
    broker.execute(command)
    return this.reports.slice(before)
  }

  add(command: SubmitOrder): void {
    const { clientOrderId, role, side, orderType: type, qty, price } = command
    const created = { clientOrderId, role, generation: 1, side, type, qty, price, status: 'created', filledQty: d(0), filledValue: d(0), fee: d(0), venueOrderId: null, createdAt: 0, attempts: 1, cancelRequested: false, target: 0, code: null } as const
    this.orders = [...this.orders, created]
  }

  take(report: BrokerReport): void {
    this.reports.push(report)
    if (!('clientOrderId' in report)) return
    const change = (order: OrderRecord): OrderRecord => {
      if (report.type === 'order.accepted') return { ...order, status: 'working', venueOrderId: report.venueOrderId }
      if (report.type === 'order.filled') return { ...order, status: 'filled', filledQty: report.qty, venueOrderId: report.venueOrderId }
      return report.type === 'order.canceled' ? { ...order, status: 'canceled' } : order
    }
    const order = this.orders.find((each) => each.clientOrderId === report.clientOrderId)
    if (report.type === 'order.filled' && order) this.openQty = order.role === 'entry' ? add(this.openQty, report.qty) : subtract(this.openQty, report.qty)
    this.orders = this.orders.map((each) => (each.clientOrderId === report.clientOrderId ? change(each) : each))
  }
}

export const submit = (role: OrderRole, id: string, qty: number, price: number | null = null): SubmitOrder => ({
  type: 'order.submit',
  positionId: ID,
  clientOrderId: cid(id),
  role,
  symbol: 'BTCUSDT',
  side: role === 'entry' ? 'buy' : 'sell',
  orderType: role === 'stop-loss' ? 'stop' : role === 'take-profit' ? 'limit' : 'market',
  qty: d(qty),
  price: price === null ? null : d(price),
  reduceOnly: role !== 'entry',
})
const about = { positionId: ID, symbol: 'BTCUSDT' }

export function brokerContract(name: string, make: (world: World) => Broker): void {
  const aWorld = (): { world: World; broker: Broker } => {
    const world = new World()
    const broker = make(world)
    broker.onReport((report) => world.take(report))
    return { world, broker }
  }
  const opened = (): { world: World; broker: Broker } => {
    const made = aWorld()
    made.world.send(made.broker, submit('entry', 'e1', 2, 100))
    return made
  }
  const types = (reports: readonly BrokerReport[]): string[] => reports.map((report) => ('clientOrderId' in report ? `${report.type} ${report.clientOrderId}` : report.type))

  describe(`${name} keeps the broker contract:`, () => {
    it('an entry is filled under the id it was sent with, once', () => {
      const { world, broker } = aWorld()
      const [fill] = world.send(broker, submit('entry', 'e1', 2, 100))
      expect(fill).toMatchObject({ type: 'order.filled', clientOrderId: 'e1', qty: '2' })
      expect(world.openQty).toBe('2')
    })

    it('stops and targets are accepted and rest', () => {
      const { world, broker } = opened()
      expect(types(world.send(broker, submit('stop-loss', 's1', 2, 98)))).toEqual(['order.accepted s1'])
      expect(types(world.send(broker, submit('take-profit', 't1', 2, 104)))).toEqual(['order.accepted t1'])
    })

    it('a replacement rests before the replaced order is gone', () => {
      const { world, broker } = opened()
      world.send(broker, submit('stop-loss', 's1', 2, 98))
      expect(types(world.send(broker, { type: 'order.replace', ...about, clientOrderId: cid('s1'), replacement: submit('stop-loss', 's2', 2, 99) }))).toEqual(['order.accepted s2', 'order.canceled s1'])
    })

    it('a replacement of an order that does not rest is refused', () => {
      const { world, broker } = opened()
      world.send(broker, submit('stop-loss', 's1', 2, 98))
      world.send(broker, { type: 'order.cancel', ...about, clientOrderId: cid('s1') })
      expect(types(world.send(broker, { type: 'order.replace', ...about, clientOrderId: cid('s1'), replacement: submit('stop-loss', 's2', 2, 99) }))).toEqual(['order.rejected s2'])
    })

    it('a cancel is confirmed, a second one says that the order is gone', () => {
      const { world, broker } = opened()
      world.send(broker, submit('stop-loss', 's1', 2, 98))
      expect(types(world.send(broker, { type: 'order.cancel', ...about, clientOrderId: cid('s1') }))).toEqual(['order.canceled s1'])
      expect(world.send(broker, { type: 'order.cancel', ...about, clientOrderId: cid('s1') })).toMatchObject([{ type: 'cancel.rejected', code: 'gone' }])
    })

    it('a query of what was never accepted is absent, of what rests accepted', () => {
      const { world, broker } = opened()
      world.add(submit('stop-loss', 's1', 2, 98))
      expect(types(world.send(broker, { type: 'order.query', ...about, clientOrderId: cid('s1') }))).toEqual(['order.absent s1'])
      world.send(broker, submit('take-profit', 't1', 2, 104))
      expect(types(world.send(broker, { type: 'order.query', ...about, clientOrderId: cid('t1') }))).toEqual(['order.accepted t1'])
    })

    it('a close sells no more than is open and is refused where nothing is', () => {
      const { world, broker } = opened()
      expect(world.send(broker, submit('close', 'c1', 5))).toMatchObject([{ type: 'order.filled', qty: '2' }, { type: 'order.canceled' }])
      expect(world.send(broker, submit('close', 'c2', 1))).toMatchObject([{ type: 'order.rejected', code: 'no_position' }])
    })

    it('the position is proven flat only when it is', () => {
      const { world, broker } = opened()
      expect(world.send(broker, { type: 'position.query', ...about })).toMatchObject([{ type: 'position.reported', qty: '2' }])
      world.send(broker, submit('close', 'c1', 2))
      expect(world.send(broker, { type: 'position.query', ...about })).toMatchObject([{ type: 'position.reported', qty: '0' }])
    })

    it('what it holds and is worth can be asked for', async () => {
      const { broker } = opened()
      expect(await broker.syncPositions()).toEqual([{ symbol: 'BTCUSDT', direction: 'long', qty: '2' }])
      expect(await broker.balance()).toBe('10000')
    })
  })
}
