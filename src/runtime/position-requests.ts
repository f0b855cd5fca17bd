/** What people and signals ask of open positions, answered when it is durable and, where it can be waited for, done. */
import type { ExitChange } from '../domain/exit-signal.ts'
import type { PositionId } from '../domain/ids.ts'
import type { Notice } from '../domain/notices.ts'
import type { PositionDetail, PositionView } from '../domain/wire.ts'
import type { ChangeOutcome, CloseOutcome, ExitSignalOutcome, ExitSignalRequest } from '../http/application.ts'
import { allDurable, unavailable } from './durable-answer.ts'
import { ExitDesk } from './exit-desk.ts'
import type { Service } from './service.ts'

/** How long a close may take before it is answered as under way. */
const CLOSE_WAIT_MS = 2000

export type PositionChange = Exclude<ExitChange, { kind: 'close' }>

export class PositionRequests {
  readonly #service: Service
  readonly #desk: ExitDesk
  constructor(service: Service) {
    this.#service = service
    this.#desk = new ExitDesk(service.engine, service.settings.priceMode)
  }

  /** A close that is under way already is waited for. */
  async close(id: number, note: string | null): Promise<CloseOutcome> {
    const { engine } = this.#service
    const position = engine.readModel.position(id)
    if (!position) return { kind: 'unknown_position' }
    if (position.status !== 'open') return this.#finished(position)
    if (engine.sequencer.state !== 'open') return unavailable(this.#service)
    const refusal = this.#desk.request(id, { kind: 'close' }, { reason: 'manual', note })
    if (refusal?.kind === 'conflict' && refusal.code === 'price_unavailable') return { kind: 'price_unavailable', symbol: position.symbol }
    if (refusal?.kind === 'conflict' && refusal.code === 'vanished') return refusal
    await this.#service.when((notice) => isEndOf(notice, id), CLOSE_WAIT_MS)
    const after = engine.readModel.position(id)
    if (!after) return { kind: 'unknown_position' }
    if (after.status !== 'open') return this.#finished(after)
    return (await allDurable(this.#service)) ? { kind: 'closing', position: withoutDetail(after) } : unavailable(this.#service)
  }

  async change(id: number, change: PositionChange, note: string | null): Promise<ChangeOutcome> {
    const { engine } = this.#service
    if (engine.sequencer.state !== 'open') return unavailable(this.#service)
    const refusal = this.#desk.request(id, change, { reason: 'manual', note })
    if (refusal) return (await allDurable(this.#service)) ? refusal : unavailable(this.#service)
    // Nothing is released before this turn ends, so no notice is missed.
    if (change.kind === 'partial_close') await this.#service.when((notice) => concerns(notice, id) && this.#settled(id), CLOSE_WAIT_MS)
    const after = engine.readModel.position(id)
    if (!after) return { kind: 'unknown_position' }
    const kind = change.kind === 'levels' || this.#settled(id) ? 'done' : 'under_way'
    return (await allDurable(this.#service)) ? { kind, position: withoutDetail(after) } : unavailable(this.#service)
  }

  async signal(request: ExitSignalRequest): Promise<ExitSignalOutcome> {
    const closed = this.#service.closedReason()
    if (closed !== null) return { kind: 'unavailable', message: closed }
    const outcome = this.#desk.signal(request)
    return (await allDurable(this.#service)) ? outcome : unavailable(this.#service)
  }

  /** No close is under way, whole or partial. */
  #settled(id: number): boolean {
    const { engine } = this.#service
    const context = engine.core.registry.get(id as PositionId)?.context
    return context === undefined || context.closedAt !== null || (context.reduceTo === null && context.closing === null)
  }

  async #finished(position: PositionDetail): Promise<CloseOutcome> {
    return (await allDurable(this.#service)) ? { kind: 'closed', position: withoutDetail(position) } : unavailable(this.#service)
  }
}

const concerns = (notice: Notice, id: number): boolean => 'positionId' in notice && notice.positionId === id
const isEndOf = (notice: Notice, id: number): boolean => concerns(notice, id) && (notice.type === 'position.closed' || notice.type === 'position.cancelled')

export function withoutDetail({ orders: _orders, events: _events, ...view }: PositionDetail): PositionView {
  return view
}
