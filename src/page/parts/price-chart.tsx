/** The price around a position, with its levels and its fills. */
import { AreaSeries, LineStyle, createChart, createSeriesMarkers, type IChartApi, type IPriceLine, type ISeriesApi, type ISeriesMarkersPluginApi, type SeriesMarker, type Time, type UTCTimestamp } from 'lightweight-charts'
import { useEffect, useRef } from 'preact/hooks'
import type { PositionDetail } from '../../domain/wire.ts'
import { get } from '../api.ts'
import { priceSignal, stopOf, targetOf } from '../store.ts'
import { colour, theme } from '../theme.ts'

type Point = { readonly time: UTCTimestamp; readonly value: number }
const seconds = (ms: number): UTCTimestamp => Math.floor(ms / 1000) as UTCTimestamp

type Parts = { readonly chart: IChartApi; readonly series: ISeriesApi<'Area'>; readonly markers: ISeriesMarkersPluginApi<Time>; lines: IPriceLine[]; levels: readonly number[] }

export function PriceChart({ view }: { readonly view: PositionDetail }) {
  const place = useRef<HTMLDivElement>(null)
  const parts = useRef<Parts | null>(null)
  useEffect(() => {
    if (!place.current) return
    const made = make(place.current)
    parts.current = made
    let left = false
    void get<readonly (readonly [number, number])[]>(`/page/prices?symbol=${encodeURIComponent(view.symbol)}`).then((answer) => {
      if (left || !answer.ok) return
      const points = bySecond([...known(view), ...answer.body].filter((point) => isAround(view, point)))
      made.series.setData(points)
      made.chart.timeScale().setVisibleLogicalRange({ from: Math.max(-2, points.length - 400), to: points.length + 6 })
    })
    return () => {
      left = true
      parts.current = null
      made.chart.remove()
    }
  }, [view.id, theme.value])
  useEffect(() => {
    if (parts.current) drawLevels(parts.current, view)
  }, [view, theme.value])
  const last = priceSignal(view.symbol).value
  useEffect(() => {
    if (!last || !parts.current || view.status !== 'open') return
    const newest = parts.current.series.data().at(-1)?.time as number | undefined
    if (newest === undefined || seconds(last[2]) >= newest) parts.current.series.update({ time: seconds(last[2]), value: last[1] })
  }, [last, view.status])
  return (
    <>
      <div ref={place} class="price-chart" role="img" aria-label={`Price of ${view.symbol} with entry, stop and target`} />
      <p class="attribution">Times in UTC · chart: TradingView Lightweight Charts™, © TradingView, Inc., <span>tradingview.com</span></p>
    </>
  )
}

/** Prices that the position's own history knows: they are there also after a restart. */
function known(view: PositionDetail): (readonly [number, number])[] {
  const fills = view.orders.flatMap(({ fills: own }) => own.map(({ at, price }) => [Date.parse(at), price] as const))
  return [[Date.parse(view.created_at), view.orders[0]?.fills[0]?.price ?? view.entry_price], ...fills]
}

const AROUND_MS = 10 * 60_000
/** An invented price follows the first signal on its symbol: what it was before would flatten the picture. */
const isRelated = (view: PositionDetail, value: number): boolean => Math.abs(value / view.entry_price - 1) < 0.5
const isAround = (view: PositionDetail, [at, value]: readonly [number, number]): boolean =>
  at >= Date.parse(view.created_at) - AROUND_MS && (at >= Date.parse(view.created_at) || isRelated(view, value)) && (view.closed_at === null || at <= Date.parse(view.closed_at) + AROUND_MS)

/** Ascending, one point per second: the last. */
function bySecond(points: readonly (readonly [number, number])[]): Point[] {
  const seen = new Map<UTCTimestamp, number>()
  for (const [at, value] of [...points].sort(([a], [b]) => a - b)) seen.set(seconds(at), value)
  return [...seen].map(([time, value]) => ({ time, value }))
}

function make(element: HTMLElement): Parts {
  const chart = createChart(element, {
    autoSize: true,
    layout: { background: { color: 'transparent' }, textColor: colour('muted'), fontFamily: 'inherit', attributionLogo: false },
    grid: { vertLines: { color: colour('line-faint') }, horzLines: { color: colour('line-faint') } },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.12 } },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: true, rightOffset: 6 },
    crosshair: { vertLine: { labelBackgroundColor: colour('accent') }, horzLine: { labelBackgroundColor: colour('accent') } },
  })
  const parts: Omit<Parts, 'markers' | 'series'> = { chart, lines: [], levels: [] }
  const series = chart.addSeries(AreaSeries, {
    lineColor: colour('accent'), lineWidth: 2, topColor: colour('accent-fade'), bottomColor: 'transparent', priceLineVisible: false,
    // Autoscale knows nothing of price lines: stop and target would be off the picture.
    autoscaleInfoProvider: (original: () => { priceRange: { minValue: number; maxValue: number } | null } | null) => {
      const found = original()
      const values = [...(found?.priceRange ? [found.priceRange.minValue, found.priceRange.maxValue] : []), ...made.levels]
      return values.length === 0 ? found : { ...found, priceRange: { minValue: Math.min(...values), maxValue: Math.max(...values) } }
    },
  })
  const made: Parts = Object.assign(parts, { series, markers: createSeriesMarkers(series, []) })
  return made
}

function drawLevels(parts: Parts, view: PositionDetail): void {
  for (const line of parts.lines) parts.series.removePriceLine(line)
  const target = targetOf(view)
  const wanted = [
    { price: view.entry_price, color: colour('text'), title: 'entry', lineStyle: LineStyle.Solid },
    { price: stopOf(view), color: colour('down'), title: 'SL', lineStyle: LineStyle.Dashed },
    ...(target === null ? [] : [{ price: target, color: colour('up'), title: 'TP', lineStyle: LineStyle.Dashed }]),
  ]
  parts.levels = wanted.map(({ price }) => price)
  parts.lines = wanted.map((line) => parts.series.createPriceLine({ ...line, lineWidth: 1, axisLabelVisible: true }))
  parts.markers.setMarkers(markersOf(view))
}

const markersOf = (view: PositionDetail): SeriesMarker<Time>[] =>
  view.orders
    .flatMap(({ role, side, fills }) => fills.map((fill): SeriesMarker<Time> => ({
      time: seconds(Date.parse(fill.at)), position: side === 'buy' ? 'belowBar' : 'aboveBar', shape: side === 'buy' ? 'arrowUp' : 'arrowDown',
      color: side === 'buy' ? colour('up') : colour('down'), text: `${role} ${fill.qty}`,
    })))
    .sort((a, b) => Number(a.time) - Number(b.time))
