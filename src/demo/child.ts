/** The demo's child processes: our own programs, started the way this process was started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type Child = {
  /** Exit code or signal once it has ended. */
  readonly ended: () => string | null
  /** Its last lines, to explain a failure. */
  readonly lastLines: () => readonly string[]
  /** Asks it to stop, and ends it where it does not. */
  readonly stop: () => Promise<void>
}
export type ChildOptions = {
  /** Path from this folder, without the ending. */
  readonly program: string
  readonly args?: readonly string[]
  /** The whole environment: nothing of the user's settings reaches the demo. */
  readonly environment: Readonly<Record<string, string>>
  /** Without an `.env` file in it. */
  readonly folder: string
  readonly onLine?: (line: string) => void
}

const KEPT_LINES = 20
const STOP_WITHIN_MS = 5_000

export function startChild({ program, args = [], environment, folder, onLine }: ChildOptions): Child {
  const script = fileURLToPath(new URL(program + extname(import.meta.filename), import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, script, ...args], { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > KEPT_LINES) lines.shift()
      onLine?.(line)
    })
  }
  let ended: string | null = null
  child.on('error', (error) => (ended = error.message))
  child.on('exit', (code, signal) => (ended = signal ?? `exit code ${code}`))
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    ended: () => ended,
    lastLines: () => lines,
    stop: async () => {
      if (ended === null) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        const force = setTimeout(kill, STOP_WITHIN_MS)
        await gone
        clearTimeout(force)
      }
      process.off('exit', kill)
    },
  }
}
