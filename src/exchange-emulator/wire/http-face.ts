/** The venue's REST side on a socket: reads requests, lets the faults have their way, answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { decimal } from '../../domain/decimal.ts'
import type { Execution } from '../model/order.ts'
import type { Answer, Params, VenueFace, WireRequest } from './face.ts'
import { hasFields, type CallFault, type FaultScript } from './fault-script.ts'
import type { WireTimers } from './timers.ts'

/** One request as the emulator saw it, for tests to look at afterwards. */
export type SeenRequest = {
  readonly at: number
  readonly method: string
  readonly path: string
  readonly call: string | undefined
  readonly account: string | undefined
  readonly params: Params
  readonly fault: string | undefined
  /** Body of the answer; undefined where the call was not carried out (yet). */
  answer: unknown
}

export type HttpFaceOptions = {
  readonly face: VenueFace
  readonly faults: FaultScript
  readonly timers: WireTimers
  /** The venue's clock, which may be wrong. */
  readonly venueTime: () => number
  readonly accountOf: (request: WireRequest) => string | undefined
  readonly latencyMs: () => number
  readonly seen: SeenRequest[]
}

const HTML = '<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>'
const KEPT_REQUESTS = 20_000

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

function jsonOf(body: string): Params {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Params) : {}
  } catch {
    return {}
  }
}

export async function readRequest(request: IncomingMessage, at: number): Promise<WireRequest> {
  const [path = '/', rawQuery = ''] = (request.url ?? '/').split(/\?(.*)/s)
  const method = request.method ?? 'GET'
  const body = await bodyOf(request)
  const params = method === 'GET' ? Object.fromEntries(new URLSearchParams(rawQuery)) : jsonOf(body)
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]))
  return { method, path, rawQuery, body, params, headers, at }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  const content = typeof body === 'string' ? body : JSON.stringify(body)
  response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers })
  response.end(content)
}

/** The head promises a whole body, half of it comes. */
function sendHalf(response: ServerResponse, { status, body }: Answer, close: boolean): void {
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': content.length })
  response.write(content.subarray(0, Math.max(1, content.length >> 1)), () => close && response.destroy())
}

const executionOf = (fault: CallFault | undefined): Execution | null =>
  (fault?.kind === 'partial_fill' ? { ratio: decimal(fault.ratio), rest: fault.rest, afterMs: fault.afterMs } : null)

const without = (params: Params, names: readonly string[]): Params => Object.fromEntries(Object.entries(params).filter(([name]) => !names.includes(name)))

export function createHttpFace(options: HttpFaceOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { face, faults, timers, venueTime, seen, latencyMs } = options

  const editAnswer = (answer: Answer, fault: CallFault | undefined): Answer => {
    if (fault?.kind === 'empty_list') return { ...answer, body: face.editLists(answer.body, () => []) }
    if (fault?.kind === 'cut_list') return { ...answer, body: face.editLists(answer.body, (rows) => rows.slice(0, fault.keep)) }
    if (fault?.kind === 'set_fields') return {
      ...answer, body: face.editLists(answer.body, (rows) => rows.map((row) => (hasFields(row, fault.where) ? { ...row, ...fault.fields } : row))),
    }
    if (fault?.kind === 'omit_rows') return {
      ...answer, body: face.editLists(answer.body, (rows) => rows.filter((row) => !hasFields(row, fault.where))),
    }
    return answer
  }

  return async (incoming, response) => {
    const request = await readRequest(incoming, venueTime())
    const account = options.accountOf(request)
    const call = face.nameOf(request.method, request.path, request.params)
    const fault = faults.ofCall({ call, path: request.path, account, params: request.params })
    const record: SeenRequest = {
      at: timers.now(), method: request.method, path: request.path, call, account, params: request.params, fault: fault?.kind, answer: undefined,
    }
    seen.push(record)
    if (seen.length > KEPT_REQUESTS) seen.shift()
    /** Exactly once per request, when it arrives at the venue. */
    const carryOut = (): Answer => {
      // The signature covers what was sent, so parameters are forgotten behind it.
      const params = fault?.kind === 'ignore_params' ? without(request.params, fault.names) : request.params
      const answer = editAnswer(face.answer({ ...request, params, at: venueTime() }, executionOf(fault)), fault)
      record.answer = answer.body
      return answer
    }
    const half = latencyMs() / 2
    await timers.wait(half)
    await perform(fault, {
      response, timers, half, carryOut, errorAnswer: (code, message, status) => face.errorAnswer(code, message, status, venueTime()),
    })
  }
}

type Stage = {
  readonly response: ServerResponse
  readonly timers: WireTimers
  readonly half: number
  readonly carryOut: () => Answer
  readonly errorAnswer: (code: string, message: string, status: number | undefined) => Answer
}

async function perform(fault: CallFault | undefined, { response, timers, half, carryOut, errorAnswer }: Stage): Promise<void> {
  const NOTHING: Answer = { status: 200, body: {} }
  const carriedOut = (when: 'before' | 'after'): Answer => (when === 'after' ? carryOut() : NOTHING)
  const reply = async (answer: Answer): Promise<void> => {
    await timers.wait(half)
    send(response, answer)
  }
  switch (fault?.kind) {
    case 'hang':
      return void carriedOut(fault.when)
    case 'reset':
      carriedOut(fault.when)
      return void response.socket?.resetAndDestroy()
    case 'late':
      return timers.after(fault.ms, carryOut)
    case 'delay': {
      const early = fault.when === 'after' ? carryOut() : undefined
      await timers.wait(fault.ms)
      return reply(early ?? carryOut())
    }
    case 'twice':
      carryOut()
      return reply(carryOut())
    case 'half_body':
    case 'stall_body':
      return sendHalf(response, carriedOut(fault.when), fault.kind === 'half_body')
    case 'html':
      carriedOut(fault.when)
      return reply({ status: fault.status ?? 200, body: HTML })
    case 'raw':
      carriedOut(fault.when)
      return reply({ status: fault.status ?? 200, body: fault.body })
    case 'code':
      carriedOut(fault.when)
      return reply(errorAnswer(fault.code, fault.message ?? 'injected', fault.status))
    default:
      return reply(carryOut())
  }
}
