/** Who sees little, uses no mouse, or listens: names, contrast (WCAG 2.1 AA, 1.4.3) and the way of the Tab key, on every view in both themes. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { bounce, eventually, Loms } from '../e2e/service-process.ts'
import { dialog, inPage, noChromium, openPage, row, useBrowser } from './browser.ts'

useBrowser()

/** Paths and the heading by which each is known. */
const VIEWS = {
  '': 'Overview', 'position/1': /BTCUSDT #1/, 'position/2': /BTCUSDT #2/, signals: 'Signals', orders: 'Orders', report: 'Reports', inspector: 'Inspector', 'inspector/1': /Inspector position 1/,
  incident: 'Incident replay', reconciliation: 'Reconciliation', audit: 'Audit', settings: 'Settings in force',
} as const

/** Text whose contrast to what is behind it is too low: 4.5, or 3 where it is large. */
const FAINT = `(() => {
  const parse = (colour) => {
    const canvas = parse.canvas ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1)
  const behind = (element) => {
    const layers = []
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor)
      if (colour[3] > 0) layers.push(colour)
      if (colour[3] === 1) break
    }
    return layers.reverse().reduce((under, top) => over(top, under), parse(getComputedStyle(document.documentElement).backgroundColor))
  }
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0)
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const box = element.getBoundingClientRect()
    if (!walker.currentNode.textContent.trim() || element.closest('svg, script, style, .visually-hidden, .skip, [disabled]') || box.width === 0 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    const style = getComputedStyle(element)
    const back = behind(element)
    const [a, b] = [light(over(parse(style.color), back)), light(back)]
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    const size = parseFloat(style.fontSize)
    const enough = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5
    if (ratio < enough) found.push(element.className + ' "' + walker.currentNode.textContent.trim().slice(0, 30) + '" ' + ratio.toFixed(2))
  }
  return [...new Set(found)]
})()`

/** What can be used and says nothing to who listens. */
const NAMELESS = `[...document.querySelectorAll('a[href], button, input, select, [role=slider], [role=meter], svg[role=img], table')].filter((element) => element.checkVisibility() && !element.closest('.price-chart')).flatMap((element) => {
  const name = element.getAttribute('aria-label') ?? (element.labels?.[0]?.textContent || element.textContent)
  return name?.trim() ? [] : [element.outerHTML.slice(0, 80)]
})`

async function busy(): Promise<Loms> {
  const loms = await Loms.start({ AUTO_CLOSE_INTERVAL_SEC: '0.2', AUTO_CLOSE_MIN_AGE_SEC: '0', MAX_OPEN_POSITIONS_PER_SYMBOL: '2' })
  await loms.pin(100)
  for (const changes of [{ tp_pct: 4 }, { tp_pct: 40, sl_pct: 40 }, { symbol: 'ETHUSDT', side: 'short', sl_pct: 40 }, { symbol: 'ETHUSDT' }, { symbol: 'ETHUSDT' }]) await loms.signal(bounce({ qty: 1, ...changes }))
  await eventually(async () => (await loms.position(4))['state']).toBe('tp-placed')
  await loms.pin(105)
  await eventually(async () => (await loms.position(1))['state']).toBe('closed')
  return loms
}

async function visit(page: Page, url: string, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(`${url}/#/${path}`)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  await eventually(() => page.getByText(/^(Loading|Connecting)…$/).count()).toBe(0)
}

describe.skipIf(noChromium)('everybody can use it', () => {
  it.each(['dark', 'light'] as const)('%s: text is readable and everything has a name', { timeout: 120_000 }, async (colorScheme) => {
    const loms = await busy()
    const { page } = await openPage(loms.url, '', { colorScheme })
    const found: Record<string, readonly string[]> = {}
    for (const [path, heading] of Object.entries(VIEWS)) {
      await visit(page, loms.url, path, heading)
      const problems = [...(await inPage<string[]>(page, FAINT)), ...(await inPage<string[]>(page, NAMELESS))]
      if (problems.length > 0) found[path] = problems
    }
    await page.getByRole('button', { name: 'Panic' }).click()
    const asked = await inPage<string[]>(page, FAINT)
    if (asked.length > 0) found['dialog'] = asked
    expect(found).toEqual({})
    await loms.kill()
  })

  it('without a mouse: the Tab key reaches everything, each thing shows that it is reached, a position is closed', { timeout: 60_000 }, async () => {
    const loms = await busy()
    const { page } = await openPage(loms.url)
    await row(page, 2).waitFor()
    const reached = new Set<string>()
    for (let presses = 0; presses < 60; presses += 1) {
      await page.keyboard.press('Tab')
      const at = await inPage<{ name: string; outline: string }>(page, `(({ ariaLabel, textContent, outerHTML }, style) => ({ name: (ariaLabel ?? textContent).trim(), outline: style.outlineStyle }))(document.activeElement, getComputedStyle(document.activeElement))`)
      if (reached.has(at.name) && at.name.startsWith('Skip')) break
      if (at.name !== '') expect([at.name, at.outline]).not.toEqual([at.name, 'none'])
      reached.add(at.name)
      if (reached.has('Close') && reached.has('inspector')) break
    }
    for (const name of ['Skip to content', 'Overview', 'Signals', 'Settings', 'Pause entries', 'Panic', 'Close', 'inspector']) expect([...reached].some((each) => each.includes(name))).toBe(true)
    await row(page, 2).getByRole('button', { name: 'Close' }).focus()
    await page.keyboard.press('Enter')
    await dialog(page).waitFor()
    // The dialog holds the focus, and what is in it is used without a mouse.
    for (let presses = 0; presses < 8; presses += 1) {
      await page.keyboard.press('Tab')
      expect(await inPage(page, `document.activeElement === document.body || document.querySelector('dialog[open]').contains(document.activeElement)`)).toBe(true)
    }
    await dialog(page).locator('input[name=reason]').focus()
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await row(page, 2).waitFor({ state: 'detached' })
    expect(await loms.position(2)).toMatchObject({ status: 'closed', auto_close_reason: 'manual' })
    await loms.kill()
  })
})
