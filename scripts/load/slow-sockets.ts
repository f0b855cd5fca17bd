/** Connections that send a request letter by letter and never come to its end (slowloris). */
import { connect, type Socket } from 'node:net'

const LETTER_EVERY_MS = 500

export class SlowSockets {
  readonly #sockets: Socket[] = []
  #timer: NodeJS.Timeout | undefined
  /** Sockets that the service has closed. */
  closed = 0

  async open(port: number, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, number) => this.#one(port, number)))
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) if (socket.writable) socket.write('x')
    }, LETTER_EVERY_MS)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.destroy()
  }

  #one(port: number, number: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        // Half of them never finish their headers, the others never finish their body.
        socket.write(number % 2 === 0 ? 'POST /signals/bounce HTTP/1.1\r\nHost: x\r\nX-Slow: ' : 'POST /signals/bounce HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n{')
        resolve()
      })
      socket.on('error', reject)
      socket.on('close', () => (this.closed += 1))
      socket.resume()
      this.#sockets.push(socket)
    })
  }
}
