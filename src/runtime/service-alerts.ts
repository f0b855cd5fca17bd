/** Alerts of the running service: channels from the settings, what to watch, and the beat that drives it all. */
import { randomInt } from 'node:crypto'
import { AlertDesk, type StampedNotice } from '../alerts/alert-desk.ts'
import type { Channel } from '../alerts/channel.ts'
import { CommandPoller } from '../alerts/command-poller.ts'
import { CommandReplies } from '../alerts/command-replies.ts'
import type { Observed } from '../alerts/condition-watch.ts'
import { Heartbeat } from '../alerts/heartbeat.ts'
import { TelegramApi } from '../alerts/telegram-api.ts'
import { TelegramChannel } from '../alerts/telegram-channel.ts'
import { WebhookChannel } from '../alerts/webhook-channel.ts'
import type { PositionId } from '../domain/ids.ts'
import type { Application } from '../http/application.ts'
import { hasFill, hasVanished, isCovered, isFlat } from '../../machines/position.context.ts'
import type { Logger } from './logger.ts'
import { stallText } from './loop-watch.ts'
import type { PriceEdge } from './price-edge.ts'
import type { Service } from './service.ts'

const BEAT_MS = 500

export type RunningAlerts = { stop(): void }

/** What alerts need to know of a service. */
export type AlertedService = Pick<Service, 'engine' | 'store' | 'clock' | 'live' | 'auditFailure' | 'journalTrouble' | 'eventLoop' | 'closedReason'> & { readonly prices: Pick<PriceEdge, 'resolve' | 'unavailable' | 'health'> }

/** Starts to watch and to tell. On the clock of recorded prices nobody is told anything. */
export function startAlerts(service: Service, application: Application, logger: Logger): RunningAlerts {
  const { alerts, environment, core } = service.settings
  if (service.clock.kind === 'virtual') {
    if (alerts.telegramToken !== null || alerts.webhookUrl !== null) logger.warn('alerts_off', { why: 'PRICE_SOURCE=replay plays the past' })
    return { stop: () => {} }
  }
  const log = (level: 'info' | 'warn' | 'error', event: string, fields: object): void => logger[level](event, fields)
  const now = (): number => service.clock.now()
  const api = alerts.telegramToken === null ? null : new TelegramApi(alerts.telegramToken)
  const label = `${environment} ${core.accountLabel}`
  const channels: Channel[] = api === null ? [] : alerts.telegramChatIds.map((chatId) => new TelegramChannel(api, chatId, label))
  if (alerts.webhookUrl !== null && alerts.webhookSecret !== null) channels.push(new WebhookChannel({ url: alerts.webhookUrl, secret: alerts.webhookSecret, environment, now }))
  const desk = deskOf(service, channels, log)
  const unsubscribe = service.subscribe(({ seq, at, notice }) => desk.notice({ seq, at: Date.parse(at), notice }))
  const well = (): boolean => service.closedReason() === null && service.health().ok
  const heartbeat = alerts.heartbeatUrl === null ? null : new Heartbeat(alerts.heartbeatUrl, well, (why) => logger.warn('heartbeat_failed', { why }))
  const replies = new CommandReplies({ application, now, code: () => String(randomInt(1000, 10_000)) })
  const poller = api === null || alerts.telegramUserIds.length === 0 ? null : new CommandPoller({ api, replies, chatIds: alerts.telegramChatIds, userIds: alerts.telegramUserIds, log })
  const beat = setInterval(() => {
    const at = now()
    desk.tick(at)
    heartbeat?.tick(at)
    poller?.tick(at)
  }, BEAT_MS)
  return {
    stop: () => {
      clearInterval(beat)
      poller?.stop()
      unsubscribe()
    },
  }
}

/** The desk over a service's journal. */
export function deskOf(service: AlertedService, channels: readonly Channel[], log: (level: 'info' | 'warn' | 'error', event: string, fields: object) => void): AlertDesk {
  const { engine } = service
  return new AlertDesk(
    channels,
    {
      noticesAfter: (seq) => noticesAfter(service, seq),
      durableSeq: () => engine.sequencer.durableSeq,
      deliveredUpTo: (lane) => engine.core.alerts.deliveredUpTo(lane),
      accept: (fact) => void engine.accept(fact),
      observed: () => observed(service),
      standing: () => [...engine.core.alerts.standing],
      journalTrouble: () => service.journalTrouble,
      about: (id) => about(service, id),
      dayText: () => dayText(service),
      log,
    },
    service.clock.now(),
  )
}

function* noticesAfter({ store, engine }: AlertedService, seq: number): Generator<StampedNotice> {
  for (const record of store.read(seq + 1, engine.sequencer.durableSeq)) {
    if (record.kind === 'notice') yield { seq: record.seq, at: record.at, notice: record.body }
  }
}

function about({ engine }: AlertedService, id: PositionId): { readonly symbol: string; readonly side: string; readonly orderId: number } | undefined {
  const context = engine.core.registry.get(id)?.context
  return context && { symbol: context.signal.symbol, side: context.signal.direction, orderId: context.orderId }
}

/** What is not as it should be just now; the desk decides when that is worth a word. */
function observed(service: AlertedService): readonly Observed[] {
  const { engine, prices, auditFailure } = service
  const found: Observed[] = []
  if (auditFailure !== null) found.push({ kind: 'AUDIT_FAILED', subject: 'audit log', severity: 'urgent', detail: `the audit log takes no lines: ${auditFailure}` })
  const stall = service.eventLoop?.recentStall() ?? null
  if (stall !== null) found.push({ kind: 'EVENT_LOOP_STALLED', subject: 'event loop', severity: 'urgent', detail: stallText(stall) })
  found.push(...disconnected(service))
  const held = new Set<string>()
  for (const id of engine.core.registry.ids()) {
    const context = engine.core.registry.get(id)?.context
    if (!context) continue
    const { symbol, direction } = context.signal
    held.add(prices.resolve(symbol) ?? symbol)
    if (!hasFill(context) || isFlat(context) || isCovered(context) || hasVanished(context)) continue
    found.push({ kind: 'UNPROTECTED_POSITION', subject: `position ${id}`, severity: 'urgent', detail: `#${id} ${symbol} ${direction} has no confirmed stop over all of it` })
  }
  const missing = prices.unavailable?.() ?? null
  if (missing !== null) found.push({ kind: 'PRICE_STALE', subject: 'all symbols', severity: held.size > 0 ? 'urgent' : 'warning', detail: missing })
  for (const symbol of prices.health().stale) {
    const severity = held.has(symbol) ? 'urgent' : 'warning'
    found.push({ kind: 'PRICE_STALE', subject: symbol, severity, detail: `no price for ${symbol}; nothing is decided on its last one` })
  }
  return found
}

/** The exchange has not been read for a while. Before the first look nothing is amiss yet. */
function disconnected({ live }: AlertedService): readonly Observed[] {
  if (!live) return []
  const { connected, lookedAt, failure } = live.view()
  if (connected || (lookedAt === null && failure === null)) return []
  return [{ kind: 'EXECUTOR_DISCONNECTED', subject: 'exchange', severity: 'urgent', detail: `the account cannot be read (${failure ?? 'no answer'}); stops rest at the exchange, entries are refused` }]
}

function dayText({ engine }: AlertedService): string {
  const { open_positions, closed_positions, total_pnl } = engine.readModel.stats({}, undefined)
  return `alive: ${open_positions} open, ${closed_positions} closed so far, net ${total_pnl} USDT`
}
