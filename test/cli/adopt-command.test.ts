/** `loms adopt`, `loms reconcile` and `loms close --stated-price`. */
import { afterEach, describe, expect, it } from 'vitest'
import { positionView, problem, startFakeService, type FakeAnswer, type FakeService } from './fake-service.ts'
import { run } from './run.ts'

let fake: FakeService
afterEach(() => fake.stop())

const PREVIEW = { adopted: false, symbol: 'ETHUSDT', side: 'long', qty: 0.5, entry_price: 3000, price: 3001, sl_price: 2900, tp_price: null, pnl_at_stop: -50, liquidation_price: 1500, will: ['a stop is placed'] }
const serving = async (adopted: FakeAnswer = { status: 201, body: positionView({ id: 3, state: 'sl-placed', sl_price: 2900 }) }): Promise<string> => {
  fake = await startFakeService({ 'POST /positions/adopt': ({ body }) => ((body as { confirm_qty?: number }).confirm_qty === undefined ? { body: PREVIEW } : adopted) })
  return fake.url
}
const ADOPT = ['adopt', 'ETHUSDT', '--side', 'long', '--sl', '2900', '--reason', 'by hand']

describe('adopt', () => {
  it('shows what would be done, asks, and confirms what it showed', async () => {
    const url = await serving()
    const { code, out, questions } = await run(ADOPT, { url, answer: true })
    expect(code).toBe(0)
    expect(out).toContain('the account holds long 0.5 ETHUSDT, entered at 3000.0000; mark price 3001.0000, liquidation 1500.0000')
    expect(out).toContain('  - a stop is placed')
    expect(out).toContain('position 3 adopted, sl-placed, stop at 2900.0000')
    expect(questions).toEqual(['Adopt this long position of 0.5 ETHUSDT?'])
    expect(fake.seen.map(({ body }) => (body as { confirm_qty?: number }).confirm_qty)).toEqual([undefined, 0.5])
  })

  it.each([
    ['a no', ADOPT, { answer: false }, 1, 1],
    ['no terminal to ask in', ADOPT, {}, 2, 1],
    ['--dry-run', [...ADOPT, '--dry-run'], {}, 0, 1],
    ['--yes', [...ADOPT, '--yes'], {}, 0, 2],
    ['no stop', ['adopt', 'ETHUSDT', '--side', 'long', '--reason', 'x'], {}, 2, 0],
    ['no reason', ['adopt', 'ETHUSDT', '--side', 'long', '--sl', '2900'], {}, 2, 0],
  ] as const)('with %s', async (_name, args, options, code, requests) => {
    const url = await serving()
    expect((await run([...args], { url, ...options })).code).toBe(code)
    expect(fake.seen).toHaveLength(requests)
  })

  it('says why it was refused', async () => {
    const url = await serving(problem(409, 'no_orphan', 'The account holds no long position on ETHUSDT.'))
    expect(await run([...ADOPT, '--yes'], { url })).toMatchObject({ code: 1, err: expect.stringContaining('The account holds no long position') as string })
  })
})

describe('reconcile', () => {
  it.each([
    [{ agrees: true, findings: [] }, 0, 'LOMS and the account agree'],
    [{ agrees: false, findings: [{ kind: 'orphan', symbol: 'ETHUSDT', side: 'long', position_id: null, expected: 0, found: 0.5 }] }, 1, '1 difference:\n  orphan: ETHUSDT long: LOMS has 0, the account 0.5'],
    [{ agrees: false, findings: [{ kind: 'vanished', symbol: 'ETHUSDT', side: 'long', position_id: 4, expected: 2, found: 0 }] }, 1, '1 difference:\n  vanished: ETHUSDT long, position 4: LOMS has 2, the account 0'],
  ])('%j', async (body, code, out) => {
    fake = await startFakeService({ 'POST /control/reconcile': { body } })
    expect(await run(['reconcile'], { url: fake.url })).toMatchObject({ code, out })
  })
})

describe('close --stated-price', () => {
  it('sends the price and where it was read', async () => {
    fake = await startFakeService({ 'POST /positions/12/close': { body: positionView({ id: 12, status: 'closed', close_price: 101.5 }) } })
    expect((await run(['close', '12', '--stated-price', '101.5', '--reason', 'history'], { url: fake.url })).code).toBe(0)
    expect(fake.seen[0]?.body).toEqual({ reason: 'history', stated_price: 101.5 })
  })

  it.each([['close', '12', '--stated-price', '101.5'], ['close', '--all', '--stated-price', '101.5', '--reason', 'x'], ['close', '12', '--pct', '50', '--stated-price', '1', '--reason', 'x']])('%s %s %s is a usage error', async (...args) => {
    fake = await startFakeService({})
    expect((await run(args, { url: fake.url })).code).toBe(2)
    expect(fake.seen).toEqual([])
  })
})
