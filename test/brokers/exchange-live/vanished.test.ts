/** When a position counts as vanished, and when it is there again: look by look. */
import { expect, it } from 'vitest'
import type { LivePosition } from '../../../src/brokers/exchange-live/live-world.ts'
import { Vanished } from '../../../src/brokers/exchange-live/vanished.ts'
import type { VenuePosition } from '../../../src/brokers/exchange-live/venue-api.ts'
import { ZERO } from '../../../src/domain/decimal.ts'
import type { Finding } from '../../../src/domain/reconciliation.ts'
import type { OrderRecord } from '../../../src/domain/order.ts'
import { d } from '../../support/builders.ts'

const POSITION = { id: 1, symbol: 'BTC/USDT', direction: 'long', openQty: d(2), covered: false, closing: false, vanished: false, orders: [] } as unknown as LivePosition
const GONE: Finding = { kind: 'vanished', symbol: 'BTCUSDT', direction: 'long', positionId: POSITION.id, expected: d(2), found: ZERO }
const held = (qty: number): VenuePosition => ({ symbol: 'BTCUSDT', direction: 'long', qty: d(qty) }) as VenuePosition
const order = (role: string, status: string, code: string | null = null): LivePosition => ({ ...POSITION, orders: [{ role, status, code } as OrderRecord] })

type Look = readonly [at: number, position: LivePosition, findings: readonly Finding[], held: readonly VenuePosition[]]
/** The looks at which something was told, and what. */
function told(looks: readonly Look[], share?: number): readonly string[] {
  let now = 0
  const vanished = new Vanished(() => now)
  if (share !== undefined) vanished.share(POSITION.id, share)
  return looks.flatMap(([at, position, findings, there]) => {
    now = at
    return vanished.look([position], findings, there, (symbol) => symbol.replace('/', '')).map(({ type }) => `${at} ${type}`)
  })
}
const every = (ms: number, count: number, position = POSITION, findings: readonly Finding[] = [GONE], there: readonly VenuePosition[] = []): readonly Look[] => Array.from({ length: count }, (_, index) => [index * ms, position, findings, there])

it.each<[string, readonly Look[], readonly string[]]>([
  ['five looks over five seconds', every(1250, 5), ['5000 position.vanished']],
  ['many looks in a short time prove nothing', every(250, 20), []],
  ['few looks over a long time neither', every(5000, 4), []],
  ['one look that shows it begins anew', [...every(1250, 4), [5000, POSITION, [], [held(2)]], ...every(1250, 4).map(([at, ...rest]): Look => [at + 6250, ...rest])], []],
  ['a stop that rests speaks against it', every(1250, 20, { ...POSITION, covered: true }), []],
  ['not while it is being closed: the venue refuses its close', every(1250, 5, { ...POSITION, covered: true, closing: true }), ['5000 position.vanished']],
  ['an order under way may explain it', every(1250, 20, order('close', 'working')), []],
  ['an order whose fate is unknown too', every(1250, 20, order('stop-loss', 'unresolved')), []],
  ['one that was refused does not', every(1250, 5, order('stop-loss', 'rejected')), ['5000 position.vanished']],
  ['one that was sent and not answered may', every(1250, 20, order('take-profit', 'created')), []],
  ['one that was proven absent does not', every(1250, 5, order('take-profit', 'created', 'absent')), ['5000 position.vanished']],
  ['an absent entry is sent again', every(1250, 20, order('entry', 'created', 'absent')), []],
  ['known already', every(1250, 20, { ...POSITION, vanished: true }), []],
  ['there again, exactly', every(500, 3, { ...POSITION, vanished: true }, [GONE], [held(2)]), ['1000 position.reported']],
  ['another quantity is somebody else’s', every(500, 9, { ...POSITION, vanished: true }, [GONE], [held(3)]), []],
])('%s', (_name, looks, expected) => {
  expect(told(looks)).toEqual(expected)
})

it('what somebody else opened there is not taken for it', () => {
  expect(told(every(500, 9, { ...POSITION, vanished: true }, [GONE], [held(2)]), 100)).toEqual([])
})

it('fills from before somebody else came are still its own', () => {
  const vanished = new Vanished(() => 0)
  expect(vanished.isShared(POSITION.id, 5)).toBe(false)
  vanished.share(POSITION.id, 100)
  vanished.share(POSITION.id, 200)
  expect([99, 100, 150].map((at) => vanished.isShared(POSITION.id, at))).toEqual([false, true, true])
})
