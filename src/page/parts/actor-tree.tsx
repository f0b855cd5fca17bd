/** The actors of the service and what each holds now. */
import type { ComponentChildren } from 'preact'
import { count } from '../format.ts'
import { openIds, positionSignal, status } from '../store.ts'

const MOST_SHOWN = 40

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '–')

export function ActorTree() {
  const { value } = status
  if (!value) return null
  const { health } = value
  const ids = openIds.value
  const states = new Map<string, number>()
  for (const id of ids) {
    const state = positionSignal(id)?.value.state ?? 'unknown'
    states.set(state, (states.get(state) ?? 0) + 1)
  }
  const watcher = health.watcher as Readonly<Record<string, number>>
  const ages = Object.entries((health.price_feed['age_ms'] ?? {}) as Record<string, number>)
  return (
    <ul class="tree">
      <Node name="root" state={health.supervisor.state}>
        <Node name="sequencer and journal" state={text(health.store['state'])} note={`record ${count(Number(health.store['durableSeq']))} durable, ${text(health.store['segments'])} segment(s)`} />
        <Node name="price feed" state={health.price_source} note={`${count(Number(health.price_feed['quotes']))} quotes`}>
          {ages.slice(0, MOST_SHOWN).map(([symbol, age]) => <Node key={symbol} name={`Book ${symbol}`} state={age > 10_000 ? 'stale' : 'fresh'} note={`${Math.round(age)} ms old`} />)}
        </Node>
        <Node name={`broker ${text(health.executor['broker'])}`} state={health.executor['connected'] ? 'connected' : 'disconnected'} note={`${text(health.executor['unprotected_now'])} unprotected`} />
        <Node name="registry" state={`${count(ids.length)} positions`} note={[...states].map(([state, number]) => `${number} ${state}`).join(', ')}>
          {ids.slice(0, MOST_SHOWN).map((id) => {
            const view = positionSignal(id)?.value
            return view && <Node key={id} name={<a href={`#/inspector/${id}`}>position {id}</a>} state={view.state} note={`${view.symbol} ${view.side}`} />
          })}
          {ids.length > MOST_SHOWN && <li class="quiet">and {count(ids.length - MOST_SHOWN)} more</li>}
        </Node>
        <Node name="deadlines" state={`${count(watcher['timers'] ?? 0)} armed`} />
        <Node name="account" state={health.trading.state} note={value.account_label} />
      </Node>
    </ul>
  )
}

const Node = ({ name, state, note, children }: { readonly name: ComponentChildren; readonly state: string; readonly note?: string; readonly children?: ComponentChildren }) => (
  <li>
    <span class="node"><b>{name}</b> <span class="pill">{state}</span> {note && <small>{note}</small>}</span>
    {children && <ul>{children}</ul>}
  </li>
)
