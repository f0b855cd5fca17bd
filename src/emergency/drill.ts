/**
 * The rehearsal of a panic: the real service on paper, in a directory of its own that goes away. Nothing of the running
 * service is touched.
 */
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DrillResult, DrillStep } from '../cli/commands/drill.ts'
import { loadSettings } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import { exitStrategies } from '../exits/registry.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { ServiceApplication } from '../runtime/service-application.ts'
import { Service } from '../runtime/service.ts'
import { bounceSignalReader } from '../signals/bounce-signal.ts'
import { productVersion } from '../version.ts'

const PROTECTED_WITHIN_MS = 10_000
const REASON = 'drill'

/** `now` is the time of the signals. Rehearses with so many positions, each on a symbol of its own. */
export async function drill(positions: number, now: Date): Promise<DrillResult> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'loms-drill-'))
  try {
    const loaded = loadSettings({ environment: {}, dotEnv: null, overrides: { DATA_DIR: directory, MAX_OPEN_POSITIONS: '' } })
    if (!loaded.ok) return { ok: false, positions, steps: [{ step: loaded.problems.join('; '), ms: 0, ok: false }] }
    const rehearsal = new Rehearsal(loaded.settings, await createLogger('silent', false), now)
    await rehearsal.play(positions)
    return { ok: rehearsal.steps.every(({ ok }) => ok), positions, steps: rehearsal.steps }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

class Rehearsal {
  readonly steps: DrillStep[] = []
  readonly #settings: Settings
  readonly #logger: Logger
  readonly #now: Date
  #last = performance.now()

  constructor(settings: Settings, logger: Logger, now: Date) {
    this.#settings = settings
    this.#logger = logger
    this.#now = now
  }

  async play(positions: number): Promise<void> {
    const first = await this.#start('service started')
    if (!first) return
    await this.#open(first, positions)
    await this.#panic(first)
    this.#note('an entry is refused', (await this.#enter(first, 'REFUSED')) === 'halted: drill')
    await first.stop()
    this.#note('service stopped')
    const second = await this.#start('started again')
    if (!second) return
    this.#note('still halted', (await this.#enter(second, 'REFUSED')) === 'halted: drill')
    await new ServiceApplication(second).resetKillSwitch({ reason: REASON, accountLabel: null })
    this.#note('kill switch reset, an entry is taken', (await this.#enter(second, 'TAKEN')) === 'opened')
    await second.stop()
    this.#note('service stopped')
  }

  async #start(step: string): Promise<Service | null> {
    const opened = await Service.open(this.#settings, productVersion(), this.#logger)
    const running = opened.ok && (await opened.service.run())
    this.#note(opened.ok ? step : opened.message, running)
    return opened.ok && running ? opened.service : null
  }

  async #open(service: Service, positions: number): Promise<void> {
    const symbols = Array.from({ length: positions }, (_, index) => `DRILL${index + 1}USDT`)
    const waiting = new Set(symbols.map((_, index) => index + 1))
    const covered = service.when((notice) => notice.type === 'position.protected' && waiting.delete(notice.positionId) && waiting.size === 0, PROTECTED_WITHIN_MS)
    const answers = await Promise.all(symbols.map((symbol) => this.#enter(service, symbol)))
    this.#note(`${positions} positions opened`, answers.every((answer) => answer === 'opened'))
    await covered
    this.#note('every position protected by its stop', waiting.size === 0)
  }

  async #panic(service: Service): Promise<void> {
    const outcome = await new ServiceApplication(service).panic({ reason: REASON, accountLabel: null })
    this.#last = performance.now()
    if (outcome.kind !== 'ok') return this.#note(outcome.message, false)
    this.steps.push(...outcome.value.steps.map(({ step, ms }) => ({ step: `panic: ${step}`, ms, ok: true })))
    this.#note('flat in LOMS and at the broker', outcome.value.flat)
  }

  /** `opened`, or why not. */
  async #enter(service: Service, symbol: string): Promise<string> {
    const reading = bounceSignalReader(this.#settings.signal, exitStrategies)({ symbol, side: 'long', price: 100, timestamp: this.#now.toISOString() })
    if (!reading.ok) return 'invalid'
    const outcome = await new ServiceApplication(service).enter({ kind: 'bounce_signal', signal: reading.signal, payload: reading.payload, idempotencyKey: null })
    if (outcome.kind !== 'answered') return outcome.kind
    const { answer } = outcome
    return answer.risk_ok ? 'opened' : 'reason' in answer ? answer.reason : answer.risk_reason
  }

  #note(step: string, ok = true): void {
    const at = performance.now()
    this.steps.push({ step, ms: Math.round((at - this.#last) * 10) / 10, ok })
    this.#last = at
  }
}
