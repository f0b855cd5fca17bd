/** What must hold after every kill: nothing acknowledged is lost, nothing happened twice, the journal proves the state. */
import fs from 'node:fs'
import { join } from 'node:path'
import { replayJournal } from '../../src/replay/replay.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { numberOf, type Json, type Memory } from './traffic.ts'

/** The positions of the service against what it acknowledged. */
export async function checkPositions(url: string, { signals, closed, violations }: Memory): Promise<void> {
  const positions = (await (await fetch(`${url}/positions?limit=100000`)).json()) as Json[]
  const byId = new Map(positions.map((position) => [position['id'] as number, position]))
  const opened = new Set<number>()
  for (const position of positions) {
    const number = numberOf(position)
    if (position['state'] === 'pending') continue
    if (opened.has(number)) violations.push(`signal ${number} opened two positions, one is ${String(position['id'])}`)
    opened.add(number)
  }
  for (const { number, answer } of signals) {
    if (!answer || !('position_id' in answer)) continue
    const position = byId.get(answer['position_id'] as number)
    if (!position) violations.push(`signal ${number}: position ${String(answer['position_id'])} is lost`)
    else if (position['state'] !== 'pending' && numberOf(position) !== number) violations.push(`position ${String(position['id'])} belongs to signal ${numberOf(position)}, acknowledged was ${number}`)
  }
  for (const [id, shown] of closed) {
    if (JSON.stringify(byId.get(id)) !== JSON.stringify(shown)) violations.push(`position ${id} was closed as ${JSON.stringify(shown)} and is ${JSON.stringify(byId.get(id))}`)
  }
}

/** The audit log against the journal and against what was acknowledged: one line per signal, none missing, none twice. */
export function checkAudit(dataDir: string, auditLog: string, { acknowledged, requests, violations }: Memory): void {
  const journal = readJournal(dataDir)
  if (!journal.ok) return void violations.push(journal.message)
  const facts = [...journal.journal.records()].flatMap(({ seq, at, kind, body }) =>
    kind === 'fact' && body.type === 'signal.received' && body.kind === 'bounce_signal' ? [`${JSON.stringify({ type: 'bounce_signal', ts: new Date(at).toISOString(), seq, payload: body.payload })}`] : [],
  )
  const lines = fs.existsSync(auditLog) ? fs.readFileSync(auditLog, 'utf8').split('\n').slice(0, -1) : []
  const differs = facts.findIndex((fact, index) => fact !== lines[index])
  if (differs >= 0) violations.push(`audit line ${differs + 1} is ${lines[differs] ?? 'missing'}; the journal has ${facts[differs] ?? 'none'}`)
  if (lines.length > facts.length) violations.push(`the audit log has ${lines.length - facts.length} lines too many, first ${lines[facts.length] ?? ''}`)
  const seen = new Map<number, number>()
  for (const line of lines) {
    const { payload } = JSON.parse(line) as { payload: { request: number } }
    seen.set(payload.request, (seen.get(payload.request) ?? 0) + 1)
  }
  for (const { request } of acknowledged) if (seen.get(request) !== 1) violations.push(`request ${request} was acknowledged and has ${seen.get(request) ?? 0} audit lines`)
  for (const [request, count] of seen) if (count > 1 || request > requests) violations.push(`request ${request} has ${count} audit lines`)
}

/** `loms replay DIR --check`. */
export function checkReplay(dataDir: string, { violations }: Memory): void {
  if (!fs.existsSync(join(dataDir, 'journal'))) return
  const outcome = replayJournal({ source: dataDir, until: null, check: true, positionId: null })
  if (!outcome.ok) return void violations.push(...outcome.problems)
  for (const { name, ok, detail } of outcome.replay.check ?? []) if (!ok) violations.push(`replay: ${name}: ${detail}`)
}
