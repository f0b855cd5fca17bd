import { chromium } from 'playwright-core'
const url = process.argv[2]!
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const [name, vp, scheme] of [['desk-dark', { width: 1440, height: 900 }, 'dark'], ['phone-light', { width: 390, height: 844 }, 'light']] as const) {
  const c = await b.newContext({ viewport: vp, colorScheme: scheme })
  const p = await c.newPage()
  for (const path of ['', 'position/40', 'position/8', 'signals', 'orders', 'report', 'inspector', 'inspector/40', 'audit', 'settings']) {
    await p.goto(`${url}/#/${path}`)
    await p.waitForTimeout(1500)
    await p.screenshot({ path: `/tmp/tour/${name}-${path.replace('/', '-') || 'overview'}.png`, fullPage: name !== 'desk-dark' })
  }
  await c.close()
}
await b.close()
