import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { positionView, problem, startFakeService, type FakeService } from './fake-service.ts'
import { run } from './run.ts'

let service: FakeService | undefined
afterEach(async () => {
  await service?.stop()
  service = undefined
})
const serving = async (...args: Parameters<typeof startFakeService>) => (service = await startFakeService(...args))

const open = (id: number) => positionView({ id, status: 'open', state: 'tp-placed', pnl: null, close_price: null, closed_at: null, auto_close_reason: null })
const closed = (id: number) => positionView({ id, auto_close_reason: 'manual' })
const posts = ({ seen }: FakeService) => seen.filter(({ method }) => method === 'POST').map(({ path }) => path)

describe('close ID', () => {
  it('closes one position without a question and tells the result', async () => {
    const { url, seen } = await serving({ 'POST /positions/12/close': { body: closed(12) } })
    const { code, out, questions } = await run(['close', '12', '--reason', 'news'], { url, answer: false })
    expect([code, questions]).toEqual([0, []])
    expect(out).toBe('position 12 (BTCUSDT long) closed at 66880.0000, pnl 2880.0000, reason manual')
    expect(seen[0]?.body).toEqual({ reason: 'news' })
  })

  it('exits 1 while the close is still under way', async () => {
    const { url } = await serving({ 'POST /positions/12/close': { status: 202, body: { ...open(12), state: 'closing' } } })
    expect(await run(['close', '12'], { url })).toMatchObject({ code: 1, out: expect.stringContaining('still closing') as string })
  })

  it('says what the service says when there is no price', async () => {
    const { url } = await serving({ 'POST /positions/12/close': problem(409, 'price_unavailable', 'No price of BTCUSDT is known.') })
    expect(await run(['close', '12'], { url })).toMatchObject({ code: 1, err: 'LOMS answered 409 price_unavailable: No price of BTCUSDT is known.' })
  })

  it.each([[['close']], [['close', '12', '--all']], [['close', 'x']], [['close', '0']]])('%j is a usage error', async (args) => {
    expect((await run(args)).code).toBe(2)
  })
})

describe('close ID --qty or --pct', () => {
  const part = (status: number) => ({ 'POST /positions/12/partial-close': { status, body: { ...open(12), qty: 3, open_qty: 2 } } })

  it.each([[['--qty', '1'], { qty: 1 }], [['--pct', '33.3', '--reason', 'news'], { pct: 33.3, reason: 'news' }]])('%j closes a part', async (options, body) => {
    const { url, seen } = await serving(part(200))
    expect(await run(['close', '12', ...options], { url })).toMatchObject({ code: 0, out: 'position 12 (BTCUSDT long): a part is closed, 2.0000 of 3.0000 still open' })
    expect(seen[0]?.body).toEqual(body)
  })

  it('exits 1 while the part is still being closed', async () => {
    const { url } = await serving(part(202))
    expect(await run(['close', '12', '--pct', '50'], { url })).toMatchObject({ code: 1, out: expect.stringContaining('is still') as string })
  })

  it('says that all of it is closed where that was asked', async () => {
    const { url } = await serving({ 'POST /positions/12/partial-close': { body: closed(12) } })
    expect(await run(['close', '12', '--pct', '100'], { url })).toMatchObject({ code: 0, out: expect.stringContaining('closed at 66880.0000') as string })
  })

  it.each([[['12', '--qty', '1', '--pct', '5']], [['--all', '--qty', '1']], [['12', '--qty', '0']], [['12', '--pct', 'x']]])('%j is a usage error', async (args) => {
    expect((await run(['close', ...args])).code).toBe(2)
  })
})

describe('close --all', () => {
  const three = {
    'GET /positions': { body: [open(1), open(2), open(3)] },
    ...Object.fromEntries([1, 2, 3].map((id) => [`POST /positions/${id}/close`, { body: closed(id) }])),
  }

  it('asks on a terminal and closes every open position', async () => {
    const fake = await serving(three)
    const { code, out, questions } = await run(['close', '--all'], { url: fake.url, answer: true })
    expect([code, questions]).toEqual([0, ['Close 3 open positions at the market?']])
    expect(fake.seen[0]?.query).toEqual({ status: 'open', limit: '100000' })
    expect(posts(fake).sort()).toEqual(['/positions/1/close', '/positions/2/close', '/positions/3/close'])
    expect(out).toContain('3 closed, 0 still open')
  })

  it.each([
    ['no', { answer: false }, 1, 'nothing closed'],
    ['nobody to ask', {}, 2, '--yes'],
  ])('closes nothing with %s', async (_, options, code, message) => {
    const fake = await serving(three)
    expect(await run(['close', '--all'], { ...options, url: fake.url })).toMatchObject({ code, err: expect.stringContaining(message) as string })
    expect(posts(fake)).toEqual([])
  })

  it('does not ask with --yes, goes on after a failure, and names what is left', async () => {
    const fake = await serving({ ...three, 'POST /positions/2/close': problem(409, 'price_unavailable', 'No price.') })
    const { code, out, err } = await run(['close', '--all', '--yes', '--json'], { url: fake.url })
    expect(code).toBe(1)
    const positions = [{ id: 1, status: 'closed' }, { id: 2, status: 'open' }, { id: 3, status: 'closed' }]
    expect(JSON.parse(out)).toMatchObject({ closed: 2, left: 1, positions })
    expect(err).toBe('position 2: LOMS answered 409 price_unavailable: No price.')
  })

  it('is content when nothing is open', async () => {
    const { url } = await serving({ 'GET /positions': { body: [] } })
    expect(await run(['close', '--all'], { url })).toMatchObject({ code: 0, out: 'no open positions' })
  })
})

describe('pause and resume', () => {
  it.each(['pause', 'resume'])('%s sends its reason', async (action) => {
    const state = action === 'pause' ? 'paused' : 'active'
    const { url, seen } = await serving({ [`POST /control/${action}`]: { body: { state, reason: 'lunch' } } })
    expect(await run([action, '--reason', 'lunch', '--yes'], { url })).toMatchObject({ code: 0, out: `trading is ${state} (lunch)` })
    expect(seen[0]?.body).toEqual({ reason: 'lunch' })
  })

  it.each(['pause', 'resume'])('%s without a reason is a usage error', async (action) => {
    expect((await run([action])).code).toBe(2)
  })
})

describe('price', () => {
  const market = {
    symbol: 'BTCUSDT', ts: '2026-11-21T10:00:00.000Z', bid: 99, ask: 101, last: 100.5, mark: null, source: 'replay', mode: 'last', price: 100.5, age_ms: 400,
  }

  it('shows every mode, the mid included', async () => {
    const { url, seen } = await serving({ 'GET /market': { body: market } })
    const { code, out } = await run(['price', 'BTCUSDT'], { url })
    expect([code, seen[0]?.query]).toEqual([0, { symbol: 'BTCUSDT' }])
    expect(out.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
      ['symbol', 'BTCUSDT'],
      ['bid', '99.0000'],
      ['ask', '101.0000'],
      ['last', '100.5000', '(decides)'],
      ['mark', '-'],
      ['mid', '100.0000'],
      ['source', 'replay'],
      ['time', '2026-11-21T10:00:00.000Z'],
      ['age', '0.4 s'],
    ])
  })

  it('keeps the service answer in JSON and adds the mid', async () => {
    const { url } = await serving({ 'GET /market': { body: { ...market, bid: null } } })
    expect(JSON.parse((await run(['price', 'BTCUSDT', '--json'], { url })).out)).toEqual({ ...market, bid: null, mid: null })
  })
})

describe('help', () => {
  const commands = ['health', 'stats', 'price', 'positions', 'orders', 'signal', 'close', 'pause', 'resume', 'serve', 'demo', 'config', 'simulate', 'replay']

  it.each(commands)('%s --help shows an example and exits 0', async (command) => {
    const { code, out } = await run([command, '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`Example:\\n {2}loms ${command}`))
    expect(out).toContain('--json')
  })

  it('lists every command, and nothing runs without one', async () => {
    const { code, out, err } = await run([])
    expect([code, out]).toEqual([2, ''])
    for (const command of commands) expect(err).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'))
  })

  it('--version says the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
    expect(await run(['--version'])).toMatchObject({ code: 0, out: version, err: '' })
  })

  it('suggests the command that was meant', async () => {
    expect(await run(['positons'])).toMatchObject({ code: 2, err: expect.stringContaining('Did you mean positions?') as string })
  })
})
