import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'

/** All addresses of a name. */
export type AddressLookup = (hostname: string) => Promise<LookupAddress[]>

/**
 * As the machine resolves names (hosts file, search domains): for names that the operator chose. libuv runs two of these at
 * a time in a process, so that a slow name holds up the look-ups of everything else: the database's, the mail server's.
 */
export const systemLookup: AddressLookup = hostname => lookup(hostname, { all: true })

export interface DnsLookupOptions {
  /** In total. What of IPv4 and IPv6 has come by then counts. */
  timeoutMs: number
  /** Instead of the machine's, as `ip:port`. */
  servers?: string[] | undefined
}

/** After it a query is sent again; it doubles. */
const retryMs = 1_000

/**
 * By the machine's name servers alone, on sockets of its own: for names that strangers chose, whose name servers may be as
 * slow as they like.
 */
export function dnsLookup({ timeoutMs, servers }: DnsLookupOptions): AddressLookup {
  return async hostname => {
    // A resolver for each name: it reads the configuration as it is now, and can be cancelled alone.
    const resolver = new Resolver({ timeout: retryMs })
    if (servers) resolver.setServers(servers)
    const timer = setTimeout(() => resolver.cancel(), timeoutMs)
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
    clearTimeout(timer)
    if ('reason' in v4 && 'reason' in v6) throw v4.reason
    // They are tried in this order: IPv6 that does not work is more often silent.
    return [...addressesOf(v4, 4), ...addressesOf(v6, 6)]
  }
}

function addressesOf(resolved: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return 'value' in resolved ? resolved.value.map(address => ({ address, family })) : []
}

/**
 * A look-up that refuses a name unless all of its addresses are allowed. It is the one that the connection uses, so a name
 * cannot lead elsewhere after the check.
 * @param refused makes the error.
 */
export function checkedLookup(
  isAllowed: (ip: string) => boolean,
  refused: () => Error,
  addresses: AddressLookup,
): LookupFunction {
  return (hostname, _options, done) => {
    const checked = addresses(hostname).then(found => {
      if (found.length === 0) throw new Error('no address')
      if (!found.every(({ address }) => isAllowed(address))) throw refused()
      return found
    })
    checked.then(
      found => done(null, found),
      error => done(error, []),
    )
  }
}
