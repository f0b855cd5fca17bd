/** Who may ask for what, what is let in, and what is never shown. */
import type { Defence } from './defence.ts'

const KEYS = 'test/http/keys.test.ts'
const SESSIONS = 'test/http/page/sessions.test.ts'
const SIGNALS = 'test/signals/bounce-signal.test.ts'
const app = 'src/http/app.ts'
const keys = 'src/http/keys.ts'
const sessions = 'src/http/page/sessions.ts'

export const ENTRANCE_DEFENCES: readonly Defence[] = [
  {
    serves: ['H-6', 'I23'], what: 'a key is compared, all of it', file: keys,
    edit: ['if (timingSafeEqual(known.hash, hash)) found = known.key', 'if (timingSafeEqual(known.hash.subarray(0, 0), hash.subarray(0, 0))) found = known.key'],
    test: [KEYS, 'every route GET /positions: nobody without its scope'],
  },
  {
    serves: ['H-6', 'I23'], what: 'a key may do what its scope grants, and no more', file: app,
    edit: ['if (grants(key, route.needs)) return undefined', 'if (key.name.length >= 0) return undefined'],
    test: [KEYS, 'keys a signal key posts signals and does nothing else'],
  },
  {
    serves: ['H-6', 'I23'], what: 'a request without a key is refused', file: app,
    edit: ["if (route.needs === 'open' || this.#keys.open) return undefined", "if (route.needs === 'open' || this.#keys.open || context.req.header('x-api-key') === undefined) return undefined"],
    test: [KEYS, 'every route POST /control/panic: nobody without its scope'],
  },
  {
    serves: ['H-6', 'I23'], what: 'without keys only this machine may be served', file: app,
    edit: ["assert(loopback || !keys.open, 'an address others can reach has API keys')", ''],
    test: [KEYS, 'keys without them only loopback may be served'],
  },
  {
    serves: ['H-6', 'I23'], what: 'the start with an address that others reach and without keys is refused', file: 'src/config/checks.ts',
    edit: ["if (right('HOST') && !isLoopback(value('HOST')) && value('API_KEYS') === '') {", "if (right('HOST') && isLoopback(value('HOST')) && value('API_KEYS') === 'none') {"],
    test: ['test/config/load.test.ts', 'mistakes (M-6) … HOST'],
  },
  {
    serves: ['H-6', 'I23'], what: 'a page of another site may not steer a service without keys', file: app,
    edit: ["if (route.method !== 'GET' && this.#keys.open && !fromHere(context.req.header('origin'))) {", "if (route.method === 'GET' && this.#keys.open && !fromHere(context.req.header('origin'))) {"],
    test: [KEYS, 'pages of other sites a POST from https://evil.example is 403'],
  },
  {
    serves: ['H-6', 'I23'], what: 'a site whose name leads here reads nothing of a service without keys', file: app,
    edit: ["if (this.#keys.open && !isOwnName(context.req.header('host'))) {", "if (this.#keys.open && requestId === '') {"],
    test: [KEYS, 'names of other sites that lead here (DNS rebinding) without keys a request for "evil.example" is 403'],
  },
  {
    serves: ['H-6', 'I23'], what: 'only this machine’s own names are taken for it', file: app,
    edit: ['/^(\\[::1\\]|[^:/\\s]+)(:\\d+)?$/', '/^(\\[::1\\]|127.0.0.1|[^:/\\s]+)/'],
    test: [KEYS, 'pages of other sites a POST from http://127.0.0.1.evil.example is 403'],
  },
  {
    serves: ['D-1', 'I23'], what: 'a signed-in browser changes something only with the page’s token', file: app,
    edit: [" && isOwnToken(session, context.req.header('x-csrf-token')))) {", ')) {'],
    test: [SESSIONS, 'changes something: without the token'],
  },
  {
    serves: ['D-1', 'I23'], what: 'a signed-in browser changes something only from the page itself', file: app,
    edit: ["!(isOwnOrigin(context.req.header('origin'), context.req.header('host')) && isOwnToken(", '!(isOwnToken('],
    test: [SESSIONS, 'changes something: from another site, with the token'],
  },
  {
    serves: ['D-1', 'I23'], what: 'the origin must be this very host', file: sessions,
    edit: ["origin.replace(/^https?:\\/\\//, '') === host)", "origin.replace(/^https?:\\/\\//, '') !== '')"],
    test: [SESSIONS, 'changes something: from another port of this host'],
  },
  {
    serves: ['D-1', 'I22'], what: 'a session’s cookie is for this site only, and not for scripts', file: sessions,
    edit: ['; Path=/; HttpOnly; SameSite=Strict; Max-Age', '; Path=/; Max-Age'],
    test: [SESSIONS, 'signing in gives an HttpOnly cookie of this site only'],
  },
  {
    serves: ['D-1', 'I23'], what: 'a session ends after twelve hours', file: sessions,
    edit: ['return session && session.endsAt > this.#now() ? session : undefined', 'return session'],
    test: [SESSIONS, 'ends when its owner says so, and after twelve hours'],
  },
  {
    serves: ['D-1', 'I23'], what: 'signing in is slowed down after failures', file: 'src/http/page/session-routes.ts',
    edit: ['if (!service.signIns.take()) {', "if (requestId === '') {"],
    test: [SESSIONS, 'is slowed down after ten failures, for a minute'],
  },
  {
    serves: ['H-6', 'I23'], what: 'whoever tries keys waits', file: app,
    edit: ['const wait = trying === null ? 0 : failures.waitSec(trying)', 'const wait = trying === null ? 0 : 0'],
    test: ['test/http/hooks.test.ts', 'wrong keys after ten the address waits'],
  },
  {
    serves: ['H-5', 'I21'], what: 'a key takes a hundred requests a second where others can reach the service', file: app,
    edit: ["if (taken !== 'ok') return tooManyRequests(requestId, taken)", ''],
    test: [KEYS, 'the rate limit else allows 100 a second per key'],
  },
  {
    serves: ['H-5', 'I21'], what: 'a body is not read beyond its limit', file: 'src/http/body.ts',
    edit: ['if (length > BODY_LIMIT_BYTES) {', 'if (length < 0) {'],
    test: ['test/http/entries.test.ts', '64 kB are read, one byte more is 413'],
  },
  {
    serves: ['I22', 'O-3'], what: 'a hook’s key stands in no log', file: app,
    edit: ["path.replace(/^(\\/hooks\\/[^/]+\\/).+$/, '$1****')", 'path'],
    test: ['test/http/hooks.test.ts', 'an error inside names no token'],
  },
  {
    serves: ['I22', 'M-5'], what: 'a secret setting is never shown', file: 'src/config/shown.ts',
    edit: ["if (setting.secret) return '****'", ''],
    test: ['test/config/load.test.ts', 'secrets are in no row'],
  },
  {
    serves: ['I22', 'M-5'], what: 'API keys are shown masked', file: 'src/config/shown.ts',
    edit: ["return problems.length === 0 ? maskedApiKeys(keys) : '****'", "return problems.length === 0 && keys.length > 0 ? value : '****'"],
    test: ['test/config/load.test.ts', 'secrets are in no row'],
  },
  {
    serves: ['I6', 'M-2'], what: 'paper does not even load the keys of an exchange', file: 'src/config/live-settings.ts',
    edit: ["if (value('BROKER_MODE') !== 'live') return null", "if (value('BROKER_MODE') === '') return null"],
    test: ['test/config/live-settings.test.ts', 'paper loads no key'],
  },
  {
    serves: ['M-2', 'I6'], what: 'live needs a second switch beside BROKER_MODE', file: 'src/config/live-settings.ts',
    edit: ["need(value('LIVE_TRADING') === 'true',", "need(value('LIVE_TRADING') !== '',"],
    test: ['test/config/live-settings.test.ts', "refuses the start with … LIVE_TRADING"],
  },
  {
    serves: ['M-2', 'R-3'], what: 'live does not start without limits', file: 'src/config/live-settings.ts',
    edit: ["need(value(name) !== '', `${name} is empty; real money needs this limit`)", "need(name !== '', `${name} is empty; real money needs this limit`)"],
    test: ['test/config/live-settings.test.ts', 'refuses the start with … MAX_DAILY_LOSS_USDT'],
  },
  {
    serves: ['B-5'], what: 'a demo account is reached at the addresses of demo accounts', file: 'src/exchange/client.ts',
    edit: ['if (options.sandbox) enableDemo(client, options.venue)', ''],
    test: ['test/checkup/exchange-checks.test.ts', 'a demo account of Bybit'],
  },
  {
    serves: ['F11', 'M-6'], what: 'a setting that nobody knows refuses the start', file: 'src/config/checks.ts',
    edit: ['if (!settingNamed(name) && !CLIENT_NAMES.has(name)) problems.push', 'if (!settingNamed(name) && CLIENT_NAMES.has(name)) problems.push'],
    test: ['test/config/load.test.ts', 'mistakes (M-6)'],
  },
  {
    serves: ['F29', 'M-5'], what: 'a forgotten variable that hides a line of .env is told', file: 'src/config/checks.ts',
    edit: ['for (const { setting, environment, dotEnv } of shadowed) {', 'for (const { setting, environment, dotEnv } of shadowed.slice(shadowed.length)) {'],
    test: ['test/config/load.test.ts', 'warns where the process environment hides another value of .env'],
  },
  {
    serves: ['F21', 'S-5', 'I20'], what: 'numbers that are none, or not above 0, come in nowhere', file: 'src/signals/fields.ts',
    edit: ['isPositive(value) && value.length <= MAX_DIGITS + 2 && Number(value) < CEILING', 'value.length <= MAX_DIGITS + 2 && Number(value) < CEILING'],
    test: [SIGNALS, 'a wrong signal names each field'],
  },
  {
    serves: ['F30', 'S-1'], what: 'null means the default', file: 'src/signals/fields.ts',
    edit: ['if (raw === undefined || raw === null) return undefined\n', 'if (raw === undefined) return undefined\n'],
    test: [SIGNALS, 'null is the default, as absence is'],
  },
  {
    serves: ['F30', 'H-2c', 'X-3'], what: 'money is added in decimals', file: 'src/domain/decimal.ts',
    edit: ['canonical(new Big(a).minus(b)))', '(String(Number(a) - Number(b)) as Decimal))'],
    test: ['test/runtime/partial-exits.property.test.ts', 'add up to the quantity and to the PnL, exactly'],
  },
  {
    serves: ['S-5', 'I20'], what: 'a signal far from the market is refused', file: 'src/runtime/door.ts',
    edit: ['return greater(deviation, limit) ? [', 'return greater(deviation, multiply(limit, decimal(1000))) ? ['],
    test: ['test/config/every-setting-bites.test.ts', 'here MAX_ENTRY_DEVIATION_PCT'],
  },
  {
    serves: ['I21', 'H-7'], what: 'a reader that does not keep up is cut off', file: 'src/http/event-streams.ts',
    edit: ['if (reader.room <= 0) this.#readers.drop(reader)\n      else reader.send(bytes)', 'reader.send(bytes)'],
    test: ['test/http/events.test.ts', 'cuts off a reader that does not keep up'], limitMs: 10_000,
  },
  {
    serves: ['I23', 'A-2'], what: 'a command that lay about in an outage is not carried out', file: 'src/alerts/command-replies.ts',
    edit: ['this.#ports.now() - sentAt > FRESH_MS) return', 'this.#ports.now() - sentAt < 0) return'],
    test: ['test/alerts/commands.test.ts', 'a command that lay about in an outage is not carried out'],
  },
  {
    serves: ['I23', 'A-2'], what: 'Telegram commands are heard from allowed people in allowed chats only', file: 'src/alerts/command-poller.ts',
    edit: ['if (!chatIds.includes(chatId) || !userIds.includes(userId)) return', 'if (!chatIds.includes(chatId) && !userIds.includes(userId)) return'],
    test: ['test/alerts/commands.test.ts', 'who is heard'],
  },
]
