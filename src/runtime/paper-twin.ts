/**
 * The paper twin of a live service (SPEC M-7): a paper service of its own under `<DATA_DIR>/twin`, with its own journal,
 * book and account (suffix `_twin`), that gets every signal the live account opens on, and every exit signal. Nothing
 * waits for it, and nothing it does or fails to do reaches the live account.
 */
import { join } from 'node:path'
import { CORE_TIMINGS } from '../config/core-timings.ts'
import type { Settings } from '../config/settings.ts'
import type { EntryRequest, ExitSignalRequest } from '../http/application.ts'
import { ExitDesk } from './exit-desk.ts'
import type { Logger } from './logger.ts'
import { Service } from './service.ts'

const twinOf = (accountLabel: string): string => `${accountLabel}_twin`

/** The settings of a live service as its twin has them: paper orders at the exchange's prices, no keys, its own directory. */
export function twinSettings(settings: Settings): Settings {
  const dataDir = join(settings.dataDir, 'twin')
  const accountLabel = twinOf(settings.core.accountLabel)
  return {
    ...settings,
    brokerMode: 'paper',
    live: null,
    paperTwin: false,
    paperBroker: 'exchange',
    dataDir,
    databaseUrl: `file:${dataDir}`,
    auditLogPath: join(dataDir, `bounce_signals_${settings.environment}.jsonl`),
    core: { ...settings.core, ...CORE_TIMINGS, accountLabel, marketType: 'paper_exchange' },
    signal: { ...settings.signal, accountLabel },
  }
}

export class PaperTwin {
  readonly #service: Service
  readonly #logger: Logger

  private constructor(service: Service, logger: Logger) {
    this.#service = service
    this.#logger = logger
  }

  /** Starts the twin; null where it cannot: live goes on without one, which the log says. */
  static async start(settings: Settings, version: string, logger: Logger): Promise<PaperTwin | null> {
    const own = ofTwin(logger)
    const opened = await Service.open(twinSettings(settings), version, own)
    if (opened.ok && (await opened.service.run())) return new PaperTwin(opened.service, own)
    own.error('paper_twin_failed', { message: opened.ok ? 'its journal cannot be written' : opened.message })
    return null
  }

  /** The live account opened on this signal. */
  enter(request: EntryRequest): void {
    const signal = { ...request.signal, accountLabel: twinOf(request.signal.accountLabel) }
    const enter = (): void => {
      const { outcome } = this.#service.engine.enter({ ...request, signal })
      if (outcome.kind !== 'answered' || !outcome.answer.risk_ok) this.#logger.warn('paper_twin_differs', { symbol: signal.symbol, strategy: signal.strategy, outcome })
    }
    const preparing = this.#service.prices.prepare(signal.symbol)
    if (preparing) void preparing.then(enter).catch((error: unknown) => this.#failed(error))
    else this.#guarded(enter)
  }

  /** An exit signal; one that names a position of the live account means nothing here. */
  signalExit(request: ExitSignalRequest): void {
    const { address } = request.signal
    if (address.positionId !== null) return
    const signal = { ...request.signal, address: { ...address, accountLabel: address.accountLabel === null ? null : twinOf(address.accountLabel) } }
    this.#guarded(() => void new ExitDesk(this.#service.engine, this.#service.settings.priceMode).signal({ ...request, signal }))
  }

  stop(): Promise<void> {
    return this.#service.stop().catch((error: unknown) => this.#failed(error))
  }

  #guarded(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#logger.error('paper_twin_failed', { message: String(error) })
  }
}

/** Lines of the twin are told from those of the live service. */
const ofTwin = (logger: Logger): Logger => ({
  info: (event, fields) => logger.info(event, { book: 'twin', ...fields }),
  warn: (event, fields) => logger.warn(event, { book: 'twin', ...fields }),
  error: (event, fields) => logger.error(event, { book: 'twin', ...fields }),
})
