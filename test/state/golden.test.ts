/**
 * Journals that earlier releases have written start on this one, and it says of them what they said themselves; or it
 * refuses and says why. `npm run golden -- --name …` records a new one at each release; those that are there never change.
 */
import fs from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSession, type GoldenAnswers } from '../../scripts/golden/session.ts'
import { JOURNAL_FORMAT, protectedLine } from '../../state/codec.ts'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import { FileStore } from '../../state/file-store.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { COMMAND } from '../e2e/service-process.ts'
import { temporaryDirectory } from './journal-records.ts'

const JOURNALS = join(import.meta.dirname, '../fixtures/journals')
const names = fs.readdirSync(JOURNALS).sort()
type Json = { readonly [field: string]: unknown }

const places: (() => void)[] = []
afterAll(() => {
  for (const remove of places) remove()
})
/** A copy that a service may write to. */
function copyOf(name: string): string {
  const { path, remove } = temporaryDirectory()
  places.push(remove)
  fs.cpSync(join(JOURNALS, name, 'data'), join(path, 'data'), { recursive: true })
  return path
}
const answersOf = (name: string): GoldenAnswers => JSON.parse(fs.readFileSync(join(JOURNALS, name, 'answers.json'), 'utf8')) as GoldenAnswers
/** The fields of the old answer, as they are said now: a later version may say more, and nothing else of what it said. */
const asSaid = (now: Json, then: Json): Json => Object.fromEntries(Object.keys(then).map((field) => [field, now[field]]))
const sha = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** The service as it runs a moment after the recording's end: what is open there has time-outs that pass later. */
function commandThen(name: string): readonly [string, ...string[]] {
  const journal = join(JOURNALS, name, 'data/journal')
  const last = fs.readFileSync(join(journal, fs.readdirSync(journal).filter((file) => file.endsWith('.jsonl')).sort().at(-1) as string), 'utf8').trimEnd().split('\n').at(-1) as string
  const { at } = JSON.parse(last) as { readonly at: number }
  const [node, ...rest] = COMMAND
  return [node, '--import', `data:text/javascript,const now = Date.now; const back = now() - ${at}; Date.now = () => now() - back`, ...rest]
}

describe.each(names)('the journal of %s', (name) => {
  const then = answersOf(name)
  const command = commandThen(name)

  it('starts, and positions and figures are what the recording version said', async () => {
    const now = await readSession({ command, directory: copyOf(name) })
    const positions = now.positions.map((position, index) => asSaid(position, then.positions[index] ?? {}))
    expect(positions).toEqual(then.positions)
    expect(asSaid(now.stats, then.stats)).toEqual(then.stats)
    expect(sha(positions)).toBe(sha(then.positions))
  })

  it('starts again on what this version has made of it', async () => {
    const directory = copyOf(name)
    const first = await readSession({ command, directory })
    expect(await readSession({ command, directory })).toEqual(first)
  })
})

it('every earlier version of the machines has a journal', () => {
  const recorded = names.map((name) => {
    const opened = readJournal(join(JOURNALS, name, 'data'))
    if (!opened.ok) throw new Error(opened.message)
    return opened.journal.checkpoints[0]?.machineVersion
  })
  // Missing: check out the last revision of that version and run `npm run golden -- --name machine-N --main <its src/main.ts>`.
  expect(recorded).toEqual(expect.arrayContaining(Array.from({ length: MACHINE_VERSION - 1 }, (_, index) => index + 1)))
})

it('a journal of a newer version is refused with the reason and the way out, and left as it is', () => {
  const directory = join(copyOf(names.at(-1) as string), 'data')
  const segment = join(directory, 'journal/000000000001.jsonl')
  const bytes = fs.readFileSync(segment, 'utf8')
  const { crc: _crc, ...seal } = JSON.parse(bytes.slice(0, bytes.indexOf('\n'))) as Json
  const members = { ...seal, format: JOURNAL_FORMAT + 1 }
  fs.writeFileSync(segment, protectedLine(JSON.stringify(members).slice(1)) + bytes.slice(bytes.indexOf('\n') + 1))
  const before = fs.readFileSync(segment, 'utf8')
  expect(new FileStore({ directory }).open()).toMatchObject({ ok: false, code: 'newer_format', message: expect.stringMatching(/000000000001\.jsonl.*newer LOMS.*Start that version/s) as string })
  expect(fs.readFileSync(segment, 'utf8')).toBe(before)
})
