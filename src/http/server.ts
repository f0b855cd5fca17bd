/** Listening: the app on a socket, with limits on slow and large requests, and an end that does not hang. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { HttpApi } from './app.ts'

const SERVER_OPTIONS = {
  /** Time for the headers of a request: slow senders cannot hold connections for ever. */
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** Longer than clients pause between requests, so that a kept connection is not closed under a request. */
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
}
const MAX_CONNECTIONS = 1_024
const FORCE_AFTER_MS = 2_000
const CLOSE_IDLE_EVERY_MS = 50

export type Listening = {
  readonly ok: true
  readonly port: number
  readonly url: string
  /** Takes no new requests, ends event streams, lets running requests finish, and after two seconds ends them too. */
  close(): Promise<void>
}
export type NotListening = { readonly ok: false; readonly message: string }

/** A server with all its limits that does not listen yet. */
export function limitedServer(api: HttpApi, host: string): Server {
  const server = createAdaptorServer({ fetch: api.app.fetch, hostname: host, serverOptions: SERVER_OPTIONS }) as Server
  server.maxConnections = MAX_CONNECTIONS
  return server
}

/** Starts to listen; a port that is taken is an answer, not an exception. */
export function listen(api: HttpApi, host: string, port: number): Promise<Listening | NotListening> {
  const server = limitedServer(api, host)
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ ok: false, message: whyNot(error, host, port) }))
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo
      resolve({ ok: true, port: actual, url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`, close: () => closed(server, api) })
    })
  })
}

function whyNot({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use, perhaps by another LOMS; stop that or set PORT to a free one`
  if (code === 'EACCES') return `Port ${port} may not be used by this user; set PORT to 1024 or above`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST=${host} is no address of this machine; use 127.0.0.1, or an address this machine has`
  }
  return `Cannot listen on ${host}:${port}: ${message}`
}

function closed(server: Server, api: HttpApi): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS)
    const force = setTimeout(() => server.closeAllConnections(), FORCE_AFTER_MS)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(force)
      resolve()
    })
    api.endStreams()
    server.closeIdleConnections()
  })
}
