/** What everybody must see first: whose money, whether it is well, and the way to stop everything. */
import { may } from '../api.ts'
import { askArm, askLiftHalt, askPanic, askPause, askResume } from '../actions.tsx'
import { duration } from '../format.ts'
import { connection, now, status } from '../store.ts'
import { Icon } from './icons.tsx'

const MEANING = {
  LAB: 'invented prices, simulated orders',
  SHADOW: 'real prices, simulated orders',
  'SEMI-LIVE': 'orders reach the exchange',
} as const

export function Banner() {
  const { value } = status
  if (!value) return <header class="banner"><span class="quiet">Connecting…</span></header>
  const { health, mode } = value
  const { state, reason } = health.trading
  return (
    <>
      <header class="banner">
        <strong class="mode">{mode}</strong>
        {value.live && <b class="real-money">REAL MONEY</b>}
        <span class="mode-meaning">{MEANING[mode]}</span>
        <span class="account">{value.account_label}</span>
        {value.live && <span class={value.armed && state === 'active' ? 'chip armed' : 'chip'}>{!value.armed ? 'disarmed' : state === 'active' ? 'armed' : state}</span>}
        <Health />
        <span class="banner-actions">
          {may('admin') && state === 'active' && <button class="button small" onClick={askPause}>Pause entries</button>}
          {may('admin') && may('trade') && <button class="button small panic" onClick={askPanic}><Icon name="stop" />Panic</button>}
        </span>
      </header>
      {connection.value === 'lost' && <p class="strip danger-strip" role="alert">No connection to the service. What is shown is as of the last contact; stops at the venue stay in place.</p>}
      <Trading state={state} reason={reason} armed={value.armed} />
      {health.degraded.length > 0 && <p class="strip danger-strip" role="alert"><b>Needs attention:</b> {health.degraded.join(' · ')}</p>}
    </>
  )
}

function Trading({ state, reason, armed }: { readonly state: string; readonly reason: string | null; readonly armed: boolean }) {
  if (state === 'active') return null
  if (!armed) {
    return (
      <p class="strip warn-strip" role="status">
        <span><b>Not armed.</b> No entries are taken until a person lets real money trade; open positions are managed to their close.</span>
        {may('admin') && <button class="button small" onClick={askArm}>Arm…</button>}
      </p>
    )
  }
  return (
    <p class="strip warn-strip" role="status">
      <span><b>Trading is {state}.</b> {state === 'halted' ? 'No entries are taken, and all that was open is being closed or is closed.' : 'No entries are taken; open positions are managed to their close.'} {reason && <>Reason: {reason}</>}</span>
      {may('admin') && (state === 'halted' ? <button class="button small" onClick={askLiftHalt}>Lift the halt…</button> : <button class="button small" onClick={askResume}>Resume…</button>)}
    </p>
  )
}

function Health() {
  const { value } = status
  if (!value) return null
  const { health } = value
  const ages = Object.values((health.price_feed['age_ms'] ?? {}) as Record<string, number>)
  const unprotected = Number(health.executor['unprotected_now'] ?? 0)
  const stale = (health.price_feed['stale'] ?? []) as readonly string[]
  const oldest = ages.length === 0 ? null : Math.max(...ages)
  return (
    <span class="health" aria-live="polite">
      <span class={health.ok ? 'dot ok' : 'dot bad'} />
      <span>{health.ok ? 'Healthy' : 'Degraded'}</span>
      <span class={unprotected > 0 ? 'chip bad' : 'chip'} title="Positions with no confirmed stop-loss over all of their quantity">
        {unprotected} unprotected
      </span>
      <span class={stale.length > 0 ? 'chip bad' : 'chip'} title={stale.length > 0 ? `No price for ${stale.join(', ')}` : 'Oldest price of a watched symbol'}>{oldest === null ? 'no prices wanted' : `feed ${oldest < 60_000 ? `${(oldest / 1000).toFixed(1)} s` : duration(oldest)}`}</span>
      <span class="utc" title="Coordinated universal time, as in journal and logs">{new Date(now.value).toISOString().slice(11, 19)} UTC</span>
    </span>
  )
}
