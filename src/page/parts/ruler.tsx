/** Where the price stands between stop and target: stop on the left, target on the right, for longs and shorts alike. */
import type { PositionView } from '../../domain/wire.ts'
import { percent, price } from '../format.ts'
import { priceSignal, stopOf, targetOf } from '../store.ts'

/** `last`: the price to show instead of the live one. */
export function Ruler({ view, last }: { readonly view: PositionView; readonly last?: number | null }) {
  const live = last === undefined ? (priceSignal(view.symbol).value?.[1] ?? null) : last
  const stop = stopOf(view)
  const target = targetOf(view)
  // Without a target as much room on the good side as there is on the bad one, or as the price needs.
  const initial = Math.abs(view.entry_price - view.sl_price) || view.entry_price * 0.01
  const sign = view.side === 'long' ? 1 : -1
  const low = sign * Math.min(sign * stop, sign * view.entry_price - initial * 0.25)
  const right = target ?? view.entry_price + sign * Math.max(initial * 2, live === null ? 0 : sign * (live - view.entry_price) * 1.2)
  const at = (value: number): number => Math.min(103, Math.max(-3, ((value - low) / (right - low)) * 100))
  const [entryAt, liveAt] = [at(view.entry_price), live === null ? null : at(live)]
  const good = live !== null && sign * (live - view.entry_price) >= 0
  const toStop = live === null ? null : (Math.abs(live - stop) / live) * 100
  const toTarget = live === null || target === null ? null : (Math.abs(target - live) / live) * 100
  const label = `Stop ${price(stop)}, entry ${price(view.entry_price)}, price ${price(live)}, target ${price(target)}`
  return (
    <div class="ruler" role="img" aria-label={label}>
      <div class="ruler-track">
        {liveAt !== null && <i class={good ? 'ruler-fill up-fill' : 'ruler-fill down-fill'} style={{ left: `${Math.min(entryAt, liveAt)}%`, width: `${Math.abs(liveAt - entryAt)}%` }} />}
        <i class="ruler-tick stop-tick" style={{ left: `${at(stop)}%` }} />
        <i class="ruler-tick entry-tick" style={{ left: `${entryAt}%` }} />
        {target !== null && <i class="ruler-tick target-tick" style={{ left: '100%' }} />}
        {liveAt !== null && <i class={good ? 'ruler-price up-fill' : 'ruler-price down-fill'} style={{ left: `${liveAt}%` }} />}
      </div>
      <div class="ruler-labels">
        <span><b class="down">SL</b> {price(stop)}{toStop !== null && <em>{percent(toStop, 1).replace('+', '')}</em>}</span>
        <span>{target === null ? <em>no target</em> : <><b class="up">TP</b> {price(target)}{toTarget !== null && <em>{percent(toTarget, 1).replace('+', '')}</em>}</>}</span>
      </div>
    </div>
  )
}
