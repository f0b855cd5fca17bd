/** A lane in a worker thread of its own. */
import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { assert } from '../domain/assert.ts'
import type { LaneInput, LaneOpening, VariantOutcome } from './variant-player.ts'
import type { FromWorker } from './worker-messages.ts'

export async function openWorkerLane(input: LaneInput): Promise<LaneOpening> {
  const worker = startWorker(input)
  const next = async (): Promise<FromWorker> => ((await once(worker, 'message')) as [FromWorker])[0]
  const close = async (): Promise<void> => void (await worker.terminate())
  const opened = await next()
  if (opened.type === 'refused') {
    await close()
    return { ok: false, problems: opened.problems }
  }
  assert(opened.type === 'opened', 'a worker says first whether it could read the prices')
  const play = (variant: unknown, onProgress: (done: number) => void): Promise<VariantOutcome> =>
    new Promise((resolve, reject) => {
      const settle = (): void => void worker.off('message', heard).off('error', reject)
      const heard = (message: FromWorker): void => {
        if (message.type === 'progress') onProgress(message.done)
        if (message.type !== 'played') return
        settle()
        resolve(message.outcome)
      }
      worker.on('message', heard).on('error', reject)
      worker.postMessage(variant)
    })
  return { ok: true, lane: { span: opened.span, play, close } }
}

/** Compiled code runs as it is. Sources need the loader of development, which reaches no thread by itself. */
function startWorker(input: LaneInput): Worker {
  const ending = extname(import.meta.filename)
  const script = new URL(`worker${ending}`, import.meta.url)
  if (ending !== '.ts') return new Worker(script, { workerData: input })
  return new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${JSON.stringify(script.href)})))`, { eval: true, workerData: input })
}
