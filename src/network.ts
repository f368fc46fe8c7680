/**
 * The network that an address stands for when its requests are counted: an IPv4 address is one household, but of IPv6
 * each household has a /64 to choose from. A mapped address (`::ffff:192.0.2.1`) is the IPv4 address that it holds.
 * @param ip as a socket gives it, or a trusted proxy's header.
 */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped) return mapped
  // The zone of a link-local address (`fe80::1%eth0`) belongs to this machine and not to the sender.
  const [front = '', back] = ip.replace(/%.*/, '').split('::')
  const groups = (part = '') => part.split(':').filter(group => group !== '')
  // A last group in dotted form counts for two, and stands behind the first four anyway.
  const [before, after] = [groups(front), groups(back)]
  const behind = after.length + (after.at(-1)?.includes('.') ? 1 : 0)
  const gap = back === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - behind)).fill('0')
  const prefix = [...before, ...gap, ...after].slice(0, 4).map(group => Number.parseInt(group, 16).toString(16))
  return `${prefix.join(':')}::/64`
}
