import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'

/** The headers by which a proxy says for whom it asks. */
export const forwardedHeaders = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'] as const

/** The forwarded headers that are present. */
export const forwardedIn = (headers: IncomingHttpHeaders) =>
  forwardedHeaders.filter(name => headers[name] !== undefined)

/** An IPv4 address in the form that an IPv6 socket gives it (`::ffff:192.0.2.1`) as IPv4; others as they are. */
export const unmapped = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '')

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

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4')
