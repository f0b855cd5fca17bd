/** Everything that matters at a glance. */
import type { Stats } from '../../domain/wire.ts'
import type { RiskMeter } from '../../http/page/page-port.ts'
import { panicProgress, panicState } from '../actions.tsx'
import { amount, arrow, count, money, percent, tone } from '../format.ts'
import { FirstSignal } from '../parts/first-signal.tsx'
import { PositionList } from '../parts/position-list.tsx'
import { RecentEvents } from '../parts/recent-events.tsx'
import { useLoaded } from '../parts/use-loaded.ts'
import { connection, finished, now, openIds, status, unrealised } from '../store.ts'

export function Overview() {
  const { value } = status
  if (!value || (connection.value === 'connecting' && openIds.value.length === 0)) return <p class="quiet">Connecting…</p>
  const empty = openIds.value.length === 0
  return (
    <>
      <h1 class="visually-hidden">Overview</h1>
      <PanicReport />
      <Tiles />
      {empty && <FirstSignal />}
      {!empty && <PositionList />}
      <div class="columns">
        <section class="panel" aria-labelledby="limits">
          <header class="panel-head"><h2 id="limits">Limits in use</h2><a href="#/settings">settings</a></header>
          {value.risk.map((meter) => <Meter key={meter.name} meter={meter} />)}
        </section>
        <RecentEvents />
      </div>
    </>
  )
}

const midnight = (at: number): string => new Date(at).toISOString().slice(0, 10)

function Tiles() {
  const day = midnight(now.value)
  const all = useLoaded<Stats>('/stats', finished.value).body
  const today = useLoaded<Stats>(`/stats?from=${day}`, finished.value).body
  const balance = status.value?.balance
  const open = unrealised.value
  // Until it is armed, LOMS knows only what the exchange says.
  const told = status.value?.health.executor['equity']
  const unarmed = status.value?.armed === false
  const equity = unarmed ? (typeof told === 'number' ? told : null) : balance ? balance.start + balance.realised + open : null
  return (
    <section class="tiles" aria-label="Key figures">
      <Tile label="Equity" value={equity === null ? '–' : `${amount(Math.round(equity * 100) / 100)}`} unit="USDT" note={unarmed ? 'as the exchange says' : balance ? `${percent(((balance.realised + open) / balance.start) * 100)} since start` : ''} />
      <Tile label="Open PnL" value={`${arrow(open)} ${money(open)}`} unit="USDT" tone={tone(open)} note={`${count(openIds.value.length)} open`} />
      <Tile label="Today" value={`${arrow(today?.total_pnl)} ${money(today?.total_pnl ?? 0)}`} unit="USDT" tone={tone(today?.total_pnl)} note={`${count(today?.closed_positions ?? 0)} closed since 00:00 UTC`} />
      <Tile label="All closed" value={`${arrow(all?.total_pnl)} ${money(all?.total_pnl ?? 0)}`} unit="USDT" tone={tone(all?.total_pnl)} note={`${count(all?.closed_positions ?? 0)} closed · fees ${amount(Math.round((balance?.fees ?? 0) * 100) / 100)}`} />
      <Tile label="Win rate" value={all && all.closed_positions > 0 ? percent(all.winrate, 1).replace('+', '') : '–'} note={all ? `${count(all.winning_trades)} won · ${count(all.losing_trades)} lost` : ''} />
      <Tile label="Max drawdown" value={all ? amount(Math.round(all.max_drawdown * 100) / 100) : '–'} unit="USDT" note={all?.profit_factor ? `profit factor ${amount(all.profit_factor)}` : 'of closed positions'} />
    </section>
  )
}

type TileProps = { readonly label: string; readonly value: string; readonly unit?: string; readonly note: string; readonly tone?: string }
const Tile = ({ label, value, unit, note, tone: colour = '' }: TileProps) => (
  <div class="tile">
    <span class="tile-label">{label}</span>
    <span class={`tile-value num ${colour}`}>{value} {unit && <small>{unit}</small>}</span>
    <span class="tile-note">{note}</span>
  </div>
)

/** How much of a limit is used, and how much is left. */
function Meter({ meter: { name, of, used, limit, unit } }: { readonly meter: RiskMeter }) {
  const share = limit === null ? null : Math.min(1, used / limit)
  // As many positions as are wanted is no harm; a loss limit reached is.
  const level = share === null ? 'none' : share >= 1 ? (unit === 'positions' || unit === 'signals' ? 'used-up' : 'full') : share >= 0.8 ? 'high' : 'normal'
  return (
    <div class={`meter ${level}`}>
      <span class="meter-name">{name}{of !== null && <small>{of}</small>}</span>
      <span class="meter-figures num">
        {amount(used)} {limit !== null && <>of {amount(limit)}</>} {unit === 'USDT' || unit === '%' ? unit : ''}
        <small>{limit === null ? 'no limit' : used >= limit ? 'full, new signals are blocked' : `${amount(limit - used)} left`}</small>
      </span>
      <span class="meter-bar" role="meter" aria-label={name} aria-valuenow={used} aria-valuemin={0} aria-valuemax={limit ?? used}><i style={{ width: `${(share ?? 0) * 100}%` }} /></span>
    </div>
  )
}

/** What is left of a panic, position by position. */
function PanicReport() {
  const { value } = panicProgress
  if (!value) return null
  const left = [...value.keys()].filter((id) => panicState(id) !== 'closed')
  return (
    <section class={`panel panic-report ${left.length === 0 ? 'flat' : ''}`} role="status">
      <header class="panel-head">
        <h2>{left.length === 0 && openIds.value.length === 0 ? 'Everything is flat' : `Closing: ${left.length} of ${value.size} left`}</h2>
        <button class="button small" onClick={() => (panicProgress.value = null)}>Hide</button>
      </header>
      <ul class="panic-list">{[...value.keys()].slice(0, 60).map((id) => <li key={id} class={panicState(id) === 'closed' ? 'ok' : 'warn'}><a href={`#/position/${id}`}>#{id}</a> {panicState(id)}</li>)}</ul>
    </section>
  )
}
