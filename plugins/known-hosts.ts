import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { addressIn, isLoopback } from '../src/http/peers.ts'
import { RequestError } from '../src/http/problem-details.ts'
import { recentCache } from '../src/recent-cache.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route answers under every host name: it says nothing about anybody. */
    anyHost?: boolean
  }
}

/** Limits of what is remembered: clients choose it. The length is that of the longest name of DNS, with a port. */
const [maxHosts, maxHostLength] = [100, 260]

export interface KnownHostsOptions {
  /** The address that the server listens on. */
  host: string
  publicUrl: string | undefined
  trustProxy: readonly string[]
}

/**
 * A server that listens on this machine only refuses unknown host names: the page of a stranger whose name leads here
 * (DNS rebinding) could otherwise read what it answers. Not what a proxy passes on, under whichever name
 * (docs/decisions/unknown-hosts.md).
 */
export default fp<KnownHostsOptions>(
  async (app, { host: listensOn, publicUrl, trustProxy }) => {
    if (!isLoopback(listensOn)) return
    const isTrusted = addressIn(trustProxy)
    const publicName = publicUrl === undefined ? undefined : new URL(publicUrl).hostname
    /** Parsing a name takes longer than the rest of this check: whether each header of late is a known host. */
    const known = recentCache<string, boolean>(maxHosts)

    function isKnown(host: string): boolean {
      const remembered = known.get(host)
      if (remembered !== undefined) return remembered
      const name = hostnameOf(host)
      const result = isLoopback(name) || name === publicName
      if (host.length <= maxHostLength) known.set(host, result)
      return result
    }

    app.addHook('onRequest', (request, _reply, done) => {
      const { host } = request.headers
      if (host === undefined || request.routeOptions.config.anyHost) return done()
      if (isKnown(host) || isProxied(request, isTrusted)) return done()
      const sentences = [
        `This server does not know the host ${host}.`,
        'It listens on this machine only, and answers for localhost, for the host of PUBLIC_URL, and through a proxy. If people reach it by this name, set PUBLIC_URL to the origin that they see.',
      ]
      done(new RequestError('unknown_host', sentences))
    })
  },
  { name: 'known-hosts' },
)

/** The name in a `Host` header, as a browser would write it, without port and final dot; empty for what is none. */
function hostnameOf(host: string): string {
  if (/[@/?#\\]/.test(host)) return ''
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') ?? ''
}

/**
 * Whether a proxy passed the request on: a peer in `TRUST_PROXY`, one on this machine that says so by a header, or one
 * that speaks HTTP/1.0, as nginx does where nothing else is configured and no browser has for decades.
 */
function isProxied({ headers, raw, socket }: FastifyRequest, isTrusted: (address: string) => boolean): boolean {
  const { remoteAddress: peer = '' } = socket
  return raw.httpVersion === '1.0' || isTrusted(peer) || (isLoopback(peer) && namesProxy(headers))
}

function namesProxy(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some(name => /^(?:x-forwarded-.+|x-real-ip|forwarded|via)$/.test(name))
}
