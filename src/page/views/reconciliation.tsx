/** What LOMS holds against what the exchange holds. */
import { status } from '../store.ts'

export function Reconciliation() {
  const live = status.value?.live ?? false
  return (
    <section class="panel">
      <header class="panel-head"><h1>Reconciliation</h1></header>
      <p class="empty">
        {live ? 'This version of the page cannot show reconciliation yet; see GET /health.' : <><b>Not connected in paper mode.</b> Simulated orders exist in LOMS only, so there is nothing to compare them with. With real orders, positions and orders of LOMS and of the exchange stand here side by side, and every difference with its way out.</>}
      </p>
    </section>
  )
}
