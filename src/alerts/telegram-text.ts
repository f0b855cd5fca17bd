/** Alerts as a Telegram message in HTML. */
import type { Alert, AlertKind } from './alert.ts'

/** Telegram takes 4096 characters after its entities are parsed; tags and escapes make ours longer, never shorter. */
export const MESSAGE_LIMIT = 4_000
const LINE_LIMIT = 600
/** Of one kind that is not urgent so many are told one by one; more become a count. */
const SAME_KIND_SHOWN = 4
/** One message takes no more than that, however short they are. */
export const ALERTS_PER_MESSAGE = 500

const MARKS = { urgent: '🚨', warning: '⚠️', info: '·' } as const

/** The three characters that mean something in Telegram's HTML. */
export const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** How many alerts from the front fit into one message. */
export function alertsThatFit(alerts: readonly Alert[]): number {
  let count = Math.min(alerts.length, ALERTS_PER_MESSAGE)
  while (count > 1 && messageHtml('', alerts.slice(0, count)).length > MESSAGE_LIMIT) count = Math.floor(count * 0.8)
  return Math.max(1, count)
}

/** One line per alert; many of one kind as a count with their subjects. `label` names the deployment. */
export function messageHtml(label: string, alerts: readonly Alert[]): string {
  const groups = new Map<AlertKind, Alert[]>()
  for (const alert of alerts) {
    const group = groups.get(alert.kind)
    if (group) group.push(alert)
    else groups.set(alert.kind, [alert])
  }
  const lines = [...groups].flatMap(([kind, group]) => groupLines(kind, group))
  return [...(label === '' ? [] : [`<b>LOMS ${escapeHtml(label)}</b>`]), ...lines].join('\n')
}

function groupLines(kind: AlertKind, group: readonly Alert[]): readonly string[] {
  const urgent = group.some(({ severity }) => severity === 'urgent')
  if (urgent || group.length <= SAME_KIND_SHOWN) return group.map(line)
  const last = group.at(-1) as Alert
  return [`${MARKS[last.severity]} <b>${title(kind)}</b> ${group.length} times, ${clock((group[0] as Alert).at)} to ${clock(last.at)}. The last one:`, line(last)]
}

const line = ({ kind, severity, at, text }: Alert): string => `${MARKS[severity]} <b>${title(kind)}</b> ${clock(at)} ${cut(escapeHtml(text))}`

const title = (kind: AlertKind): string => kind.replaceAll('_', ' ')
const clock = (at: number): string => new Date(at).toISOString().slice(11, 19)
/** An escape that is cut in half would make the message invalid. */
const cut = (text: string): string => (text.length <= LINE_LIMIT ? text : `${text.slice(0, LINE_LIMIT).replace(/&[a-z]{0,3}$/, '')}…`)
