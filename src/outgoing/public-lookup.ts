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

/**
 * By the machine's name servers alone, on sockets of its own: for names that strangers chose, whose name servers may be as
 * slow as they like.
 * @param timeoutMs in total. What of IPv4 and IPv6 has come by then counts.
 * @param servers instead of the machine's, as `ip:port`.
 */
export function dnsLookup({
  timeoutMs,
  servers,
}: {
  timeoutMs: number
  servers?: string[] | undefined
}): AddressLookup {
  return async hostname => {
    // Another each time: it reads the configuration as it is now, and ends alone.
    const resolver = new Resolver({ timeout: retryMs })
    if (servers) resolver.setServers(servers)
    const timer = setTimeout(() => resolver.cancel(), timeoutMs)
    const errors: unknown[] = []
    const found = await Promise.all([
      // Tried in this order: IPv6 that does not work is more often silent.
      resolver.resolve4(hostname).then(of(4)).catch(failed),
      resolver.resolve6(hostname).then(of(6)).catch(failed),
    ])
    clearTimeout(timer)
    if (errors.length === found.length) throw errors[0]
    return found.flat()

    function failed(error: unknown) {
      errors.push(error)
      return []
    }
  }
}

/** After it a query is sent again; it doubles. */
const retryMs = 1_000

const of = (family: 4 | 6) => (addresses: string[]) => addresses.map(address => ({ address, family }))

/**
 * A look-up of names that refuses one of whose addresses any is not allowed: checked at what is connected to, whatever the
 * name led to before.
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
