/** A server that speaks the Bot API, with outages and limits; it keeps what it was sent. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Sent = { readonly chat_id: string; readonly text: string; readonly parse_mode?: string; readonly disable_notification?: boolean }
export type Update = { readonly update_id: number; readonly message?: object }

export class BotApi {
  readonly sent: Sent[] = []
  requests = 0
  /** `down`: connections break. `limited`: 429 with this many seconds. */
  mode: 'up' | 'down' | { readonly limited: number } = 'up'
  /** Refuses texts in which this occurs, as Telegram refuses HTML it cannot read. */
  unreadable: string | null = null
  updates: Update[] = []
  #server: Server | undefined

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#answer(request, response))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  async stop(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1
    if (this.mode === 'down') return void request.socket.destroy()
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Sent & { readonly offset?: number }
    const reply = (status: number, answer: object): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    if (typeof this.mode === 'object') return reply(429, { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: this.mode.limited } })
    if (request.url?.endsWith('/getUpdates')) {
      this.updates = this.updates.filter((update) => ((update as Update | null)?.update_id ?? 0) >= (body.offset ?? 0) || update === null)
      return reply(200, { ok: true, result: this.updates })
    }
    if (!request.url?.endsWith('/sendMessage')) return reply(200, { ok: true, result: { username: 'loms_bot' } })
    if (this.unreadable !== null && body.parse_mode === 'HTML' && body.text.includes(this.unreadable)) return reply(400, { ok: false, error_code: 400, description: "Bad Request: can't parse entities" })
    if (body.text.length > 4096) return reply(400, { ok: false, error_code: 400, description: 'Bad Request: message is too long' })
    this.sent.push(body)
    reply(200, { ok: true, result: { message_id: this.sent.length } })
  }
}
