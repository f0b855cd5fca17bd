/** The frame around every view: who is signed in, what mode money is in, where to go. */
import { useEffect } from 'preact/hooks'
import { useSignalEffect } from '@preact/signals'
import { session } from './api.ts'
import { Banner } from './parts/banner.tsx'
import { DialogHost } from './parts/dialog.tsx'
import { Navigation } from './parts/navigation.tsx'
import { Lazy } from './parts/lazy.tsx'
import { route } from './route.ts'
import { connect, connection, openIds, status } from './store.ts'
import { Audit } from './views/audit.tsx'
import { Orders } from './views/orders.tsx'
import { Overview } from './views/overview.tsx'
import { Reconciliation } from './views/reconciliation.tsx'
import { SettingsView } from './views/settings.tsx'
import { SignIn } from './views/sign-in.tsx'
import { Signals } from './views/signals.tsx'

export function App() {
  useSignalEffect(() => {
    const { value } = status
    document.title = `${openIds.value.length > 0 ? `(${openIds.value.length}) ` : ''}${value?.live ? 'LIVE MONEY · ' : ''}LOMS ${value?.mode ?? ''}`
  })
  if (!session.value) return null
  return session.value.signed_in ? <Connected key={session.value.name} /> : <SignIn />
}

function Connected() {
  useEffect(connect, [])
  return (
    <div class="frame" data-mode={status.value?.mode ?? 'LAB'} data-stale={connection.value === 'lost' ? '' : undefined}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById('main')?.focus())}>
        Skip to content
      </a>
      <Navigation />
      <div class="body">
        <Banner />
        <main id="main" tabIndex={-1}>
          <View />
        </main>
      </div>
      <DialogHost />
    </div>
  )
}

const position = () => import('./views/position.tsx').then(({ PositionPage }) => PositionPage)
const report = () => import('./views/report.tsx').then(({ Report }) => Report)
const inspector = () => import('./views/inspector.tsx').then(({ Inspector }) => Inspector)
const incident = () => import('./views/incident.tsx').then(({ Incident }) => Incident)

function View() {
  const [name, id] = route.value
  switch (name) {
    case undefined:
      return <Overview />
    case 'position':
      return <Lazy key={id} load={position} props={{ id: Number(id) }} />
    case 'signals':
      return <Signals />
    case 'orders':
      return <Orders />
    case 'report':
      return <Lazy load={report} props={{}} />
    case 'inspector':
      return <Lazy load={inspector} props={{ position: id === undefined ? null : Number(id) }} />
    case 'incident':
      return <Lazy load={incident} props={{}} />
    case 'reconciliation':
      return <Reconciliation />
    case 'audit':
      return <Audit />
    case 'settings':
      return <SettingsView />
    default:
      return <p class="empty">There is no such page. <a href="#/">Overview</a></p>
  }
}
