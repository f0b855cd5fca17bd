/** What waits for a channel goes by the clock of this run, whatever the clock of the last one said. */
import { describe, expect, it } from 'vitest'
import type { Alert } from '../../src/alerts/alert.ts'
import type { Channel } from '../../src/alerts/channel.ts'
import { Lane } from '../../src/alerts/lane.ts'
import { RepeatGuard } from '../../src/alerts/repeat-guard.ts'

const HOUR_MS = 3_600_000
const alert = (at: number, severity: Alert['severity'] = 'urgent', seq = 1): Alert => ({ seq, at, kind: 'EXECUTOR_DISCONNECTED', severity, subject: 'exchange', text: 'the account cannot be read', fields: {} })

/** The seqs that leave, tick by tick. */
async function leaves(waiting: Alert, ticks: readonly number[]): Promise<readonly (readonly (number | null)[])[]> {
  const sent: (number | null)[] = []
  const channel: Channel = { name: 'phone', gapMs: 0, fits: (alerts) => alerts.length, send: (alerts) => (sent.push(...alerts.map(({ seq }) => seq)), Promise.resolve({ kind: 'delivered' })) }
  const lane = new Lane(channel, 'urgent', 0, { onDelivered: () => {}, onTrouble: () => {} })
  lane.add(waiting)
  const left = []
  for (const now of ticks) {
    lane.tick(now)
    await lane.settled()
    left.push(sent.splice(0))
  }
  return left
}

describe('an alert leaves', () => {
  it.each([
    ['at once where it is urgent', alert(1000), [1000, 2000], [[1], []]],
    ['with others a little later where it is not', alert(1000, 'warning'), [1000, 2999, 3000], [[], [], [1]]],
    ['at once where it was raised by a clock that was an hour ahead', alert(1000 + HOUR_MS), [1000, 2000], [[1], []]],
  ] as const)('%s', async (_, waiting, ticks, left) => expect(await leaves(waiting, ticks)).toEqual(left))
})

describe('the same again', () => {
  it.each([
    ['is left out for a minute', [1000, 60_999, 61_000], [true, false, true]],
    ['is said where the first was said by a clock that was an hour ahead', [1000 + HOUR_MS, 1000, 2000], [true, true, false]],
  ] as const)('%s', (_, times, said) => {
    const guard = new RepeatGuard()
    expect(times.map((at) => guard.admit(alert(at)) !== null)).toEqual(said)
  })
})
