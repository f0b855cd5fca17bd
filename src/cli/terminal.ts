/** Where a command writes: data to stdout, everything else to stderr. Tests give one that remembers. */
import { createInterface } from 'node:readline/promises'
import pc from 'picocolors'

export type Colours = ReturnType<typeof pc.createColors>

export interface Terminal {
  /** Writes a text and a line break to stdout. */
  out(text: string): void
  /** Writes a text and a line break to stderr. */
  err(text: string): void
  /** Writes to stderr as it is, for what redraws itself. */
  draw(text: string): void
  /** Resolves when stdout has taken what was written: for output too large to buffer. */
  drained(): Promise<void>
  readonly outIsTty: boolean
  readonly errIsTty: boolean
  /** Width of the terminal in characters; 100 where it is unknown. */
  readonly columns: number
  /** For text on stdout; identity functions unless stdout is a terminal. */
  readonly colours: Colours
  /** A yes/no question on the terminal; `undefined` where nobody can answer. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
}

/** The terminal of this process. A reader that went away (`loms positions | head`) ends the process quietly. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process
  const ignoreClosedPipe = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  }
  stdout.on('error', ignoreClosedPipe)
  stderr.on('error', ignoreClosedPipe)
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    draw: (text) => void stderr.write(text),
    drained: async () => {
      if (stdout.writableNeedDrain) await new Promise<void>((resolve) => stdout.once('drain', resolve))
    },
    outIsTty: Boolean(stdout.isTTY),
    errIsTty: Boolean(stderr.isTTY),
    get columns() {
      return stdout.columns || stderr.columns || 100
    },
    colours: pc.createColors(Boolean(stdout.isTTY) && pc.isColorSupported),
    ask: stdin.isTTY && stderr.isTTY ? askOnTerminal : undefined,
  }
}

async function askOnTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
