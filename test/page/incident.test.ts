/** Incidents as they are looked into afterwards: recorded by the real service, bundled by the command line, played by a real browser. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import { readBundle } from '../../src/inspect/bundle.ts'
import { CODE } from '../live/venues.ts'
import { arm, AUTHORISED, atExchange, enter, liveExchange, liveSettings } from '../e2e/live-process.ts'
import { bounce, eventually, Loms, type Json } from '../e2e/service-process.ts'
import { inPage, noChromium, openPage, picture, useBrowser } from './browser.ts'

useBrowser()

/** What a command of `loms` prints. */
async function loms(args: readonly string[]): Promise<string> {
  let out = ''
  const plain = (text: string): string => text
  const colours = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain }
  const terminal = { out: (text: string) => (out += `${text}\n`), err: (text: string) => (out += `${text}\n`), columns: 120, interactive: false, colours }
  await runCommandLine(args, terminal as never, { now: () => new Date() } as never)
  return out
}

/** Drops a file on the page as a person does. */
async function drop(page: Page, file: string): Promise<void> {
  const data = await page.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File([${JSON.stringify(readFileSync(file, 'utf8'))}], 'incident.jsonl'))
    return data
  })()`)
  await page.dispatchEvent('.incident', 'drop', { dataTransfer: data })
}

/** What the page shows at a place of the slider: the hash of the whole state, the process, and the state of position actors. */
type Shown = { readonly seq: number; readonly hash: string; readonly process: string | undefined; readonly actors: Json }

async function momentsOnPage(page: Page): Promise<readonly Shown[]> {
  const slider = page.getByRole('slider', { name: 'Moment' })
  const last = Number(await slider.getAttribute('max'))
  const shown: Shown[] = []
  for (let moment = 0; moment <= last; moment += 1) {
    await slider.fill(String(moment))
    shown.push(await inPage<Shown>(page, `({
      seq: Number(document.querySelector('[data-seq]').dataset.seq), hash: document.querySelector('[data-hash]').dataset.hash, process: document.querySelector('.process .statechart').dataset.current,
      actors: Object.fromEntries([...document.querySelectorAll('[data-actor^="position "]')].map((actor) => [actor.dataset.actor.slice(9), actor.querySelector('.pill').textContent])),
    })`))
  }
  return shown
}

/** The hash of the whole state that the page shows at each place of the slider, by record. */
const hashesOnPage = async (page: Page): Promise<Map<number, string>> => new Map((await momentsOnPage(page)).map(({ seq, hash }) => [seq, hash]))

describe.skipIf(noChromium)('stop refused, rolled back, crashed in between', () => {
  it('is replayed on the page to the same bytes as the live state, at every event; without the refusal it would have ended otherwise', { timeout: 300_000 }, async () => {
    const emulator = await liveExchange({ venue: 'bybit' })
    const first = await Loms.start(liveSettings(emulator))
    await arm(first)
    // No stop is taken, and the close that follows never gets an answer: the process dies while it waits.
    emulator.faults.add({ match: { call: 'stop' }, times: 'always', do: { kind: 'code', when: 'before', code: CODE.bybit.refused } })
    emulator.faults.add({ match: { call: 'close' }, do: { kind: 'hang', when: 'before' } })
    await enter(first, emulator)
    const state = async (service: Loms): Promise<unknown> => ((await service.get('/positions/1', AUTHORISED)).body as Json)['state']
    await eventually(() => state(first)).toBe('rolling-back')
    await first.kill()
    const again = await first.again()
    await eventually(() => state(again)).toBe('closed')
    expect((await again.get('/positions/1', AUTHORISED)).body).toMatchObject({ auto_close_reason: 'sl_failed' })
    expect(atExchange(emulator).held).toEqual({})
    await again.stop()

    const file = join(first.directory, 'incident.jsonl')
    await loms(['bundle', '--data', again.dataDir, '--from', '1', '--out', file])
    const read = readBundle(readFileSync(file, 'utf8'))
    if (!read.ok) throw new Error(read.message)
    const { records, parts } = read.bundle
    // The state that the living processes had, as they wrote it down themselves.
    const recorded = records.flatMap(({ seq, body }) => (body.type === 'state.hashed' ? [[seq, body.hash] as const] : []))
    expect(recorded.length).toBeGreaterThan(0)
    expect(parts.map(({ part }) => part).sort()).toEqual(['audit', 'tape', 'venue'])
    expect(parts.find(({ part }) => part === 'venue')?.text).toContain('"stopLoss"')

    const viewing = await Loms.start()
    const { page: shown } = await openPage(viewing.url, 'incident')
    await drop(shown, file)
    await shown.getByText('✓ Proven.').waitFor()
    const hashes = await hashesOnPage(shown)
    for (const [seq, hash] of recorded) {
      const before = [...hashes].findLast(([own]) => own < seq)
      expect([seq, before?.[1]]).toEqual([seq, hash])
    }
    for (const [seq, hash] of hashes) {
      const replayed = JSON.parse(await loms(['replay', file, '--until', String(seq), '--json'])) as { state_hash: string; divergence: unknown }
      expect([seq, hash, replayed.divergence]).toEqual([seq, replayed.state_hash, null])
    }
    const states = await inPage<string[]>(shown, `[...document.querySelectorAll('.statechart .visited, .statechart .current')].map((state) => state.dataset.state)`)
    expect(states).toEqual(expect.arrayContaining(['pending', 'entry-filled', 'rolling-back', 'closed']))
    await shown.getByRole('heading', { name: /Asked of the exchange/ }).waitFor()
    await shown.getByText('What is in this file').click()
    await picture(shown, 'incident-rollback-dark')

    // What if, on the copy.
    const rejected = records.find(({ body }) => body.type === 'order.rejected')?.seq ?? 0
    const slider = shown.getByRole('slider', { name: 'Moment' })
    await slider.fill(String([...hashes.keys()].indexOf(rejected)))
    await shown.getByRole('button', { name: 'had not come', exact: true }).click()
    expect(await shown.locator('.what-if [role=status]').textContent()).not.toBe('')
    const filled = records.find(({ body }) => body.type === 'order.filled')?.seq ?? 0
    await slider.fill(String([...hashes.keys()].indexOf(filled)))
    await shown.getByRole('button', { name: 'had not come', exact: true }).click()
    await shown.locator('.what-if [role=status]', { hasText: 'Position 1 would be' }).waitFor()
    await shown.getByLabel('Seconds later').fill('0')
    await shown.getByRole('button', { name: 'had come later by' }).click()
    await shown.locator('.what-if [role=status]', { hasText: 'the same state' }).waitFor()
    // The live system heard nothing of all this.
    expect((await viewing.positions()).length).toBe(0)

    const told = await loms(['replay', file])
    expect(told).toMatch(/first divergence +none/)
    expect(told).toMatch(/order\.rejected[\s\S]*run\.started[\s\S]*closed/)
  })
})

describe.skipIf(noChromium)('an incident on paper', () => {
  it('crash and restart in between: one position\'s bundle begins with the state before it, and is proven', async () => {
    const first = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '0.2', AUTO_CLOSE_MIN_AGE_SEC: '0' })
    await first.pin(100)
    const open = async (): Promise<number> => {
      const id = ((await first.signal(bounce({ qty: 0.1, tp_pct: 40, sl_pct: 40 }))).body as { position_id: number }).position_id
      await eventually(async () => (await first.position(id))['state']).toBe('tp-placed')
      return id
    }
    await open()
    const id = await open()
    const again = await first.killedAndStartedAgain()
    await again.post(`/positions/${id}/close`, { reason: 'after the crash' })
    await eventually(async () => (await again.position(id))['status']).toBe('closed')
    const file = join(first.directory, 'incident.jsonl')
    const said = await loms(['bundle', '--data', again.dataDir, '--position', String(id), '--out', file])
    expect(said).toMatch(/audit\/bounce_signals_dev\.jsonl +1 signals as received/)
    expect(said).toMatch(/tape +none: quotes are kept on tape in SHADOW and SEMI-LIVE only/)
    expect(said).toMatch(/log +not in here: LOMS writes its log to standard output/)
    const { page } = await openPage(again.url, 'incident')
    await page.setInputFiles('input[type=file]', file)
    await page.getByText('✓ Proven.').waitFor()
    const read = readBundle(readFileSync(file, 'utf8'))
    if (!read.ok) throw new Error(read.message)
    // The bundle begins while the service runs; then it is killed, and starts again.
    expect(read.bundle.head.start?.process).toBe('running')
    const restarted = read.bundle.records.find(({ body }) => body.type === 'settings.changed')?.seq ?? 0
    const reconciled = read.bundle.records.find(({ body }) => body.type === 'run.reconciled')?.seq ?? 0
    const moments = await momentsOnPage(page)
    for (const { seq, hash, process, actors } of moments) {
      const replayed = JSON.parse(await loms(['replay', file, '--until', String(seq), '--position', String(id), '--json'])) as { state_hash: string; positions: { id: number; state: string }[]; position: { state: string } | null }
      expect([seq, hash, process]).toEqual([seq, replayed.state_hash, seq < restarted || seq >= reconciled ? 'running' : 'reconciling'])
      expect({ seq, actors }).toEqual({ seq, actors: Object.fromEntries(replayed.positions.map((position) => [position.id, position.state])) })
      if (actors[id] !== undefined) expect(actors[id]).toBe(replayed.position?.state)
    }
    expect(restarted).toBeGreaterThan(0)
    expect(moments.some(({ process }) => process === 'reconciling')).toBe(true)
    await page.getByText('the life before this one was not asked to stop').waitFor()
    expect(await loms(['replay', file, '--check'])).toMatch(/recorded outputs made again/)
    await picture(page, 'incident-dark')
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await inPage(page, 'document.documentElement.scrollWidth - innerWidth')).toBe(0)
    await picture(page, 'incident-phone-dark')
    for (const [name, text, problem] of [['other', 'something else\n', 'This is no bundle'], ['cut', readFileSync(file, 'utf8').split('\n').slice(0, -2).join('\n'), 'The bundle is damaged']] as const) {
      writeFileSync(join(first.directory, name), text)
      await page.setInputFiles('input[type=file]', join(first.directory, name))
      await page.getByText(problem).waitFor()
    }
  }, 200_000)
})
