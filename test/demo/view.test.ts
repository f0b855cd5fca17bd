import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import type { PositionDetail } from '../../src/domain/wire.ts'
import { newsBetween, played, withBotLine, withPosition, type DemoState } from '../../src/demo/demo-state.ts'
import { positionIds } from '../../src/demo/notice-stream.ts'
import { demoRecording, timeSpan } from '../../src/demo/recording.ts'
import { inPlace, renderFrame } from '../../src/demo/view.ts'
import { stepsOf, walkedWhole } from '../../src/demo/walk.ts'
import { positionView } from '../cli/fake-service.ts'

const plain = pc.createColors(false)
const at = '2024-07-19T00:00:00.000Z'
const event = (seq: number, type: string, letter: string) => ({ seq, at, type, clientOrderId: `abcdef-1-${letter}1` })
const HISTORY = [
  { seq: 1, at, type: 'signal.received' },
  event(2, 'order.filled', 'e'),
  event(3, 'order.accepted', 's'),
  event(4, 'order.accepted', 't'),
  event(5, 'order.filled', 't'),
]
const detail = (events: number, changes: Partial<PositionDetail> = {}): PositionDetail => ({
  ...positionView(), orders: [], events: HISTORY.slice(0, events), ...changes,
})
const openDetail = (events: number, state: PositionDetail['state']) =>
  detail(events, { status: 'open', state, pnl: null, auto_close_reason: null, close_price: null })

const START: DemoState = {
  title: 'recorded', from: Date.parse(at), to: Date.parse(at) + 100_000, speed: 14, market: null, positions: [],
  candleNews: 'none yet', signalNews: 'none yet',
}
const market = {
  symbol: 'BTCUSDT', ts: '2024-07-19T00:00:25.000Z', bid: 1, ask: 2, last: 64100, mark: null, source: 'replay', mode: 'last', price: 64100, age_ms: 0,
}

describe('the walk of a position', () => {
  it.each([
    [0, 'pending', ['pending']],
    [2, 'entry-filled', ['pending', 'entry-filled']],
    [3, 'sl-placed', ['pending', 'entry-filled', 'sl-placed']],
    [4, 'tp-placed', ['pending', 'entry-filled', 'sl-placed', 'tp-placed']],
  ] as const)('%i events, now %s', (events, state, steps) => expect(stepsOf(openDetail(events, state))).toEqual(steps))

  it('is whole only with every step and its own stop or target at the end', () => {
    expect(walkedWhole(detail(5))).toBe(true)
    expect(walkedWhole(detail(5, { auto_close_reason: 'manual' }))).toBe(false)
    expect(walkedWhole(openDetail(4, 'tp-placed'))).toBe(false)
    expect(walkedWhole(detail(3))).toBe(false)
  })
})

describe('the picture', () => {
  it('shows progress, price, bot and the steps of every position', () => {
    let state = withBotLine(withBotLine(START, 'candle close 64100 ema 64090.1'), 'loms_order_created position 1 long at 64000')
    state = withPosition({ ...state, market }, openDetail(3, 'sl-placed'))
    expect(renderFrame(state, 200, plain)).toEqual([
      'LOMS demo  recorded',
      '████████░░░░░░░░░░░░░░░░░░░░░░  25 %  at 14 times the real speed',
      '',
      'price   64100.0000  replay 2024-07-19 00:00:25',
      'candle  close 64100 ema 64090.1',
      'signal  loms_order_created position 1 long at 64000',
      '',
      ' 1 long  64000.0000  ● pending ● entry-filled ● sl-placed ○ tp-placed ○ closed     +100.0000',
    ])
  })

  it('names a state beside the walk and the result of a closed position', () => {
    const closing = renderFrame(withPosition(START, openDetail(4, 'closing')), 200, plain).at(-1)
    expect(closing).toContain('○ closed closing')
    expect(renderFrame(withPosition(START, detail(5)), 200, plain).at(-1)).toContain('● closed  tp +2880.0000')
  })

  it('is never wider than the terminal, colours aside', () => {
    const state = withPosition({ ...START, market }, detail(5))
    for (const line of renderFrame(state, 40, plain)) expect(line.length).toBeLessThanOrEqual(40)
    for (const line of renderFrame(state, 40, pc.createColors(true))) expect(line.replace(/\u001b\[\d+m/g, '').length).toBeLessThanOrEqual(40)
  })

  it('is drawn over the one before, and gives the cursor back', () => {
    const drawn: string[] = []
    const picture = inPlace((text) => drawn.push(text))
    picture.show(['a', 'b'])
    picture.show(['c'])
    picture.leave()
    expect(drawn).toEqual(['\u001b[?25l\u001b[2Ka\n\u001b[2Kb\n\u001b[0J', '\u001b[2A\u001b[2Kc\n\u001b[0J', '\u001b[?25h'])
  })
})

describe('without a terminal', () => {
  it('every step is one line, and nothing is said twice', () => {
    const filled = withPosition(START, openDetail(2, 'entry-filled'))
    const done = withPosition(filled, detail(5))
    expect(newsBetween(START, filled)).toEqual(['position 1 long BTCUSDT: pending → entry-filled'])
    expect(newsBetween(filled, filled)).toEqual([])
    expect(newsBetween(filled, done)).toEqual(['position 1 long BTCUSDT: pending → entry-filled → sl-placed → tp-placed → closed (tp, pnl 2880.0000)'])
    expect(newsBetween(done, withBotLine(done, 'loms_risk_reject long'))).toEqual(['bot: loms_risk_reject long'])
  })
})

describe('what the demo reads', () => {
  it('position ids in the event stream', () => {
    expect(positionIds('data: {"seq":7,"notice":{"type":"position.opened","positionId":12}}')).toEqual([12])
    expect(positionIds('event: position.opened')).toEqual([])
  })

  it('the time span of a price file, and how much of it is played', () => {
    expect(timeSpan('ts_ms,symbol\n1000,A\n2000,A\n3500,B\n')).toEqual({ from: 1000, to: 3500 })
    expect([played(START), played({ ...START, market })]).toEqual([0, 0.25])
  })

  it('the recording that comes with the package', () => {
    const { from, to, file } = demoRecording()
    expect([new Date(from).toISOString().slice(0, 16), new Date(to).toISOString().slice(0, 16)]).toEqual(['2024-07-18T23:57', '2024-07-19T00:05'])
    expect(file).toMatch(/\.csv\.gz$/)
  })
})
