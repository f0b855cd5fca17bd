/** The external model over real HTTP: every kind of answer, and every kind of none. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { AskExit } from '../../src/domain/commands.ts'
import type { ExitAdvised } from '../../src/domain/facts.ts'
import type { PositionId } from '../../src/domain/ids.ts'
import { ExitModel } from '../../src/runtime/exit-model.ts'
import { silentLogger } from '../../src/runtime/logger.ts'
import { d } from '../support/builders.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/advice`
}

const QUESTION: AskExit = {
  type: 'exit.ask', positionId: 7 as PositionId, question: 3, askedAt: 1_700_000_060_000, answerWithinMs: 60_000, symbol: 'BTCUSDT', strategy: 'a', direction: 'short', timeframeMin: 5,
  openedAt: 1_700_000_000_000, openQty: d('0.5'), entryPrice: d(100), stopPrice: d(102), targetPrice: null, price: d('99.25'),
  quote: { ts: 1_700_000_059_000, last: d('99.25'), source: 'test', path: 'point' }, extremes: { high: d(101), low: d(99) },
}

const asked = (url: string | null, timeoutMs = 5000, question = QUESTION): Promise<ExitAdvised> =>
  new Promise((answer) => new ExitModel({ url, timeoutMs, answer, logger: silentLogger }).ask(question))

const says = (text: string, status = 200): RequestListener => (_, response) => void response.writeHead(status).end(text)

describe('what the model is told', () => {
  it('the position and the sample, as JSON', async () => {
    const bodies: unknown[] = []
    const url = await serving((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += String(chunk)))
      request.on('end', () => {
        bodies.push([request.method, request.headers['content-type'], JSON.parse(text)])
        response.end('{"advice":"hold"}')
      })
    })
    await asked(url)
    expect(bodies).toEqual([['POST', 'application/json', {
      position_id: 7, question: 3, symbol: 'BTCUSDT', side: 'short', strategy: 'a', timeframe_min: 5, opened_at: '2023-11-14T22:13:20.000Z', asked_at: '2023-11-14T22:14:20.000Z',
      open_qty: 0.5, entry_price: 100, stop_price: 102, target_price: null, price: 99.25, price_at: '2023-11-14T22:14:19.000Z', bid: null, ask: null, high: 101, low: 99,
    }]])
  })
})

describe('what its answer means', () => {
  const wrongAdvice = { kind: 'failed', code: 'bad_answer', message: 'advice is none of hold, close, move_stop, move_target' }
  it.each<[string, RequestListener, object]>([
    ['hold', says('{"advice":"hold"}'), { kind: 'hold' }],
    ['close, with more', says('{"advice":"close","score":0.9}'), { kind: 'close' }],
    ['a stop', says('{"advice":"move_stop","price":101.5}'), { kind: 'move_stop', price: '101.5' }],
    ['a target in a text', says('{"advice":"move_target","price":"95.10"}'), { kind: 'move_target', price: '95.1' }],
    ['a stop nowhere', says('{"advice":"move_stop"}'), { kind: 'failed', code: 'bad_answer', message: 'move_stop needs a price above 0' }],
    ['a stop below zero', says('{"advice":"move_stop","price":-1}'), { kind: 'failed', code: 'bad_answer', message: 'move_stop needs a price above 0' }],
    ['another word', says('{"advice":"pray"}'), wrongAdvice],
    ['a list', says('["hold"]'), wrongAdvice],
    ['no JSON', says('<html>hold</html>'), { kind: 'failed', code: 'bad_answer', message: 'not a JSON object' }],
    ['nothing', says(''), { kind: 'failed', code: 'bad_answer', message: 'not a JSON object' }],
    ['far too much', says(`{"advice":"hold","why":"${'x'.repeat(200_000)}"}`), { kind: 'failed', code: 'bad_answer', message: 'longer than 65536 bytes' }],
    ['status 500', says('{"advice":"close"}', 500), { kind: 'failed', code: 'http', message: 'status 500' }],
    ['a redirection', (_, response) => void response.writeHead(302, { location: '/elsewhere' }).end(), { kind: 'failed', code: 'http', message: 'status 302' }],
    ['a connection that breaks', (request) => void request.socket.destroy(), { kind: 'failed', code: 'http', message: expect.stringMatching(/^no connection/) as string }],
  ])('%s', async (_, listener, advice) => {
    expect(await asked(await serving(listener))).toEqual({ type: 'exit.advised', positionId: 7, question: 3, advice })
  })

  it.each<[string, RequestListener]>([
    ['silent', () => {}],
    ['stuck in its answer', (_, response) => void response.write('{"advice":')],
  ])('%s: given up at the time limit', async (_, listener) => {
    const { advice } = await asked(await serving(listener), 60)
    expect(advice).toEqual({ kind: 'failed', code: 'timeout', message: 'no answer within 60 ms' })
  })

  it('the time limit ends with the next question', async () => {
    const { advice } = await asked(await serving(() => {}), 60_000, { ...QUESTION, answerWithinMs: 50 })
    expect(advice).toMatchObject({ code: 'timeout', message: 'no answer within 50 ms' })
  })

  it('nobody there', async () => {
    const url = await serving(() => {})
    const [server] = servers.splice(0)
    await new Promise((resolve) => server?.close(resolve))
    expect((await asked(url)).advice).toEqual({ kind: 'failed', code: 'http', message: 'no connection (ECONNREFUSED)' })
  })

  it('no address', async () => {
    expect((await asked(null)).advice).toEqual({ kind: 'failed', code: 'unanswered', message: 'EXIT_MODEL_URL is empty' })
  })
})

it('after its end nothing is answered', async () => {
  const url = await serving(says('{"advice":"close"}'))
  const answers: ExitAdvised[] = []
  const model = new ExitModel({ url, timeoutMs: 1000, answer: (fact) => void answers.push(fact), logger: silentLogger })
  model.ask(QUESTION)
  model.stop()
  // By the time another model has its answer, the first would have had its own.
  await asked(url)
  expect(answers).toEqual([])
})
