/**
 * Everything off: no entry from here on, every position closed at market, and the proof of it. The order is journaled
 * before anything is sent, so a crash in between goes on with it.
 */
import { toNumber } from '../domain/decimal.ts'
import type { Notice } from '../domain/notices.ts'
import type { ControlRequest, PanicReport, Unavailable } from '../http/application.ts'
import { openQty } from '../../machines/position.context.ts'
import { stateOf } from '../../machines/registry.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import { allDurable, unavailable } from './durable-answer.ts'
import { haltAndClose } from './halt.ts'
import type { Service } from './service.ts'

/** `withinMs`: how long to wait until all is closed. `openBefore`: positions when the panic began, where that was earlier. */
export async function panic(service: Service, { reason, accountLabel }: ControlRequest, withinMs: number, openBefore?: number): Promise<{ readonly kind: 'ok'; readonly value: PanicReport } | Unavailable> {
  const { engine } = service
  if (engine.sequencer.state !== 'open') return unavailable(service)
  const lap = stopwatch()
  const open = new Set<number>(openPositions(service, accountLabel).map(({ context }) => context.id))
  const before = openBefore ?? open.size
  const isOver = (notice: Notice): boolean => (notice.type === 'position.closed' || notice.type === 'position.cancelled') && open.delete(notice.positionId) && open.size === 0
  const allOver = open.size === 0 ? Promise.resolve() : service.when(isOver, withinMs)
  if (!(await service.whenDurable(haltAndClose(engine, accountLabel, reason)))) return unavailable(service)
  const steps = [{ step: 'entries refused from here on, durably', ms: lap() }]
  await allOver
  const left = openPositions(service, accountLabel)
  steps.push({ step: left.length === 0 ? 'all positions closed' : 'waited for positions to close', ms: lap() })
  const broker = await askBroker(service)
  steps.push({ step: 'broker asked what it holds', ms: lap() })
  if (!(await allDurable(service))) return unavailable(service)
  steps.push({ step: 'all of it durable', ms: lap() })
  // With one account in panic the broker may well hold another's.
  const flat = left.length === 0 && (broker.flat === true || accountLabel !== null)
  return { kind: 'ok', value: { state: 'halted', reason, flat, closed: before - left.length, left: left.map(leftView), broker, steps } }
}

function openPositions({ engine: { core } }: Service, accountLabel: string | null): readonly PositionSnapshot[] {
  const snapshots = [...core.registry.ids()].flatMap((id) => core.registry.get(id) ?? [])
  return snapshots.filter(({ context }) => context.closedAt === null && (accountLabel === null || context.signal.accountLabel === accountLabel))
}

const leftView = (snapshot: PositionSnapshot): PanicReport['left'][number] => {
  const { context } = snapshot
  return { position_id: context.id, symbol: context.signal.symbol, side: context.signal.direction, state: stateOf(snapshot), open_qty: toNumber(openQty(context)) }
}

/** A question without an answer proves nothing. */
async function askBroker({ engine: { broker } }: Service): Promise<PanicReport['broker']> {
  try {
    const held = await broker.syncPositions()
    return { name: broker.name, flat: held.length === 0, positions: held.map(({ symbol, direction, qty }) => ({ symbol, side: direction, qty: toNumber(qty) })), error: null }
  } catch (error) {
    return { name: broker.name, flat: null, positions: [], error: error instanceof Error ? error.message : String(error) }
  }
}

/** Milliseconds since the last call. */
function stopwatch(): () => number {
  let last = performance.now()
  return () => {
    const now = performance.now()
    const passed = Math.round((now - last) * 10) / 10
    last = now
    return passed
  }
}
