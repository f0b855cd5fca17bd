/** Random policies, prices and signals: the product and the brute-force model agree on how every position ends. */
import { describe, expect, it } from 'vitest'
import { compareScenario } from './compare-exits.ts'
import { scenario } from './scenario.ts'

/** The long form: `EXITS_LONG=1` plays a million quotes. */
const LONG = process.env['EXITS_LONG'] === '1'
const SCENARIOS = LONG ? 260 : 30
const ROWS = LONG ? 4000 : 1700

describe('the product against a model that shows every price to every position', () => {
  it(`${SCENARIOS} scenarios, 0 differences`, { timeout: LONG ? 3_600_000 : 60_000 }, async () => {
    const total = new Map<string, number>()
    let quotes = 0
    for (let seed = 1; seed <= SCENARIOS; seed++) {
      const compared = await compareScenario(scenario(seed, ROWS))
      expect({ seed, differences: compared.differences.slice(0, 5) }).toEqual({ seed, differences: [] })
      quotes += compared.quotes
      for (const [reason, count] of compared.closed) total.set(reason, (total.get(reason) ?? 0) + count)
    }
    if (LONG) console.log(`${quotes} quotes, positions by end: ${JSON.stringify(Object.fromEntries(total))}`)
    expect(quotes).toBeGreaterThan(LONG ? 1_000_000 : 50_000)
    for (const reason of ['tp', 'sl', 'break_even', 'trailing', 'timeout', 'open']) expect([reason, (total.get(reason) ?? 0) > (LONG ? 1000 : 20)]).toEqual([reason, true])
  })
})
