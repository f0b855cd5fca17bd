/** What happened, fact by fact, each with what it caused: the story that `loms replay` tells. */
import type { TimelineEntry } from '../cli/commands/replay.ts'
import type { FactGroup } from '../../state/fold.ts'

/** Of a whole journal the newest are shown; a bundle and one position are told whole. */
export const NEWEST = 40

/** Collects entries; only the newest `most` are kept, the others counted. */
export class Timeline {
  readonly entries: TimelineEntry[] = []
  left = 0
  readonly #most: number
  readonly #positionId: number | null

  constructor(most: number, positionId: number | null) {
    this.#most = most
    this.#positionId = positionId
  }

  /** `touched`: positions that the fact changed. */
  add({ fact, outputs }: FactGroup, touched: readonly number[]): void {
    const positionId = 'positionId' in fact.body ? fact.body.positionId : (touched[0] ?? null)
    const caused = outputs.map(({ body }) => ({ type: body.type, ...('positionId' in body ? { position_id: body.positionId } : {}), detail: detailOf(body) }))
    if (this.#positionId !== null && positionId !== this.#positionId && !touched.includes(this.#positionId) && !caused.some((each) => each.position_id === this.#positionId)) return
    this.entries.push({ seq: fact.seq, at: new Date(fact.at).toISOString(), type: fact.body.type, position_id: positionId, detail: detailOf(fact.body), caused })
    if (this.entries.length <= this.#most) return
    this.entries.shift()
    this.left += 1
  }
}

/** Said elsewhere in the line, or of no use to a reader. */
const LEFT_OUT = new Set(['type', 'positionId', 'symbol', 'accountLabel', 'payload', 'keys', 'settings', 'answer', 'fillId', 'tradeId', 'venueOrderId'])

/** The plain fields of a record: `role=stop-loss qty=0.1`. */
function detailOf(body: object): string {
  return Object.entries(body)
    .flatMap(([name, value]) => (LEFT_OUT.has(name) || value === null || typeof value === 'object' ? [] : [`${name}=${String(value)}`]))
    .join(' ')
}
