/** Alerts of the real process: what could not be delivered before a kill -9 is delivered after it, once. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { readJournal } from '../../state/journal-reading.ts'
import { bounce, eventually, Loms } from './service-process.ts'

/** How far a lane has been told, by the journal. */
function delivered(loms: Loms, urgency: string): number {
  const opened = readJournal(loms.dataDir)
  if (!opened.ok) return 0
  return [...opened.journal.records()].reduce((upTo, record) => (record.kind === 'fact' && record.body.type === 'alerts.delivered' && record.body.lane === `webhook/${urgency}` ? record.body.upTo : upTo), 0)
}

type Told = { readonly kind: string; readonly id: string; readonly text: string }

it('an outage of the receiver and a kill -9 lose no alert and double none; trading does not wait', async () => {
  const told: Told[] = []
  let up = false
  const receiver = createServer((request, response) => {
    if (!up) return void request.socket.destroy()
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      told.push(...(JSON.parse(body) as { readonly alerts: Told[] }).alerts)
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`
  const first = await Loms.start({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: 'sixteen-characters' })
  const answered = await Promise.all([1, 2, 3].map(() => first.signal(bounce())))
  expect(answered.map(({ body }) => (body as { readonly risk_ok: boolean }).risk_ok)).toEqual([true, true, true])
  expect((await first.signal(bounce())).body).toMatchObject({ risk_ok: false })
  await first.post('/control/panic', { reason: 'drill' })
  await eventually(() => first.log.some(({ event }) => event === 'alert_delayed')).toBe(true)

  const second = await first.killedAndStartedAgain()
  up = true
  const kinds = (): Record<string, number> => told.reduce<Record<string, number>>((sum, { kind }) => ({ ...sum, [kind]: (sum[kind] ?? 0) + 1 }), {})
  await eventually(() => kinds()['KILL_SWITCH_LIVE'] ?? 0).toBe(1)
  await eventually(() => kinds()['ORDER_OPENED'] ?? 0).toBe(3)
  // Delivered is what the journal says; a kill before that would rightly say it once more.
  await eventually(() => delivered(second, 'urgent') > 0 && delivered(second, 'other') >= Math.max(...told.filter(({ kind }) => kind !== 'KILL_SWITCH_LIVE').map(({ id }) => Number(id)))).toBe(true)
  await eventually(() => delivered(second, 'urgent') >= Math.max(...told.filter(({ kind }) => kind === 'KILL_SWITCH_LIVE').map(({ id }) => Number(id)))).toBe(true)
  const third = await second.killedAndStartedAgain()
  await third.post('/control/reset-kill-switch', { reason: 'drill over' })
  await eventually(() => kinds()['TRADING_STATE'] ?? 0).toBe(1)
  expect(kinds()).toMatchObject({ KILL_SWITCH_LIVE: 1, ORDER_OPENED: 3, POSITION_CLOSED: 3, RISK_BLOCK: 1 })
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length)
  await third.stop()
  receiver.closeAllConnections()
  receiver.close()
})
