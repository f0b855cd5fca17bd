/** Settings of those who run LOMS: who is told, and what readiness means. Part of the table in `schema.ts`. */
import { above, number, secretText, whole } from './kinds.ts'
import type { Setting } from './setting.ts'

export const ALERTS = [
  { name: 'TELEGRAM_BOT_TOKEN', group: 'Alerts', kind: secretText, byDefault: '', secret: true, doc: 'Bot that sends the alerts and takes commands.' },
  {
    name: 'TELEGRAM_CHAT_IDS', group: 'Alerts', kind: { type: 'special', allowed: 'whole numbers separated by commas' }, byDefault: '',
    doc: 'Chats that get the alerts.',
  },
  {
    name: 'TELEGRAM_USER_IDS', group: 'Alerts', kind: { type: 'special', allowed: 'whole numbers separated by commas' }, byDefault: '',
    doc: 'People who may send commands from those chats; empty: nobody.',
  },
  {
    name: 'ALERT_WEBHOOK_URL', group: 'Alerts', kind: { type: 'special', allowed: 'an https: address, or http: to a private one' }, byDefault: '', secret: true,
    doc: 'Address that gets every alert as signed JSON. A public name that leads to a private address is refused.',
  },
  {
    name: 'ALERT_WEBHOOK_SECRET', group: 'Alerts', kind: { type: 'special', allowed: '16 characters or more' }, byDefault: '', secret: true,
    doc: 'Signs those requests (HMAC-SHA256).',
  },
  {
    name: 'HEARTBEAT_URL', group: 'Alerts', kind: { type: 'special', allowed: 'an https: address, or http: to a private one' }, byDefault: '', secret: true,
    doc: 'Address called every minute while all is well, so that somebody else notices when it is not.',
  },
] as const satisfies readonly Setting[]

export const READINESS = [
  { name: 'READINESS_MIN_TRADES', group: 'Readiness', kind: whole('1', '1000000'), byDefault: '200', doc: 'Closed paper positions that `loms readiness` wants.' },
  { name: 'READINESS_MIN_SHADOW_DAYS', group: 'Readiness', kind: whole('0', '10000'), byDefault: '5', doc: 'UTC days with fills on exchange prices that it wants.' },
  { name: 'READINESS_MIN_WINRATE_PCT', group: 'Readiness', kind: number('0', '99'), unit: '%', byDefault: '40', doc: 'Smallest win rate.' },
  { name: 'READINESS_MAX_DRAWDOWN_PCT', group: 'Readiness', kind: above('0', '100'), unit: '%', byDefault: '10', doc: 'Largest fall of the balance from its peak.' },
] as const satisfies readonly Setting[]
