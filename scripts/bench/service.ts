/** The compiled service and empty servers as processes of their own, and what they use. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export type Server = {
  readonly port: number
  /** CPU that all threads of the process have used, in seconds. */
  cpuSeconds(): number
  /** Resident memory in bytes: now, and at its highest. */
  memory(): { readonly now: number; readonly peak: number }
  /** Milliseconds from its start to its first answer. */
  readonly startedInMs: number
  stop(): Promise<void>
}

export type Answer = { readonly status: number; readonly text: string; readonly ms: number }

/** Ticks of `/proc/PID/stat`; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100
const START_WITHIN_MS = 120_000

/** Starts `node script` with these settings and nothing of our own environment; resolves with its first answer on `path`. */
export async function startServer(script: string, path: string, settings: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort()
  const begin = performance.now()
  const environment = { ...settings, PORT: String(port) }
  // In a directory without an `.env`.
  const child = spawn(process.execPath, [script], { env: environment, cwd: settings['DATA_DIR'] ?? '/', stdio: ['ignore', 'ignore', 'inherit'] })
  while (!(await answers(port, path))) {
    if (child.exitCode !== null || performance.now() - begin > START_WITHIN_MS) throw new Error(`${script} did not start`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return { port, startedInMs: performance.now() - begin, cpuSeconds: () => cpuSeconds(child), memory: () => memory(child), stop: () => stop(child) }
}

/** The service as `npm run build` makes it, beside this compiled bench. */
export const startService = (settings: Readonly<Record<string, string>>): Promise<Server> => startServer(scriptAt('../../service/main.js'), '/health', settings)

export const scriptAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    return (await send(port, 'GET', path)).status === 200
  } catch {
    return false
  }
}

/** One request; rejects where nobody listens. */
export function send(port: number, method: 'GET' | 'POST', path: string, body?: string, agent?: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const begin = performance.now()
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const call = request({ host: '127.0.0.1', port, method, path, headers, ...(agent ? { agent } : {}) }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - begin }))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(body)
  })
}

function cpuSeconds({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // Fields after the command's name, which may hold blanks: state is the third, user and system time the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

function memory({ pid }: ChildProcess): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? NaN) * 1024
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}
