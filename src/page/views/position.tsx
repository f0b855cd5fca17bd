/** One position: where it stands, how it got there, and what a person may do with it. */
import type { ComponentChildren } from 'preact'
import type { PositionDetail } from '../../domain/wire.ts'
import { askBreakEven, askClose, askMoveLevels, askPartialClose } from '../actions.tsx'
import { may } from '../api.ts'
import { arrow, clockMs, dateTime, duration, money, percent, price, quantity, tone, words } from '../format.ts'
import { noticeText, noticeTone } from '../parts/notice-text.ts'
import { SidePill, StatePill } from '../parts/pill.tsx'
import { PriceChart } from '../parts/price-chart.tsx'
import { Ruler } from '../parts/ruler.tsx'
import { StepsPanel } from '../parts/steps-panel.tsx'
import { Table } from '../parts/table.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { useSteps } from '../parts/use-steps.ts'
import { now, notices, pnlAt, positionSignal, priceSignal, stopOf, targetOf } from '../store.ts'
import { ORDER_COLUMNS } from './orders.tsx'

/** Loads again with whatever the position's own notices or its live picture say. */
export function PositionPage({ id }: { readonly id: number }) {
  const live = positionSignal(id)?.value
  const last = notices.value.findLast(({ positionId }) => positionId === id)?.seq ?? 0
  const again = `${last} ${live?.state} ${live?.dynamic_sl_price} ${live?.dynamic_tp_price} ${live?.open_qty} ${live?.sl_order_id}`
  const { body, problem } = useLoaded<PositionDetail>(`/positions/${id}`, again)
  const { steps, problem: stepsProblem } = useSteps(id, again)
  if (!body) return <p class={problem === null ? 'quiet' : 'problem'}>{problem ?? 'Loading…'}</p>
  const view: PositionDetail = live ? { ...body, ...live } : body
  return (
    <>
      <PositionHead view={view} />
      <div class="position-columns">
        <section class="panel" aria-label="Price"><PriceChart view={view} /></section>
        <Facts view={view} />
      </div>
      <section class="panel" aria-labelledby="machine">
        <header class="panel-head"><h2 id="machine">State machine</h2><span class="quiet">from the journal, by the machine itself</span></header>
        {stepsProblem === null ? <StepsPanel steps={steps} live={view.status === 'open'} /> : <p class="problem">{stepsProblem}</p>}
      </section>
      <section class="panel">
        <header class="panel-head"><h2>Orders</h2></header>
        <Table label="Orders of this position" columns={ORDER_COLUMNS} rows={view.orders} rowKey={({ client_order_id: own }) => own} empty="No orders." />
      </section>
      <Timeline view={view} />
    </>
  )
}

function PositionHead({ view }: { readonly view: PositionDetail }) {
  const last = priceSignal(view.symbol).value
  const pnl = view.status === 'open' ? (last && view.qty > 0 ? pnlAt(view, last[1]) : null) : view.pnl
  const canAct = may('trade') && view.status === 'open' && view.state !== 'closing'
  return (
    <section class="panel position-head">
      <div class="position-title">
        <a href="#/" class="back" aria-label="Back to the overview">‹</a>
        <h1>{view.symbol} <small>#{view.id}</small></h1>
        <SidePill side={view.side} /><StatePill state={view.state} />
        {view.auto_close_reason !== null && <span class="pill done">closed by {words(view.auto_close_reason)}</span>}
        <span class={`position-pnl num ${tone(pnl)}`}>{arrow(pnl)} {money(pnl)} <small>USDT {percent(pnl === null || view.qty === 0 ? null : (pnl / (view.entry_price * view.qty)) * 100)}</small></span>
      </div>
      {view.status === 'open' && <Ruler view={view} />}
      {canAct && (
        <div class="actions">
          <button class="button" onClick={() => askMoveLevels(view)}>Move stop / target…</button>
          <button class="button" onClick={() => askBreakEven(view)}>Break-even…</button>
          <button class="button" onClick={() => askPartialClose(view)}>Partial close…</button>
          <button class="button danger-line" onClick={() => askClose(view)}>Close…</button>
        </div>
      )}
    </section>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ComponentChildren }) => <><dt>{name}</dt><dd class="num">{children}</dd></>

function Facts({ view }: { readonly view: PositionDetail }) {
  const end = view.closed_at === null ? now.value : Date.parse(view.closed_at)
  const last = priceSignal(view.symbol).value
  return (
    <section class="panel" aria-label="Figures">
      <dl class="facts">
        {view.status === 'open' && <Fact name="Price now">{price(last?.[1])}</Fact>}
        <Fact name="Entry">{price(view.entry_price)}</Fact>
        {view.close_price !== null && <Fact name="Closed at">{price(view.close_price)}</Fact>}
        <Fact name="Stop-loss">{price(stopOf(view))}{view.dynamic_sl_price !== null && <small> was {price(view.sl_price)}</small>}</Fact>
        <Fact name="Take-profit">{price(targetOf(view))}</Fact>
        <Fact name="Quantity">{quantity(view.open_qty)}{view.open_qty !== view.qty && <small> of {quantity(view.qty)}</small>}</Fact>
        <Fact name="Best move">{percent(view.max_favorable_move)}</Fact>
        <Fact name="Worst move">{percent(-view.max_adverse_move)}</Fact>
        <Fact name="Fees">{quantity(view.fees)} USDT</Fact>
        <Fact name="Age">{duration(end - Date.parse(view.created_at))}</Fact>
        <Fact name="Opened (UTC)">{dateTime(view.created_at)}</Fact>
        <Fact name="Strategy">{view.strategy}</Fact>
        <Fact name="Exit strategy">{view.exit_strategy}</Fact>
        <Fact name="Account">{view.account_label} · {view.exchange}</Fact>
      </dl>
    </section>
  )
}

function Timeline({ view }: { readonly view: PositionDetail }) {
  return (
    <section class="panel">
      <header class="panel-head"><h2>Timeline</h2><span class="quiet">{view.events.length} records</span></header>
      <ol class="timeline">
        {[...view.events].reverse().map((event) => (
          <li key={event.seq} class={`${String(event['kind'])} ${noticeTone(event)}`}>
            <time title={event.at}>{clockMs(event.at)}</time>
            <span class="kind">{String(event['kind'])}</span>
            <b>{words(event.type)}</b>
            <span>{noticeText(event)}</span>
            <small class="num">{event.seq}</small>
          </li>
        ))}
      </ol>
    </section>
  )
}
