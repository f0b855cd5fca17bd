/** Counters of the running service; Prometheus text is made by prom-client, which is loaded when first asked. */
import type { Gauge as PrometheusGauge, Registry } from 'prom-client'
import { toNumber } from '../domain/decimal.ts'
import type { Notice } from '../domain/notices.ts'
import type { Service } from './service.ts'

/** Upper bounds in milliseconds of the time from the first fill to a confirmed stop. */
const PROTECT_BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 7900]

export class Metrics {
  readonly #counts = new Map<string, number>()
  readonly #closes = new Map<string, number>()
  readonly #protectMs: number[] = new Array<number>(PROTECT_BUCKETS_MS.length + 1).fill(0)
  /** Figures of the process; their observers are made once. */
  #process: Registry | null = null
  #protectSum = 0

  notice(notice: Notice): void {
    this.#counts.set(notice.type, (this.#counts.get(notice.type) ?? 0) + 1)
    if (notice.type === 'position.closed') this.#closes.set(notice.reason, (this.#closes.get(notice.reason) ?? 0) + 1)
    if (notice.type !== 'position.protected') return
    const bucket = PROTECT_BUCKETS_MS.findIndex((bound) => notice.nakedMs <= bound)
    const index = bucket < 0 ? PROTECT_BUCKETS_MS.length : bucket
    this.#protectMs[index] = (this.#protectMs[index] ?? 0) + 1
    this.#protectSum += notice.nakedMs
  }

  /** For /health. */
  watcher(): { readonly closes: number; readonly errors: number; readonly skips: number } {
    const count = (type: Notice['type']): number => this.#counts.get(type) ?? 0
    return { closes: count('position.closed'), errors: count('position.quarantined') + count('close.failed') + count('stop-loss.failed'), skips: count('fact.ignored') }
  }

  /** For /health: how many stops were confirmed within so many milliseconds of the first fill; null: within any time. */
  timeToProtect(): { readonly count: number; readonly sum_ms: number; readonly within_ms: readonly { readonly ms: number | null; readonly count: number }[] } {
    let count = 0
    const within = [...PROTECT_BUCKETS_MS, null].map((ms, index) => ({ ms, count: (count += this.#protectMs[index] ?? 0) }))
    return { count, sum_ms: this.#protectSum, within_ms: within }
  }

  async render(service: Service): Promise<{ readonly contentType: string; readonly body: string }> {
    const { Registry, Gauge, Counter, collectDefaultMetrics } = await import('prom-client')
    const registry = new Registry()
    if (!this.#process) collectDefaultMetrics({ register: (this.#process = new Registry()) })
    const gauge = (name: string, help: string, value: number): void => new Gauge({ name, help, registers: [registry] }).set(value)
    gauge('loms_open_positions', 'Positions in the registry', service.engine.core.registry.size)
    gauge('loms_journal_durable_seq', 'Seq of the last durable record', service.engine.sequencer.durableSeq)
    gauge('loms_journal_open', '1 while the journal accepts records', service.engine.sequencer.state === 'open' ? 1 : 0)
    gauge('loms_ready', '1 while signals are taken', service.closedReason() === null ? 1 : 0)
    gauge('loms_quotes_total', 'Quotes received', service.prices.health().quotes)
    this.#accounts(service, registry, Gauge)
    const notices = new Counter({ name: 'loms_notices_total', help: 'Durable notices by type', labelNames: ['type'], registers: [registry] })
    for (const [type, count] of this.#counts) notices.inc({ type }, count)
    const closes = new Counter({ name: 'loms_positions_closed_total', help: 'Closed positions by reason', labelNames: ['reason'], registers: [registry] })
    for (const [reason, count] of this.#closes) closes.inc({ reason }, count)
    return { contentType: registry.contentType, body: `${await this.#process.metrics()}${await registry.metrics()}${this.#histogram()}` }
  }

  /** What an alert rule looks at, per account. */
  #accounts({ engine: { core } }: Service, registry: Registry, Gauge: typeof PrometheusGauge): void {
    const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['account'], registers: [registry] })
    const halted = gauge('loms_kill_switch_engaged', '1 while trading is halted')
    const active = gauge('loms_entries_allowed', '1 while the trading state is active')
    const equity = gauge('loms_equity_usdt', 'Balance, realised and open PnL')
    const sessionLoss = gauge('loms_session_loss_usdt', 'Realised loss since the kill switch was armed')
    for (const [account, ledger] of core.ledgers) {
      halted.set({ account }, ledger.trading.state === 'halted' ? 1 : 0)
      active.set({ account }, ledger.trading.state === 'active' ? 1 : 0)
      equity.set({ account }, toNumber(ledger.equity(core.marks)))
      sessionLoss.set({ account }, toNumber(ledger.sessionLoss()))
    }
  }

  /** Our own buckets in the text format: prom-client's histogram would have to see each value. */
  #histogram(): string {
    const name = 'time_to_protect'
    const { count, sum_ms: sum, within_ms: within } = this.timeToProtect()
    const buckets = within.map((each) => `${name}_bucket{le="${each.ms === null ? '+Inf' : each.ms / 1000}"} ${each.count}\n`)
    return `\n# HELP ${name} Seconds from the first fill to a confirmed stop\n# TYPE ${name} histogram\n${buckets.join('')}${name}_sum ${sum / 1000}\n${name}_count ${count}\n`
  }
}
