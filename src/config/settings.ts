/** The resolved settings of one process, as the rest of the code reads them. Made by `load.ts` from the schema. */
import type { CoreSettings } from '../domain/core-settings.ts'
import type { Decimal } from '../domain/decimal.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { PriceMode } from '../domain/quote.ts'

export type ApiKey = { readonly name: string; readonly scope: 'read' | 'signal' | 'trade' | 'admin' | 'all'; readonly key: string; /** `key` is the SHA-256 of the key, in hex. */ readonly hashed?: true }

/** What validating a signal needs. */
export type SignalSettings = {
  /** Of signals that name none. */
  readonly exchange: string
  readonly accountLabel: string
  readonly defaultQty: Decimal
  /** When set and the signal has no qty: qty = notional / price. */
  readonly defaultNotionalUsdt: Decimal | null
  readonly defaultTpPct: Decimal
  readonly defaultSlPct: Decimal
  readonly exitStrategy: string
  /** Defaults of exit parameters, by their names on the wire. */
  readonly exitDefaults: JsonObject
  /** Settings that an exit strategy needs and that are empty: the strategy cannot be chosen. */
  readonly emptyExitNeeds: readonly string[]
  readonly minLevelPct: Decimal
  readonly maxLevelPct: Decimal
  readonly maxAgeSec: number | null
  readonly maxFutureSec: number | null
  readonly maxEntryDeviationPct: Decimal | null
}

/** Where real orders go. */
export type LiveSettings = {
  readonly venue: 'bitget' | 'bybit'
  readonly credentials: { readonly apiKey: string; readonly secret: string; readonly passphrase?: string }
  /** The venue's demo account. */
  readonly sandbox: boolean
  readonly leverage: Decimal
  /** Live trading is not armed above this; null: any. */
  readonly maxAccountEquityUsdt: Decimal | null
}

export type AlertSettings = {
  readonly telegramToken: string | null
  readonly telegramChatIds: readonly string[]
  /** Who may send commands; none: nobody is heard. */
  readonly telegramUserIds: readonly string[]
  readonly webhookUrl: string | null
  readonly webhookSecret: string | null
  readonly heartbeatUrl: string | null
}

/** What `loms readiness` asks for before real money. */
export type ReadinessSettings = { readonly minTrades: number; readonly minShadowDays: number; readonly minWinratePct: number; readonly maxDrawdownPct: number }

export type Settings = {
  readonly profile: 'lab' | 'shadow' | 'semi-live'
  readonly environment: 'dev' | 'paper' | 'live'
  readonly host: string
  readonly port: number
  readonly dataDir: string
  readonly auditLogPath: string
  /** For display: `file:<dataDir>`. */
  readonly databaseUrl: string
  readonly brokerMode: 'paper' | 'live'
  /** null with paper. */
  readonly live: LiveSettings | null
  /** Live only. */
  readonly paperTwin: boolean
  readonly paperBroker: 'sim' | 'exchange'
  readonly paperTakerFeePct: Decimal
  readonly paperMakerFeePct: Decimal
  readonly paperSlippageBps: Decimal
  readonly priceSource: 'simulator' | 'replay' | 'exchange'
  readonly priceMode: PriceMode
  readonly priceExchange: 'dummy' | 'bitget' | 'bybit'
  readonly priceStaleSec: number
  readonly priceHttpTimeoutSec: number
  /** Base URL of a local exchange emulator; null: the exchange itself. */
  readonly exchangeEmulatorUrl: string | null
  readonly autoCloseIntervalSec: number
  readonly replayFiles: readonly string[]
  /** Factor on the data's time; `max` = as fast as possible. */
  readonly replaySpeed: number | 'max'
  readonly exitModel: { readonly url: string | null; readonly timeoutMs: number }
  readonly apiKeys: readonly ApiKey[]
  readonly logLevel: string
  /** Age of an open position that is worth a notice. */
  readonly zombieAgeHours: number
  readonly core: CoreSettings
  /** Settings on trading, prices, paper broker and limits by name, without secrets and what is not in force. */
  readonly named: Readonly<Record<string, string>>
  readonly signal: SignalSettings
  readonly alerts: AlertSettings
  readonly readiness: ReadinessSettings
  readonly retentionDays: number
}
