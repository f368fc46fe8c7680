import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { RequestError } from '../src/http/problem-details.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The guard of sign-in routes, which take no cookie: only a foreign `Origin` that is present is refused. */
    refuseForeignOrigin(request: FastifyRequest): Promise<void>
    /** Whether a browser says that one of our own or of the listed pages sent the request. */
    isSameOrigin(request: FastifyRequest): boolean
    /** The origin that people see the server at, without a trailing slash. */
    ownOrigin(request: FastifyRequest): string
    /** The guard of an address that does something when it is opened: only our own and listed pages may lead there. */
    refuseForeignLink(request: FastifyRequest): void
  }
}

export interface SameOriginOptions {
  publicUrl: string | undefined
  corsOrigins: readonly string[]
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends the cookie whoever wrote the page. So an unsafe request that would be judged by its cookie must
 * come from our own pages or from a listed origin: by `Origin`, or without it by `Sec-Fetch-Site: same-origin`.
 * A request with an `Authorization` header is nobody's but its sender's.
 */
export default fp<SameOriginOptions>(
  async (app, { publicUrl, corsOrigins }) => {
    const ownOrigin = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`
    const isOurs = (request: FastifyRequest, origin: string) =>
      origin === ownOrigin(request) || corsOrigins.includes(origin)

    /** Says what the operator of a proxy needs to know: what each side believes the address to be. */
    const refusal = (request: FastifyRequest) => {
      const { origin } = request.headers
      const said = origin === undefined ? 'The request does not say which page sent it' : `The page is from ${origin}`
      const sentence = `${said}; this server's own address is ${ownOrigin(request)}. (Behind a proxy, see TRUST_PROXY and PUBLIC_URL.)`
      return new RequestError('cross_site_request', sentence)
    }

    app.decorate('isSameOrigin', request => {
      const { origin, 'sec-fetch-site': site } = request.headers
      return origin === undefined ? site === 'same-origin' : isOurs(request, origin)
    })

    app.decorate('ownOrigin', ownOrigin)

    app.decorate('refuseForeignLink', request => {
      // A browser that opens an address says nothing of `Origin`; a page of a listed origin is known by `Referer`.
      const { referer = '', 'sec-fetch-site': site } = request.headers
      if (site === 'same-origin' || (URL.canParse(referer) && isOurs(request, new URL(referer).origin))) return
      throw refusal(request)
    })

    app.decorate('refuseForeignOrigin', async request => {
      const { origin } = request.headers
      if (origin !== undefined && !isOurs(request, origin)) throw refusal(request)
    })

    app.addHook('onRequest', async request => {
      const { authorization, cookie } = request.headers
      if (safeMethods.has(request.method) || authorization !== undefined || !cookie?.includes('session')) return
      if (!request.routeOptions.config.ignoresCookie && !app.isSameOrigin(request)) {
        throw refusal(request)
      }
    })
  },
  { name: 'same-origin' },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route never looks at the cookie, so nothing about it needs protecting. */
    ignoresCookie?: boolean
  }
}
