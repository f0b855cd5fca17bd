/** Follows the running service and draws what happens, until the recording is played. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { LomsClient } from '../cli/http-client.ts'
import type { Terminal } from '../cli/terminal.ts'
import type { PositionDetail, PositionView } from '../domain/wire.ts'
import type { MarketView } from '../http/application.ts'
import type { Child } from './child.ts'
import { newsBetween, played, withBotLine, withPosition, type DemoState } from './demo-state.ts'
import { followPositions } from './notice-stream.ts'
import { inPlace, renderFrame } from './view.ts'

export type FollowOptions = {
  readonly client: LomsClient
  readonly terminal: Terminal
  readonly service: Pick<Child, 'ended'>
  readonly signal: AbortSignal
  readonly start: DemoState
  /** Takes what the bot has written since the last call. */
  readonly botLines: () => readonly string[]
  readonly roundMs?: number
}

/** Nothing may keep the demo longer than this. */
const TIME_LIMIT_MS = 50_000
/** A price that stands still for so many rounds near the end means that the recording is played. */
const STILL_ROUNDS = 10

/** Ends when the recording is played, the service is gone, the time is up, or somebody interrupts. */
export async function follow({ client, terminal, service, signal, start, botLines, roundMs = 100 }: FollowOptions): Promise<DemoState> {
  const changed = new Set<number>()
  const over = new AbortController()
  const stream = followPositions(client.url, over.signal, (id) => changed.add(id))
  const picture = inPlace((text) => terminal.draw(text))
  let state = start
  let still = 0
  for (const end = Date.now() + TIME_LIMIT_MS; Date.now() < end && !signal.aborted && service.ended() === null; ) {
    const next = await look(client, botLines().reduce(withBotLine, state), changed)
    still = next.market?.ts === state.market?.ts ? still + 1 : 0
    if (terminal.errIsTty) picture.show(renderFrame(next, terminal.columns, terminal.colours))
    else for (const line of newsBetween(state, next)) terminal.err(line)
    state = next
    if (played(state) >= 1 || (still >= STILL_ROUNDS && played(state) > 0.95)) break
    await sleep(roundMs, undefined, { signal }).catch(() => undefined)
  }
  if (terminal.errIsTty) picture.leave()
  over.abort()
  await stream
  return state
}

/** One look at the service: the price, and every position that is new or changed. */
export async function look(client: LomsClient, before: DemoState, changed: Set<number>): Promise<DemoState> {
  const [market, list] = await Promise.all([
    client.get<MarketView>('/market', 'object', { symbol: 'BTCUSDT' }),
    client.get<readonly PositionView[]>('/positions', 'array'),
  ])
  let state = market.kind === 'ok' ? { ...before, market: market.body } : before
  const views = list.kind === 'ok' ? list.body : []
  for (const view of views) {
    const known = state.positions.find(({ detail }) => detail.id === view.id)
    if (known?.detail.state !== view.state || known.detail.qty !== view.qty) changed.add(view.id)
  }
  const wanted = [...changed]
  changed.clear()
  for (const answer of await Promise.all(wanted.map((id) => client.get<PositionDetail>(`/positions/${id}`, 'object')))) {
    if (answer.kind === 'ok') state = withPosition(state, answer.body)
  }
  return state
}
