/** The live demo's script: an ordinary trade, a stop that is refused, one that is refused for good, a line that is cut. */
import type { PositionDetail } from '../../domain/wire.ts'
import type { SignalAnswer } from '../../domain/signal-answer.ts'
import type { LomsClient } from '../../cli/http-client.ts'
import { heldQty, nakedMs, restingStops, type Accident, type DemoExchange } from './exchange.ts'
import type { Claim, LiveState } from './live-state.ts'

export type Stage = {
  readonly symbol: string
  readonly exchange: DemoExchange
  readonly client: LomsClient
  readonly state: () => LiveState
  readonly tell: (line: string) => void
  readonly accident: (what: string | null) => void
  /** True once it holds; false where the time is up or the demo is over. */
  readonly until: (holds: (state: LiveState) => boolean, withinMs: number) => Promise<boolean>
}
export type Act = { readonly title: string; readonly play: (stage: Stage) => Promise<readonly Claim[]> }

/** Refused for good, in each venue's words. */
const REFUSED: Readonly<Record<LiveState['exchange'], Readonly<Record<string, string>>>> = {
  bybit: { kind: 'code', when: 'before', code: '110003' },
  bitget: { kind: 'code', when: 'before', code: '40815' },
}
const PROTECT_WITHIN_MS = 8000
const CLOSE_WITHIN_MS = 8000
/** The line stays cut until the exchange has closed the position by itself, for at most so long after the least time. */
const LEAST_CUT_MS = 3000
const CUT_MS = 4000
const NO_LONGER_OPEN = ['closed', 'cancelled']

const detailOf = (state: LiveState, id: number): PositionDetail | undefined => state.positions.find(({ detail }) => detail.id === id)?.detail
const isClosed = (state: LiveState, id: number): boolean => NO_LONGER_OPEN.includes(detailOf(state, id)?.state ?? '')
const isProtected = (state: LiveState, id: number): boolean => detailOf(state, id)?.state === 'tp-placed' || isClosed(state, id)
const milliseconds = (value: number | null): string => (value === null ? 'never' : `${value} ms`)
const claim = (text: string, held: boolean, figure = ''): Claim => ({ claim: text, held, figure })
const failed = (text: string): readonly Claim[] => [claim(text, false)]
/** Held as a text: a figure of a claim that did not hold says what was seen instead. */
const stateOf = (state: LiveState, id: number): string => `${detailOf(state, id)?.state ?? 'unknown'} (${detailOf(state, id)?.auto_close_reason ?? 'no reason'})`

/** Sends a signal as a bot would; null: nothing was opened. */
async function signal({ client, symbol, state, tell }: Stage, side: 'long' | 'short', levelPct: number): Promise<number | null> {
  const price = state().truth?.last
  if (price === undefined) return null
  const body = { symbol, side, price, qty: 0.001, tp_pct: levelPct, sl_pct: levelPct, timestamp: new Date().toISOString() }
  const answer = await client.post<SignalAnswer>('/signals/bounce', body)
  if (answer.kind === 'ok' && 'position_id' in answer.body) {
    tell(`signal: ${side} at ${price}, answered with position ${answer.body.position_id}`)
    return answer.body.position_id
  }
  tell(`the signal opened nothing: ${JSON.stringify(answer.kind === 'ok' ? answer.body : answer)}`)
  return null
}

/** Closed by its own levels, or by a person after a while. */
async function close({ client, tell, until, state, symbol }: Stage, id: number, waitMs: number): Promise<Claim> {
  if (!(await until((now) => isClosed(now, id), waitMs))) {
    tell('a person closes it at the market (POST /positions/{id}/close)')
    await client.post(`/positions/${id}/close`, { reason: 'demo' })
  }
  const closed = await until((now) => isClosed(now, id) && now.truth !== null && heldQty(now.truth, symbol) === 0, CLOSE_WITHIN_MS)
  tell(`position ${id} is closed: ${stateOf(state(), id)}`)
  return claim(`position ${id} closed`, closed, stateOf(state(), id))
}
const cover = (state: LiveState, id: number): number | null => (state.truth ? nakedMs(state.truth, id) : null)

async function ordinary(stage: Stage): Promise<readonly Claim[]> {
  const { tell, until, state } = stage
  const id = await signal(stage, 'long', 0.05)
  if (id === null) return failed('a signal opens a position')
  const safe = await until((now) => isProtected(now, id), PROTECT_WITHIN_MS)
  const naked = cover(state(), id)
  tell(`the stop rests at the exchange, triggered by the mark price, ${milliseconds(naked)} after the fill; the target follows`)
  return [claim(`position ${id} protected at the exchange`, safe && naked !== null, `${milliseconds(naked)} after its fill`), await close(stage, id, 5000)]
}

async function refusedTwice(stage: Stage): Promise<readonly Claim[]> {
  const { exchange, tell, until, state, accident } = stage
  accident('the exchange refuses the next two stops')
  await exchange.breakCalls({ match: { call: 'stop' }, times: 2, do: REFUSED[state().exchange] })
  const id = await signal(stage, 'short', 0.3)
  if (id === null) return failed('a signal opens a position')
  const safe = await until((now) => isProtected(now, id), PROTECT_WITHIN_MS)
  const naked = cover(state(), id)
  accident(null)
  tell(`the third stop rests. Without any stop: ${milliseconds(naked)}${state().exchange === 'bybit' ? ', for Bybit takes one along with the entry' : ''}`)
  await exchange.mend()
  return [claim(`position ${id}: stop refused twice, protected by the third`, safe && !isClosed(state(), id), `${milliseconds(naked)} without`), await close(stage, id, 1500)]
}

async function refusedForGood(stage: Stage): Promise<readonly Claim[]> {
  const { exchange, tell, until, state, accident } = stage
  accident('the exchange refuses every stop')
  await exchange.breakCalls({ match: { call: 'stop' }, times: 'always', do: REFUSED[state().exchange] })
  const id = await signal(stage, 'long', 0.3)
  if (id === null) return failed('a signal opens a position')
  const closed = await until((now) => isClosed(now, id) && now.truth !== null && heldQty(now.truth, stage.symbol) === 0, PROTECT_WITHIN_MS + CLOSE_WITHIN_MS)
  accident(null)
  await exchange.mend()
  const { auto_close_reason: reason } = detailOf(state(), id) ?? {}
  tell(`three stops were refused: LOMS closed the position at the market (${reason ?? 'not closed'}) and says so as urgent`)
  return [claim(`position ${id}: no stop to be had, closed at the market`, closed && reason === 'sl_failed', stateOf(state(), id))]
}

async function lineCut(stage: Stage): Promise<readonly Claim[]> {
  const { exchange, tell, until, state, accident, symbol } = stage
  const id = await signal(stage, 'long', 0.05)
  if (id === null || !(await until((now) => isProtected(now, id), PROTECT_WITHIN_MS))) return failed('a signal opens a protected position')
  accident('the line is cut: websockets ended, every request reset')
  const cut: Accident = { match: {}, times: 'always', do: { kind: 'reset', when: 'before' } }
  await exchange.breakCalls(cut)
  await exchange.cutStreams()
  const { truth } = state()
  const stopHeld = (truth !== null && restingStops(truth).length > 0) || isClosed(state(), id)
  tell('LOMS is alone; the stop rests where LOMS is not needed: at the exchange')
  await until(() => false, LEAST_CUT_MS)
  const closedMeanwhile = await until((now) => now.truth !== null && heldQty(now.truth, symbol) === 0, CUT_MS)
  accident(null)
  await exchange.mend()
  const mendedAt = performance.now()
  tell(closedMeanwhile ? 'meanwhile the exchange closed the position by its own orders; the line is mended' : 'the line is mended')
  const known = await until((now) => now.connected && (closedMeanwhile ? isClosed(now, id) : isProtected(now, id)) && (now.truth?.connections ?? 0) > 0, 12_000)
  const took = `${((performance.now() - mendedAt) / 1000).toFixed(1)} s later`
  tell(closedMeanwhile ? `LOMS has booked it with the exchange's own price and fees, ${took}` : `LOMS has compared account and journal, ${took}`)
  const claims = [claim(`position ${id}: a stop at the exchange while the line was cut`, stopHeld), claim('after it was mended: the position as the exchange has it', known, took)]
  return [...claims, await close(stage, id, 3000)]
}

export const ACTS: readonly Act[] = [
  { title: 'an ordinary trade', play: ordinary },
  { title: 'the exchange refuses the stop twice', play: refusedTwice },
  { title: 'the exchange refuses every stop', play: refusedForGood },
  { title: 'the line is cut while a position is open', play: lineCut },
]
