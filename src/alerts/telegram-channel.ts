/** Alerts to one Telegram chat. */
import type { Alert } from './alert.ts'
import type { Channel, SendOutcome } from './channel.ts'
import type { TelegramApi, TelegramAnswer } from './telegram-api.ts'
import { alertsThatFit, messageHtml } from './telegram-text.ts'

const TIMEOUT_MS = 10_000
/** The Bot API takes about 20 messages a minute in one group. */
const GAP_MS = 3_000

export class TelegramChannel implements Channel {
  readonly name: string
  readonly gapMs = GAP_MS
  readonly fits = alertsThatFit
  readonly #api: TelegramApi
  readonly #chatId: string
  readonly #label: string

  constructor(api: TelegramApi, chatId: string, label: string) {
    this.name = `telegram:${chatId}`
    this.#api = api
    this.#chatId = chatId
    this.#label = label
  }

  async send(alerts: readonly Alert[]): Promise<SendOutcome> {
    const text = messageHtml(this.#label, alerts)
    const silent = alerts.every(({ severity }) => severity === 'info')
    const options = { chat_id: this.#chatId, disable_notification: silent, link_preview_options: { is_disabled: true } }
    const answer = await this.#api.call('sendMessage', { ...options, text, parse_mode: 'HTML' }, TIMEOUT_MS)
    if (answer.kind !== 'refused' || !/can't parse entities/i.test(answer.description)) return outcomeOf(answer)
    // Better plain than not at all.
    return outcomeOf(await this.#api.call('sendMessage', { ...options, text }, TIMEOUT_MS))
  }
}

function outcomeOf(answer: TelegramAnswer<unknown>): SendOutcome {
  if (answer.kind === 'ok') return { kind: 'delivered' }
  if (answer.kind === 'unreachable') return { kind: 'later', afterMs: null, why: answer.why }
  const why = `Telegram answered ${answer.code} ${answer.description}`
  // Only what is wrong with the text itself is hopeless; a token or chat that is wrong can be put right.
  if (answer.code === 400 && /message (text )?is (empty|too long)|can't parse/i.test(answer.description)) return { kind: 'unacceptable', why }
  return { kind: 'later', afterMs: answer.retryAfterMs, why }
}
