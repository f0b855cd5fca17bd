/** The way around the page. */
import { useEffect, useRef } from 'preact/hooks'
import { session, signOut } from '../api.ts'
import { route } from '../route.ts'
import { connection, status } from '../store.ts'
import { theme, toggleTheme } from '../theme.ts'
import { Icon, type IconName } from './icons.tsx'

const PLACES: readonly (readonly [icon: IconName, label: string, path: string])[] = [
  ['overview', 'Overview', ''],
  ['signals', 'Signals', 'signals'],
  ['orders', 'Orders', 'orders'],
  ['report', 'Reports', 'report'],
  ['inspector', 'Inspector', 'inspector'],
  ['incident', 'Incident replay', 'incident'],
  ['reconciliation', 'Reconciliation', 'reconciliation'],
  ['audit', 'Audit', 'audit'],
  ['settings', 'Settings', 'settings'],
]

export function Navigation() {
  const places = useRef<HTMLUListElement>(null)
  const here = route.value[0] === 'position' ? '' : (route.value[0] ?? '')
  // On a phone the way here may lie beside the screen.
  useEffect(() => places.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' }), [here])
  return (
    <nav class="navigation" aria-label="Pages">
      <a class="brand" href="#/" aria-label="LOMS overview">
        <Mark />
        <span>LOMS</span>
      </a>
      <ul ref={places}>
        {PLACES.map(([icon, label, path]) => (
          <li key={path}>
            <a href={`#/${path}`} aria-current={here === path ? 'page' : undefined}><Icon name={icon} /><span>{label}</span></a>
          </li>
        ))}
      </ul>
      <div class="navigation-foot">
        {session.value?.required && (
          <p class="signed-in">
            <span title={`scope ${session.value.scope}`}>{session.value.name}<small>{session.value.may.includes('trade') ? session.value.scope : 'read-only'}</small></span>
            <button class="icon-button" aria-label="Sign out" title="Sign out" onClick={() => void signOut()}><Icon name="out" /></button>
          </p>
        )}
        <p class="foot-line">
          <button class="icon-button" aria-label={`Use the ${theme.value === 'dark' ? 'light' : 'dark'} theme`} title="Dark or light" onClick={toggleTheme}><Icon name="theme" /></button>
          <span class={`link-state ${connection.value}`}>{connection.value === 'live' ? 'live' : connection.value === 'lost' ? 'connection lost' : 'connecting'}</span>
          <span class="version">v{status.value?.health.version ?? ''}</span>
        </p>
      </div>
    </nav>
  )
}

export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path class="mark-base" d="M7 21h18" />
    <path class="mark-line" d="M7 21l6-7 5 4 7-9" />
    <circle cx="25" cy="9" r="2.6" />
  </svg>
)
