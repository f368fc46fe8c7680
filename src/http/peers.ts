import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** The headers by which a proxy says for whom it asks. */
export const forwardedHeaders = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'] as const

/** The forwarded headers that are present. */
export const forwardedIn = (headers: IncomingHttpHeaders) =>
  forwardedHeaders.filter(name => headers[name] !== undefined)

/** An IPv4 address in the form that an IPv6 socket gives it (`::ffff:192.0.2.1`) as IPv4; others as they are. */
export const unmapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '')

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')

/**
 * A test of whether an address is in a list.
 * @param ranges addresses and CIDRs, valid.
 */
export function addressIn(ranges: readonly string[]): (address: string) => boolean {
  const listed = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    if (prefix === undefined) listed.addAddress(unmapped(address), familyOf(unmapped(address)))
    else listed.addSubnet(address, Number(prefix), familyOf(address))
  }
  return address => listed.check(unmapped(address), familyOf(unmapped(address)))
}

const isLoopbackAddress = addressIn(['127.0.0.0/8', '::1'])
/** What `/etc/hosts` calls this machine; of `localhost`, all subdomains too (RFC 6761). */
const loopbackNames = /^(?:(?:.+\.)?localhost|localhost\.localdomain|localhost6|ip6-localhost|ip6-loopback)$/i

/**
 * Whether a host is this machine itself and cannot be reached from others.
 * @param host a name, or an address with or without brackets.
 */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) === 0 ? loopbackNames.test(host) : isLoopbackAddress(address)
}
