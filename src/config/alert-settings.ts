/** Where alerts go and who may answer them. */
import type { AlertSettings } from './settings.ts'
import { targetProblem } from './target.ts'

type ValueOf = (name: 'TELEGRAM_BOT_TOKEN' | 'TELEGRAM_CHAT_IDS' | 'TELEGRAM_USER_IDS' | 'ALERT_WEBHOOK_URL' | 'ALERT_WEBHOOK_SECRET' | 'HEARTBEAT_URL') => string

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '')
const optional = (text: string): string | null => (text === '' ? null : text)

export function alertSettings(value: ValueOf): AlertSettings {
  return {
    telegramToken: optional(value('TELEGRAM_BOT_TOKEN')),
    telegramChatIds: listOf(value('TELEGRAM_CHAT_IDS')),
    telegramUserIds: listOf(value('TELEGRAM_USER_IDS')),
    webhookUrl: optional(value('ALERT_WEBHOOK_URL')),
    webhookSecret: optional(value('ALERT_WEBHOOK_SECRET')),
    heartbeatUrl: optional(value('HEARTBEAT_URL')),
  }
}

/** What is wrong with them, without repeating a secret. */
export function alertProblems(value: ValueOf): readonly string[] {
  const problems: string[] = []
  const [token, chats, users] = [value('TELEGRAM_BOT_TOKEN'), listOf(value('TELEGRAM_CHAT_IDS')), listOf(value('TELEGRAM_USER_IDS'))]
  if (token !== '' && !/^\d{5,20}:[A-Za-z0-9_-]{20,64}$/.test(token)) problems.push('TELEGRAM_BOT_TOKEN: allowed is the token of @BotFather, such as 123456789:AAE…')
  if (token !== '' && chats.length === 0) problems.push('TELEGRAM_CHAT_IDS is empty: TELEGRAM_BOT_TOKEN needs at least one chat to write to')
  if (token === '' && chats.length + users.length > 0) problems.push('TELEGRAM_BOT_TOKEN is empty: TELEGRAM_CHAT_IDS and TELEGRAM_USER_IDS need the token of a bot')
  if (!chats.every((id) => /^-?\d{1,20}$/.test(id))) problems.push('TELEGRAM_CHAT_IDS: allowed are whole numbers separated by commas (groups have negative ones)')
  if (!users.every((id) => /^\d{1,20}$/.test(id))) problems.push('TELEGRAM_USER_IDS: allowed are whole numbers separated by commas')
  for (const name of ['ALERT_WEBHOOK_URL', 'HEARTBEAT_URL'] as const) {
    const problem = value(name) === '' ? undefined : targetProblem(value(name))
    if (problem) problems.push(`${name}: ${problem}`)
  }
  if (value('ALERT_WEBHOOK_URL') !== '' && value('ALERT_WEBHOOK_SECRET').length < 16) problems.push('ALERT_WEBHOOK_SECRET: allowed are 16 characters or more; they sign the requests to ALERT_WEBHOOK_URL')
  return problems
}
