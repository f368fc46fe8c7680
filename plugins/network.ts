import fp from 'fastify-plugin'
import { networkOf } from '../src/network.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Where the request comes from, as far as it is counted: an IPv4 address or an IPv6 /64. Obeys `TRUST_PROXY`. */
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
