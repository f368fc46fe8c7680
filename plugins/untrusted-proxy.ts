import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { addressIn, forwardedIn } from '../src/http/peers.ts'

/**
 * Warns, once, of a forwarded header from a peer that is not in `TRUST_PROXY`. A proxy that is not listed makes one
 * client of everybody, and its cookie is not `Secure`; nothing else would say so.
 */
export default fp<{ trustProxy: readonly string[] }>(
  async (app, { trustProxy }) => {
    const isTrusted = addressIn(trustProxy)
    let warned = false

    function warnOf({ headers, socket: { remoteAddress: peer = '' } }: FastifyRequest) {
      const ignored = forwardedIn(headers)
      if (ignored.length === 0 || isTrusted(peer)) return
      warned = true
      app.log.warn(
        { peer, headers: ignored },
        `A request from ${peer} has a header that only proxies send (${ignored.join(', ')}), but TRUST_PROXY does not list that address: the header is ignored. If it is your proxy, set TRUST_PROXY=${peer}; until then its clients share one rate limit, and https is not noticed. Otherwise somebody pretends to be a proxy. This is said once.`,
      )
    }
    app.addHook('onRequest', (request, _reply, done) => {
      if (!warned) warnOf(request)
      done()
    })
  },
  { name: 'untrusted-proxy' },
)
