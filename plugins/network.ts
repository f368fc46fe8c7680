import fp from 'fastify-plugin'
import type { Source } from '../src/auth/principal.ts'
import { networkOf } from '../src/network.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The network that the request is counted for: an IPv4 address or an IPv6 /64. Honors `TRUST_PROXY`. */
    readonly network: string
    /** The address and the device that sent the request, as sessions and events show them. */
    readonly source: Source
  }
}

/** Where a request comes from. */
export default fp(
  async app => {
    app.decorateRequest('network', {
      getter() {
        return networkOf(this.ip)
      },
    })
    app.decorateRequest('source', {
      getter() {
        return { ip: this.ip, device: this.headers['user-agent']?.slice(0, 200) ?? null }
      },
    })
  },
  { name: 'network' },
)
