/** The hard kill switch as a person pulls it: a durable record first, then everything of the account is asked to leave. */
import type { PositionId } from '../domain/ids.ts'
import type { PositionSnapshot } from '../../machines/position.machine.ts'
import type { Engine } from './engine.ts'

/** So many positions are asked at once, the next ones when that is durable: answers, reports and requests go on meanwhile. */
const AT_A_TIME = 10

/** Halts; the seq that must become durable. Positions are asked once it is, also where that takes a full disk's time. */
export function haltAndClose(engine: Engine, accountLabel: string | null, reason: string): number {
  const { seq } = engine.accept({ type: 'trading.halted', accountLabel, reason, closesApart: true })
  const ids = staying(engine, (label) => accountLabel === null || label === accountLabel)
  void askToLeave(engine, ids, reason)
  return seq
}

/** After a restart: a halt whose positions were not all asked before the process died goes on. */
export function goOnClosing(engine: Engine): void {
  const { core } = engine
  for (const [label, { trading }] of core.ledgers) {
    if (trading.state === 'halted') for (const id of staying(engine, (each) => each === label)) ask(engine, id, trading.reason)
  }
}

const snapshots = ({ core: { registry } }: Engine): readonly PositionSnapshot[] => [...registry.ids()].flatMap((id) => registry.get(id) ?? [])

const staying = (engine: Engine, isMeant: (accountLabel: string) => boolean): readonly PositionId[] =>
  snapshots(engine)
    .filter(({ context }) => context.closing === null && context.closedAt === null && isMeant(context.signal.accountLabel))
    .map(({ context }) => context.id)
    .sort((a, b) => a - b)

async function askToLeave(engine: Engine, ids: readonly PositionId[], reason: string): Promise<void> {
  for (let first = 0; first < ids.length; first += AT_A_TIME) {
    if (!(await engine.sequencer.barrier())) return
    for (const id of ids.slice(first, first + AT_A_TIME)) ask(engine, id, reason)
  }
}

const ask = (engine: Engine, id: PositionId, reason: string | null): void => void engine.requestExit(id, 'panic', reason)
