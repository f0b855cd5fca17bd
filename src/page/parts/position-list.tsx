/** Open positions, live. */
import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import type { PositionView } from '../../domain/wire.ts'
import { askClose, panicProgress, panicState } from '../actions.tsx'
import { may } from '../api.ts'
import { arrow, count, duration, money, percent, price, quantity, tone } from '../format.ts'
import { changes, now, openIds, openPnl, pnlAt, positionSignal, priceSignal, stopOf } from '../store.ts'
import { SidePill, StatePill } from './pill.tsx'
import { Ruler } from './ruler.tsx'
import { Windowed } from './windowed.tsx'

const ORDERS = {
  newest: ['Newest first', (view: PositionView) => -view.id],
  stop: ['Nearest to the stop', (view: PositionView) => toStop(view)],
  worst: ['Worst PnL first', (view: PositionView) => openPnl(view) ?? 0],
  best: ['Best PnL first', (view: PositionView) => -(openPnl(view) ?? 0)],
} as const
type OrderName = keyof typeof ORDERS

function toStop(view: PositionView): number {
  const last = priceSignal(view.symbol).peek()
  return last ? Math.abs(last[1] - stopOf(view)) / last[1] : Infinity
}
/** A position without a confirmed stop is always on top. */
const urgency = ({ state }: PositionView): number => (state === 'quarantined' || state === 'rolling-back' ? 0 : state === 'entry-filled' ? 1 : 2)

const narrow = matchMedia('(max-width: 760px)')

export function PositionList() {
  const order = useSignal<OrderName>('newest')
  const filter = useSignal('')
  const [isNarrow, setNarrow] = useState(narrow.matches)
  useEffect(() => {
    const changed = (): void => setNarrow(narrow.matches)
    narrow.addEventListener('change', changed)
    return () => narrow.removeEventListener('change', changed)
  }, [])
  const ids = useComputed(() => {
    if (order.value !== 'newest') void now.value
    void changes.value
    const wanted = filter.value.trim().toUpperCase()
    const key = ORDERS[order.value][1]
    return openIds.value
      .flatMap((id) => positionSignal(id)?.peek() ?? [])
      .filter((view) => wanted === '' || view.symbol.includes(wanted) || view.strategy.toUpperCase().includes(wanted))
      .map((view) => ({ id: view.id, urgency: urgency(view), key: key(view) }))
      .sort((a, b) => a.urgency - b.urgency || a.key - b.key)
      .map(({ id }) => id)
  })
  return (
    <section class="panel positions" aria-labelledby="open-positions">
      <header class="panel-head">
        <h2 id="open-positions">Open positions <span class="count">{count(openIds.value.length)}</span></h2>
        <span class="panel-tools">
          {openIds.value.length > 5 && <input type="search" placeholder="Symbol or strategy" aria-label="Filter positions" value={filter.value} onInput={(event) => (filter.value = event.currentTarget.value)} />}
          <select aria-label="Order of positions" value={order.value} onChange={(event) => (order.value = event.currentTarget.value as OrderName)}>
            {Object.entries(ORDERS).map(([name, [label]]) => <option key={name} value={name}>{label}</option>)}
          </select>
        </span>
      </header>
      <Windowed items={ids.value} rowHeight={isNarrow ? 148 : 68} row={(id) => <Row key={id} id={id} />} />
    </section>
  )
}

function Row({ id }: { readonly id: number }) {
  const known = positionSignal(id)
  if (!known) return null
  const view = known.value
  return (
    <article class={`row ${view.state}`} data-position={id}>
      <a class="row-name" href={`#/position/${id}`} aria-label={`Position ${id}, ${view.symbol} ${view.side}`}>
        <b>{view.symbol}</b>
        <span><SidePill side={view.side} /> <small>#{id} · {quantity(view.open_qty)}</small></span>
      </a>
      <span class="row-state"><StatePill state={view.state} /><small>{view.strategy}</small></span>
      <Marks view={view} />
      <Ruler view={view} />
      <RowPnl view={view} />
      <span class="row-actions">
        {panicProgress.value ? <small>{panicState(id)}</small> : may('trade') && view.state !== 'closing' && <button class="button small" onClick={() => askClose(view)}>Close</button>}
      </span>
    </article>
  )
}

function Marks({ view }: { readonly view: PositionView }) {
  const last = priceSignal(view.symbol).value
  const age = last ? now.value - last[2] : null
  return (
    <span class="row-prices num">
      <span><small>entry</small> {price(view.entry_price)}</span>
      <span class={age !== null && age > 15_000 ? 'stale' : ''}><small>now</small> <b>{price(last?.[1])}</b></span>
    </span>
  )
}

function RowPnl({ view }: { readonly view: PositionView }) {
  const last = priceSignal(view.symbol).value
  const pnl = last && view.qty > 0 ? pnlAt(view, last[1]) : null
  const notional = view.entry_price * view.open_qty
  return (
    <span class={`row-pnl num ${tone(pnl)}`}>
      <b>{arrow(pnl)} {money(pnl)}</b>
      <small>{percent(pnl === null || notional === 0 ? null : (pnl / notional) * 100)} · {duration(now.value - Date.parse(view.created_at))}</small>
    </span>
  )
}
