/**
 * Which test shows which rule of SPEC B, L, C, M-2 and R-3 with real orders. A title that is gone, or that no longer runs
 * for both venues, is noticed here.
 */
import fs from 'node:fs'
import { expect, it } from 'vitest'

type Shown = readonly [file: string, title: string]
const [ACCOUNT, FAULTS, LIFE, PROTECTION, READS, RESTART, GONE] = ['account', 'faults', 'lifecycle', 'protection', 'reads', 'restart', 'vanished'].map((name) => `test/live/${name}.test.ts`) as [string, string, string, string, string, string, string]
const RULES_OF_SERVICE = 'test/e2e/live-rules.test.ts'
const ADOPT = 'test/e2e/live-adopt.test.ts'

const SHOWN: Readonly<Record<string, readonly Shown[]>> = {
  'B-1 real orders': [[LIFE, 'long: opened, protected, given a target and closed by its stop'], [LIFE, 'short: closed by its target']],
  'B-2 the interface': [[LIFE, 'a stop that is moved is replaced without an instant in which none rests'], [LIFE, 'closed by a person: target first']],
  'B-3 symbols': [[RULES_OF_SERVICE, 'a symbol is mapped']],
  'B-4 leverage, modes': [[RULES_OF_SERVICE, 'a restart keeps position, orders and leverage'], [RULES_OF_SERVICE, 'an account in hedge mode']],
  'B-5 demo accounts': [['test/checkup/exchange-checks.test.ts', 'EXCHANGE_SANDBOX']],
  'B-6 streams and polling': [[READS, 'W1: mute, the socket open: the polling carries everything'], [READS, 'field 20: after a cut stream the account is looked at at once']],
  'B-7 shutdown': [[RESTART, 'B-7: a stop of the service leaves positions and stops where they are']],
  'L-1 states': [[LIFE, 'long: opened, protected, given a target and closed by its stop'], [GONE, 'held for a person']],
  'L-2 entry': [[PROTECTION, 'X6: the stop follows the fills of an entry'], [PROTECTION, 'X7: an entry of which only a part is filled'], [PROTECTION, 'a refused entry is the end of it']],
  'L-3 stop': [[PROTECTION, 'X10, X11: a refused stop is sent twice more, 200 ms apart'], [PROTECTION, 'X9: a stop whose price has been passed'], [PROTECTION, 'closed within the hard bound']],
  'L-4 target': [[PROTECTION, 'L-4: a refused target is a warning']],
  'L-5 pace and lanes': [['test/brokers/exchange-live/lanes.test.ts', '100 ms']],
  'L-6 close': [[LIFE, 'closed by a person: target first, then the market close, flat proven twice, the stop last'], [PROTECTION, 'X31: stop and target reached at once: closed once']],
  'L-7 rounding': [[LIFE, 'quantity down to the step, prices to the tick'], [LIFE, 'too small for the exchange: never sent']],
  'L-8 on record': [[RULES_OF_SERVICE, 'the close is on record']],
  'L-9 unresolved': [[FAULTS, 'found by its id, or sent again under it'], [RESTART, 'the entry never left: sent once, under the same id, after its absence was proven']],
  'C-1 both': [[RESTART, 'C-1: its stop was cancelled while nobody was there: placed again'], [RESTART, 'two starts in a row change nothing']],
  'C-2 orphans': [[ACCOUNT, 'C-2: positions and orders of others are told and left alone'], [ADOPT, 'C-2: a position of somebody else is told, previewed, adopted with a stop']],
  'C-3 closed while down': [[RESTART, 'C-3: closed by its stop while nobody was there: real fill and price'], [GONE, 'C-3, I25: held for a person'], [ADOPT, 'C-3: what vanished without a fill']],
  'C-4 neither': [[RESTART, 'two starts in a row change nothing'], [ADOPT, 'C-3: what vanished without a fill']],
  'C-5 stray orders': [[ACCOUNT, 'C-5: an own order without a position is cancelled, another LOMS’s is not']],
  'M-2 live mode': [[RULES_OF_SERVICE, 'M-2, B-3, B-4, B-7, L-8: disarmed at first; only what is named opens']],
  'R-3 kill switch': [[RULES_OF_SERVICE, 'R-3: at −5 % of the balance at arming everything stops, over a restart']],
}
/** The same code for both, without a venue in it. */
const FOR_ALL_VENUES = new Set(['L-5 pace and lanes'])

it.each(Object.entries(SHOWN))('%s', (rule, shown) => {
  for (const [file, title] of shown) {
    const text = fs.readFileSync(file, 'utf8')
    expect(text, `${file} shows ${rule}`).toContain(title)
    if (!FOR_ALL_VENUES.has(rule)) expect(text, `${file} runs for both venues`).toMatch(/\.each\((VENUES|\['bybit', 'bitget'\] as const)\)/)
  }
})

it('names every rule', () => {
  const wanted = [...Array.from({ length: 7 }, (_, index) => `B-${index + 1}`), ...Array.from({ length: 9 }, (_, index) => `L-${index + 1}`), ...Array.from({ length: 5 }, (_, index) => `C-${index + 1}`), 'M-2', 'R-3']
  expect(Object.keys(SHOWN).map((rule) => rule.split(' ')[0]).sort()).toEqual(wanted.sort())
})
