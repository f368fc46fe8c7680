import { BlockList, isIP } from 'node:net'

/**
 * The addresses that a provider may have. Those in IANA's special-purpose registries belong to this machine, to its
 * network, or are unassigned: a provider that names one of them is probing.
 */

const special = blockList('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
/**
 * All assigned IPv6 is in here; the second list is special within it: it embeds IPv4 addresses, or is for
 * documentation.
 */
const global6 = blockList('ipv6', ['2000::/3'])
const special6 = blockList('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether an IP address is globally reachable. */
export function isPublicAddress(ip: string): boolean {
  if (isIP(ip) === 4) return !special.check(ip, 'ipv4')
  return isIP(ip) === 6 && global6.check(ip, 'ipv6') && !special6.check(ip, 'ipv6')
}

/** Whether an IP address is a loopback address. */
export function isLoopbackAddress(ip: string): boolean {
  return isIP(ip) !== 0 && loopback.check(ip, isIP(ip) === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether the host of a URL is this machine.
 * @param hostname from `URL`.
 */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || isLoopbackAddress(bareHost(hostname))
}

/** Top-level names that are nobody's on the internet (RFC 6761, 6762, 8375, ICANN's `internal`). */
const privateNames = new Set(['localhost', 'local', 'internal', 'test', 'invalid', 'onion', 'arpa'])

/** Whether a name can be that of a host on the internet: of several labels, none of them empty, and under no private one. */
export function isPublicName(name: string): boolean {
  const labels = name.split('.')
  const isWhole = labels.length > 1 && labels.every(label => label !== '' && label.length <= 63)
  return isWhole && name.length <= 253 && !privateNames.has(labels.at(-1) as string)
}

/** The host of a URL without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '')
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address, prefix] = range.split('/') as [string, string]
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}
