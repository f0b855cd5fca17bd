/** Reads the bodies that close, reduce or re-level open positions: of one position by hand, or by signal. */
import { z } from 'zod'
import type { ExitChange, ExitSignal, PositionAddress } from '../domain/exit-signal.ts'
import type { JsonObject } from '../domain/signal.ts'
import { fieldProblems, label, optional, positionId, positiveNumber, removable, sentence, share, side, symbol } from './fields.ts'
import { bodyProblems, firstPerField, type FieldProblem } from './json-body.ts'

export type ChangeReading<C extends ExitChange> = { readonly ok: true; readonly change: C; readonly note: string | null } | { readonly ok: false; readonly problems: readonly FieldProblem[] }
export type ExitSignalReading = { readonly ok: true; readonly signal: ExitSignal; readonly payload: JsonObject } | { readonly ok: false; readonly problems: readonly FieldProblem[] }

const NOT_AN_OBJECT = { error: 'must be a JSON object' }
const reason = { reason: optional(sentence, 'Kept in the history of the position') }
const amount = {
  qty: optional(positiveNumber, 'Quantity to close; either qty or pct'),
  pct: optional(share, 'Percent of what is open; 100 closes the position'),
}
const levels = {
  sl_price: optional(positiveNumber, 'New stop; absent and null: as it is'),
  tp_price: removable(positiveNumber, 'New target for all that is open; null removes every target; absent: as they are'),
  reason: optional(sentence, 'Kept in the history of the position; required where the stop gets looser'),
}
const address = {
  position_id: optional(positionId, 'The position; position_id or symbol is required. Every condition that is given must hold'),
  symbol: optional(symbol, 'All open positions on this market'),
  strategy: optional(label(), 'Only positions of this strategy'),
  account_label: optional(label(), 'Only positions of this account'),
  side: optional(side, 'Only positions in this direction'),
  signal_id: optional(label(128), 'Your own id of the signal: a repeat gets the first answer'),
}

export const partialCloseBody = z.object({ ...amount, ...reason }, NOT_AN_OBJECT).meta({ id: 'PartialClose' })
export const levelsBody = z.object(levels, NOT_AN_OBJECT).meta({ id: 'Levels' })
export const closeSignalBody = z.object({ ...address, ...reason }, NOT_AN_OBJECT).meta({ id: 'CloseSignal' })
export const partialCloseSignalBody = z.object({ ...address, ...amount, ...reason }, NOT_AN_OBJECT).meta({ id: 'PartialCloseSignal' })
export const levelsSignalBody = z.object({ ...address, ...levels }, NOT_AN_OBJECT).meta({ id: 'LevelsSignal' })

type Change<C extends ExitChange> = { readonly ok: true; readonly change: C } | { readonly ok: false; readonly problem: FieldProblem }
type Fields = { readonly reason?: string | undefined }

type Close = Extract<ExitChange, { kind: 'close' }>
type Reduction = Extract<ExitChange, { kind: 'partial_close' }>
type Levels = Extract<ExitChange, { kind: 'levels' }>

const closing = (): Change<Close> => ({ ok: true, change: { kind: 'close' } })

function reducing({ qty, pct }: z.output<typeof partialCloseBody>): Change<Reduction> {
  if ((qty === undefined) === (pct === undefined)) return { ok: false, problem: { field: 'qty', message: qty === undefined ? 'or pct is required' : 'must not be sent together with pct' } }
  return { ok: true, change: { kind: 'partial_close', qty: qty ?? null, pct: pct ?? null } }
}

function moving({ sl_price: stopPrice, tp_price: targetPrice }: z.output<typeof levelsBody>): Change<Levels> {
  if (stopPrice === undefined && targetPrice === undefined) return { ok: false, problem: { field: 'sl_price', message: 'or tp_price is required' } }
  return { ok: true, change: { kind: 'levels', ...(stopPrice === undefined ? {} : { stopPrice }), ...(targetPrice === undefined ? {} : { targetPrice }) } }
}

const checked = <T extends Fields>(schema: z.ZodType<T>, body: unknown): { readonly ok: true; readonly fields: T } | { readonly ok: false; readonly problems: FieldProblem[] } => {
  const problems = bodyProblems(body)
  const parsed = schema.safeParse(body)
  if (parsed.success && problems.length === 0) return { ok: true, fields: parsed.data }
  return { ok: false, problems: firstPerField([...problems, ...(parsed.success ? [] : fieldProblems(parsed.error))]) }
}

function changeReader<T extends Fields, C extends ExitChange>(schema: z.ZodType<T>, changeOf: (fields: T) => Change<C>): (body: unknown) => ChangeReading<C> {
  return (body) => {
    const read = checked(schema, body)
    if (!read.ok) return read
    const change = changeOf(read.fields)
    return change.ok ? { ...change, note: read.fields.reason ?? null } : { ok: false, problems: [change.problem] }
  }
}

type Addressed = Fields & z.output<typeof closeSignalBody>

function signalReader<T extends Addressed>(schema: z.ZodType<T>, changeOf: (fields: T) => Change<ExitChange>): (body: unknown) => ExitSignalReading {
  return (body) => {
    const read = checked(schema, body)
    if (!read.ok) return read
    const fields: Addressed = read.fields
    const change = changeOf(read.fields)
    const unaddressed = fields.position_id === undefined && fields.symbol === undefined ? [{ field: 'position_id', message: 'or symbol is required: say which positions are meant' }] : []
    if (!change.ok || unaddressed.length > 0) return { ok: false, problems: [...unaddressed, ...(change.ok ? [] : [change.problem])] }
    const signal = { address: addressOf(fields), change: change.change, note: fields.reason ?? null, signalId: fields.signal_id ?? null, naturalKey: null }
    return { ok: true, signal, payload: body as JsonObject }
  }
}

const addressOf = (fields: Addressed): PositionAddress => ({
  positionId: fields.position_id ?? null,
  symbol: fields.symbol ?? null,
  strategy: fields.strategy ?? null,
  accountLabel: fields.account_label ?? null,
  direction: fields.side ?? null,
})

export const readPartialClose = changeReader(partialCloseBody, reducing)
export const readLevels = changeReader(levelsBody, moving)
export const readCloseSignal = signalReader(closeSignalBody, closing)
export const readPartialCloseSignal = signalReader(partialCloseSignalBody, reducing)
export const readLevelsSignal = signalReader(levelsSignalBody, moving)
