/** Messages to the bot, by long polling. Only allowed people in allowed chats are heard; others get no answer at all. */
import type { Asker, CommandReplies } from './command-replies.ts'
import type { TelegramApi } from './telegram-api.ts'

const POLL_SEC = 25
const POLL_TIMEOUT_MS = 35_000
const REPLY_TIMEOUT_MS = 10_000
const REPLY_LIMIT = 4_000
const RETRY_FIRST_MS = 1_000
const RETRY_LONGEST_MS = 60_000

export type PollerPorts = {
  readonly api: TelegramApi
  readonly replies: CommandReplies
  readonly chatIds: readonly string[]
  readonly userIds: readonly string[]
  readonly log: (level: 'info' | 'warn', event: string, fields: object) => void
}
type Message = { readonly updateId: number; readonly chatId: string; readonly userId: string; readonly text: string; readonly sentAt: number }

export class CommandPoller {
  readonly #ports: PollerPorts
  readonly #abort = new AbortController()
  /** Telegram forgets what lies below; an update with a smaller id is never carried out again. */
  #offset = 0
  #polling: Promise<void> | null = null
  #notBefore = 0
  #retryMs = RETRY_FIRST_MS

  constructor(ports: PollerPorts) {
    this.#ports = ports
  }

  tick(now: number): void {
    if (this.#polling !== null || now < this.#notBefore || this.#abort.signal.aborted) return
    this.#polling = this.#poll(now).finally(() => (this.#polling = null))
  }

  async settled(): Promise<void> {
    await this.#polling
  }

  stop(): void {
    this.#abort.abort()
  }

  async #poll(now: number): Promise<void> {
    const { api, log } = this.#ports
    const request = { offset: this.#offset, timeout: POLL_SEC, allowed_updates: ['message'] }
    const answer = await api.call<unknown>('getUpdates', request, POLL_TIMEOUT_MS, this.#abort.signal)
    if (this.#abort.signal.aborted) return
    if (answer.kind !== 'ok') {
      const why = answer.kind === 'refused' ? `${answer.code} ${answer.description}` : answer.why
      log('warn', 'telegram_commands_unreachable', { why })
      this.#notBefore = now + Math.max(this.#retryMs, answer.kind === 'refused' ? (answer.retryAfterMs ?? 0) : 0)
      this.#retryMs = Math.min(RETRY_LONGEST_MS, this.#retryMs * 2)
      return
    }
    this.#retryMs = RETRY_FIRST_MS
    for (const update of Array.isArray(answer.result) ? (answer.result as unknown[]) : []) await this.#take(update)
  }

  async #take(update: unknown): Promise<void> {
    const id = (update as { readonly update_id?: unknown } | null)?.update_id
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < this.#offset) return
    this.#offset = id + 1
    const message = readMessage(id, update)
    if (!message) return
    const { chatIds, userIds, log, replies, api } = this.#ports
    const { chatId, userId, text, sentAt } = message
    if (!chatIds.includes(chatId) || !userIds.includes(userId)) return log('warn', 'telegram_command_denied', { chat: chatId, user: userId })
    const asker: Asker = { chatId, userId }
    const reply = await replies.reply(text, asker, sentAt)
    if (reply === null) return
    log('info', 'telegram_command', { chat: chatId, user: userId, command: text.split(/\s/, 1)[0]?.slice(0, 40) })
    await api.call('sendMessage', { chat_id: chatId, text: reply.slice(0, REPLY_LIMIT) }, REPLY_TIMEOUT_MS)
  }
}

function readMessage(updateId: number, update: unknown): Message | null {
  const { message } = update as { readonly message?: { readonly chat?: { readonly id?: unknown }; readonly from?: { readonly id?: unknown }; readonly text?: unknown; readonly date?: unknown } }
  const { chat, from, text, date } = message ?? {}
  if (typeof chat?.id !== 'number' || typeof from?.id !== 'number' || typeof text !== 'string' || typeof date !== 'number') return null
  return { updateId, chatId: String(chat.id), userId: String(from.id), text: text.slice(0, 1_000), sentAt: date * 1000 }
}
