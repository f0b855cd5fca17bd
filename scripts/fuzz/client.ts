/** Sends fuzz requests: well-framed ones by Node's client, the others as bytes on a socket. */
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { FuzzRequest } from './described-requests.ts'
import type { RawRequest } from './raw-requests.ts'

export type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly text: string }
/** No answer, and why. */
export type Silence = { readonly silence: string }

const PATIENCE_MS = 20_000
/** So long nothing must come before a raw request says that it is over: the service drops what is cut off before its answer. */
const QUIET_MS = { unanswered: 250, answered: 60 }

export class Client {
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  constructor(port: number) {
    this.#port = port
  }
  close(): void {
    this.#agent.destroy()
  }

  get(path: string, headers: Readonly<Record<string, string>>): Promise<Answer | Silence> {
    return this.send({ method: 'GET', path, headers, body: null })
  }

  /** Of an event stream only its head is read. */
  send({ method, path, headers, body }: Omit<FuzzRequest, 'operation'>): Promise<Answer | Silence> {
    return new Promise((resolve) => {
      const call = request({ host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent, timeout: PATIENCE_MS }, (response) => {
        const flat = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
        const answered = (text: string): void => resolve({ status: response.statusCode ?? 0, headers: flat, text })
        if (flat['content-type']?.startsWith('text/event-stream') && method !== 'HEAD') {
          answered('')
          response.destroy()
          return
        }
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('end', () => answered(Buffer.concat(pieces).toString()))
        response.on('error', (error) => resolve({ silence: error.message }))
      })
      call.on('timeout', () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)))
      call.on('error', (error) => resolve({ silence: error.message }))
      call.end(body)
    })
  }

  /** Writes the pieces one after the other, then says that no more comes; everything that is answered. */
  raw({ pieces, pauseMs, end }: RawRequest): Promise<string> {
    return new Promise((resolve) => {
      const received: Buffer[] = []
      const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
      const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
      socket.on('data', (chunk: Buffer) => received.push(chunk))
      // What the service closes while it is still written to is its right.
      socket.on('error', () => undefined)
      socket.on('end', () => socket.end())
      socket.on('close', () => {
        clearTimeout(patience)
        clearTimeout(quiet)
        resolve(Buffer.concat(received).toString('latin1'))
      })
      let next = 0
      let quiet: NodeJS.Timeout | undefined
      const hush = (): void => {
        clearTimeout(quiet)
        quiet = setTimeout(() => socket.end(), received.length === 0 ? QUIET_MS.unanswered : QUIET_MS.answered)
      }
      socket.on('data', () => quiet && hush())
      const write = (): void => {
        const piece = pieces[next++]
        if (piece === undefined) {
          if (end === 'reset') socket.resetAndDestroy()
          else hush()
          return
        }
        if (!socket.writable) return
        socket.write(piece, () => (pauseMs > 0 ? setTimeout(write, pauseMs) : write()))
      }
      socket.on('connect', write)
    })
  }
}
