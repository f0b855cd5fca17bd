/**
 * The authorisation matrix (H-6): every route of the table with every method and every kind of credential, against the
 * whole service. Whoever may not is refused, and nothing has changed: not a record, not a bit of the state.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import { alert, EXPECTED, HOOK, SCOPES, type Row, type World } from './authorisation-table.ts'
import { ServiceWorld, type RawAnswer } from './service-world.ts'

type Scope = keyof typeof SCOPES
type Headers = Readonly<Record<string, string | readonly string[]>>

const keyOf = (scope: Scope): string => `matrix-key-of-scope-${scope}`
const API_KEYS = (Object.keys(SCOPES) as Scope[]).map((scope) => `${scope}:${scope}:${keyOf(scope)}`).join(',')
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const OWNER = { 'x-api-key': keyOf('all') }

/** Nobody, and everything that looks like a key and is none. */
const STRANGERS: readonly (readonly [who: string, headers: Headers])[] = [
  ['nobody', {}],
  ['an empty key', { 'x-api-key': '' }],
  ['a wrong key', { 'x-api-key': 'x'.repeat(23) }],
  ['a key less its last letter', { 'x-api-key': keyOf('all').slice(0, -1) }],
  ['a key and a letter more', { 'x-api-key': `${keyOf('all')}x` }],
  ['a key in capitals', { 'x-api-key': keyOf('all').toUpperCase() }],
  ['the name of a key', { 'x-api-key': 'all' }],
  ['a wrong key beside a right one', { 'x-api-key': 'wrong', authorization: `Bearer ${keyOf('all')}` }],
  ['two right keys in one header', { 'x-api-key': [keyOf('all'), keyOf('all')] }],
  ['a bare key as authorization', { authorization: keyOf('all') }],
  ['another scheme', { authorization: `Basic ${Buffer.from(`all:${keyOf('all')}`).toString('base64')}` }],
  ['a bearer without a key', { authorization: 'Bearer ' }],
  ['two keys as bearer', { authorization: `Bearer ${keyOf('all')} ${keyOf('read')}` }],
  ['a key in the cookie', { cookie: `loms_session=${keyOf('all')}; key=${keyOf('all')}` }],
  ['a made-up session', { cookie: `loms_session=${'a'.repeat(43)}` }],
  ['a proxy\'s word', { 'x-forwarded-user': 'all', 'x-remote-user': 'all', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' }],
]

let world: ServiceWorld
let count = 0
let opened = 1
const values: World = { counter: () => ++count, positionId: () => opened }
const rows = Object.entries(EXPECTED).map(([name, row]) => ({ name, row, method: name.split(' ')[0] as string, route: name.split(' ')[1] as string }))
const guarded = rows.filter(({ row }) => row.need !== 'open')

const send = ({ row, method }: { readonly row: Row; readonly method: string }, headers: Headers, path = row.path(values)): Promise<RawAnswer> => {
  const body = method === 'GET' || method === 'HEAD' ? undefined : row.body?.(values)
  return world.ask({ method, path, headers, ...(body === undefined ? {} : { body }) })
}
/** A position that is open and protected. */
async function openOne(): Promise<void> {
  const answer = await world.ask({ method: 'POST', path: '/signals/bounce', headers: OWNER, body: EXPECTED['POST /signals/bounce']?.body?.(values) })
  opened = (JSON.parse(answer.text) as { position_id: number }).position_id
  await vi.waitFor(async () => expect((await world.ask({ method: 'GET', path: `/positions/${opened}`, headers: OWNER })).text).toContain('"tp-placed"'), { interval: 2 })
}
/** The state once what was asked for before is done; reading waits for what is not durable yet. */
async function settled(): Promise<string> {
  for (;;) {
    const before = world.state()
    for (let reads = 0; reads < 5; reads += 1) await world.ask({ method: 'GET', path: '/positions', headers: OWNER })
    if (world.state() === before) return before
  }
}
const unchanged = async (ask: () => Promise<void>): Promise<void> => {
  const before = world.state()
  await ask()
  expect(world.state()).toBe(before)
}

beforeAll(async () => {
  world = await ServiceWorld.start({ API_KEYS, MAX_OPEN_POSITIONS: '', MAX_OPEN_POSITIONS_PER_SYMBOL: '' })
  await world.ask({ method: 'POST', path: '/market/price/100', headers: OWNER })
  await openOne()
})
afterAll(() => world.stop())

it('every route of the service stands in the table, with the scope that the table says', () => {
  expect([...Object.keys(EXPECTED), HOOK].sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort())
  expect(rows.filter(({ name, row }) => ROUTES.find(({ method, path }) => `${method} ${path}` === name)?.needs !== row.need)).toEqual([])
})

describe.each(guarded.map((entry) => [entry.name, entry] as const))('%s', (_, entry) => {
  it('is refused to strangers', () =>
    unchanged(async () => {
      for (const [who, headers] of STRANGERS) {
        const answer = await send(entry, headers)
        expect([who, answer.status, answer.headers['content-type'], answer.headers['www-authenticate']]).toEqual([who, 401, 'application/problem+json', 'Bearer realm="loms"'])
      }
      for (const name of ['api_key', 'key', 'token', 'access_token']) expect((await send(entry, {}, `${entry.row.path(values).split('?')[0]}?${name}=${keyOf('all')}`)).status).toBe(401)
    }))

  it('is refused to keys without its scope', () =>
    unchanged(async () => {
      for (const scope of Object.keys(SCOPES) as Scope[]) {
        if (SCOPES[scope].includes(entry.row.need)) continue
        for (const headers of [{ 'x-api-key': keyOf(scope) }, { authorization: `Bearer ${keyOf(scope)}` }]) expect([scope, (await send(entry, headers)).status]).toEqual([scope, 403])
      }
    }))

  it('is not reached by another way of writing it', () =>
    unchanged(async () => {
      const path = entry.row.path(values)
      const [first = '', ...rest] = path.slice(1).split('/')
      const upper = path.replace(/^\/\w/, (letter) => letter.toUpperCase())
      const encoded = `/%${first.charCodeAt(0).toString(16)}${first.slice(1)}${rest.length > 0 ? `/${rest.join('/')}` : ''}`
      const written = [`/${path}`, `//${path}`, `${path}/`, `${path}//`, `/.${path}`, `/x/..${path}`, `/docs/..${path}`, `/%2e%2e${path}`, `/docs/%2e%2e${path}`, `/docs%2f..${path}`, upper, encoded, path.replace(/(.)\//, '$1%2F'), `${path};a=b`, `${path}%00`, `${path}%20`, `${path}#x`, `http://other.example${path}`, `/livez/..${path}`, `/livez?${path}`, `\\${path}`]
      for (const each of written) {
        for (const headers of [{}, { 'x-api-key': keyOf(entry.row.need === 'signal' ? 'read' : 'signal') }]) {
          const { status } = await world.ask({ method: entry.method, path: each.replaceAll(' ', ''), headers, ...(entry.row.body ? { body: entry.row.body(values) } : {}) })
          const harmless = each.startsWith('/livez?') && entry.method === 'GET'
          expect([each, harmless || [400, 401, 403, 404, 405].includes(status)]).toEqual([each, true])
        }
      }
    }))
})

const matches = (route: string, path: string): boolean => new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)

describe('methods', () => {
  it.each(rows)('$name: others are refused, whoever asks', ({ row }) =>
    unchanged(async () => {
      const known = rows.filter((other) => matches(other.route, row.path(values).split('?')[0] as string)).map(({ method }) => method)
      for (const method of METHODS.filter((each) => !known.includes(each) && !(each === 'HEAD' && known.includes('GET')))) {
        for (const headers of [{}, OWNER]) {
          const answer = await send({ row, method }, { ...headers, 'x-http-method-override': 'GET', 'x-method-override': 'GET', 'x-original-url': '/livez', 'x-rewrite-url': '/livez' })
          expect([method, answer.status]).toEqual([method, method === 'OPTIONS' ? 204 : 405])
        }
      }
    }))

  it.each(guarded.filter(({ method }) => method === 'GET'))('HEAD instead of $name needs the same key', ({ row }) =>
    unchanged(async () => {
      expect((await send({ row, method: 'HEAD' }, {})).status).toBe(401)
      expect((await send({ row, method: 'HEAD' }, { 'x-api-key': keyOf('signal') })).status).toBe(403)
      expect(await send({ row, method: 'HEAD' }, OWNER)).toMatchObject({ status: 200, text: '' })
    }))

  it.each(guarded.filter(({ method }) => method !== 'GET'))('a GET that says it is a $name stays one', ({ row, method }) =>
    unchanged(async () => {
      const path = `${row.path(values)}?_method=${method}`
      expect((await world.ask({ method: 'GET', path, headers: { ...OWNER, 'x-http-method-override': method, 'x-http-method': method } })).status).toBeOneOf([200, 404, 405, 422])
    }))
})

describe('who may', () => {
  const last = (name: string): number => ['POST /control/panic', 'POST /control/reset-kill-switch'].indexOf(name)
  const inOrder = [...rows].sort((a, b) => last(a.name) - last(b.name))

  it.each(inOrder)('$name: is heard, and has its effect', async (entry) => {
    const { row } = entry
    for (const scope of Object.keys(SCOPES) as Scope[]) {
      if (row.need !== 'open' && !SCOPES[scope].includes(row.need)) continue
      // Closing and panicking leave nothing to act upon.
      if (row.effect && !entry.name.startsWith('POST /control/reset')) await openOne()
      const before = await settled()
      const answer = await send(entry, { authorization: `bearer ${keyOf(scope)}` })
      expect([scope, answer.status, answer.text]).toEqual([scope, row.granted, expect.anything()])
      expect(world.state() !== before).toBe(row.effect)
      if (entry.name === 'POST /control/panic' || entry.name === 'POST /control/pause') {
        await world.ask({ method: 'POST', path: '/control/reset-kill-switch', headers: OWNER, body: { reason: 'next' } })
        await world.ask({ method: 'POST', path: '/control/resume', headers: OWNER, body: { reason: 'next' } })
      }
    }
  })
})

describe('a signed-in browser', () => {
  const signIn = async (scope: Scope): Promise<Headers> => {
    const answer = await world.ask({ method: 'POST', path: '/session', body: { key: keyOf(scope) } })
    return { cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '', 'x-csrf-token': (JSON.parse(answer.text) as { token: string }).token }
  }

  it.each(['read', 'trade', 'admin'] as const)('with a %s key may no more than the key', async (scope) => {
    const headers = await signIn(scope)
    await unchanged(async () => {
      for (const entry of guarded.filter(({ row }) => !SCOPES[scope].includes(row.need))) expect([entry.name, (await send(entry, headers)).status]).toEqual([entry.name, 403])
    })
  })

  it('changes nothing without the page\'s token, or from another origin', async () => {
    const { cookie = '', 'x-csrf-token': token = '' } = await signIn('all')
    await unchanged(async () => {
      for (const entry of guarded.filter(({ method }) => method !== 'GET')) {
        for (const headers of [{ cookie }, { cookie, 'x-csrf-token': 'x' }, { cookie, 'x-csrf-token': token, origin: 'http://other.example' }, { cookie, 'x-csrf-token': token, origin: 'null' }]) {
          expect([entry.name, (await send(entry, headers)).status]).toEqual([entry.name, 403])
        }
      }
    })
  })

  it('is a stranger after it signed out', async () => {
    const headers = await signIn('all')
    expect((await world.ask({ method: 'GET', path: '/positions', headers })).status).toBe(200)
    await world.ask({ method: 'DELETE', path: '/session', headers })
    await unchanged(async () => {
      for (const entry of guarded) expect([entry.name, (await send(entry, headers)).status]).toEqual([entry.name, 401])
    })
  })
})

describe(HOOK, () => {
  const hook = (token: string, body: unknown): Promise<RawAnswer> => world.ask({ method: 'POST', path: `/hooks/tradingview/${token}`, body })

  it('is refused without a key that may signal', () =>
    unchanged(async () => {
      for (const token of ['x', 'body', 'undefined', 'null', '%20', keyOf('read'), keyOf('admin'), keyOf('signal').slice(0, -1), `${keyOf('signal')}x`, keyOf('signal').toUpperCase()]) {
        expect([token, (await hook(token, alert(values))).status]).toEqual([token, 401])
      }
      for (const secret of ['', 'x', keyOf('read'), keyOf('admin')]) expect([secret, (await hook('body', alert(values, secret))).status]).toEqual([secret, 401])
      for (const secret of [null, 1, true, {}, [keyOf('signal')]]) expect((await hook('body', { ...alert(values), secret })).status).toBe(401)
      expect((await hook('', alert(values))).status).toBe(404)
      expect((await world.ask({ method: 'POST', path: '/hooks/tradingview/body', headers: { 'x-api-key': keyOf('signal') }, body: alert(values) })).status).toBe(401)
    }))

  it('takes the key from the address or from the alert', async () => {
    for (const scope of ['signal', 'trade', 'all'] as const) {
      const before = world.state()
      expect((await hook(keyOf(scope), alert(values))).status).toBe(200)
      expect((await hook('body', alert(values, keyOf(scope)))).status).toBe(200)
      expect(world.state()).not.toBe(before)
    }
  })
})

it('nothing of it was a fault of the service', () => expect(world.logged.filter(({ level, event }) => level === 'error' && event !== 'trading_changed')).toEqual([]))
