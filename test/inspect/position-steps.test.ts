/** Positions of seeded lives – faults, crashes, machines that throw – inspected again from nothing but the journal. */
import { beforeAll, describe, expect, it } from 'vitest'
import { POSITION_STATES } from '../../src/domain/wire.ts'
import type { Bundle } from '../../src/inspect/bundle.ts'
import { stateOfAll, openIncident, stateAt, whatIf } from '../../src/inspect/incident.ts'
import { positionSteps, type InspectedRecord, type Step } from '../../src/inspect/position-steps.ts'
import { chartOf } from '../../src/inspect/chart.ts'
import { Core } from '../../machines/core.ts'
import { MACHINE_VERSION, positionMachine } from '../../machines/position.machine.ts'
import { stateHash } from '../../state/canonical.ts'
import type { JournalRecord } from '../../state/record.ts'
import { replay } from '../../state/replay.ts'
import { runSeed } from '../simulation/run-seed.ts'

const SEEDS = 25
const journals: (readonly JournalRecord[])[] = []
beforeAll(async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) await runSeed(seed, new Map(), (records) => journals.push(records))
}, 120_000)

const wholeBundle = (records: readonly JournalRecord[]): Bundle => ({
  head: { format: 'loms-bundle', v: 1, made_at: '', versions: { loms: '', machine: MACHINE_VERSION, node: '' }, first_seq: 1, last_seq: records.length, position: null, start: null, settings: [], remarks: [] },
  records,
  parts: [],
})
const inspected = (records: readonly JournalRecord[]): readonly InspectedRecord[] => records
type Inspected = { readonly id: number; readonly steps: readonly Step[]; readonly records: readonly JournalRecord[] }
let inspections: readonly Inspected[] | null = null
const everyPosition = (): readonly Inspected[] => (inspections ??= journals.flatMap((records) => openIncident(wholeBundle(records)).positions.map(({ run }) => ({ id: run.id, records, steps: positionSteps(run, inspected(records)) }))))

describe('positions of seeded lives, step by step', () => {
  it('stand in the state that the journal recorded, at every step, and say what was recorded', () => {
    for (const { id, steps, records } of everyPosition()) {
      const moves = records.flatMap(({ body, ...record }) => (body.type === 'position.moved' && body.positionId === id && 'cause' in record ? [{ cause: record.cause, to: body.to }] : []))
      for (const { seq, to, divergence } of steps) {
        expect({ id, seq, to }).toEqual({ id, seq, to: moves.findLast(({ cause }) => cause <= seq)?.to })
        expect({ id, seq, divergence }).toEqual({ id, seq, divergence: null })
      }
      expect(steps.flatMap(({ from, to, seq }) => (from === to ? [] : [{ cause: seq, to }]))).toEqual(moves)
    }
  })

  it('walk through every state of the chart, along its arrows only', () => {
    const { arrows } = chartOf(positionMachine)
    const taken = everyPosition().flatMap(({ steps }) => steps.flatMap((step) => step.taken))
    const visited = new Set(everyPosition().flatMap(({ steps }) => steps.map(({ to }) => to)))
    expect([...visited].sort()).toEqual([...POSITION_STATES].sort())
    expect(taken.filter((arrow) => !arrows.some((known) => known.from === arrow.from && known.to === arrow.to && known.why === arrow.why))).toEqual([])
  })

  it('wait for nothing once they are filed away', () => {
    for (const { steps } of everyPosition()) for (const { context, waits } of steps) if (context.retired) expect(waits).toEqual([])
  })

  it('notice a journal that says something else than the machine', () => {
    const records = journals.find((each) => each.some(({ body }) => body.type === 'order.submit')) ?? []
    const index = records.findIndex(({ body }) => body.type === 'order.submit')
    const forged = records.map((record, place) => (place === index && record.body.type === 'order.submit' ? ({ ...record, body: { ...record.body, qty: '77' } } as JournalRecord) : record))
    const { positions, divergence } = openIncident(wholeBundle(forged))
    expect(divergence?.seq).toBe((records[index] as { cause: number }).cause)
    expect(positions.flatMap(({ run }) => positionSteps(run, inspected(forged))).filter((step) => step.divergence !== null)).toHaveLength(1)
  })
})

describe('an incident of a seeded life', () => {
  it('is proven, also from the middle of the journal', () => {
    for (const records of journals.slice(0, 5)) {
      const middle = records.findIndex(({ kind }, index) => index > records.length / 2 && kind === 'fact')
      const { core, seq } = replay({ records: () => records, until: { seq: middle } })
      const start = { seq, state_hash: stateHash(core.dump()), core: JSON.parse(JSON.stringify(core.dump())) as ReturnType<Core['dump']> }
      const { head } = wholeBundle(records)
      const slice: Bundle = { head: { ...head, first_seq: middle + 1, start }, records: records.slice(middle), parts: [] }
      const [whole, part] = [openIncident(wholeBundle(records)), openIncident(slice)]
      expect([whole.divergence, part.divergence]).toEqual([null, null])
      expect(stateOfAll(part, records.length).hash).toBe(stateOfAll(whole, records.length).hash)
      for (const position of part.positions) {
        const same = whole.positions.find(({ run }) => run.id === position.run.id)
        for (const { seq: at } of part.moments) expect(stateAt(position, at)).toBe(same && stateAt(same, at))
      }
    }
  })

  it('has the state of a full replay at every moment of the slider', () => {
    const records = journals.toSorted((a, b) => b.length - a.length)[0] ?? []
    const incident = openIncident(wholeBundle(records))
    const every = incident.moments.filter((_, index) => index % 10 === 0)
    for (const { seq } of every) expect(stateOfAll(incident, seq).hash).toBe(stateHash(replay({ records: () => records, until: { seq } }).core.dump()))
  })

  it('has at every moment the actors whose states the journal recorded', () => {
    const records = journals.toSorted((a, b) => b.length - a.length)[0] ?? []
    const incident = openIncident(wholeBundle(records))
    for (const { seq } of incident.moments.filter((_, index) => index % 25 === 0)) {
      const { actors } = stateOfAll(incident, seq)
      const shown = (actors.children ?? []).find(({ name }) => name === 'registry')?.children ?? []
      const moves = records.flatMap(({ body, ...record }) => ('cause' in record && record.cause <= seq && (body.type === 'position.moved' || body.type === 'position.retired') ? [body] : []))
      const states = new Map<number, string>()
      for (const body of moves) {
        if (body.type === 'position.moved') states.set(body.positionId, body.to)
        else states.delete(body.positionId)
      }
      expect({ seq, states: shown.map(({ position, state }) => [position, state]) }).toEqual({ seq, states: [...states].sort(([a], [b]) => a - b) })
    }
  })

  it('ends otherwise without the fill of an entry', () => {
    const records = journals.find((each) => each.some(({ body }) => body.type === 'order.filled')) ?? []
    const fill = records.find(({ body }) => body.type === 'order.filled')
    const incident = openIncident(wholeBundle(records))
    const answer = whatIf(incident, { seq: fill?.seq ?? 0, laterMs: null })
    expect(typeof answer === 'string' ? answer : answer.map(({ id }) => id)).toContain(fill && 'positionId' in fill.body ? fill.body.positionId : 0)
    expect(whatIf(incident, { seq: fill?.seq ?? 0, laterMs: 0 })).toEqual([])
  })
})
