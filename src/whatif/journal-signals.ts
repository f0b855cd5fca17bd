/** The signals that a service received and the settings it had, out of its journal. The service may be running: nothing is locked or written. */
import { columnDefault } from '../config/resolve.ts'
import { SETTINGS } from '../config/schema.ts'
import { readJournal } from '../../state/journal-reading.ts'
import type { SignalBody } from '../simulate/recorded-signals.ts'

export type JournalSignals =
  | {
      readonly ok: true
      readonly bodies: readonly SignalBody[]
      /** The settings in force at the journal's end, by name. */
      readonly settings: Readonly<Record<string, string>>
      readonly remarks: readonly string[]
    }
  | { readonly ok: false; readonly message: string }

/** Each body as it was sent, at the moment it came. Orders by hand and trades of a strategy runner are left out: somebody else decides when they end. */
export function readJournalSignals(source: string): JournalSignals {
  const opened = readJournal(source)
  if (!opened.ok) return opened
  const bodies: SignalBody[] = []
  let others = 0
  const versions: Readonly<Record<string, string>>[] = []
  for (const record of opened.journal.records()) {
    if (record.kind === 'fact' && record.body.type === 'settings.changed') versions.push(ofSimulation(record.body.named ?? {}))
    if (record.kind !== 'fact' || record.body.type !== 'signal.received') continue
    const { kind, payload, idempotencyKey } = record.body
    if (kind !== 'bounce_signal') others += 1
    else bodies.push({ place: `${source} record ${record.seq}`, body: payload, at: record.at, idempotencyKey })
  }
  const left = others === 0 ? [] : [`${others} order(s) by hand or trade event(s) are left out`]
  const settings = versions.at(-1) ?? {}
  return { ok: true, bodies, settings, remarks: [...opened.journal.remarks, ...left, ...settingRemarks(settings, new Set(versions.map((each) => JSON.stringify(each))).size)] }
}

/** What the recorded prices and the run itself decide. */
const NOT_OF_SIGNALS: ReadonlySet<string> = new Set(['OMS_ENABLED', 'BROKER_MODE', 'LIVE_TRADING', 'PAPER_TWIN', 'PRICE_SOURCE', 'PRICE_EXCHANGE', 'REPLAY_FILES', 'REPLAY_SPEED'])

const ofSimulation = (named: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(SETTINGS.flatMap(({ name }) => (named[name] === undefined || NOT_OF_SIGNALS.has(name) ? [] : [[name, named[name]]])))

/** Which settings the baseline has beside the defaults of a lab. */
function settingRemarks(settings: Readonly<Record<string, string>>, versions: number): readonly string[] {
  if (Object.keys(settings).length === 0) return ['the journal does not name its settings: the baseline has the defaults']
  const own = SETTINGS.flatMap((setting) => {
    const value = settings[setting.name]
    return value === undefined || value === columnDefault(setting, 'lab') ? [] : [`${setting.name}=${value}`]
  })
  const changed = versions > 1 ? `, as they were last: they changed ${versions - 1} time(s)` : ''
  return [`the baseline has the settings of the journal${changed}${own.length === 0 ? '' : `: ${own.join(', ')}`}`]
}
