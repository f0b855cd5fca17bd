/** What the service sends, as signals: a change touches only what shows it. */
import { batch, computed, signal, type Signal } from '@preact/signals'
import type { PositionView } from '../domain/wire.ts'
import type { LivePrice, StatusView } from '../http/page/page-port.ts'

export type LiveNotice = { readonly seq: number; readonly at: string; readonly type: string; readonly positionId?: number; readonly [detail: string]: unknown }

export const connection = signal<'connecting' | 'live' | 'lost'>('connecting')
export const status = signal<StatusView | null>(null)
export const openIds = signal<readonly number[]>([])
/** The newest last. */
export const notices = signal<readonly LiveNotice[]>([])
/** Once a second, on the service's clock. */
export const now = signal(Date.now())
/** Counts what finished, so that figures are asked for anew. */
export const finished = signal(0)

const NOTICES_KEPT = 300
const positions = new Map<number, Signal<PositionView>>()
const prices = new Map<string, Signal<LivePrice | null>>()
let ahead = 0

/** A position that the page knows; undefined: it is not open. */
export const positionSignal = (id: number): Signal<PositionView> | undefined => positions.get(id)
export const priceSignal = (symbol: string): Signal<LivePrice | null> => {
  const known = prices.get(symbol) ?? signal<LivePrice | null>(null)
  prices.set(symbol, known)
  return known
}

/** Changes with every position, for lists that sort. Read it only where all positions matter. */
export const changes = signal(0)

/** Counts what was told of prices, for sums over all positions. */
const priced = signal(0)

/** Unrealised PnL of all that is open, net of fees paid so far. */
export const unrealised = computed(() => {
  void changes.value
  void priced.value
  return openIds.value.reduce((sum, id) => sum + (openPnl(positions.get(id)?.peek()) ?? 0), 0)
})

/** Unrealised PnL of one position at its last price; null without a price. */
export function openPnl(view: PositionView | undefined): number | null {
  const last = view ? priceSignal(view.symbol).peek() : null
  return view && last ? pnlAt(view, last[1]) : null
}
export const pnlAt = (view: PositionView, price: number): number => (view.side === 'long' ? 1 : -1) * (price - view.entry_price) * view.open_qty - view.fees

export const stopOf = (view: PositionView): number => view.dynamic_sl_price ?? view.sl_price
export const targetOf = (view: PositionView): number | null => view.dynamic_tp_price ?? view.tp_price

/** Takes positions over; those that finished leave the list. */
export function takePositions(views: readonly PositionView[]): void {
  batch(() => {
    const ids = new Set(openIds.peek())
    const before = ids.size
    let left = false
    for (const view of views) {
      const known = positions.get(view.id)
      if (known) known.value = view
      else positions.set(view.id, signal(view))
      if (view.status === 'open') ids.add(view.id)
      else if (ids.delete(view.id)) {
        left = true
        finished.value += 1
      }
    }
    if (left || ids.size !== before) openIds.value = [...ids]
    changes.value += 1
  })
}

function takeSnapshot(views: readonly PositionView[]): void {
  batch(() => {
    const ids = new Set(views.map(({ id }) => id))
    openIds.value = openIds.peek().filter((id) => ids.has(id))
    takePositions(views)
    connection.value = 'live'
  })
}

/** Keeps the page up to date until the function that it returns is called. */
export function connect(): () => void {
  const source = new EventSource('/page/live')
  const on = <T>(type: string, take: (data: T) => void): void => source.addEventListener(type, (event: MessageEvent<string>) => take(JSON.parse(event.data) as T))
  on<StatusView>('status', (value) => {
    ahead = value.now - Date.now()
    status.value = value
  })
  on<readonly LivePrice[]>('prices', (moved) =>
    batch(() => {
      for (const price of moved) priceSignal(price[0]).value = price
      priced.value += 1
    }),
  )
  on<readonly PositionView[]>('snapshot', takeSnapshot)
  on<readonly PositionView[]>('positions', takePositions)
  on<LiveNotice>('notice', (notice) => (notices.value = [...notices.peek().slice(1 - NOTICES_KEPT), notice]))
  source.onerror = () => (connection.value = 'lost')
  const timer = setInterval(() => (now.value = Date.now() + ahead), 1000)
  return () => {
    clearInterval(timer)
    source.close()
  }
}
