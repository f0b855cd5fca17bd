/** Killed at random moments and started again: exits go on from what the journal knows, and no stop is looser than it was. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Big from 'big.js'
import { describe, expect, it } from 'vitest'
import { readModelIn } from '../../src/runtime/read-model-files.ts'
import type { ReadModelFiles } from '../../src/runtime/read-model.ts'
import { MemoryFile } from '../../state/byte-file.ts'
import { FileStore } from '../../state/file-store.ts'
import { History, memoryFiles } from '../../state/history.ts'
import { KeyIndex } from '../../state/key-index.ts'
import { MemoryStore } from '../../state/memory-store.ts'
import type { JournalRecord } from '../../state/record.ts'
import { BruteForce, type Point, type Survived } from './brute-force.ts'
import { differencesOf } from './compare-exits.ts'
import { Life, type World } from './lives.ts'
import { Draws, scenario, type Scenario } from './scenario.ts'

type Played = { readonly differences: readonly string[]; readonly loosened: readonly string[]; readonly invented: readonly string[]; readonly kills: number; readonly quotes: number; readonly closedByPolicy: number }

/** Files that outlive a process, in memory. */
function survivingFiles(): ReadModelFiles {
  const [history, keys] = [memoryFiles(), new MemoryFile()]
  return {
    history: (mark) => {
      const opened = History.open(history, mark)
      return opened.ok ? opened.history : undefined
    },
    keys: (mark) => {
      const opened = KeyIndex.open(keys, mark)
      return opened.ok ? opened.index : undefined
    },
  }
}

/** What the durable records say about each position, read as a person would read them. */
function survivors(records: readonly JournalRecord[], model: BruteForce): Map<number, Survived> {
  const facts = records.flatMap((record) => (record.kind === 'fact' ? [{ seq: record.seq, at: record.at, ...(record.body as unknown as Record<string, unknown>) }] : [])) as Fact[]
  const opened = facts.filter((fact) => fact.type === 'signal.received').length
  return new Map(model.positions.slice(0, opened).map((position) => {
    const own = facts.filter((fact) => fact.positionId === position.id)
    const entry = own.find((fact) => fact.type === 'order.filled' && String(fact.clientOrderId).includes('-e'))
    const closed = own.some((fact) => fact.type === 'order.filled' && fact !== entry)
    const peaks = facts.filter((fact) => fact.type === 'price.peaked' && fact.symbol === position.symbol && entry && fact.seq > entry.seq)
    const seen = [...peaks, ...own.flatMap((fact) => fact.extremes ?? [])].map(({ high, low }) => new Big((position.long ? high : low) as string))
    const best = seen.reduce<Big>((all, each) => (position.atLeastAsGood(each, all) ? each : all), position.entry)
    const crossed = (key: string): boolean => own.some((fact) => fact.type === 'price.crossed' && fact.key === key)
    const passed = own.find((fact) => fact.type === 'deadline.passed' && fact.name === 'policy:timeout')
    const unless = position.rules?.timeoutUnless ?? null
    const timedOut = passed !== undefined && !(unless !== null && position.atLeastAsGood(best, unless))
    return [position.id, {
      filledAt: entry?.at ?? null, best, breakEven: crossed('break_even'), trail: crossed('trail'), timeoutPassed: passed !== undefined, closed,
      timedOutAt: timedOut && !closed ? (passed.price === null ? position.entry : new Big(passed.price as string)) : null,
    }]
  }))
}
type Fact = { readonly type: string; readonly seq: number; readonly at: number; readonly positionId?: number; readonly [field: string]: unknown; readonly extremes?: { readonly high: string; readonly low: string } }

class Run {
  readonly #given: Scenario
  readonly #world: World
  readonly #draws: Draws
  readonly model: BruteForce
  life: Life
  kills = 0
  #now: number
  /** Stop of each open position as readers last saw it. */
  readonly #shownStops = new Map<number, number>()
  readonly loosened: string[] = []
  /** Best prices in the journal that a position never saw. */
  readonly invented: string[] = []

  constructor(given: Scenario, world: World, draws: Draws) {
    this.#given = given
    this.#world = world
    this.#draws = draws
    this.model = new BruteForce(given.minAgeMs)
    this.#now = (given.points[0] as Point).ts - 100
    this.life = new Life(world, this.#now)
  }

  async play(): Promise<void> {
    this.life.start()
    await this.life.settle()
    let next = 0
    for (const point of this.#given.points) {
      for (let signal = this.#given.signals[next]; signal && signal.at <= point.ts; signal = this.#given.signals[next]) {
        await this.#timersBefore(signal.at)
        this.#now = Math.max(this.#now, signal.at)
        this.life.clock.moveTo(this.#now)
        this.model.signal(signal)
        this.life.signal(this.#given.bodies[next] as Scenario['bodies'][number])
        next += 1
        await this.#settle()
      }
      await this.#timersBefore(point.ts)
      this.#now = point.ts
      this.model.price(point)
      this.life.quote(point)
      await this.#settle()
      if (this.#draws.below(200) === 0) await this.life.checkpoint()
    }
    // The last peaks are journaled, too.
    await this.#timersBefore(this.#now + 1000)
    await this.life.settle()
  }

  async #timersBefore(time: number): Promise<void> {
    for (let due = this.life.engine.nextTimerAt(); due < time; due = this.life.engine.nextTimerAt()) {
      this.#now = Math.max(this.#now, due)
      this.life.clock.moveTo(this.#now)
      // The model fires all timers of a millisecond at once.
      this.model.finish(this.#now)
      while (this.life.engine.fireTimer(this.#now));
      await this.#settle()
    }
  }

  /** Everything becomes durable, or the process dies on the way or right after. */
  async #settle(): Promise<void> {
    if (this.#draws.below(40) !== 0) {
      await this.life.settle()
      if (this.#draws.below(10) === 0) this.#noteStops()
      return
    }
    await this.life.settle(this.#draws.of(0, 0, 1, 1, 2, 3, Infinity))
    await this.#restart()
    while (this.#draws.below(4) === 0) {
      await this.life.settle(this.#draws.of(0, 1, 2, 3))
      await this.#restart()
    }
    await this.life.settle()
    this.#checkStops()
  }

  async #restart(): Promise<void> {
    this.kills += 1
    const known = survivors(await this.life.kill(), this.model)
    for (const position of this.model.openPositions) {
      const journaled = known.get(position.id)?.best
      if (journaled && !position.atLeastAsGood(position.best, journaled)) this.invented.push(`position ${position.id}: ${journaled.toFixed()}, seen was ${position.best.toFixed()}`)
    }
    this.model.restart(known, this.#now)
    this.life = new Life(this.#world, this.#now)
    this.life.start()
  }

  #noteStops(): void {
    this.#shownStops.clear()
    for (const { id, status, dynamic_sl_price } of this.life.positions()) if (status === 'open' && dynamic_sl_price !== null) this.#shownStops.set(id, dynamic_sl_price)
  }

  #checkStops(): void {
    for (const { id, status, side, dynamic_sl_price } of this.life.positions()) {
      const before = this.#shownStops.get(id)
      if (status !== 'open' || before === undefined) continue
      const loose = dynamic_sl_price === null || (side === 'long' ? dynamic_sl_price < before : dynamic_sl_price > before)
      if (loose) this.loosened.push(`position ${id}: ${before} became ${dynamic_sl_price}`)
    }
  }
}

async function play(seed: number, rows: number, world: Pick<World, 'store' | 'files'>): Promise<Played> {
  const given = scenario(seed, rows)
  const { PRICE_MODE: _, ...set } = given.set
  const run = new Run(given, { ...world, set }, new Draws(seed * 7919))
  await run.play()
  const differences = differencesOf(run.life.positions(), run.model.positions)
  const closedByPolicy = run.model.positions.filter(({ reason }) => reason !== null && ['break_even', 'trailing', 'timeout'].includes(reason)).length
  await run.life.kill()
  return { differences, loosened: run.loosened, invented: run.invented, kills: run.kills, quotes: given.points.length, closedByPolicy }
}

type Hand = { open: (ms: number) => Promise<void>; price: (ms: number, price: string) => Promise<void>; timers: (ms: number) => Promise<void>; shown: () => string[] }

/** A life played by hand: positions at 100 on one symbol, trailing by 1 % from 2 % on. */
async function aLife(set: Readonly<Record<string, string>>): Promise<{ life: Hand; restart: (ms: number) => Promise<Hand> }> {
  const store = new MemoryStore()
  const world: World = { store: () => store, files: survivingFiles(), set }
  const start = Date.parse('2026-01-05T00:00:00Z')
  let current: Life | null = null
  const begin = async (ms: number): Promise<Hand> => {
    await current?.kill()
    const life = new Life(world, start + ms)
    current = life
    life.start()
    await life.settle()
    const timers = async (until: number): Promise<void> => {
      for (let due = life.engine.nextTimerAt(); due <= start + until; due = life.engine.nextTimerAt()) {
        life.clock.moveTo(due)
        life.engine.fireTimer(life.clock.now())
        await life.settle()
      }
    }
    return {
      timers,
      open: async (at) => {
        life.clock.moveTo(start + at)
        life.signal({ symbol: 'AAA', side: 'long', price: 100, timestamp: new Date(start + at).toISOString(), tp_pct: 20, exit_strategy: 'tp_sl_trailing_v1', exit_params: { trail_distance_pct: 1 } })
        await life.settle()
      },
      price: async (at, price) => {
        await timers(at - 1)
        life.quote({ ts: start + at, symbol: 'AAA', price: new Big(price), continuous: false })
        await life.settle()
      },
      shown: () => life.positions().map((view) => `${view.auto_close_reason ?? view.status} ${view.close_price ?? '-'} stop ${view.dynamic_sl_price ?? '-'} best ${view.max_favorable_move}`),
    }
  }
  return { life: await begin(0), restart: begin }
}

describe('killed and started again', () => {
  it('in memory, many times: 0 differences, no stop looser than readers saw it', async () => {
    const total = { kills: 0, closedByPolicy: 0 }
    for (let seed = 1; seed <= (process.env['EXITS_LONG'] === '1' ? 200 : 10); seed++) {
      const store = new MemoryStore()
      const { differences, loosened, invented, kills, closedByPolicy } = await play(seed, 300, { store: () => store, files: survivingFiles() })
      expect({ seed, differences: differences.slice(0, 5), loosened, invented }).toEqual({ seed, differences: [], loosened: [], invented: [] })
      total.kills += kills
      total.closedByPolicy += closedByPolicy
    }
    expect(total.kills).toBeGreaterThan(100)
    expect(total.closedByPolicy).toBeGreaterThan(80)
  })

  it('what a young position has reached counts after a restart, too', async () => {
    const { life, restart } = await aLife({ AUTO_CLOSE_MIN_AGE_SEC: '10' })
    await life.open(0)
    await life.price(1000, '105')
    const second = await restart(60_000)
    await second.price(61_000, '100.5')
    expect(second.shown()).toEqual(['open - stop 103.95 best 5'])
    await second.price(62_000, '100.4')
    expect(second.shown()).toEqual(['trailing 100.4 stop 103.95 best 5'])
  })

  it('a peak that was still to be journaled is not that of a position filled after it', async () => {
    const { life, restart } = await aLife({})
    await life.open(0)
    await life.price(10, '105')
    await life.price(20, '106')
    // Readers see no stop that a restart would take back.
    expect(life.shown()).toEqual(['open - stop 103.95 best 5'])
    await life.open(30)
    await life.price(31, '104.99')
    await life.timers(1000)
    expect(life.shown()).toEqual(['open - stop 104.94 best 6', 'open - stop 103.9401 best 4.99'])
    expect((await restart(1000)).shown()).toEqual(['open - stop 104.94 best 6', 'open - stop 103.9401 best 4.99'])
  })

  it('on the disk, with checkpoints', async () => {
    for (const seed of [101, 102]) {
      const directory = mkdtempSync(join(tmpdir(), 'loms-restarts-'))
      try {
        const { differences, loosened } = await play(seed, 150, { store: () => new FileStore({ directory, onRemark: () => {} }), files: readModelIn(directory, () => {}) })
        expect({ seed, differences: differences.slice(0, 5), loosened }).toEqual({ seed, differences: [], loosened: [] })
      } finally {
        rmSync(directory, { recursive: true })
      }
    }
  })
})
