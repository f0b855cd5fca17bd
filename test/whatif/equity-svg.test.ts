import { describe, expect, it } from 'vitest'
import { equityRange, equitySvg, timeTicks, valueTicks } from '../../src/whatif/equity-svg.ts'
import type { EquityCurve } from '../../src/whatif/variant-player.ts'

const FROM = Date.UTC(2022, 0, 1)
const DAY = 86_400_000
const curve: EquityCurve = { at: [FROM + DAY, FROM + 2 * DAY, FROM + 9 * DAY], pnl: [-12.5, 30.25, 7] }
const baseline: EquityCurve = { at: [FROM + 5 * DAY], pnl: [-41] }
const picture = (changes: Partial<Parameters<typeof equitySvg>[0]> = {}): string =>
  equitySvg({ title: 'a', curve, trades: 4, baseline, from: FROM, to: FROM + 10 * DAY, range: equityRange([curve, baseline]), ...changes })

/** Elements of a document, open and closed in pairs; throws where it is not well-formed. */
function elements(xml: string): readonly { readonly name: string; readonly attributes: Readonly<Record<string, string>>; text: string }[] {
  const found: { name: string; attributes: Record<string, string>; text: string }[] = []
  const open: typeof found = []
  const token = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z0-9-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy
  for (let match = token.exec(xml); match; match = token.exec(xml)) {
    const [, closing, name = '', attributes = '', alone, text] = match
    if (/&(?!amp;|lt;|gt;|quot;)/.test(match[0])) throw new Error(`a bare & in ${match[0]}`)
    if (text !== undefined) {
      const inside = open.at(-1)
      if (inside) inside.text += text
      else if (text.trim() !== '') throw new Error(`text outside: ${text}`)
    } else if (closing === '/') {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`)
    } else {
      const element = { name, attributes: Object.fromEntries([...attributes.matchAll(/([A-Za-z0-9-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value])), text: '' }
      found.push(element)
      if (alone !== '/') open.push(element)
    }
    if (token.lastIndex === xml.length) {
      if (open.length > 0) throw new Error(`${open.at(-1)?.name} is left open`)
      return found
    }
  }
  throw new Error('not well-formed')
}

/** The corners of a step line: x and y of every close, in pixels. */
function corners(path: string): readonly (readonly [x: number, y: number])[] {
  return [...path.matchAll(/H([\d.-]+)V([\d.-]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
}

/** The line through two labelled ticks turns pixels back into values. */
function scaleOf(ticks: readonly (readonly [pixel: number, value: number])[]): (pixel: number) => number {
  const [[p0, v0], [p1, v1]] = [ticks[0], ticks.at(-1)] as [[number, number], [number, number]]
  return (pixel) => v0 + ((pixel - p0) / (p1 - p0)) * (v1 - v0)
}

describe('an equity curve', () => {
  const parsed = elements(picture())
  const path = (kind: string): string => parsed.find(({ attributes }) => attributes['class'] === kind)?.attributes['d'] ?? ''
  const labels = parsed.filter(({ name }) => name === 'text')
  const values = labels.filter(({ attributes, text }) => attributes['text-anchor'] === 'end' && /^-?[\d.]+$/.test(text))
  const times = labels.filter(({ attributes }) => attributes['text-anchor'] === 'middle')

  it('stands where its axes say: every close at its time and its PnL', () => {
    const y = scaleOf(values.map(({ attributes, text }) => [Number(attributes['y']) - 4, Number(text)] as const))
    const x = scaleOf(times.map(({ attributes, text }) => [Number(attributes['x']), Date.parse(text)] as const))
    for (const [kind, { at, pnl }] of [['equity', curve], ['baseline', baseline]] as const) {
      const drawn = corners(path(kind))
      expect(drawn).toHaveLength(at.length)
      for (const [index, [px, py]] of drawn.entries()) {
        expect(Math.abs(y(py) - (pnl[index] as number))).toBeLessThan(0.05)
        expect(Math.abs(x(px) - (at[index] as number))).toBeLessThan(DAY / 500)
      }
    }
  })

  it('has readable axes: round values and dates inside the picture, apart from each other', () => {
    expect(values.map(({ text }) => text)).toEqual(['-60', '-40', '-20', '0', '20', '40'])
    expect(times.map(({ text }) => text)).toEqual(['2022-01-02', '2022-01-04', '2022-01-06', '2022-01-08', '2022-01-10'])
    const pixels = times.map(({ attributes }) => Number(attributes['x']))
    expect(pixels.length).toBeGreaterThan(3)
    for (const [index, pixel] of pixels.slice(1).entries()) expect(pixel - (pixels[index] as number)).toBeGreaterThan(70)
  })

  it('says what it shows, with nothing that could be taken for markup', () => {
    const [title] = elements(picture({ title: 'a<b>&"c"' })).filter(({ name }) => name === 'title')
    expect(title?.text).toBe('a&lt;b&gt;&amp;&quot;c&quot;')
    expect(labels.map(({ text }) => text)).toContain('PnL 7 USDT, 4 trades')
  })

  it.each<[what: string, curve: EquityCurve, from: number, to: number]>([
    ['no closes', { at: [], pnl: [] }, FROM, FROM + DAY],
    ['one close', { at: [FROM], pnl: [1e-7] }, FROM, FROM + 1],
    ['no time at all', { at: [FROM], pnl: [5] }, FROM, FROM],
    ['a loss alone', { at: [FROM + 1], pnl: [-123_456_789.5] }, FROM, FROM + 40 * 365 * DAY],
  ])('%s: still a whole picture', (_, only, from, to) => {
    const text = picture({ curve: only, baseline: null, from, to, range: equityRange([only]) })
    expect(elements(text).filter(({ name }) => name === 'path')).toHaveLength(1)
    expect(text).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe('ticks', () => {
  it.each<[low: number, high: number, ticks: readonly number[]]>([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-0.3, 0.3, [-0.4, -0.2, 0, 0.2, 0.4]],
    [-115, 42, [-150, -100, -50, 0, 50]],
    [0, 9999, [0, 2000, 4000, 6000, 8000, 10000]],
    [-3e-7, 0, [-3e-7, -2e-7, -1e-7, 0]],
  ])('of %d to %d', (low, high, ticks) => expect(valueTicks({ low, high })).toEqual(ticks))

  it.each<[span: number, texts: readonly string[]]>([
    [3 * 60_000, ['2022-01-01', '00:01', '00:02', '00:03']],
    [26 * 3_600_000, ['2022-01-01', '04:00', '08:00', '12:00', '16:00', '20:00', '2022-01-02']],
    [3 * DAY, ['2022-01-01', '12:00', '2022-01-02', '12:00', '2022-01-03', '12:00', '2022-01-04']],
  ])('over %d ms', (span, texts) => expect(timeTicks(FROM, FROM + span).map(({ text }) => text)).toEqual(texts))

  it('never more than ten', () => {
    for (let span = 1; span < 1e13; span *= 1.7) expect(timeTicks(FROM, FROM + span).length).toBeLessThanOrEqual(10)
  })
})
