/** A real headless Chromium on the built page. Debian's package is enough; without one the tests say that they were skipped. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const ROOT = join(import.meta.dirname, '..', '..')
const SCREENSHOTS = join(ROOT, 'artefacts', 'screenshots')
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

export const noChromium = CHROMIUM === undefined
if (noChromium) process.stderr.write('SKIPPED: the tests of the page need Chromium (Debian: apt-get install chromium)\n')

let browser: Browser | null = null
/** What went wrong in any page of this file: scripts that threw, refused by the policy, requests to elsewhere. */
const complaints: string[] = []

/** Call once per test file: builds the page where it is not up to date, starts the browser, ends both. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (noChromium) return
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    execFileSync(process.execPath, ['--import', tsx, 'scripts/build-page.ts'], { cwd: ROOT })
    mkdirSync(SCREENSHOTS, { recursive: true })
    browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] })
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    expect(complaints).toEqual([])
  })
}

/** A page that may talk to nothing but the service: what it asks of anybody else is a complaint and gets no answer. */
export async function openPage(url: string, hash = '', options: BrowserContextOptions = {}): Promise<{ readonly page: Page; readonly context: BrowserContext }> {
  const context = await (browser as Browser).newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', ...options })
  await context.route(
    (address) => address.origin !== url && address.protocol.startsWith('http'),
    (route) => {
      complaints.push(`asked for ${route.request().url()}`)
      return route.abort()
    },
  )
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A refusal that a test provokes is shown by the page; the browser's own note of it is none of ours.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text())
  })
  await page.goto(`${url}/#/${hash}`)
  return { page, context }
}

/** Kept as an artefact of the run. */
export const picture = async (page: Page, name: string): Promise<void> => void (await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true }))

export const row = (page: Page, id: number): Locator => page.locator(`[data-position="${id}"]`)
export const dialog = (page: Page): Locator => page.locator('dialog[open]')
/** The value of an expression in the page. */
export const inPage = <T = unknown>(page: Page, expression: string): Promise<T> => page.evaluate<T>(expression)
