/** The watch over connections is awake: in this process, in its children and in theirs. */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'
import { verdict } from './verdict.ts'

const run = promisify(execFile)
const directory = fs.mkdtempSync(join(tmpdir(), 'loms-guard-'))
afterAll(() => fs.rmSync(directory, { recursive: true }))

/** What a program tried to reach, by the log of its own that it was given, and what it wrote. */
async function tried(name: string, program: string): Promise<{ readonly log: string; readonly out: string }> {
  const log = join(directory, name)
  fs.writeFileSync(log, '')
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { env: { LOMS_SOCKET_LOG: log } })
  return { log: fs.readFileSync(log, 'utf8'), out: stdout.trim() }
}

it('this very run is watched', async () => {
  const log = process.env['LOMS_SOCKET_LOG']
  expect(log).toBeDefined()
  const server = http.createServer((_, response) => response.end('here'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('here')
  server.close()
  expect(fs.readFileSync(log as string, 'utf8')).toContain(`loopback 127.0.0.1:${port}`)
})

it.each([
  ['fetch', `await fetch('https://api.bybit.com/v5/order/create', { method: 'POST' }).catch((error) => console.log(error.cause.message))`, 'api.bybit.com:443'],
  ['a plain socket', `const net = await import('node:net'); net.connect(443, '192.0.2.1').on('error', (error) => console.log(error.message))`, '192.0.2.1:443'],
  ['TLS', `const tls = await import('node:tls'); tls.connect({ host: 'stream.bitget.com', port: 8443 }).on('error', (error) => console.log(error.message))`, 'stream.bitget.com:8443'],
])('another machine is not reached by %s, and it is told', async (name, program, address) => {
  const { log, out } = await tried(name.replace(/\W/g, ''), program)
  expect(out).toBe(`a test dialled ${address}`)
  expect(verdict(log)).toMatchObject({ total: 1, outside: [expect.stringContaining(`OUTSIDE ${address}`) as string] })
})

it('nor by a child of a child that was given no environment', async () => {
  const inner = `fetch('https://api.bitget.com/').catch((error) => console.log(error.cause.message))`
  const { log, out } = await tried('grandchild', `const { execFileSync } = await import('node:child_process'); const { spawn } = await import('node:child_process')
    spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { env: {}, stdio: 'inherit' })`)
  expect(out).toBe('a test dialled api.bitget.com:443')
  expect(verdict(log).outside).toHaveLength(1)
})

it('loopback is left alone', () => {
  expect(verdict('loopback 127.0.0.1:80 x\nloopback localhost:81 y\n')).toEqual({ total: 2, outside: [] })
  expect(verdict('loopback 127.0.0.1:80 x\nOUTSIDE api.bybit.com:443 y\nOUTSIDE api.bybit.com:443 y\n')).toEqual({ total: 3, outside: ['OUTSIDE api.bybit.com:443 y'] })
})
