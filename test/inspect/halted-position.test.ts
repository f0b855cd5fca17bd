/** A position that another one's loss closed, as the page follows it: its own records do not say why. */
import { expect, it } from 'vitest'
import type { CoreSettings } from '../../src/domain/core-settings.ts'
import type { PositionRecords } from '../../src/http/page/page-port.ts'
import { positionSteps, type InspectedRecord } from '../../src/inspect/position-steps.ts'
import { bounce, eventually, Loms } from '../e2e/service-process.ts'

it('a loss limit closes everything: every position\'s steps say what was recorded', async () => {
  const loms = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '0.2', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_SESSION_LOSS_PCT: '0.01', MAX_OPEN_POSITIONS_PER_SYMBOL: '9' })
  await loms.pin(100)
  for (const changes of [{ tp_pct: 40, sl_pct: 40 }, { sl_pct: 1 }, { tp_pct: 40, sl_pct: 40 }]) await loms.signal(bounce({ qty: 1, ...changes }))
  await eventually(async () => (await loms.position(3))['state']).toBe('tp-placed')
  await loms.pin(98)
  for (const id of [1, 2, 3]) await eventually(async () => (await loms.position(id))['state']).toBe('closed')
  expect(await loms.position(3)).toMatchObject({ auto_close_reason: 'kill_switch' })
  for (const id of [1, 2, 3]) {
    const { journal_id: journalId, settings, records } = (await loms.get(`/page/positions/${id}`)).body as PositionRecords
    const steps = positionSteps({ id, journalId, settings: settings as unknown as CoreSettings, start: null }, records as unknown as readonly InspectedRecord[])
    expect({ id, to: steps.at(-1)?.to, differences: steps.flatMap(({ divergence }) => divergence ?? []) }).toEqual({ id, to: 'closed', differences: [] })
  }
  await loms.stop()
})
