/** The inspector beside the journal: positions of seeded lives – faults, crashes – walked through every state there is, in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MACHINE_VERSION } from '../../machines/position.machine.ts'
import type { JournalRecord } from '../../state/record.ts'
import { POSITION_STATES, type PositionState } from '../../src/domain/wire.ts'
import { Loms } from '../e2e/service-process.ts'
import { runSeed } from '../simulation/run-seed.ts'
import { noChromium, openPage, picture, useBrowser } from './browser.ts'

useBrowser()

const MOST_SEEDS = 40
type Moved = { readonly cause: number; readonly to: PositionState }
/** Which states a position was in, by the journal. */
type Life = { readonly id: number; readonly moves: readonly Moved[] }
type Recorded = { readonly records: readonly JournalRecord[]; readonly lives: readonly Life[] }

function livesOf(records: readonly JournalRecord[]): readonly Life[] {
  const lives = new Map<number, Moved[]>()
  for (const record of records) {
    if (record.body.type !== 'position.moved' || !('cause' in record)) continue
    lives.set(record.body.positionId, [...(lives.get(record.body.positionId) ?? []), { cause: record.cause, to: record.body.to }])
  }
  return [...lives].map(([id, moves]) => ({ id, moves }))
}

/** Journals, and the positions of each, that together were in every state. */
const chosen: Recorded[] = []
const directory = mkdtempSync(join(tmpdir(), 'loms-states-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
beforeAll(async () => {
  if (noChromium) return
  const seen = new Set<PositionState>()
  for (let seed = 1; seed <= MOST_SEEDS && seen.size < POSITION_STATES.length; seed += 1) {
    let records: readonly JournalRecord[] = []
    await runSeed(seed, new Map(), (told) => (records = told))
    const lives = livesOf(records).filter(({ moves }) => {
      const isNew = moves.some(({ to }) => !seen.has(to))
      for (const { to } of moves) seen.add(to)
      return isNew
    })
    if (lives.length > 0) chosen.push({ records, lives })
  }
}, 120_000)

const bundleOf = (records: readonly JournalRecord[]): string =>
  [{ format: 'loms-bundle', v: 2, made_at: '', versions: { loms: 'seeded', machine: MACHINE_VERSION, node: '' }, first_seq: 1, last_seq: records.length, position: null, start: null, settings: [], contents: [], remarks: [] }, ...records].map((line) => `${JSON.stringify(line)}\n`).join('')

/** Compares at every step of one position; tells which states were marked. */
async function walk(page: Page, { id, moves }: Life): Promise<Set<string>> {
  await page.locator('.seen button', { has: page.locator(`b:text-is("#${id}")`) }).click()
  await page.getByRole('heading', { name: `Position ${id}`, exact: true }).waitFor()
  const slider = page.getByRole('slider', { name: 'Step' })
  const last = Number(await slider.getAttribute('max'))
  const marked = new Set<string>()
  for (let step = 0; step <= last; step += 1) {
    await slider.fill(String(step))
    const shown = await page.evaluate<{ place: string; marked: string[]; filled: boolean; problems: number }>(`(() => {
      const all = [...document.querySelectorAll('.steps .statechart .state.current')]
      return {
        place: document.querySelectorAll('.slider-place')[1].textContent, marked: all.map((state) => state.dataset.state), problems: document.querySelectorAll('.step-detail .problem').length,
        filled: getComputedStyle(all[0].querySelector('rect')).fill === getComputedStyle(all[0].querySelector('rect')).stroke,
      }
    })()`)
    const seq = Number(/record (\d+)/.exec(shown.place)?.[1])
    const recorded = moves.findLast(({ cause }) => cause <= seq)?.to
    expect({ id, seq, marked: shown.marked, filled: shown.filled, problems: shown.problems }).toEqual({ id, seq, marked: [recorded], filled: true, problems: 0 })
    marked.add(recorded as string)
  }
  return marked
}

describe.skipIf(noChromium)('the inspector on a recorded journal', () => {
  it('marks the state that the journal recorded, at every step, in every state there is', { timeout: 180_000 }, async () => {
    const loms = await Loms.start()
    const { page } = await openPage(loms.url, 'incident')
    const marked = new Set<string>()
    for (const [number, { records, lives }] of chosen.entries()) {
      const file = join(directory, `seeded-${number}.jsonl`)
      writeFileSync(file, bundleOf(records))
      await page.setInputFiles('input[type=file]', file)
      await page.getByText(`${records.length.toLocaleString('en-US')}, 1 to ${records.length}`).waitFor()
      await page.getByText('✓ Proven.').waitFor()
      for (const life of lives) for (const state of await walk(page, life)) marked.add(state)
      await picture(page, `incident-seeded-${number}`)
    }
    expect([...marked].sort()).toEqual([...POSITION_STATES].sort())
  })
})
