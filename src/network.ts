/**
 * The network that an address's requests are counted for: an IPv4 address is one household, but with IPv6 each
 * household has a /64. A mapped address (`::ffff:192.0.2.1`) counts as its IPv4 address.
 * @param ip from the socket, or from a trusted proxy's header.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped) return mapped
  // The zone of a link-local address (`fe80::1%eth0`) belongs to this machine, not to the sender.
  const [front = '', back] = ip.replace(/%.*/, '').split('::')
  const groups = (part = '') => part.split(':').filter(group => group !== '')
  // A last group in dotted form counts for two, and comes after the first four anyway.
  const [before, after] = [groups(front), groups(back)]
  const behind = after.length + (after.at(-1)?.includes('.') ? 1 : 0)
  const gap = back === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - behind)).fill('0')
  const prefix = [...before, ...gap, ...after].slice(0, 4).map(group => Number.parseInt(group, 16).toString(16))
  return `${prefix.join(':')}::/64`
}
