/** What the operator's page sees of the running service. Nothing here is ahead of what is durable. */
import type { Settings } from '../config/settings.ts'
import type { CoreSettings } from '../domain/core-settings.ts'
import { toNumber } from '../domain/decimal.ts'
import type { PositionId } from '../domain/ids.ts'
import { selectPrice } from '../domain/quote.ts'
import type { JsonObject } from '../domain/signal.ts'
import type { PositionView } from '../domain/wire.ts'
import type { PublishedNotice, Read } from '../http/application.ts'
import type { FinishedViews, LivePrice, PagePort, PositionRecords, RecordView, ShownSetting, StatusView } from '../http/page/page-port.ts'
import type { JournalRecord } from '../../state/record.ts'
import { allDurable, unavailable } from './durable-answer.ts'
import { PriceHistory } from './price-history.ts'
import { riskMeters } from './risk-meters.ts'
import type { Service } from './service.ts'
import { isUnarmed } from './trading-control.ts'

/** How far back the settings of a position's time are looked for; older ones are taken to be those of now. */
const SETTINGS_WITHIN = 2_000

export class ServicePage implements PagePort {
  readonly #service: Service
  readonly #history: PriceHistory
  readonly settings: readonly ShownSetting[]

  constructor(service: Service, settings: readonly ShownSetting[]) {
    this.#service = service
    this.settings = settings
    this.#history = new PriceHistory(() => this.prices())
  }

  status(): StatusView {
    const { settings, engine, clock } = this.#service
    const ledger = engine.core.ledger(settings.core.accountLabel)
    return {
      mode: modeOf(settings),
      live: settings.brokerMode === 'live',
      armed: settings.brokerMode !== 'live' || !isUnarmed(ledger.trading),
      account_label: settings.core.accountLabel,
      health: this.#service.health(),
      risk: riskMeters(ledger, engine.core.settings, engine.core.marks),
      balance: { start: toNumber(ledger.startBalance), realised: toNumber(ledger.realisedPnl), fees: toNumber(ledger.fees) },
      alerts: [...engine.core.alerts.standing].map(({ kind, subject, severity }) => ({ kind, subject, severity })),
      positions_ever: engine.core.lastPositionId,
      now: clock.now(),
    }
  }

  openIds(): readonly number[] {
    return [...this.#service.engine.core.registry.ids()]
  }

  async views(ids: readonly number[]): Promise<Read<readonly PositionView[]>> {
    const value = ids.flatMap((id) => this.#service.engine.readModel.view(id) ?? [])
    return (await allDurable(this.#service)) ? { kind: 'ok', value } : unavailable(this.#service)
  }

  async finished(from: number, limit: number): Promise<Read<FinishedViews>> {
    const value = this.#service.engine.readModel.finished(from, limit)
    return (await allDurable(this.#service)) ? { kind: 'ok', value } : unavailable(this.#service)
  }

  prices(): readonly LivePrice[] {
    const { engine, settings } = this.#service
    return [...engine.core.signalPrices.keys()].flatMap((symbol): LivePrice[] => {
      const quote = engine.desk.lastQuote(symbol)
      const selected = quote ? selectPrice(quote, settings.priceMode) : null
      return quote && selected?.ok ? [[symbol, toNumber(selected.price), quote.ts]] : []
    })
  }

  priceHistory(symbol: string): readonly (readonly [number, number])[] {
    return this.#history.of(symbol)
  }

  durableSeq(): number {
    return this.#service.engine.sequencer.durableSeq
  }

  *records(from: number, to: number): Generator<RecordView> {
    for (const record of this.#service.store.read(from, Math.min(to, this.durableSeq()))) yield shown(record)
  }

  async positionRecords(id: number): Promise<Read<PositionRecords | undefined>> {
    const { readModel, core } = this.#service.engine
    if (!(await allDurable(this.#service))) return unavailable(this.#service)
    const seqs = readModel.seqs(id as PositionId)
    const [first] = seqs
    if (first === undefined) return { kind: 'ok', value: undefined }
    const own = seqs.flatMap((seq) => [...this.records(seq, seq)])
    // A restart is nobody's own fact, yet positions answer it.
    const known = new Set(seqs)
    const causes = new Set(own.flatMap(({ cause }) => (cause === undefined || known.has(cause) ? [] : [cause])))
    const records = [...own, ...[...causes].flatMap((seq) => this.#foreignCause(seq, own))].sort((a, b) => a.seq - b.seq)
    return { kind: 'ok', value: { journal_id: core.journalId ?? '', settings: this.#settingsAt(first) as unknown as JsonObject, records } }
  }

  /** A fact that is not the position's own, with the halt that it caused: another one's loss may be what closed this one. */
  #foreignCause(seq: number, own: readonly RecordView[]): RecordView[] {
    const answer = own.find(({ cause }) => cause === seq)?.seq ?? seq
    return [...this.records(seq, answer)].filter((record) => record.seq === seq || record.body.type === 'trading.changed')
  }

  subscribe(listener: (published: PublishedNotice) => void): () => void {
    return this.#service.subscribe(listener)
  }

  stop(): void {
    this.#history.stop()
  }

  #settingsAt(seq: number): CoreSettings {
    let found: CoreSettings | null = null
    for (const { body } of this.#service.store.read(Math.max(1, seq - SETTINGS_WITHIN), seq)) if (body.type === 'settings.changed') found = body.settings
    return found ?? this.#service.engine.core.settings
  }
}

const shown = (record: JournalRecord): RecordView => ({
  seq: record.seq,
  at: record.at,
  kind: record.kind,
  ...('cause' in record ? { cause: record.cause } : {}),
  body: record.body,
})

function modeOf({ brokerMode, priceSource, priceExchange }: Settings): StatusView['mode'] {
  if (brokerMode === 'live') return 'SEMI-LIVE'
  return priceSource === 'exchange' && priceExchange !== 'dummy' ? 'SHADOW' : 'LAB'
}
