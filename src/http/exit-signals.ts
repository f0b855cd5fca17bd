/** Signals for open positions, and the events of a strategy runner, which may be either. */
import { assertNever } from '../domain/assert.ts'
import type { ExitSignalReading } from '../signals/exit-signal.ts'
import type { ExitSignalRequest } from './application.ts'
import type { Call } from './call.ts'
import { entered } from './entries.ts'
import { json, unavailable } from './reply.ts'
import type { Route } from './route.ts'
import { keyReused, readSignalRequest } from './signal-request.ts'

type Reader = 'readCloseSignal' | 'readPartialCloseSignal' | 'readLevelsSignal'

const by =
  (reader: Reader) =>
  async (call: Call): Promise<Response> => {
    const { exits } = await call.service.schemas.load()
    const received = await readSignalRequest<ExitSignalReading>(call, exits[reader])
    if (!received.ok) return received.response
    const { reading: { signal, payload }, idempotencyKey } = received
    return exited(call, { signal, payload, idempotencyKey })
  }

async function exited({ requestId, service }: Call, request: ExitSignalRequest): Promise<Response> {
  const outcome = await service.application.signalExit(request)
  switch (outcome.kind) {
    case 'answered':
      return json(requestId, 200, outcome.answer)
    case 'key_reused':
      return keyReused(requestId, outcome.field)
    case 'unavailable':
      return unavailable(requestId, outcome.message)
    default:
      return assertNever(outcome)
  }
}

async function tradeEvent(call: Call): Promise<Response> {
  const { entry } = await call.service.schemas.load()
  const received = await readSignalRequest(call, entry.readTradeEvent)
  if (!received.ok) return received.response
  const { reading, idempotencyKey } = received
  const { payload } = reading
  if (reading.event === 'CLOSE') return exited(call, { signal: reading.exit, payload, idempotencyKey })
  return entered(call, { kind: 'trade_event', signal: reading.signal, payload, idempotencyKey }, ({ answer }) => json(call.requestId, 200, answer))
}

export const EXIT_SIGNAL_ROUTES: readonly Route[] = [
  { method: 'POST', path: '/signals/close', needs: 'signal', id: 'postCloseSignal', summary: 'Close the open positions that match', handle: by('readCloseSignal') },
  {
    method: 'POST', path: '/signals/partial-close', needs: 'signal', id: 'postPartialCloseSignal', summary: 'Close a part of each open position that matches',
    handle: by('readPartialCloseSignal'),
  },
  {
    method: 'POST', path: '/signals/levels', needs: 'signal', id: 'postLevelsSignal', summary: 'Move stop or target of the open positions that match',
    handle: by('readLevelsSignal'),
  },
  { method: 'POST', path: '/signals/trade', needs: 'signal', id: 'postTradeEvent', summary: 'Post an event of a strategy runner', handle: tradeEvent },
]
