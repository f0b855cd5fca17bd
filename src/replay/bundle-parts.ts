/** What was written down beside the journal while an incident went on: quotes on tape, the exchange's requests and answers, the audit log. */
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { TICKS_HEADER } from '../prices/recorded/data-problem.ts'
import { fileLines } from '../prices/recorded/file-lines.ts'
import type { BundleHead, BundlePart } from '../inspect/bundle.ts'

/** Milliseconds since the epoch, both included. */
type Time = { readonly from: number; readonly to: number }
export type Slice = { readonly time: Time; readonly firstSeq: number; readonly lastSeq: number }
type Contents = NonNullable<BundleHead['contents']>
export type Parts = { readonly parts: readonly BundlePart[]; readonly contents: Contents }

/** A little before and after: what led to the first record, and the answers behind the last. */
const BEFORE_MS = 60_000
const AFTER_MS = 10_000
/** Of one file; a bundle should still open in a browser. */
const MOST_LINES = 200_000
const DAY = /(\d{4}-\d\d-\d\d)/

export async function bundleParts(directory: string, auditLog: string | null, { time, firstSeq, lastSeq }: Slice): Promise<Parts> {
  const around = { from: time.from - BEFORE_MS, to: time.to + AFTER_MS }
  const found = [
    ...(await each('tape', join(directory, 'tape'), around, (file) => tapeSlice(file, around), 'quotes')),
    ...(await each('venue', join(directory, 'venue'), around, (file) => linesWhere(file, ({ at }) => Number(at) >= around.from && Number(at) <= around.to), 'requests and answers; what it pushed is not kept apart, the records say what came of it')),
    ...(await audits(directory, auditLog, firstSeq, lastSeq)),
  ]
  const has = (wanted: BundlePart['part']): boolean => found.some(({ part }) => part.part === wanted)
  const absent: Contents = [
    ...(has('tape') ? [] : [{ name: 'tape', what: 'none: quotes are kept on tape in SHADOW and SEMI-LIVE only, or this time is not on it' }]),
    ...(has('venue') ? [] : [{ name: 'venue', what: 'none: no exchange was asked about an account in this time' }]),
    ...(has('audit') ? [] : [{ name: 'audit', what: 'none: no signal was received in this time, or its audit log lies elsewhere' }]),
    { name: 'log', what: `not in here: LOMS writes its log to standard output. With systemd: journalctl -u loms --since "${utc(around.from)}" --until "${utc(around.to)}"` },
  ]
  return { parts: found.map(({ part }) => part), contents: [...found.map(({ part, what }) => ({ name: `${part.part}/${part.name}`, what })), ...absent] }
}

const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

type Found = { readonly part: BundlePart; readonly what: string }
type Cut = { readonly lines: readonly string[]; readonly cut: boolean }

/** A part; one that cannot be read must not keep anybody from the rest. */
async function readable(part: BundlePart['part'], name: string, read: () => Promise<Cut>, unit: string): Promise<Found[]> {
  try {
    const { lines, cut } = await read()
    if (lines.length === 0) return []
    const text = `${[...(part === 'tape' ? [TICKS_HEADER] : []), ...lines].join('\n')}\n`
    return [{ part: { part, name, text }, what: `${lines.length} ${unit}${cut ? `, the first of more: only ${MOST_LINES} fit` : ''}` }]
  } catch (error) {
    return [{ part: { part, name, text: '' }, what: `cannot be read: ${(error as Error).message}` }]
  }
}

/** The files of a folder whose day is in the time. */
async function each(part: 'tape' | 'venue', folder: string, { from, to }: Time, read: (file: string) => Promise<Cut>, unit: string): Promise<Found[]> {
  if (!existsSync(folder)) return []
  const [first, last] = [from, to].map((at) => new Date(at).toISOString().slice(0, 10)) as [string, string]
  const found: Found[] = []
  for (const name of readdirSync(folder).sort()) {
    const day = DAY.exec(name)?.[1]
    if (day === undefined || day < first || day > last) continue
    found.push(...(await readable(part, name.replace(/\.gz$/, ''), () => read(join(folder, name)), unit)))
  }
  return found
}

async function audits(directory: string, auditLog: string | null, firstSeq: number, lastSeq: number): Promise<Found[]> {
  const own = readdirSync(directory).filter((name) => /^bounce_signals_.*\.jsonl$/.test(name)).map((name) => join(directory, name))
  const found: Found[] = []
  for (const file of new Set([...own, ...(auditLog !== null && existsSync(auditLog) ? [auditLog] : [])])) {
    found.push(...(await readable('audit', basename(file), () => linesWhere(file, ({ seq }) => Number(seq) >= firstSeq && Number(seq) <= lastSeq), 'signals as received')))
  }
  return found
}

async function linesWhere(file: string, isWanted: (line: Readonly<Record<string, unknown>>) => boolean): Promise<Cut> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    // The last line may just be being written.
    if (!line.endsWith('}') || !isWanted(JSON.parse(line) as Readonly<Record<string, unknown>>)) continue
    if (lines.length >= MOST_LINES) return { lines, cut: true }
    lines.push(line)
  }
  return { lines, cut: false }
}

/** Rows of a tape in the time. A row says only what changed, so the first of a symbol is given all that was said before. */
async function tapeSlice(file: string, { from, to }: Time): Promise<Cut> {
  const lines: string[] = []
  const said = new Map<string, string[]>()
  const shown = new Set<string>()
  for await (const chunk of fileLines(file)) {
    for (const line of chunk.toString('latin1').split('\n')) {
      const [ts = '', symbol = '', ...fields] = line.split(',')
      const at = Number(ts)
      if (line === '' || Number.isNaN(at)) continue
      if (at > to) return { lines, cut: false }
      const all = fields.map((field, index) => (field === '' ? (said.get(symbol)?.[index] ?? '') : field))
      said.set(symbol, all)
      if (at < from) continue
      if (lines.length >= MOST_LINES) return { lines, cut: true }
      lines.push(shown.has(symbol) ? line : [ts, symbol, ...all].join(','))
      shown.add(symbol)
    }
  }
  return { lines, cut: false }
}
