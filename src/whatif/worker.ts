/** A worker thread: reads the prices itself, then plays the variants it is given. A thrown error ends the thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../domain/assert.ts'
import { openVariantPlayer, type LaneInput } from './variant-player.ts'
import type { Variant } from './variant.ts'
import type { FromWorker } from './worker-messages.ts'

assert(parentPort, 'this file runs as a worker thread')
const port = parentPort
const say = (message: FromWorker): void => port.postMessage(message)

const opening = await openVariantPlayer(workerData as LaneInput)
if (!opening.ok) say({ type: 'refused', problems: opening.problems })
else {
  const { lane } = opening
  port.on('message', (variant: Variant) => {
    void lane.play(variant, (done) => say({ type: 'progress', done })).then((outcome) => say({ type: 'played', outcome }))
  })
  say({ type: 'opened', span: lane.span })
}
