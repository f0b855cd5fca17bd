/** Requests at a constant rate, whatever becomes of those before them: latency counts from the moment a request was due. */
import { Agent, request } from 'node:http'

export type Arrivals = {
  readonly port: number
  readonly perSecond: number
  readonly seconds: number
  /** Path and body of the next request. */
  readonly next: () => { readonly path: string; readonly body: string }
}
export type Arrived = {
  readonly sent: number
  /** Milliseconds from due to answered, sorted. */
  readonly latencies: Float64Array
  readonly answers: Readonly<Record<string, number>>
}

/** Connections at most; what waits for one waits on the clock. */
const CONNECTIONS = 256

export async function arrivals({ port, perSecond, seconds, next }: Arrivals): Promise<Arrived> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const total = Math.round(perSecond * seconds)
  const latencies = new Float64Array(total)
  const answers: Record<string, number> = {}
  const begin = performance.now()
  let done = 0
  const send = (index: number): void => {
    const due = begin + (index * 1000) / perSecond
    const { path, body } = next()
    const finished = (what: string): void => {
      latencies[done++] = performance.now() - due
      answers[what] = (answers[what] ?? 0) + 1
    }
    const call = request({ host: '127.0.0.1', port, method: 'POST', path, agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      let text = ''
      response.setEncoding('latin1')
      response.on('data', (piece: string) => (text += piece))
      response.on('end', () => finished(response.statusCode === 200 && text.includes('"position_id"') ? 'opened' : `${response.statusCode} ${text.slice(0, 120)}`))
    })
    call.on('error', (error) => finished(error.message))
    call.end(body)
  }
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1000) + 1)
    while (sent < due) send(sent++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  while (done < total) await new Promise((resolve) => setTimeout(resolve, 1))
  agent.destroy()
  return { sent: total, latencies: latencies.sort(), answers }
}

/** The value that `share` of the sorted ones do not exceed. */
export const quantile = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN
