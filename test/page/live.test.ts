/** The page where prices are real, and where money is: SHADOW and SEMI-LIVE against a local exchange. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { LIVE_KEY } from '../../scripts/freeze-loop/live-environment.ts'
import { decimal } from '../../src/domain/decimal.ts'
import type { Emulator } from '../../src/exchange-emulator/server.ts'
import { atExchange, AUTHORISED, enter, liveExchange, liveSettings } from '../e2e/live-process.ts'
import { eventually, Loms, type Json } from '../e2e/service-process.ts'
import { dialog, noChromium, openPage, picture, row, useBrowser } from './browser.ts'

useBrowser()

const PHONE = { viewport: { width: 390, height: 844 } }

async function signedIn(url: string, hash = '', options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  const { page } = await openPage(url, hash, options)
  await page.locator('input[name=key]').fill(LIVE_KEY)
  await page.keyboard.press('Enter')
  await page.locator('.banner .mode').waitFor()
  return page
}
const journal = async (loms: Loms, type: string): Promise<Json[]> =>
  ((await loms.get(`/page/journal?types=${type}&limit=50`, AUTHORISED)).body as { records: { body: Json }[] }).records.map(({ body }) => body)

/** A position of the account that LOMS did not open. */
function byHand(emulator: Emulator): void {
  const outcome = emulator.model.submit('main', { clientId: 'foreign-1', symbol: 'ETHUSDT', side: 'buy', qty: decimal('0.01'), kind: 'market' }, emulator.now())
  expect(outcome.ok).toBe(true)
}

describe.skipIf(noChromium)('SEMI-LIVE', () => {
  it('real money cannot be mistaken; nothing trades before it is armed; differences are shown; panic flattens the exchange', { timeout: 180_000 }, async () => {
    const emulator = await liveExchange({ venue: 'bybit' })
    const loms = await Loms.start(liveSettings(emulator))
    const page = await signedIn(loms.url)
    expect(await page.locator('.banner').textContent()).toMatch(/SEMI-LIVE.*REAL MONEY.*semi_live_100eur.*disarmed/)
    await eventually(() => page.title()).toBe('LIVE MONEY · LOMS SEMI-LIVE')
    expect(await page.evaluate<string>(`getComputedStyle(document.querySelector('.frame'), '::after').border`)).toMatch(/^4px solid rgb\(2\d\d/)
    await page.getByText('Not armed.').waitFor()
    await picture(page, 'live-disarmed-dark')
    await eventually(async () => (await loms.get('/readyz')).status).toBe(200)
    expect(((await enter(loms, emulator)).body as Json)['oms_enabled']).toBe(false)
    // Resuming is not arming.
    expect((await loms.post('/control/resume', { reason: 'by reflex' }, AUTHORISED)).status).toBe(409)

    await page.getByRole('button', { name: 'Arm…' }).click()
    const go = dialog(page).getByRole('button', { name: 'Arm with real money' })
    await dialog(page).locator('input[name=reason]').fill('first day')
    expect(await go.isDisabled()).toBe(true)
    await eventually(() => dialog(page).textContent()).toMatch(/semi_live_100eur, which holds 100 USDT/)
    await dialog(page).locator('input[name=typed]').fill('semi_live_100eur')
    await picture(page, 'live-arm-dark')
    await go.click()
    await page.locator('.chip.armed').waitFor()
    expect(await journal(loms, 'kill-switch.armed')).toMatchObject([{ balance: '100', reason: 'first day' }])

    await enter(loms, emulator)
    await row(page, 1).getByText('tp-placed').waitFor()
    expect(await page.locator('.health').textContent()).toMatch(/Healthy0 unprotectedfeed [\d.]+ s/)
    await picture(page, 'live-overview-dark')
    await page.goto(`${loms.url}/#/reconciliation`)
    await page.getByText('LOMS and the exchange agree').waitFor()
    await page.getByRole('table', { name: 'Held now' }).getByText('✓ same').waitFor()
    byHand(emulator)
    await page.getByRole('table', { name: 'Differences now' }).getByText('orphan').waitFor()
    await page.getByText('Needs attention:').waitFor()
    await picture(page, 'live-reconciliation-dark')
    const phone = await signedIn(loms.url, 'reconciliation', { ...PHONE, colorScheme: 'light' })
    await phone.getByRole('table', { name: 'Differences now' }).waitFor()
    expect(await phone.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    await picture(phone, 'live-reconciliation-phone')
    await phone.goto(`${loms.url}/#/`)
    await row(phone, 1).waitFor()
    await phone.getByText('REAL MONEY').waitFor()
    await picture(phone, 'live-overview-phone')

    await page.goto(`${loms.url}/#/`)
    await page.getByRole('button', { name: 'Panic' }).click()
    await dialog(page).locator('input[name=typed]').fill('PANIC')
    await dialog(page).getByRole('button', { name: 'Stop everything and close 1' }).click()
    await page.getByText('Everything is flat').waitFor()
    await page.getByText('Trading is halted.').waitFor()
    await picture(page, 'live-panic-flat-dark')
    expect(await journal(loms, 'trading.halted')).toMatchObject([{ reason: 'panic button on the page' }])
    // What LOMS does not know it does not touch.
    await eventually(() => atExchange(emulator)).toEqual({ held: { ETHUSDT: '0.01' }, own: [] })
    await loms.stop()
  })

  it('a feed that stops and an exchange that does not answer are seen', { timeout: 120_000 }, async () => {
    const emulator = await liveExchange({ venue: 'bitget' })
    const loms = await Loms.start({ ...liveSettings(emulator), PRICE_STALE_SEC: '1' })
    await eventually(async () => (await loms.post('/control/arm', { reason: 'test' }, AUTHORISED)).status).toBe(200)
    const page = await signedIn(loms.url, '', { colorScheme: 'light' })
    await enter(loms, emulator)
    await row(page, 1).getByText('tp-placed').waitFor()
    await emulator.stop()
    await page.getByText('Needs attention:').waitFor()
    await page.getByText(/no price for BTCUSDT/).waitFor({ timeout: 20_000 })
    await page.locator('.chip.bad', { hasText: 'feed' }).waitFor()
    await picture(page, 'live-exchange-lost-light')
    await loms.kill()
    await page.getByText('No connection to the service.').waitFor()
    await page.locator('.frame[data-stale]').waitFor()
    await picture(page, 'live-connection-lost-light')
  })
})

describe.skipIf(noChromium)('SHADOW', () => {
  it('says that orders are simulated on real prices', { timeout: 60_000 }, async () => {
    const emulator = await liveExchange({ venue: 'bybit' })
    const loms = await Loms.start({ LOMS_PROFILE: 'shadow', PRICE_EXCHANGE: 'bybit', EXCHANGE_EMULATOR_URL: emulator.httpUrl })
    const { page } = await openPage(loms.url)
    await page.getByText('real prices, simulated orders').waitFor()
    expect(await page.title()).toBe('LOMS SHADOW')
    await loms.signal({ symbol: 'BTCUSDT', side: 'long', price: Number(emulator.model.quoteOf('BTCUSDT')?.last), qty: 0.001, timestamp: new Date().toISOString() })
    await row(page, 1).getByText('tp-placed').waitFor()
    await picture(page, 'shadow-dark')
    expect(await page.locator('.banner').textContent()).not.toMatch(/REAL MONEY|armed/)
    await page.goto(`${loms.url}/#/reconciliation`)
    await page.getByText('Not connected in paper mode.').waitFor()
  })
})
