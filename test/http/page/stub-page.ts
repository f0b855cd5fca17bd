/** A page port that tests steer, and the HTTP side over it. */
import { createApp, type HttpApi } from '../../../src/http/app.ts'
import type { PublishedNotice } from '../../../src/http/application.ts'
import type { LivePrice, PagePort, PositionRecords, RecordView, StatusView } from '../../../src/http/page/page-port.ts'
import type { PositionView } from '../../../src/domain/wire.ts'
import { KNOWN, settingsWith } from '../../signals/settings.ts'
import { HEALTH, StubApplication } from '../stub-application.ts'

export class StubPage implements PagePort {
  readonly settings = [{ name: 'PORT', value: '8000', origin: 'default', note: null }]
  positions = new Map<number, PositionView>()
  quotes: LivePrice[] = []
  journal: RecordView[] = []
  listeners = new Set<(published: PublishedNotice) => void>()
  viewsAsked = 0

  status = (): StatusView => ({ mode: 'LAB', live: false, armed: true, account_label: 'lab_dev', health: HEALTH, risk: [], balance: { start: 10_000, realised: 0, fees: 0 }, alerts: [], positions_ever: this.positions.size, now: 0 })
  openIds = (): readonly number[] => [...this.positions.values()].filter(({ status }) => status === 'open').map(({ id }) => id)
  views = (ids: readonly number[]) => {
    this.viewsAsked += 1
    return Promise.resolve({ kind: 'ok' as const, value: ids.flatMap((id) => this.positions.get(id) ?? []) })
  }
  finished = (from: number, limit: number) => Promise.resolve({ kind: 'ok' as const, value: { views: [...this.positions.values()].filter(({ status }) => status !== 'open').slice(from, from + limit), total: 0 } })
  prices = (): readonly LivePrice[] => this.quotes
  priceHistory = () => [[1, 100] as const]
  durableSeq = (): number => this.journal.at(-1)?.seq ?? 0
  records = (from: number, to: number): Iterable<RecordView> => this.journal.filter(({ seq }) => seq >= from && seq <= to)
  positionRecords = (id: number) => Promise.resolve({ kind: 'ok' as const, value: id === 7 ? ({ journal_id: 'abcdef', settings: {}, records: [] } satisfies PositionRecords) : undefined })
  subscribe = (listener: (published: PublishedNotice) => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

export function pageSetup(environment: Record<string, string> = {}): { readonly page: StubPage; readonly application: StubApplication; readonly api: HttpApi; readonly clock: { now: number } } {
  const [page, application, clock] = [new StubPage(), new StubApplication(), { now: 0 }]
  const api = createApp({ application, settings: settingsWith(environment), knownExitStrategies: KNOWN, logger: { error: () => {} }, now: () => clock.now, page })
  return { page, application, api, clock }
}
