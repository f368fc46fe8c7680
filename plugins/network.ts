import fp from 'fastify-plugin'
import { networkOf } from '../src/network.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The network that the request is counted for: an IPv4 address or an IPv6 /64. Honors `TRUST_PROXY`. */
    readonly network: string
  }
}

export default fp(
  async app => {
    app.decorateRequest('network', {
      getter() {
        return networkOf(this.ip)
      },
    })
  },
  { name: 'network' },
)
