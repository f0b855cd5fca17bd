/** Browsers that stop reading: sockets that take nothing more. Trading does not notice, and memory does not pay for them. */
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { bounce, eventually, Loms } from './service-process.ts'

const sockets: Socket[] = []
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()))

/** Part of the record of a signal. */
const NOTE = 'x'.repeat(16_000)
const SETTINGS = { MAX_OPEN_POSITIONS: '9999', MAX_OPEN_POSITIONS_PER_SYMBOL: '9999', MAX_SIZE_PER_POSITION_USDT: '100000' }

type Viewer = { readonly socket: Socket; bytes: number; text: string }

/** Asks for a stream over a socket of its own. */
function viewer(url: string, path: string, keepsText: boolean): Promise<Viewer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: text/event-stream\r\n\r\n`))
    sockets.push(socket)
    const own: Viewer = { socket, bytes: 0, text: '' }
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      own.bytes += chunk.length
      if (keepsText) own.text += chunk.toString('utf8')
      resolve(own)
    })
  })
}

describe('viewers that do not read', () => {
  // More than the kernel keeps for a socket that nobody reads, some 4 MB.
  it.each([['/page/live', 'snapshot', 7_500], ['/page/records', 'left-out', 1_500]])('%s: every signal is answered, who reads is told, who does not is left behind', async (path, anew, signals) => {
    const loms = await Loms.start(SETTINGS)
    await loms.pin(100)
    const slow = await viewer(loms.url, path, true)
    slow.socket.pause()
    const attentive = await viewer(loms.url, path, false)
    for (let sent = 0; sent < signals; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => loms.signal(bounce({ qty: 0.001, tp_pct: 40, sl_pct: 40, symbol: `COIN${(sent + index) % 40}USDT`, note: NOTE }))))
      expect(answers.filter(({ body }) => (body as { risk_ok?: boolean }).risk_ok !== true)).toEqual([])
    }
    // The last one has told all it will.
    await eventually(async () => (await loms.position(signals))['state']).toBe('tp-placed')
    let settled = -1
    await eventually(() => {
      const same = settled === attentive.bytes
      settled = attentive.bytes
      return same && attentive.bytes > 2_000_000
    }).toBe(true)
    slow.text = ''
    slow.socket.resume()
    await eventually(() => slow.text.includes(`event: ${anew}`)).toBe(true)
    process.stdout.write(`${path}: read ${attentive.bytes} bytes, did not read ${slow.bytes}\n`)
    expect(slow.bytes).toBeLessThan(attentive.bytes)
    expect((await loms.signal(bounce({ qty: 0.001 }))).body).toMatchObject({ received: true })
    await loms.kill()
  }, 120_000)
})
