/** The stages of the rollout (SPEC R-4), as docs/live.md prints them: what each lets through, and what it still refuses. */
import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadSettings } from '../../src/config/load.ts'
import type { Settings } from '../../src/config/settings.ts'
import { decimal } from '../../src/domain/decimal.ts'
import { EngineWorld } from '../support/engine-world.ts'

const document = fs.readFileSync(new URL('../../docs/live.md', import.meta.url), 'utf8')
const blocks = document.split(/^ *```\w*\n/m).filter((_, index) => index % 2 === 1).map((text) => text.replaceAll(/^ +/gm, ''))
/** What a person fills in. */
const FILLED: Readonly<Record<string, string>> = { TELEGRAM_BOT_TOKEN: `123456789:${'A'.repeat(35)}`, TELEGRAM_CHAT_IDS: '42', TELEGRAM_USER_IDS: '42' }
const STEP_3 = (blocks.find((text) => text.startsWith('LOMS_PROFILE=semi-live')) ?? '').replaceAll(/^(\w+)=…$/gm, (_, name: string) => `${name}=${FILLED[name] ?? 'filled-in'}`).replaceAll(/^(EXCHANGE_SANDBOX|LIVE_SYMBOLS|LIVE_STRATEGIES|ACCOUNT_LABEL)=.*\n/gm, '')

function settingsOf(stage: number): Settings {
  const loaded = loadSettings({ environment: {}, dotEnv: `${STEP_3}${blocks.find((text) => text.startsWith(`# stage ${stage}`)) ?? 'NO_SUCH_STAGE=1'}` })
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.settings
}

/** An armed account of 100 USDT in this stage. */
class Stage {
  readonly #world: EngineWorld
  #signals = 0
  constructor(stage: number) {
    // Fills come from the paper broker; every check is that of real orders.
    this.#world = new EngineWorld({}, settingsOf(stage))
    this.#world.engine.accept({ type: 'kill-switch.armed', accountLabel: null, balance: decimal('100'), reason: 'test' })
  }

  /** `opened`, or by which limit not. */
  enter(symbol: string, strategy: string, side: 'long' | 'short' = 'long', qty = 0.1): string {
    const answer = this.#world.answer({ symbol, strategy, side, qty, timestamp: new Date(this.#world.clock.now() - this.#signals++).toISOString() })
    this.#world.settle()
    return answer.risk_ok ? 'opened' : 'risk_reason' in answer ? (answer.risk_reason.split(' ')[0] ?? '') : answer.reason
  }
}

const THREE = ['XRPUSDT', 'DOGEUSDT', 'ADAUSDT']
const FOUR = ['bounce_ema10_strict', 'bounce_ema20', 'breakout_1h', 'pullback_4h']

describe.each([
  [1, THREE.slice(0, 1), FOUR.slice(0, 1), 1],
  [2, THREE, FOUR.slice(0, 1), 3],
  [3, THREE, FOUR, 3],
] as const)('stage %i', (stage, symbols, strategies, positions) => {
  it('is real money within the limits of the 100 EUR profile', () => {
    const { brokerMode, live, core } = settingsOf(stage)
    expect([brokerMode, live?.sandbox, live?.maxAccountEquityUsdt, live?.leverage]).toEqual(['live', false, '150', '1'])
    expect(core.limits).toMatchObject({
      maxOpenPositions: positions, maxOpenPositionsPerSymbol: 1, maxSizePerPositionUsdt: '25', maxDailyLossUsdt: '5', maxDrawdownPct: '10', maxSessionLossPct: '5', maxSameDirectionPerGroup: 2,
      maxAlertsPerDay: 20, maxAlertsPerSymbolPerDay: 5, checkMargin: true, liveSymbols: symbols, liveStrategies: strategies,
    })
  })

  it('opens its symbols and strategies, each by itself, and no other', () => {
    for (const symbol of [...THREE, 'BTCUSDT']) {
      for (const strategy of [...FOUR, 'another']) {
        const named = symbols.some((each) => each === symbol) && strategies.some((each) => each === strategy)
        expect([symbol, strategy, new Stage(stage).enter(symbol, strategy)]).toEqual([symbol, strategy, named ? 'opened' : 'not_allowed_live'])
      }
    }
  })

  it('holds at most so many positions, two in one direction, one on a symbol, each of 25 USDT', () => {
    const account = new Stage(stage)
    const [strategy = '', other = strategy] = strategies
    expect(account.enter('XRPUSDT', strategy, 'long', 0.26)).toBe('max_size_per_position_exceeded')
    expect(account.enter('XRPUSDT', strategy)).toBe('opened')
    if (positions === 1) return expect(account.enter('XRPUSDT', strategy, 'short')).toBe('max_total_open_reached')
    expect(account.enter('XRPUSDT', other, 'short')).toBe('max_symbol_open_reached')
    expect(account.enter('DOGEUSDT', other)).toBe('opened')
    expect(account.enter('ADAUSDT', strategy)).toBe('max_same_direction_reached')
    expect(account.enter('ADAUSDT', strategy, 'short')).toBe('opened')
    expect(account.enter('XRPUSDT', other)).toBe('max_total_open_reached')
  })
})

it('each stage is entered through the readiness report', () => expect(document.slice(document.indexOf('## 4. Rollout'))).toMatch(/^## 4\. Rollout in three stages\n\n[^#]*Before each stage `loms readiness/))
