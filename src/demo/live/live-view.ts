/** The live demo's picture: what LOMS says and what the exchange holds, one above the other. */
import { price, text } from '../../cli/format.ts'
import type { Colours } from '../../cli/terminal.ts'
import { fit, positionLine, type Segment } from '../view.ts'
import { heldQty, restingOrders, restingStops } from './exchange.ts'
import type { LiveState } from './live-state.ts'

const TOLD_LINES = 9

export function renderLive(state: LiveState, title: string, symbol: string, columns: number, colours: Colours): readonly string[] {
  const { truth } = state
  const lines: readonly (readonly Segment[])[] = [
    [['LOMS live demo  ', colours.bold], [state.title]],
    [[`${state.exchange}, emulated on this machine; the service runs in live mode and knows no difference`, colours.dim]],
    [],
    [[`${state.act}/${state.acts}  `, colours.bold], [title, colours.bold]],
    [['accident  '], state.accident === null ? ['none now', colours.dim] : [state.accident, colours.red]],
    [],
    [['price     '], [`last ${price(truth?.last)}`, colours.bold], [`  mark ${price(truth?.mark)}`, colours.dim]],
    [['LOMS      '], state.connected ? ['connected', colours.green] : ['CUT OFF', colours.red]],
    [['exchange  '], [exchangeText(state, symbol)]],
    [],
    ...state.positions.map((position) => positionLine(position, truth?.last ?? null, colours)),
    [],
    ...state.told.slice(-TOLD_LINES).map((line): readonly Segment[] => [[line, colours.dim]]),
  ]
  return lines.map((segments) => fit(segments, columns))
}

function exchangeText({ truth }: LiveState, symbol: string): string {
  if (!truth) return 'not reached'
  const qty = heldQty(truth, symbol)
  const [stop] = restingStops(truth)
  const held = qty === 0 ? 'flat' : `${qty > 0 ? 'long' : 'short'} ${Math.abs(qty)} ${text(symbol)}`
  const guard = stop ? `, stop ${stop.trigger?.price ?? '?'} by mark` : qty === 0 ? '' : ', NO STOP'
  return `${held}${guard}, ${restingOrders(truth)} orders resting, equity ${Number(truth.account.equity).toFixed(2)} USDT, ${truth.connections} streams`
}
