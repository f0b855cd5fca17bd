/** What people may ask and do by Telegram, and what they read in return: plain text, no secrets. */
import type { Application, Conflict, PanicReport, Read, TradingView } from '../http/application.ts'
import type { PositionView } from '../domain/wire.ts'

/** Who asks: stands in the reason of what is changed. */
export type Asker = { readonly chatId: string; readonly userId: string }
export type CommandPorts = { readonly application: Application; readonly now: () => number; readonly code: () => string }

const CONFIRM_WITHIN_MS = 60_000
/** A command that changes something and comes late, after an outage, is not what its sender wants now. */
const FRESH_MS = 60_000
const LISTED = 20

const HELP = [
  '/status  health and trading state', '/positions  open positions', '/stats  results', '/why ID  what happened to a position', '/pause [reason]  take no entries', '/resume reason  take entries again',
  '/panic  close everything (asks first)',
].join('\n')

export class CommandReplies {
  readonly #ports: CommandPorts
  /** Panic that waits for its second word, by chat and user. */
  readonly #pending = new Map<string, { readonly code: string; readonly until: number }>()

  constructor(ports: CommandPorts) {
    this.#ports = ports
  }

  /** The reply to one message; null: it is no command. `sentAt` in milliseconds. */
  async reply(text: string, asker: Asker, sentAt: number): Promise<string | null> {
    const match = /^\/([a-z]+)(?:@\w+)?(?:\s+([\s\S]*))?$/i.exec(text.trim())
    if (!match) return null
    const command = (match[1] ?? '').toLowerCase()
    const rest = (match[2] ?? '').trim()
    if (['pause', 'resume', 'panic'].includes(command) && this.#ports.now() - sentAt > FRESH_MS) return `/${command} was sent more than a minute ago and was not carried out; send it again if you still want it.`
    switch (command) {
      case 'status':
        return this.#status()
      case 'positions':
        return this.#positions()
      case 'stats':
        return this.#stats()
      case 'why':
        return this.#why(rest)
      case 'pause':
        return changed(await this.#ports.application.pause(everywhere(rest, asker)))
      case 'resume':
        return rest === '' ? 'Say why: /resume reason' : changed(await this.#ports.application.resume(everywhere(rest, asker)))
      case 'panic':
        return this.#panic(rest, asker)
      default:
        return HELP
    }
  }

  #status(): string {
    const health = this.#ports.application.health()
    const trading = health.trading.reason === null ? health.trading.state : `${health.trading.state} (${health.trading.reason})`
    return [
      `${health.ok ? 'healthy' : 'DEGRADED'}, ${health.environment}, broker ${health.broker_mode}, version ${health.version}`,
      `trading ${trading}, entries ${health.oms_enabled ? 'on' : 'off'}`,
      `open positions ${figure(health.executor['positions'])}, without a stop ${figure(health.executor['unprotected_now'])}`,
      ...health.degraded.map((part) => `! ${part}`),
    ].join('\n')
  }

  async #positions(): Promise<string> {
    const page = await this.#ports.application.positions({ status: 'open' }, { limit: LISTED })
    if (page.kind === 'unavailable') return page.message
    const { items, total } = page.value
    if (total === 0) return 'No open position.'
    const more = total > items.length ? [`… and ${total - items.length} more`] : []
    return [...items.map((position) => this.#line(position)), ...more].join('\n')
  }

  #line({ id, symbol, side, open_qty, entry_price, dynamic_sl_price, sl_price, dynamic_tp_price, tp_price, state }: PositionView): string {
    const price = this.#ports.application.market(symbol)?.price
    return `#${id} ${symbol} ${side} ${open_qty} at ${entry_price}, now ${price ?? '-'}, sl ${dynamic_sl_price ?? sl_price}, tp ${dynamic_tp_price ?? tp_price ?? '-'}, ${state}`
  }

  async #stats(): Promise<string> {
    const read = await this.#ports.application.stats({}, undefined)
    if (read.kind === 'unavailable') return read.message
    const stats = read.value
    return [
      `closed ${stats.closed_positions}, open ${stats.open_positions}, win rate ${stats.winrate} %`,
      `net ${stats.total_pnl} USDT, per trade ${stats.avg_pnl_per_trade}, drawdown ${stats.max_drawdown}`,
      `targets ${stats.tp_count}, stops ${stats.sl_count}`,
    ].join('\n')
  }

  async #why(rest: string): Promise<string> {
    if (!/^#?\d{1,9}$/.test(rest)) return 'Say which: /why 12'
    const id = Number(rest.replace('#', ''))
    const read = await this.#ports.application.position(id)
    if (read.kind === 'unavailable') return read.message
    if (!read.value) return `There is no position ${id}.`
    const { symbol, side, status, auto_close_reason, pnl, events } = read.value
    const head = `#${id} ${symbol} ${side}, ${status}${auto_close_reason === null ? '' : `, ${auto_close_reason}`}${pnl === null ? '' : `, net ${pnl} USDT`}`
    const shown = events.slice(-LISTED).map(({ at, type }) => `${at.slice(5, 19).replace('T', ' ')} ${type}`)
    return [head, ...(events.length > shown.length ? [`… ${events.length - shown.length} earlier`] : []), ...shown].join('\n')
  }

  /** In two steps, so that a slip of the thumb closes nothing. */
  async #panic(rest: string, asker: Asker): Promise<string> {
    const { application, now, code } = this.#ports
    const key = `${asker.chatId} ${asker.userId}`
    const pending = this.#pending.get(key)
    this.#pending.delete(key)
    if (rest !== '' && pending && rest === pending.code && now() <= pending.until) return panicked(await application.panic(everywhere('panic', asker)))
    if (rest !== '') return 'That is not the code, or it is too old. Send /panic for a new one.'
    const fresh = code()
    this.#pending.set(key, { code: fresh, until: now() + CONFIRM_WITHIN_MS })
    return `This closes every position at market and takes no entries. To do it, send within a minute: /panic ${fresh}`
  }
}

const changed = (result: Read<TradingView> | Conflict): string => (result.kind === 'ok' ? `trading is ${result.value.state} (${result.value.reason})` : result.message)

function panicked(result: Read<PanicReport>): string {
  if (result.kind !== 'ok') return result.message
  const { flat, closed, left, broker } = result.value
  if (flat) return `Flat: ${closed} closed, nothing left in LOMS or at ${broker.name}. Trading is halted. Stop the bot too.`
  const open = left.map(({ position_id, symbol, side, state, open_qty }) => `#${position_id} ${symbol} ${side} ${open_qty}, ${state}`)
  const foreign = broker.positions.map(({ symbol, side, qty }) => `at ${broker.name}: ${symbol} ${side} ${qty}`)
  return ['NOT FLAT YET. Trading is halted, closes go on. Left:', ...open, ...foreign, ...(broker.error === null ? [] : [`${broker.name}: ${broker.error}`])].join('\n')
}

const everywhere = (rest: string, { userId }: Asker): { readonly reason: string; readonly accountLabel: null } => ({
  reason: `${rest === '' ? 'by Telegram' : rest.replaceAll(/\p{C}/gu, ' ').slice(0, 150)} (Telegram user ${userId})`,
  accountLabel: null,
})
const figure = (value: unknown): string => (typeof value === 'number' ? String(value) : '?')
