/** Everything a person can do from the page, each behind a question that names what will happen. */
import { signal } from '@preact/signals'
import type { PositionView } from '../domain/wire.ts'
import type { PanicReport } from '../http/application.ts'
import { post, type Answer } from './api.ts'
import { amount, money, percent, price, quantity } from './format.ts'
import { ask, type Field } from './parts/dialog.tsx'
import { openIds, pnlAt, positionSignal, priceSignal, status, stopOf, takePositions, targetOf } from './store.ts'

const REASON: Field = { name: 'reason', label: 'Reason (kept in the history)', required: true }
const OPTIONAL_REASON: Field = { name: 'reason', label: 'Reason (optional, kept in the history)' }

/** Null where it worked; what the service answers is shown at once. */
function taken(answer: Answer<PositionView>): string | null {
  if (!answer.ok) return answer.message
  takePositions([answer.body])
  return null
}
const reasonOf = (values: Readonly<Record<string, string>>): { readonly reason?: string } => (values['reason']?.trim() ? { reason: values['reason'].trim() } : {})

const name = ({ symbol, side, id }: PositionView): string => `${symbol} ${side} #${id}`
const closingSide = ({ side }: PositionView): string => (side === 'long' ? 'Sells' : 'Buys back')

function Outcome({ view, qty }: { readonly view: PositionView; readonly qty: number }) {
  const last = priceSignal(view.symbol).value
  if (!last) return <p>No price is known now; the service refuses to close until one is.</p>
  const pnl = pnlAt({ ...view, open_qty: qty, fees: 0 }, last[1])
  return (
    <p>
      {closingSide(view)} <b>{quantity(qty)}</b> at market, now about <b>{price(last[1])}</b>: <b class={pnl < 0 ? 'down' : 'up'}>{money(pnl)} USDT</b> before fees
      ({percent((pnl / (view.entry_price * qty)) * 100)}).
    </p>
  )
}

export function askClose(view: PositionView): void {
  ask({
    title: `Close ${name(view)}?`,
    content: <><Outcome view={view} qty={view.open_qty} /><p>Its take-profit is cancelled first, its stop-loss last. This cannot be undone.</p></>,
    action: `Close position ${view.id}`,
    danger: true,
    fields: [OPTIONAL_REASON],
    act: async (values) => taken(await post<PositionView>(`/positions/${view.id}/close`, reasonOf(values))),
  })
}

export function askPartialClose(view: PositionView): void {
  ask({
    title: `Close a part of ${name(view)}?`,
    content: <><p>{closingSide(view)} a share of the open <b>{quantity(view.open_qty)}</b> at market. Stop-loss and take-profit shrink to what stays open.</p></>,
    action: 'Close this part',
    danger: true,
    fields: [{ name: 'pct', label: 'Share to close', value: '50', unit: '%', required: true, number: true }, OPTIONAL_REASON],
    act: async ({ pct, ...rest }) => taken(await post<PositionView>(`/positions/${view.id}/partial-close`, { pct: Number(pct), ...reasonOf(rest) })),
  })
}

export function askMoveLevels(view: PositionView): void {
  const [stop, target] = [stopOf(view), targetOf(view)]
  ask({
    title: `Move stop or target of ${name(view)}?`,
    content: (
      <p>
        The stop is at <b>{price(stop)}</b>, the target {target === null ? 'is not set' : <>at <b>{price(target)}</b></>}, the entry at <b>{price(view.entry_price)}</b>. The new stop is in
        force before the old one is removed. Once you move it, the exit strategy trails it no more; a looser stop needs a reason.
      </p>
    ),
    action: 'Move them',
    fields: [
      { name: 'sl_price', label: 'Stop-loss', value: String(stop), number: true, required: true },
      { name: 'tp_price', label: 'Take-profit (empty: none)', value: target === null ? '' : String(target), number: true },
      OPTIONAL_REASON,
    ],
    act: async ({ sl_price: sl, tp_price: tp, ...rest }) => {
      const moved = {
        ...(Number(sl) === stop ? {} : { sl_price: Number(sl) }),
        ...((tp === '' ? null : Number(tp)) === target ? {} : { tp_price: tp === '' ? null : Number(tp) }),
      }
      if (Object.keys(moved).length === 0) return 'Both are where they were; change one or cancel.'
      return taken(await post<PositionView>(`/positions/${view.id}/levels`, { ...moved, ...reasonOf(rest) }))
    },
  })
}

export function askBreakEven(view: PositionView): void {
  ask({
    title: `Stop of ${name(view)} to break-even?`,
    content: <p>Moves the stop from <b>{price(stopOf(view))}</b> to the entry at <b>{price(view.entry_price)}</b>: a return to the entry then closes at about nothing, fees aside. If the price has passed it already, the position closes at once.</p>,
    action: 'Move the stop to the entry',
    fields: [OPTIONAL_REASON],
    act: async (values) => taken(await post<PositionView>(`/positions/${view.id}/levels`, { sl_price: view.entry_price, ...reasonOf(values) })),
  })
}

const control = async (path: string, values: Readonly<Record<string, string>>): Promise<string | null> => {
  const answer = await post(path, reasonOf(values))
  return answer.ok ? null : answer.message
}

export const askPause = (): void =>
  ask({
    title: 'Pause entries?',
    content: <p>New signals are answered but open nothing. Open positions are managed to their close. It stays so, also over restarts, until somebody resumes.</p>,
    action: 'Pause entries',
    fields: [REASON],
    act: (values) => control('/control/pause', values),
  })

export const askResume = (): void =>
  ask({
    title: 'Take entries again?',
    content: <p>Signals open positions again, within the limits.</p>,
    action: 'Resume trading',
    fields: [REASON],
    act: (values) => control('/control/resume', values),
  })

export const askLiftHalt = (): void =>
  ask({
    title: 'Lift the halt?',
    content: <p>Entries are taken again, and daily loss, drawdown and session loss count anew from here. First make sure that whatever caused the halt is over.</p>,
    action: 'Lift the halt',
    danger: true,
    fields: [REASON],
    act: (values) => control('/control/reset-kill-switch', values),
  })

/** What arming means for this account, as it is known now. */
function ArmText() {
  const { value } = status
  if (!value) return null
  const { executor } = value.health
  const reconciliation = (executor['reconciliation'] ?? {}) as { readonly agrees?: boolean }
  const equity = typeof executor['equity'] === 'number' ? executor['equity'] : null
  const limits = value.risk.filter(({ limit, of }) => limit !== null && of === null)
  return (
    <>
      <p>From now on signals open positions at the exchange with the money of <b>{value.account_label}</b>{equity !== null && <>, which holds <b>{amount(equity)} USDT</b></>}. LOMS looks at the account once more before.</p>
      <p>{reconciliation.agrees === false ? <b class="down">LOMS and the exchange do not agree; arming will be refused.</b> : <>Open now: <b>{amount(openIds.value.length)}</b>. Loss limits count from here.</>}</p>
      <ul class="limits-list">{limits.map(({ name: limit, limit: most, unit }) => <li key={limit}>{limit}: <b>{amount(most ?? 0)} {unit === 'USDT' || unit === '%' ? unit : ''}</b></li>)}</ul>
    </>
  )
}

/** Real money: typed out, because nothing behind it asks again. */
export function askArm(): void {
  const { value } = status
  if (!value) return
  ask({
    title: 'Let real money trade?',
    content: <ArmText />,
    action: 'Arm with real money',
    danger: true,
    typed: value.account_label,
    fields: [REASON],
    act: (values) => control('/control/arm', values),
  })
}

/** What became of each position in a panic: `closing`, `closed` or a problem; null while none is under way. */
export const panicProgress = signal<ReadonlyMap<number, string> | null>(null)

export function askPanic(): void {
  const count = openIds.value.length
  ask({
    title: 'Panic: stop everything?',
    content: (
      <>
        <ol class="stages">
          <li><b>Halt</b>: from now on no signal opens anything.</li>
          <li><b>Close</b>: {count === 0 ? 'nothing is open.' : <>all <b>{amount(count)}</b> open position{count === 1 ? '' : 's'} at market, stops last.</>}</li>
          <li><b>Prove</b>: what is left, position by position.</li>
        </ol>
        <p>Trading stays halted, also over restarts, until somebody lifts it with a reason. Stop your bot too.</p>
      </>
    ),
    action: `Stop everything${count === 0 ? '' : ` and close ${count}`}`,
    danger: true,
    typed: 'PANIC',
    fields: [{ name: 'reason', label: 'Reason', value: 'panic button on the page', required: true }],
    act: panic,
  })
}

/** Closes go on when the answer comes back: the page follows them position by position. */
async function panic(values: Readonly<Record<string, string>>): Promise<string | null> {
  panicProgress.value = new Map(openIds.peek().map((id) => [id, 'closing']))
  const answer = await post<PanicReport>('/control/panic', reasonOf(values))
  if (!answer.ok) {
    panicProgress.value = null
    return answer.message
  }
  return null
}

/** How a panic stands for one position, also after its last answer. */
export const panicState = (id: number): string => (positionSignal(id)?.value.status === 'open' ? (panicProgress.value?.get(id) ?? 'closing') : 'closed')
