/** What arrives at a socket that is no proper HTTP, or HTTP as few clients speak it. */
import type { Dice } from './dice.ts'
import type { Keys } from './described-requests.ts'

export type RawRequest = {
  readonly pieces: readonly Buffer[]
  readonly pauseMs: number
  readonly end: 'finish' | 'reset'
  /** Requests in it as a reader of RFC 9112 counts them, at the most: a further answer is a smuggled request. */
  readonly requests: number
  readonly what: string
}

type Made = { readonly what: string; readonly text: string; readonly requests?: number }

const chunk = (text: string, extension = ''): string => `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`

/** One raw request; the key of the reader can do no harm wherever it ends up. */
export function rawRequest(dice: Dice, index: number, keys: Keys): RawRequest {
  const made = make(dice, index, keys)
  const bytes = Buffer.from(made.text, 'latin1')
  const slow = dice.chance(0.1) && bytes.length < 500
  const pieces = slow ? split(bytes, 5 + dice.below(60)) : dice.chance(0.3) ? split(bytes, 1 + dice.below(bytes.length || 1)) : [bytes]
  return { pieces, pauseMs: slow ? 1 : 0, end: dice.chance(0.1) ? 'reset' : 'finish', requests: made.requests ?? 1, what: made.what }
}

function split(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size))
  return pieces
}

function make(dice: Dice, index: number, keys: Keys): Made {
  const signal = JSON.stringify({ symbol: 'BTCUSDT', side: 'long', price: 100, qty: 0.01, timestamp: new Date(Date.UTC(2027, 0, 1) + index * 1000).toISOString() })
  const key = `X-API-Key: ${keys.all}`
  const post = (headers: readonly string[], body: string, path = '/signals/bounce'): string => [`POST ${path} HTTP/1.1`, 'Host: x', key, ...headers, '', body].join('\r\n')
  const get = (path: string, headers: readonly string[] = []): string => [`GET ${path} HTTP/1.1`, 'Host: x', `X-API-Key: ${keys.read}`, ...headers, '', ''].join('\r\n')
  const length = `Content-Length: ${Buffer.byteLength(signal)}`
  const chunked = 'Transfer-Encoding: chunked'
  const smuggled = get('/orders')
  return dice.pick<() => Made>([
    () => ({ what: 'a request line', text: `${dice.pick(['GET', 'get', 'G\u0000T', 'GET ', ' GET', 'BREW', '', 'CONNECT', 'PRI', 'POST\t', 'M'.repeat(9000)])} ${dice.pick(['/positions', '*', '//', '/../../etc/passwd', 'http://[::1', 'http://x:99999/positions', '/%', '/\u00ff\u00fe', '/a b', '/'.repeat(9000), '?', '/positions HTTP/1.1\r\nX: y'])} ${dice.pick(['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'http/1.1', 'XTTP/1.1', '', 'HTTP/1.1 x'])}\r\nHost: x\r\nX-API-Key: ${keys.read}\r\n\r\n` }),
    () => ({ what: 'a header', text: get('/positions', [dice.pick([': x', 'X', 'X :y', 'X\u0000: y', 'X: \u0000', 'X: a\rb', 'X: a\nY: b', ' folded', '\tfolded', 'X: y\r\n folded', 'Host: y', 'Content-Length: -1', 'Content-Length: x', 'Content-Length: 1e3', 'Content-Length: 99999999999999999999', 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked, identity', 'Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x', 'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings', 'Expect: 100-continue', 'Expect: nonsense', `X: ${'y'.repeat(20_000)}`, 'Cookie: loms_session', 'Trailer: X-API-Key', 'Range: bytes=0-', '__proto__: x', 'constructor: y'])]) }),
    () => ({ what: 'no host', text: `GET /positions HTTP/${dice.pick(['1.0', '1.1'])}\r\nX-API-Key: ${keys.read}\r\n\r\n` }),
    () => ({ what: 'a host', text: `GET ${dice.pick(['/positions', '/session', '/'])} HTTP/1.1\r\nHost: ${dice.pick(['', ' ', '[', '[::1', 'a b', 'x:y', 'x:99999', '\u00ff', 'x/../y', 'user@x', '%', 'x?y', 'x#y', '..', 'x'.repeat(5000)])}\r\nX-API-Key: ${keys.read}\r\n\r\n` }),
    () => ({ what: 'many headers', text: get('/positions', Array.from({ length: dice.pick([100, 1000, 3000]) }, (_, number) => `H${number}: x`)) }),
    () => ({ what: 'a chunked body', text: post([chunked], `${chunk(signal.slice(0, 20), dice.pick(['', ';a=b', ';a="b"', ';', `;${'x'.repeat(100)}`]))}${chunk(signal.slice(20))}0\r\n${dice.pick(['', 'X-Trailer: y\r\n', 'X-API-Key: x\r\n'])}\r\n`) }),
    () => ({ what: 'an extension without end', text: post([chunked], `${chunk(signal, `;${'x'.repeat(dice.pick([1000, 20_000, 100_000]))}`)}0\r\n\r\n`) }),
    () => ({ what: 'a chunk size', text: post([chunked], `${dice.pick(['', '-1', 'x', '0x5', 'fffffffffffffffff', '5 ', ' 5', '5\n', '+5', '1e1', '7fffffff'])}\r\n${signal}\r\n0\r\n\r\n`) }),
    () => ({ what: 'a chunk that lies', text: post([chunked], `5\r\n${signal}\r\n0\r\n\r\n`) }),
    () => ({ what: 'a large chunked body', text: post([chunked], `${chunk(signal)}${chunk(' '.repeat(70_000))}0\r\n\r\n`) }),
    () => ({ what: 'a length and chunks', text: post([length, chunked], `${chunk(signal)}0\r\n\r\n${smuggled}`), requests: 2 }),
    () => ({ what: 'two lengths', text: post([length, `Content-Length: ${signal.length + smuggled.length}`], `${signal}${smuggled}`), requests: 2 }),
    () => ({ what: 'chunks in disguise', text: post([length, dice.pick(['Transfer-Encoding : chunked', 'Transfer-Encoding: xchunked', 'Transfer-Encoding:\tchunked', 'Transfer-encoding: chunked\r\nTransfer-Encoding: x', ' Transfer-Encoding: chunked'])], `0\r\n\r\n${smuggled}`), requests: 2 }),
    () => ({ what: 'a length that is too long', text: post([`Content-Length: ${signal.length + 100}`], signal) }),
    () => ({ what: 'a length that is too short', text: post([`Content-Length: ${signal.length - dice.below(30)}`], signal), requests: 2 }),
    () => ({ what: 'a length beyond the limit', text: post(['Content-Length: 100000000'], signal) }),
    () => ({ what: 'a body with GET', text: `${get('/positions', [length])}${signal}`, requests: 2 }),
    () => ({ what: 'pipelined', text: Array.from({ length: 2 + dice.below(20) }, (_, number) => dice.pick([get('/positions?limit=1'), get('/livez'), post([length], signal), get('/nothing'), post([`Content-Length: 1`], '{'), get(`/positions/${number}`)])).join(''), requests: 22 }),
    () => ({ what: 'a truncated request', text: post([length], signal).slice(0, dice.below(300)) }),
    () => ({ what: 'line ends', text: post([length], signal).replaceAll('\r\n', dice.pick(['\n', '\r', '\n\r', '\r\r\n'])), requests: 2 }),
    () => ({ what: 'another protocol', text: dice.pick(['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', 'SSH-2.0-x\r\n', '*1\r\n$4\r\nPING\r\n', '\u0000'.repeat(1000), '\r\n'.repeat(1000), '{"symbol":"BTCUSDT"}']) }),
    () => ({ what: 'a method', text: `${dice.pick(['HEAD', 'OPTIONS', 'TRACE', 'PUT', 'PATCH', 'DELETE', 'LINK', 'PURGE', 'CONNECT', 'SEARCH'])} ${dice.pick(['/positions', '/events', '/page/live', '/signals/bounce', '*', '/', 'x:80'])} HTTP/1.1\r\nHost: x\r\n${key}\r\nContent-Length: ${signal.length}\r\n\r\n${signal}`, requests: 2 }),
    () => ({ what: 'a path', text: get(dice.pick(['http://other.example/positions', '/positions/%2e%2e/%2e%2e/etc/passwd', '/docs/..%2f..%2fpackage.json', '/assets/../../package.json', '/docs/%2e%2e/positions', '//other.example/positions', '/positions?limit=%', '/positions?'.padEnd(15_000, 'a=b&'), '/positions#x', '/\\positions', '/positions\\..\\x', '/hooks/tradingview/'.padEnd(12_000, '%41')])) }),
    () => ({ what: 'noise', text: Array.from({ length: dice.below(2000) }, () => String.fromCharCode(dice.below(256))).join('') }),
    () => ({ what: 'a changed byte', text: changed(dice, post([length], signal)), requests: 3 }),
  ])()
}

function changed(dice: Dice, text: string): string {
  let result = text
  for (let times = 1 + dice.below(4); times > 0; times -= 1) {
    const at = dice.below(result.length)
    result = result.slice(0, at) + dice.pick(['', '\u0000', '\r', '\n', ' ', '\u00ff', ':', String.fromCharCode(dice.below(256))]) + result.slice(at + 1)
  }
  return result
}
