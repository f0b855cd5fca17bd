/** What must hold at every moment, and what must hold when all is quiet. A broken one is an error that says which. */
import { ZERO, add, compare, greater, isZero, multiply, negate, subtract, sum, type Decimal } from '../../src/domain/decimal.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { isTerminal } from '../../src/domain/order.ts'
import { isCovered, openQty, type PositionContext } from '../../machines/position.context.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { isResting } from '../../src/brokers/faulty-venue.ts'
import type { World } from './world.ts'

/** Bound of the protective procedure (I1). */
const PROTECT_WITHIN_MS = 7900
/** What every close that the venue spoils, or fills in parts, adds to it: it may arrive twenty seconds late. */
const PER_SPOILED_MS = 25_000

export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken'
}
export function must(condition: boolean, invariant: string, what: () => string): asserts condition {
  if (!condition) throw new InvariantBroken(`${invariant}: ${what()}`)
}

type Naked = { readonly since: number; readonly downMs: number }

/** Looks at the world after every step. */
export class Watcher {
  readonly #world: World
  readonly #naked = new Map<PositionId, Naked>()
  longestNakedMs = 0

  constructor(world: World) {
    this.#world = world
  }

  /** After every event. */
  look(): void {
    if (!this.#world.alive) return
    const { registry } = this.#world.engine.core
    for (const id of registry.ids()) this.#protected(registry.get(id) as PositionSnapshot)
  }

  /** After every step. */
  lookClosely(): void {
    this.look()
    if (!this.#world.alive) return
    const { registry } = this.#world.engine.core
    for (const id of registry.ids()) quantitiesAgree((registry.get(id) as PositionSnapshot).context)
  }

  /** I1: what is open and uncovered has a protective action under way, and not for longer than the bound. */
  #protected({ context, value }: PositionSnapshot): void {
    const now = this.#world.clock.now()
    const { id } = context
    const spoiled = this.#world.spoiled.get(id) ?? 0
    if (isZero(openQty(context)) || isCovered(context)) return void this.#naked.delete(id)
    must(protecting(context), 'I1', () => `position ${id} (${String(value)}) is naked and nothing is under way: ${JSON.stringify(context.orders)} ${JSON.stringify(context.deadlines)}`)
    const naked = this.#naked.get(id) ?? { since: now, downMs: this.#world.downMs }
    this.#naked.set(id, naked)
    const nakedMs = now - naked.since - (this.#world.downMs - naked.downMs)
    this.longestNakedMs = Math.max(this.longestNakedMs, nakedMs)
    const closes = context.orders.filter((order) => order.role === 'close').length
    const allowed = context.closing || context.rollingBack ? PROTECT_WITHIN_MS + (spoiled + closes) * PER_SPOILED_MS : PROTECT_WITHIN_MS
    must(nakedMs <= allowed, 'I1', () => `position ${id} (${String(value)}) is naked for ${nakedMs} ms: ${JSON.stringify(context.orders)}`)
  }
}

export const protecting = (context: PositionContext): boolean =>
  ['stop-retry', 'close-retry', 'query'].some((name) => context.deadlines[name] !== undefined) ||
  context.orders.some((order) => (order.role === 'stop-loss' || order.role === 'close') && !isTerminal(order.status))

/** I2 within LOMS: the sums are those of the fills, each counted once. I11: exits never exceed the entry. */
export function quantitiesAgree(context: PositionContext): void {
  const { id, fills, orders, entryQty, exitQty } = context
  must(new Set(fills.map((fill) => fill.tradeId)).size === fills.length, 'I2', () => `position ${id} has booked a trade twice`)
  const entries = new Set(orders.filter((order) => order.role === 'entry').map((order) => order.clientOrderId))
  const booked = (entry: boolean): Decimal => fills.filter((fill) => (fill.clientOrderId !== null && entries.has(fill.clientOrderId)) === entry).reduce((total, fill) => add(total, fill.qty), ZERO)
  must(booked(true) === entryQty && booked(false) === exitQty, 'I2', () => `position ${id} holds ${entryQty} − ${exitQty}, its fills say otherwise`)
  must(compare(exitQty, entryQty) <= 0, 'I11', () => `position ${id} sold more than it had`)
}

/** I2 against the venue, I12: when all is quiet both hold the same, and nothing rests that nobody owns. */
export function quietlyEqual({ venue, engine }: World): void {
  const { registry } = engine.core
  const expected = new Map<PositionId, Decimal>()
  for (const id of registry.ids()) {
    const { context } = registry.get(id) as PositionSnapshot
    const origin = venue.originOf(id)
    expected.set(origin, add(expected.get(origin) ?? ZERO, openQty(context)))
  }
  for (const [origin, { qty }] of venue.held)
    must(qty === (expected.get(origin) ?? ZERO), 'I2', () => `the venue holds ${qty} of position ${origin}, LOMS ${expected.get(origin) ?? 'nothing'}`)
  for (const order of venue.orders.values()) {
    if (!isResting(order)) continue
    const known = registry.get(order.command.positionId)?.context.orders.find((each) => each.clientOrderId === order.command.clientOrderId)
    must(known !== undefined && !isTerminal(known.status), 'I12', () => `${order.command.clientOrderId} rests at the venue, LOMS has it ${known?.status ?? 'not'}`)
  }
}

/** I3: one entry per signal over the whole history, never filled beyond what was asked for. */
export function oneEntryPerSignal({ venue, store }: World): void {
  const signalOf = new Map<PositionId, string>()
  for (const record of store.read(1, Infinity))
    if (record.kind === 'notice' && record.body.type === 'signal.answered' && 'position_id' in record.body.answer) {
      const [fact] = store.read(record.cause, record.cause)
      if (fact?.kind === 'fact' && fact.body.type === 'signal.received') signalOf.set(record.body.answer.position_id as PositionId, fact.body.signal.signalId ?? '')
    }
  const seen = new Set<string>()
  for (const { command, filledQty } of venue.orders.values()) {
    if (command.role !== 'entry') continue
    const signal = signalOf.get(command.positionId)
    must(signal !== undefined, 'I3', () => `${command.clientOrderId} belongs to no durable signal`)
    must(!seen.has(signal), 'I3', () => `${signal} has more than one entry`)
    must(!greater(filledQty, command.qty), 'I3', () => `${command.clientOrderId} was filled beyond ${command.qty}: ${subtract(filledQty, command.qty)}`)
    seen.add(signal)
  }
}

/** I7: what the ledger earned is what came in and went out at the venue, less its fees. All is flat. */
export function moneyAgrees({ venue, engine, settings }: World): void {
  const moved = [...venue.orders.values()].flatMap(({ command, fills }) =>
    fills.map((fill) => subtract(command.side === 'sell' ? multiply(fill.price, fill.qty) : negate(multiply(fill.price, fill.qty)), fill.fee)),
  )
  const { realisedPnl } = engine.core.ledger(settings.core.accountLabel)
  must(sum(moved) === realisedPnl, 'I7', () => `the venue paid ${sum(moved)}, the ledger says ${realisedPnl}`)
}
