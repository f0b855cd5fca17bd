// Every connection that a process of the tests opens is written down, and none leaves this machine: paper must not, and
// live is tested against a local exchange. Plain JavaScript, for it is loaded into child processes before anything else.
import childProcess from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'

const log = process.env['LOMS_SOCKET_LOG']
// No resolver knows a name under `.invalid` (RFC 6761).
const isLoopback = (host) => host.endsWith('.invalid') || host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)

if (log !== undefined && !globalThis.socketsAreGuarded) {
  globalThis.socketsAreGuarded = true
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const [first, second] = Array.isArray(args[0]) ? args[0] : args
    const options = typeof first === 'object' && first !== null ? first : { port: first, host: typeof second === 'string' ? second : undefined }
    // A pipe leads nowhere else.
    if (options.path !== undefined || Number.isNaN(Number(options.port))) return connect.apply(this, args)
    const host = options.host || 'localhost'
    fs.appendFileSync(log, `${isLoopback(host) ? 'loopback' : 'OUTSIDE'} ${host}:${options.port} ${process.argv[1] ?? '-'}\n`)
    if (isLoopback(host)) return connect.apply(this, args)
    process.nextTick(() => this.destroy(Object.assign(new Error(`a test dialled ${host}:${options.port}`), { code: 'ECONNREFUSED' })))
    return this
  }
  const spawn = childProcess.ChildProcess.prototype.spawn
  childProcess.ChildProcess.prototype.spawn = function (options) {
    const pairs = options.envPairs ?? []
    const own = pairs.find((pair) => pair.startsWith('LOMS_SOCKET_LOG=')) ?? `LOMS_SOCKET_LOG=${log}`
    const earlier = pairs.find((pair) => pair.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? ''
    const load = earlier.includes(import.meta.url) ? earlier : `${earlier} --import ${import.meta.url}`.trim()
    options.envPairs = [...pairs.filter((pair) => !pair.startsWith('NODE_OPTIONS=') && !pair.startsWith('LOMS_SOCKET_LOG=')), `NODE_OPTIONS=${load}`, own]
    return spawn.call(this, options)
  }
}
