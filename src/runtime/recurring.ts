/**
 * Deadlines that come again and again by themselves: samples of a price, questions for orders whose fate is unknown. While
 * the record of a position's last one waits for the disk, its next one waits too, so that a disk that stands still gathers
 * one per position and not one per period (state/README.md, D-025).
 */
import type { PositionId } from '../domain/ids.ts'
import { SAMPLE_DEADLINE } from '../../machines/position.exits.ts'
import type { Deadline } from './deadlines.ts'

/** One that had to wait for the disk comes up again after so long. */
export const WAIT_FOR_DISK_MS = 250

const recurs = ({ name }: Deadline): boolean => name === 'query' || name.startsWith(SAMPLE_DEADLINE)

export class Recurring {
  readonly #isDurable: (seq: number) => boolean
  /** Last record of each position's last one. */
  readonly #lastSeq = new Map<PositionId, number>()

  constructor(isDurable: (seq: number) => boolean) {
    this.#isDurable = isDurable
  }

  mustWait(deadline: Deadline): boolean {
    return recurs(deadline) && !this.#isDurable(this.#lastSeq.get(deadline.positionId) ?? 0)
  }

  /** It has passed, and `seq` is the last record of it. */
  passed(deadline: Deadline, seq: number): void {
    if (recurs(deadline)) this.#lastSeq.set(deadline.positionId, seq)
  }

  drop(positionId: PositionId): void {
    this.#lastSeq.delete(positionId)
  }
}
