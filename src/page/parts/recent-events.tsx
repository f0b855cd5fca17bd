/** The newest notices, in words. */
import { clock, words } from '../format.ts'
import { notices } from '../store.ts'
import { useLoaded } from './use-loaded.ts'
import { noticeText, noticeTone } from './notice-text.ts'

type JournalPage = { readonly records: readonly { readonly seq: number; readonly at: number; readonly body: { readonly type: string; readonly positionId?: number } }[] }
/** Known from elsewhere on the page, or of no interest at a glance. */
const LEFT_OUT = new Set(['position.moved', 'position.retired', 'fact.ignored', 'signal.answered'])
const TYPES = 'risk.blocked,position.opened,position.protected,position.cancelled,position.reduced,position.closed,position.quarantined,stop-loss.failed,take-profit.failed,close.failed,order.unresolved-noticed,stray-fill.noticed,trading.changed,loss-limit.reached,reconciliation.found,position.reduced-externally,voided-fill.noticed,market-change.noticed,position.overdue-noticed'

export function RecentEvents() {
  const past = useLoaded<JournalPage>(`/page/journal?limit=14&types=${TYPES}`).body?.records ?? []
  const live = notices.value.filter(({ type }) => !LEFT_OUT.has(type))
  const known = new Set(live.map(({ seq }) => seq))
  const shown = [...live.slice(-14).reverse(), ...past.filter(({ seq }) => !known.has(seq)).map(({ seq, at, body }) => ({ ...body, seq, at: new Date(at).toISOString() }))].slice(0, 14)
  return (
    <section class="panel" aria-labelledby="events">
      <header class="panel-head"><h2 id="events">What happened</h2><a href="#/inspector">inspector</a></header>
      {shown.length === 0 && <p class="quiet">Nothing yet.</p>}
      <ol class="events">
        {shown.map((notice) => (
          <li key={notice.seq} class={noticeTone(notice)}>
            <time title={notice.at}>{clock(notice.at)}</time>
            <b>{words(notice.type.replace('position.', ''))}</b>
            <span>{noticeText(notice)}</span>
            {notice.positionId !== undefined && <a href={`#/position/${notice.positionId}`}>#{notice.positionId}</a>}
          </li>
        ))}
      </ol>
    </section>
  )
}
