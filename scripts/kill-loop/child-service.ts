/** A LOMS service in a process of its own: started, asked over HTTP, stopped, killed. */
import { spawn } from 'node:child_process'

export type ServiceStart = {
  /** Program and arguments that run the service. */
  readonly command: readonly [string, ...string[]]
  /** Nothing else reaches the process: no variable of the caller, no `.env` of its folder. */
  readonly environment: Readonly<Record<string, string>>
  readonly cwd: string
  /** Kills it at any moment, also before it is ready. */
  readonly abort?: AbortSignal
}

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stderr: string }
export type LogLine = { readonly event: string; readonly [field: string]: unknown }

export type ChildService = {
  readonly url: string
  readonly pid: number
  /** Log lines so far. */
  readonly log: readonly LogLine[]
  readonly exited: Promise<Exit>
  /** SIGTERM, as a supervisor sends it. */
  stop(): Promise<Exit>
  /** SIGKILL: no chance to tidy up. */
  kill(): Promise<Exit>
}
export type ServiceStarted = { readonly ok: true; readonly service: ChildService } | { readonly ok: false; readonly exit: Exit }

/** Resolves when the service takes signals, or when it has exited before that. */
export function startService({ command: [program, ...args], environment, cwd, abort }: ServiceStart): Promise<ServiceStarted> {
  const child = spawn(program, args, { cwd, env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'], killSignal: 'SIGKILL', ...(abort ? { signal: abort } : {}) })
  const log: LogLine[] = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  // An abort, or a program that is not there; `close` follows.
  child.on('error', (error) => (stderr += error.name === 'AbortError' ? '' : String(error)))
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stderr })))
  const end = (signal: NodeJS.Signals): Promise<Exit> => {
    child.kill(signal)
    return exited
  }
  return new Promise((resolve) => {
    void exited.then((exit) => resolve({ ok: false, exit }))
    onLines(child.stdout, (text) => {
      const line = JSON.parse(text) as LogLine
      log.push(line)
      if (line.event !== 'service_started') return
      const service = { url: line['url'] as string, pid: child.pid ?? 0, log, exited, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
      resolve({ ok: true, service })
    })
  })
}

/** Whole lines only: a killed process may leave half a line. */
function onLines(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line !== '') take(line)
  })
}
