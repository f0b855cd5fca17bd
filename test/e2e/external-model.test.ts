/** The whole service beside a model that answers, fails, and is gone; killed between a question and its answer (SPEC X-7). */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { replayJournal } from '../../src/replay/replay.ts'
import { readJournal } from '../../state/journal-reading.ts'
import { bounce, eventually, Loms, refusedStart } from './service-process.ts'

const servers: Server[] = []
const closeAll = (): void => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
}
afterEach(closeAll)

/** A model that answers its questions in order with these; null: not at all. */
async function model(answers: readonly (readonly [number, string] | null)[]): Promise<{ readonly url: string; readonly heard: () => number }> {
  let next = 0
  const server = createServer((_, response: ServerResponse) => {
    const answer = answers[next++]
    if (answer) response.writeHead(answer[0]).end(answer[1])
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard: () => next }
}

const settings = (url: string) => ({ EXIT_STRATEGY: 'external_model_v1', EXIT_MODEL_URL: url, EXIT_MODEL_EVERY_SEC: '1', EXIT_MODEL_TIMEOUT_MS: '300', AUTO_CLOSE_MIN_AGE_SEC: '0' })

/** What the journal holds of questions and answers. */
function conversation(dataDir: string): unknown[] {
  const opened = readJournal(dataDir)
  if (!opened.ok) throw new Error(opened.message)
  return [...opened.journal.records()].flatMap(({ body }): unknown[] => {
    if (body.type === 'exit.ask') return [`asked ${body.question}`]
    return body.type === 'exit.advised' ? [{ question: body.question, ...body.advice }] : []
  })
}

function unproven(dataDir: string): readonly unknown[] {
  const outcome = replayJournal({ source: dataDir, until: null, check: true, positionId: null })
  if (!outcome.ok) throw new Error(outcome.problems.join())
  return (outcome.replay.check ?? []).filter(({ ok }) => !ok)
}

describe('a position that a model decides on', () => {
  it('is held through failures, gets a tighter stop, is closed; the journal proves it with no model there', async () => {
    const { url } = await model([[500, 'broken'], null, [200, 'what?'], [200, '{"advice":"move_stop","price":99.5}'], [200, '{"advice":"close"}']])
    const service = await Loms.start(settings(url))
    await service.pin(100)
    await service.signal(bounce())
    await eventually(() => service.position(1)).toMatchObject({ status: 'closed', auto_close_reason: 'model', dynamic_sl_price: 99.5, exit_meta: { last_advice: 'close' } })
    await service.stop()
    closeAll()
    expect(conversation(service.dataDir)).toEqual([
      'asked 1', { question: 1, kind: 'failed', code: 'http', message: 'status 500' },
      'asked 2', { question: 2, kind: 'failed', code: 'timeout', message: 'no answer within 300 ms' },
      'asked 3', { question: 3, kind: 'failed', code: 'bad_answer', message: 'not a JSON object' },
      'asked 4', { question: 4, kind: 'move_stop', price: '99.5' },
      'asked 5', { question: 5, kind: 'close' },
    ])
    expect(unproven(service.dataDir)).toEqual([])
  })

  it('killed between question and answer: the question stays unanswered, the next one counts', async () => {
    const { url, heard } = await model([null, [200, '{"advice":"close"}']])
    const first = await Loms.start({ ...settings(url), EXIT_MODEL_TIMEOUT_MS: '900' })
    await first.pin(100)
    await first.signal(bounce())
    await eventually(heard).toBe(1)
    const second = await first.killedAndStartedAgain()
    await eventually(() => second.position(1)).toMatchObject({ status: 'closed', auto_close_reason: 'model' })
    await second.stop()
    expect(conversation(second.dataDir)).toEqual(['asked 1', 'asked 2', { question: 2, kind: 'close' }])
    expect(unproven(second.dataDir)).toEqual([])
  })
})

describe('without an address', () => {
  it('the strategy is refused as the default, and in a signal', async () => {
    const refused = await refusedStart({ EXIT_STRATEGY: 'external_model_v1' })
    expect([refused.code, refused.stderr]).toEqual([1, 'LOMS cannot start: EXIT_STRATEGY=external_model_v1 (process environment) needs EXIT_MODEL_URL, which is empty; set it or choose another exit strategy\n'])
    const service = await Loms.start()
    const answer = await service.signal(bounce({ exit_strategy: 'external_model_v1' }))
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('external_model_v1 needs the setting EXIT_MODEL_URL, which is empty here')])
    await service.stop()
  })
})
