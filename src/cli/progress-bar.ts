/** A bar on stderr that redraws itself in place; nothing where stderr is not a terminal. */
import type { Terminal } from './terminal.ts'

const WIDTH = 30

/** `show` takes what is done, 0 to 1; `clear` removes the bar. */
export function progressBar(terminal: Terminal, label: string): { readonly show: (done: number) => void; readonly clear: () => void } {
  if (!terminal.errIsTty) return { show: () => undefined, clear: () => undefined }
  let drawn = ''
  return {
    show: (done) => {
      const bar = `${label} ${barText(done, WIDTH)}`
      if (bar !== drawn) terminal.draw(`\r${bar}`)
      drawn = bar
    },
    clear: () => {
      if (drawn !== '') terminal.draw('\r\u001b[2K')
      drawn = ''
    },
  }
}

/** `██████░░░░  60 %` */
export function barText(done: number, width: number): string {
  const share = Math.min(1, Math.max(0, done))
  const filled = Math.round(share * width)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`
}
