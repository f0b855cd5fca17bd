/**
 * Real orders: the account at the exchange, what was found when it was last looked at, and whether entries may be taken.
 * Signals are taken once the account has been checked and reconciled; the first time, a person arms it.
 */
import { ExchangeBroker } from '../brokers/exchange-live/exchange-broker.ts'
import type { LiveWorld } from '../brokers/exchange-live/live-world.ts'
import { messageOf } from '../brokers/exchange-live/outcome.ts'
import type { VenueAccount, VenueApi, VenuePosition } from '../brokers/exchange-live/venue-api.ts'
import type { LiveSettings } from '../config/settings.ts'
import { compare, greater, type Decimal } from '../domain/decimal.ts'
import type { Market } from '../domain/market.ts'
import type { Finding } from '../domain/reconciliation.ts'
import { venueSymbol } from '../exchange/linear-markets.ts'
import { within } from '../exchange/request-scope.ts'
import { systemTimers } from '../prices/timers.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './logger.ts'

/** A look that found something is told once the next look finds it too: fills and orders arrive in any order. */
const LOOK_TOO_OLD_MS = 20_000
const ACCOUNT_READ_MS = 5000
const ACCOUNT_RETRY_MS = 5000
/** People change an account at the exchange's web page. */
const ACCOUNT_CHECK_MS = 60_000
/** Bitget takes five changes of leverage a second, Bybit more (as documented). */
const LEVERAGE_GAP_MS = 250
/** More than this apart, and the venue refuses signed requests. */
const CLOCK_APART_MS = 2000

export type LiveDeskPorts = {
  readonly settings: LiveSettings
  readonly api: VenueApi
  readonly clock: Clock
  readonly logger: Logger
  /** Symbols that may be opened, for their leverage. */
  readonly symbols: readonly string[]
  /** No order's fate is unknown. */
  readonly resolved: () => boolean
  /** What two looks in a row found, where that is something new. */
  readonly onFindings: (findings: readonly Finding[]) => void
  /** The account has been checked and looked at for the first time. */
  readonly onReconciled: () => void
}

export type Reconciliation = { readonly lookedAt: number | null; readonly findings: readonly Finding[]; readonly failure: string | null; readonly refusals: readonly string[] }

export class LiveDesk {
  readonly #ports: LiveDeskPorts
  #broker: ExchangeBroker | null = null
  #account: VenueAccount | null = null
  #refusals: readonly string[] = []
  /** Symbols whose leverage is not the one of the settings and cannot be set now, and what it is. */
  #otherLeverages: ReadonlyMap<string, Decimal> = new Map()
  #lookedAt: number | null = null
  #failure: string | null = null
  #seen: readonly Finding[] = []
  #told: readonly Finding[] = []
  #positions: readonly VenuePosition[] = []
  #reconciled = false
  #waiting: (() => void)[] = []
  #stopped = false

  constructor(ports: LiveDeskPorts) {
    this.#ports = ports
  }

  /** Makes the broker over the positions of the journal. */
  open(world: LiveWorld): ExchangeBroker {
    const { api, clock, logger } = this.#ports
    const broker = new ExchangeBroker({
      api,
      world,
      timers: systemTimers(() => performance.now()),
      clock: () => clock.now(),
      venueSymbol,
      whyNoEntry: (symbol) => (this.#reconciled ? this.refuseEntry(symbol) : 'the account has not been compared with the journal since the start'),
      log: (level, event, fields) => logger[level](event, fields),
      onLook: (look) => {
        if (look.ok) this.#looked(look.findings, look.positions)
        else this.#failure = look.message
      },
    })
    this.#broker = broker
    return broker
  }

  /** Begins to check the account; goes on until it has been read. */
  start(): void {
    void this.#check()
  }

  stop(): void {
    this.#stopped = true
  }

  market(symbol: string): Market | undefined {
    return this.#broker?.market(symbol)
  }

  /** Why no entry can be taken now; null: they can. */
  closedReason(): string | null {
    if (this.#refusals.length > 0) return `the account at ${this.#ports.api.venue} is not fit for live trading: ${this.#refusals.join('; ')}`
    if (!this.#reconciled) return `the account at ${this.#ports.api.venue} is being compared with the journal${this.#failure === null ? '' : ` (${this.#failure})`}; try again in a moment`
    const apart = Math.abs(this.#ports.api.clockAheadMs)
    if (apart > CLOCK_APART_MS) return `the clock of ${this.#ports.api.venue} and this machine's are ${apart} ms apart; open positions are looked after by the exchange's, set this machine's by NTP`
    const orphan = this.#told.find((finding) => finding.kind === 'vanished' || finding.kind === 'quantity')
    if (orphan) return `the account at ${this.#ports.api.venue} and the journal differ on ${orphan.symbol} (${orphan.kind}); see /health and \`loms reconcile\``
    return this.#isConnected() ? null : `${this.#ports.api.venue} does not answer (${this.#failure ?? 'no answer'}); open positions keep their stops there`
  }

  view(): Reconciliation & { readonly connected: boolean; readonly streams: boolean; readonly equity: Decimal | null; readonly positions: readonly VenuePosition[] } {
    return {
      connected: this.#isConnected(),
      streams: this.#broker?.streamsConnected ?? false,
      equity: this.#account?.equity ?? null,
      lookedAt: this.#lookedAt,
      findings: this.#told,
      failure: this.#failure,
      refusals: this.#refusals,
      positions: this.#positions,
    }
  }

  /** Looks at the account now; resolves with what that found. Rejects where the exchange cannot be read. */
  async reconcile(): Promise<readonly Finding[]> {
    await this.#inspect()
    const looked = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#broker?.look()
    await within(ACCOUNT_READ_MS * 2, () => looked)
    return this.#seen
  }

  /** Why the account must not be armed, after a fresh look at it; and what it holds. */
  async fitness(): Promise<{ readonly refusals: readonly string[]; readonly equity: Decimal }> {
    const account = await this.#readAccount()
    const { maxAccountEquityUsdt } = this.#ports.settings
    const tooMuch = maxAccountEquityUsdt !== null && greater(account.equity, maxAccountEquityUsdt)
    const refusals = [
      ...this.#refusals,
      ...(tooMuch ? [`it holds ${account.equity} USDT, more than MAX_ACCOUNT_EQUITY_USDT=${maxAccountEquityUsdt}; use a sub-account with less`] : []),
      ...this.#told.map((finding) => `${finding.symbol}: ${finding.kind}`),
    ]
    return { refusals, equity: account.equity }
  }

  async #check(): Promise<void> {
    while (!this.#stopped) {
      const checked = await this.#inspect().then(
        () => true,
        (error: unknown) => {
          this.#failure = messageOf(error)
          this.#ports.logger.warn('account_not_read', { error: this.#failure })
          return false
        },
      )
      if (checked) this.#considerReconciled()
      await new Promise((resolve) => setTimeout(resolve, checked ? ACCOUNT_CHECK_MS : ACCOUNT_RETRY_MS).unref())
    }
  }

  async #inspect(): Promise<void> {
    await this.#readAccount()
    await this.#setLeverage()
  }

  /** Why no entry may be sent on a market now, by the venue’s name; null: it may. */
  refuseEntry(symbol: string): string | null {
    const leverage = this.#otherLeverages.get(symbol)
    return leverage === undefined ? null : `the leverage of ${symbol} is ${leverage}, not LEVERAGE=${this.#ports.settings.leverage}; it is set once no position is open there`
  }

  async #readAccount(): Promise<VenueAccount> {
    const { api, clock, logger } = this.#ports
    const asked = clock.now()
    const time = await within(ACCOUNT_READ_MS, () => api.time())
    const account = await within(ACCOUNT_READ_MS, () => api.account())
    const apart = Math.abs(time - asked)
    this.#account = account
    const before = this.#refusals
    this.#refusals = [
      ...(account.positionMode === 'hedge' ? ['it is in hedge mode; switch it to one-way mode at the exchange'] : []),
      ...account.surplusRights.map((right) => `its API key may do more than trade (${right}); create a key without that right`),
      ...(account.cancelsOnDisconnect ? ['it cancels all orders, stops among them, when a connection is lost (DCP); have that switched off for derivatives at the exchange'] : []),
      ...(apart > CLOCK_APART_MS ? [`its clock and this machine's are ${apart} ms apart; set this machine's clock by NTP`] : []),
    ]
    if (this.#refusals.length > 0 && this.#refusals.join() !== before.join()) logger.error('account_refused', { refusals: this.#refusals })
    return account
  }

  /** Never under an open position: the exchange would change its margin. */
  async #setLeverage(): Promise<void> {
    const { api, symbols, settings, logger } = this.#ports
    const held = await within(ACCOUNT_READ_MS, () => api.positions())
    const others = new Map<string, Decimal>()
    let isFirst = true
    for (const symbol of symbols.map(venueSymbol)) {
      const leverage = await within(ACCOUNT_READ_MS, () => api.leverage(symbol))
      if (compare(leverage, settings.leverage) === 0) continue
      if (held.some((position) => position.symbol === symbol)) {
        others.set(symbol, leverage)
        continue
      }
      if (!isFirst) await new Promise((resolve) => setTimeout(resolve, LEVERAGE_GAP_MS))
      isFirst = false
      await within(ACCOUNT_READ_MS, () => api.setLeverage(symbol, settings.leverage))
    }
    for (const [symbol, leverage] of others) if (this.#otherLeverages.get(symbol) !== leverage) logger.warn('leverage_left_alone', { symbol, leverage })
    this.#otherLeverages = others
  }

  #isConnected(): boolean {
    return this.#lookedAt !== null && this.#ports.clock.now() - this.#lookedAt < LOOK_TOO_OLD_MS
  }

  #looked(findings: readonly Finding[], positions: readonly VenuePosition[]): void {
    this.#lookedAt = this.#ports.clock.now()
    this.#failure = null
    this.#positions = positions
    const lasting = findings.filter((finding) => this.#seen.some((earlier) => keyOf(earlier) === keyOf(finding)))
    this.#seen = findings
    if (lasting.map(keyOf).join() !== this.#told.map(keyOf).join()) {
      this.#told = lasting
      this.#ports.onFindings(lasting)
    }
    this.#considerReconciled()
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }

  #considerReconciled(): void {
    if (this.#reconciled || this.#account === null || this.#lookedAt === null || this.#refusals.length > 0 || !this.#ports.resolved()) return
    this.#reconciled = true
    this.#ports.onReconciled()
  }
}

const keyOf = ({ kind, symbol, direction, positionId, found }: Finding): string => `${kind}:${symbol}:${direction}:${positionId ?? '-'}:${found}`
