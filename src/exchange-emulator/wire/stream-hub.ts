/** Websocket connections of clients: subscriptions, pushes, and what goes wrong with them. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { ModelEvent } from '../model/core.ts'
import type { Push, Session, VenueFace } from './face.ts'
import type { FaultScript } from './fault-script.ts'
import type { WireTimers } from './timers.ts'

type HubOptions = {
  readonly face: VenueFace
  readonly faults: FaultScript
  readonly timers: WireTimers
  readonly venueTime: () => number
  readonly beforeMessage: () => void
}

/** Pushes that are kept to be sent again. */
const KEPT_PUSHES = 200

export class StreamHub {
  readonly #options: HubOptions
  readonly #server = new WebSocketServer({ noServer: true })
  readonly #sessions = new Map<WebSocket, Session>()
  readonly #held = new Map<string, Push>()
  readonly #sent: Push[] = []
  /** Nothing is pushed any more, pings are still answered. */
  muted = false
  #opened = 0

  constructor(options: HubOptions) {
    this.#options = options
  }

  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head))
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = new URL(request.url ?? '/', 'http://emulator').pathname
    const fault = this.#options.faults.ofCall({ call: 'ws.connect', path, account: undefined, params: {} })
    if (!this.#options.face.isSocketPath(path) || (fault && fault.kind !== 'delay' && fault.kind !== 'hang')) return void socket.destroy()
    if (fault?.kind === 'hang') return
    const open = (): void => this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#onOpen(webSocket, path))
    if (fault) this.#options.timers.after(fault.ms, open)
    else open()
  }

  #onOpen(webSocket: WebSocket, path: string): void {
    this.#opened += 1
    const session: Session = {
      path, id: `connection-${this.#opened}`, topics: new Set(), account: null, key: null,
      send: (message) => webSocket.send(typeof message === 'string' ? message : JSON.stringify(message)),
      close: (code) => webSocket.close(code),
    }
    this.#sessions.set(webSocket, session)
    webSocket.on('close', () => this.#sessions.delete(webSocket))
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('message', (data: Buffer) => this.#onMessage(webSocket, session, data.toString('utf8')))
  }

  #onMessage(webSocket: WebSocket, session: Session, message: string): void {
    const { faults, face, timers, venueTime, beforeMessage } = this.#options
    beforeMessage()
    const op = /"op"\s*:\s*"(\w+)"/.exec(message)?.[1] ?? 'ping'
    const call = op === 'login' ? 'ws.auth' : `ws.${op}`
    const fault = faults.ofCall({ call, path: session.path, account: session.account?.id, params: { message } })
    if (fault?.kind === 'reset') return webSocket.terminate()
    if (fault?.kind === 'raw') return session.send(fault.body)
    if (fault?.kind === 'hang') return
    const carryOut = (): void => face.onMessage(session, message, venueTime())
    if (fault?.kind === 'delay') timers.after(fault.ms, carryOut)
    else carryOut()
  }

  /** Tells everybody whom an event of the venue concerns. */
  publish(event: ModelEvent): void {
    if (this.#sessions.size === 0) return
    for (const push of this.#options.face.pushesOf(event)) this.#deliver(push)
  }

  #deliver(push: Push): void {
    const { faults, timers } = this.#options
    const fault = faults.ofPush(push)
    const held = this.#held.get(push.topic)
    this.#held.delete(push.topic)
    if (fault?.kind === 'swap') this.#held.set(push.topic, push)
    else if (fault?.kind === 'delay') timers.after(fault.ms, () => this.#send(push))
    else if (fault?.kind !== 'drop') this.#send(push)
    if (fault?.kind === 'duplicate') this.#send(push)
    if (held) this.#send(held)
  }

  #send(push: Push): void {
    if (this.muted) return
    this.#sent.push(push)
    if (this.#sent.length > KEPT_PUSHES) this.#sent.shift()
    for (const session of this.#sessions.values()) {
      if (session.topics.has(push.topic) && (push.account === null || session.account?.id === push.account)) session.send(push.body)
    }
  }

  /** Sends the last pushes of a topic once more, oldest first. */
  replay(topic: string, count: number): void {
    for (const push of this.#sent.filter((sent) => sent.topic.startsWith(topic)).slice(-count)) this.#send(push)
  }

  /** Ends every connection: with a closing handshake and a code, or (no code) as if the line had been cut. */
  disconnect(code?: number): void {
    for (const webSocket of [...this.#sessions.keys()]) {
      this.#sessions.delete(webSocket)
      if (code === undefined) webSocket.terminate()
      else webSocket.close(code)
    }
  }

  /** Whether somebody listens to a topic of this name. */
  isSubscribed(topic: string): boolean {
    return [...this.#sessions.values()].some(({ topics }) => topics.has(topic))
  }

  get connections(): number {
    return this.#sessions.size
  }

  stop(): void {
    this.disconnect()
    this.#server.close()
  }
}
