/** The actors of the service and what each holds, now or at a moment of a journal. */
import type { ActorNode } from '../../inspect/actors.ts'
import { count } from '../format.ts'
import { openIds, positionSignal, status } from '../store.ts'

const MOST_SHOWN = 40

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '–')

/** The running service, as the page was told last. */
function liveActors(): ActorNode | null {
  const { value } = status
  if (!value) return null
  const { health, alerts } = value
  const ids = openIds.value
  const states = new Map<string, number>()
  const positions = ids.map((id): ActorNode => {
    const view = positionSignal(id)?.value
    const state = view?.state ?? 'unknown'
    states.set(state, (states.get(state) ?? 0) + 1)
    return { name: `position ${id}`, state, note: `${view?.symbol ?? ''} ${view?.side ?? ''}`, position: id }
  })
  const watcher = health.watcher as Readonly<Record<string, number>>
  const ages = Object.entries((health.price_feed['age_ms'] ?? {}) as Record<string, number>)
  const stale = new Set((health.price_feed['stale'] ?? []) as readonly string[])
  return {
    name: 'root', state: health.supervisor.state,
    children: [
      { name: 'sequencer and journal', state: text(health.store['state']), note: `record ${count(Number(health.store['durableSeq']))} durable, ${text(health.store['segments'])} segment(s)` },
      { name: 'price feed', state: health.price_source, note: `${count(Number(health.price_feed['quotes']))} quotes`, children: ages.map(([symbol, age]) => ({ name: `Book ${symbol}`, state: stale.has(symbol) ? 'stale' : 'fresh', note: `${Math.round(age)} ms old` })) },
      { name: `broker ${text(health.executor['broker'])}`, state: health.executor['connected'] ? 'connected' : 'disconnected', note: `${text(health.executor['unprotected_now'])} unprotected` },
      { name: 'registry', state: `${count(ids.length)} positions`, note: [...states].map(([state, number]) => `${number} ${state}`).join(', '), children: positions },
      { name: 'deadlines', state: `${count(watcher['timers'] ?? 0)} armed` },
      { name: `account ${value.account_label}`, state: health.trading.state, ...(health.trading.reason === null ? {} : { note: health.trading.reason }) },
      { name: 'alerts', state: alerts.length === 0 ? 'nothing stands' : `${alerts.length} stand`, children: alerts.map(({ kind, subject, severity }) => ({ name: kind, state: severity, note: subject })) },
    ],
  }
}

export function LiveActorTree() {
  const root = liveActors()
  return root && <ActorTree root={root} href={(id) => `#/inspector/${id}`} />
}

/** `href`: where a position is looked at. */
export const ActorTree = ({ root, href }: { readonly root: ActorNode; readonly href?: (position: number) => string }) => <ul class="tree" aria-label="Actors"><Node node={root} href={href} /></ul>

function Node({ node: { name, state, note, position, children = [] }, href }: { readonly node: ActorNode; readonly href: ((position: number) => string) | undefined }) {
  return (
    <li data-actor={name}>
      <span class="node"><b>{position !== undefined && href ? <a href={href(position)}>{name}</a> : name}</b> <span class="pill">{state}</span> {note && <small>{note}</small>}</span>
      {children.length > 0 && (
        <ul>
          {children.slice(0, MOST_SHOWN).map((child) => <Node key={child.name} node={child} href={href} />)}
          {children.length > MOST_SHOWN && <li class="quiet">and {count(children.length - MOST_SHOWN)} more</li>}
        </ul>
      )}
    </li>
  )
}
