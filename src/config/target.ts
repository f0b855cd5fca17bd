/**
 * Where a request to an address of the settings may go. Against server-side request forgery: a public name must not lead
 * into the private network. Private addresses are reached only where the operator wrote the address itself (or
 * `localhost`) into the setting; link-local addresses, among them the clouds' metadata services, never.
 */
import { BlockList, isIP } from 'node:net'

const PRIVATE = blockList([
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['224.0.0.0', 4], ['240.0.0.0', 4],
  ['::', 128], ['::1', 128], ['fc00::', 7], ['ff00::', 8],
])
const LINK_LOCAL = blockList([['169.254.0.0', 16], ['fe80::', 10]])

function blockList(ranges: readonly (readonly [address: string, bits: number])[]): BlockList {
  const list = new BlockList()
  for (const [address, bits] of ranges) list.addSubnet(address, bits, family(address))
  return list
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** `::ffff:10.0.0.1` and `64:ff9b::a00:1` lead to an IPv4 address: both are taken as private, as nobody writes them by hand. */
const isWrapped = (address: string): boolean => /^(::ffff:|64:ff9b:|2002:)/i.test(address)
export const isLinkLocal = (address: string): boolean => LINK_LOCAL.check(address, family(address))
export const isPrivate = (address: string): boolean => isWrapped(address) || PRIVATE.check(address, family(address)) || isLinkLocal(address)

export const bareHost = (hostname: string): string => hostname.replace(/^\[|\]$/g, '')

/** Why an address may not stand in a setting; undefined: it may. */
export function targetProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'allowed is an address such as https://example.org/path'
  const url = new URL(text)
  const host = bareHost(url.hostname)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'allowed is https:'
  if (url.username !== '' || url.password !== '') return 'a name and password in the address are not allowed; use a secret path'
  if (isIP(host) !== 0 && isLinkLocal(host)) return 'link-local addresses are not allowed'
  if (url.protocol === 'http:' && !isWrittenPrivate(host)) return 'http: is allowed to a private address only; use https:'
  return undefined
}

/** The operator named a private address himself. */
export const isWrittenPrivate = (host: string): boolean => host === 'localhost' || (isIP(host) !== 0 && isPrivate(host))
