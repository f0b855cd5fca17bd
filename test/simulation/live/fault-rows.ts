/**
 * The kinds of faults, each named as what it is, each drawn from a seed. Letters and numbers are those of the fault matrix
 * (docs/simulation.md).
 */
import type { CallDoes, Does, Fault } from './scenario.ts'
import type { Venue } from '../../../src/exchange-emulator/model/instrument.ts'

export type Draw = {
  readonly venue: Venue
  readonly random: () => number
  readonly between: (least: number, most: number) => number
  readonly pick: <T>(values: readonly T[]) => T
  readonly symbol: () => string
}

const ORDERS = ['entry', 'stop', 'target', 'close'] as const
const CANCELS = ['cancel', 'cancel_plan'] as const
const READS = ['positions', 'fills', 'order', 'order_history', 'open_orders', 'open_plan_orders', 'plan_history'] as const

const calls = (names: readonly string[], times: number, fault: CallDoes): Does => ({ type: 'calls', calls: names, times, fault })
const write = ({ pick }: Draw): readonly string[] => [pick([...ORDERS, ...CANCELS])]
const code = (bybit: string, bitget: string, { venue }: Draw, when: 'before' | 'after' = 'before'): CallDoes => ({
  kind: 'code', when, code: venue === 'bybit' ? bybit : bitget, ...(bitget === '429' && venue === 'bitget' ? { status: 429 } : {}),
})

export const FAULT_ROWS = {
  'X1 answer lost': (draw) => calls(write(draw), draw.between(1, 3), { kind: 'hang', when: 'after' }),
  'X2 request lost': (draw) => calls(write(draw), draw.between(1, 3), { kind: 'hang', when: 'before' }),
  'X3 invisible order': ({ between }) => ({ type: 'behaviour', forMs: between(2000, 15_000), behaviour: { orderLagMs: between(200, 8000) } }),
  'X3 late fills': ({ between }) => ({ type: 'behaviour', forMs: between(2000, 15_000), behaviour: { fillLagMs: between(200, 4000), historyLagMs: between(200, 4000) } }),
  'X4 said to exist': (draw) => calls([draw.pick(ORDERS)], 1, code('110072', '40786', draw, 'after')),
  'X5 late execution': (draw) => calls([draw.pick(ORDERS)], 1, { kind: 'late', ms: draw.between(1600, 20_000) }),
  'X6 filled in parts': (draw) => calls([draw.pick(['entry', 'close'])], draw.between(1, 3), { kind: 'partial_fill', ratio: String(draw.pick([0.1, 0.37, 0.8])), rest: 'later', afterMs: draw.between(50, 6000) }),
  'X7 rest cancelled': (draw) => calls([draw.pick(['entry', 'close'])], draw.between(1, 2), { kind: 'partial_fill', ratio: String(draw.pick([0, 0.1, 0.5])), rest: 'cancel', afterMs: 0 }),
  'X8 fill before answer': (draw) => calls(['entry', 'close'], draw.between(1, 3), { kind: 'delay', ms: draw.between(100, 1400), when: 'after' }),
  'X9 stop passed already': (draw) => calls(['stop'], 1, code('110093', '40917', draw)),
  'X10 price refused': (draw) => calls([draw.pick(['stop', 'target'])], draw.between(1, 4), code('110003', '40815', draw)),
  'X11 venue busy': (draw) => calls([draw.pick([...ORDERS, ...CANCELS])], draw.between(1, 4), code('10016', '40725', draw)),
  'X12 stop unanswered': () => calls(['stop'], 3, { kind: 'hang', when: 'after' }),
  'X13 close refused': (draw) => calls(['close'], draw.between(1, 6), code('110066', '40838', draw)),
  'X14 venue drops the stop': ({ symbol }) => ({ type: 'venue', symbol: symbol(), act: 'cancel-stop', share: 1, forMs: 0 }),
  'X15 attached stop overlooked': () => calls(['entry'], 2, { kind: 'ignore_params', names: ['stopLoss', 'slTriggerBy', 'presetStopLossPrice'] }),
  'X16 triggered, not filled': ({ between, pick }) => ({ type: 'behaviour', forMs: between(5000, 30_000), behaviour: { triggeredExecution: { ratio: pick(['0', '0.4']) as never, rest: 'later', afterMs: between(1000, 9000) } } }),
  'X18 ADL': ({ symbol, pick }) => ({ type: 'venue', symbol: symbol(), act: 'adl', share: pick([0.3, 1]), forMs: 0 }),
  'X19 liquidation': ({ symbol }) => ({ type: 'venue', symbol: symbol(), act: 'liquidate', share: 1, forMs: 0 }),
  'X21 funding': ({ symbol }) => ({ type: 'venue', symbol: symbol(), act: 'funding', share: 1, forMs: 0 }),
  'X22 empty list': (draw) => calls([draw.pick([...READS, 'markets'])], draw.between(1, 6), { kind: 'empty_list' }),
  'X23 read fails': (draw) => calls([draw.pick(READS)], draw.between(1, 6), draw.pick<CallDoes>([{ kind: 'hang', when: 'before' }, { kind: 'reset', when: 'before' }])),
  'X24 list cut short': (draw) => calls([draw.pick(['open_orders', 'open_plan_orders', 'positions', 'fills', 'markets'])], draw.between(1, 4), { kind: 'cut_list', keep: draw.between(0, 2) }),
  'X25 rate limit': (draw) => ({ type: 'outage', forMs: draw.between(500, 10_000), fault: code('10006', '429', draw) }),
  'X27 market halted': ({ symbol, between }) => ({ type: 'venue', symbol: symbol(), act: 'halt', share: 1, forMs: between(1000, 20_000) }),
  'X29 leverage by hand': ({ symbol }) => ({ type: 'venue', symbol: symbol(), act: 'leverage', share: 1, forMs: 0 }),
  'X30 venue down': ({ between }) => ({ type: 'outage', forMs: between(2000, 40_000), fault: { kind: 'reset', when: 'before' } }),
  'X32 closed by hand': ({ symbol, pick }) => ({ type: 'by-hand', symbol: symbol(), act: 'close', share: pick([0.5, 1]) }),
  'X32 foreign stop': ({ symbol }) => ({ type: 'by-hand', symbol: symbol(), act: 'foreign-stop', share: 0.5 }),
  'X32 foreign order': ({ symbol }) => ({ type: 'by-hand', symbol: symbol(), act: 'foreign-order', share: 0.5 }),
  'O1 stop cancelled by hand': ({ symbol }) => ({ type: 'by-hand', symbol: symbol(), act: 'cancel-stop', share: 1 }),
  'O1 target cancelled by hand': ({ symbol }) => ({ type: 'by-hand', symbol: symbol(), act: 'cancel-target', share: 1 }),
  'N1 connection reset': (draw) => calls([draw.pick([...ORDERS, ...CANCELS, ...READS])], draw.between(1, 3), { kind: 'reset', when: draw.pick(['before', 'after']) }),
  'N2 no JSON': (draw) => calls([draw.pick([...ORDERS, ...CANCELS, ...READS])], draw.between(1, 3), draw.pick<CallDoes>([{ kind: 'html', when: 'after', status: 200 }, { kind: 'html', when: 'before', status: 502 }, { kind: 'half_body', when: 'after' }])),
  'N3 slow network': ({ between }) => ({ type: 'latency', forMs: between(1000, 15_000), ms: between(300, 6000) }),
  'N5 answers never arrive': ({ between }) => ({ type: 'outage', forMs: between(1000, 10_000), fault: { kind: 'hang', when: 'after' } }),
  'N6 alerts do not leave': ({ between }) => ({ type: 'phone', forMs: between(3000, 40_000), mode: 'down' }),
  'N6 alerts unanswered': ({ between }) => ({ type: 'phone', forMs: between(3000, 20_000), mode: 'unanswered' }),
  'N7 delivered twice': (draw) => calls(write(draw), draw.between(1, 4), { kind: 'twice' }),
  'W1 streams mute': ({ between }) => ({ type: 'streams', forMs: between(2000, 60_000), mode: 'mute' }),
  'W2 one stream mute': ({ between, pick }) => ({ type: 'streams', forMs: between(2000, 60_000), mode: 'mute', topic: pick(['orders', 'fills', 'positions']) }),
  'W3 pushes doubled': ({ between }) => ({ type: 'streams', forMs: between(2000, 30_000), mode: 'duplicate' }),
  'W3 pushes late': ({ between }) => ({ type: 'streams', forMs: between(2000, 30_000), mode: 'delay' }),
  'W5 streams refused': ({ between }) => ({ type: 'streams', forMs: between(2000, 30_000), mode: 'refuse' }),
  'C1 wall clock jumps': ({ between, pick }) => ({ type: 'wall-clock', forMs: between(1000, 20_000), byMs: pick([-3_600_000, -5000, 400, 3_600_000]) }),
  'C3 process frozen': ({ between }) => ({ type: 'freeze', forMs: between(500, 30_000) }),
  'D3 disk full': ({ between }) => ({ type: 'disk', forMs: between(500, 6000), mode: 'full', slowMs: 0 }),
  'D12 disk slow': ({ between }) => ({ type: 'disk', forMs: between(1000, 10_000), mode: 'slow', slowMs: between(100, 1500) }),
  'P1 crash': ({ between }) => ({ type: 'crash', downMs: between(100, 8000) }),
  'P3 crash during recovery': ({ between }) => ({ type: 'crash', downMs: between(1, 60) }),
  'P8 poison': ({ symbol }) => ({ type: 'poison', symbol: symbol() }),
} as const satisfies Readonly<Record<string, (draw: Draw) => Does>>

export type FaultRow = keyof typeof FAULT_ROWS
export const ROWS = Object.keys(FAULT_ROWS) as readonly FaultRow[]
export const drawFault = (row: FaultRow, at: number, draw: Draw): Fault => ({ row, at, does: FAULT_ROWS[row](draw) })
