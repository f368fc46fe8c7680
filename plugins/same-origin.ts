import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { RequestError } from '../src/http/problem-details.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The guard of sign-in routes, which ignore the cookie: only a foreign `Origin` is refused. */
    refuseForeignOrigin(request: FastifyRequest): Promise<void>
    /** Whether the request comes from our own or a listed page, according to the browser. */
    isSameOrigin(request: FastifyRequest): boolean
    /** The server's public origin, without a trailing slash. */
    ownOrigin(request: FastifyRequest): string
    /** The guard of a GET with an effect: only our own and listed pages may link to it. */
    refuseForeignLink(request: FastifyRequest): void
  }
}

export interface SameOriginOptions {
  publicUrl: string | undefined
  corsOrigins: readonly string[]
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A browser sends the cookie from any page. So an unsafe request authenticated by cookie must come from our own pages
 * or from a listed origin: by `Origin`, or by `Sec-Fetch-Site: same-origin`. A request with an
 * `Authorization` header cannot be forged by a page.
 */
export default fp<SameOriginOptions>(
  async (app, { publicUrl, corsOrigins }) => {
    const ownOrigin = (request: FastifyRequest) => publicUrl ?? `${request.protocol}://${request.host}`
    const isOurs = (request: FastifyRequest, origin: string) =>
      origin === ownOrigin(request) || corsOrigins.includes(origin)

    /** Tells the operator of a proxy both origins: the page's and the server's own. */
    const refusal = (request: FastifyRequest) => {
      const { origin, 'sec-fetch-site': site } = request.headers
      // No page sent it, but a script with a jar of cookies.
      if (origin === undefined && site === undefined) {
        const sentence =
          'The cookie alone counts for pages only. Scripts send Authorization: Bearer <token>, as POST /login returns it.'
        return new RequestError('cross_site_request', sentence)
      }
      const said = origin === undefined ? 'The request has no Origin header' : `The request comes from ${origin}`
      const sentence = `${said}; this server's origin is ${ownOrigin(request)}. (Behind a proxy, set TRUST_PROXY and PUBLIC_URL.)`
      return new RequestError('cross_site_request', sentence)
    }

    app.decorate('isSameOrigin', request => {
      const { origin, 'sec-fetch-site': site } = request.headers
      // Only browsers set it, and a page cannot: it is right also where a proxy hides the host from us.
      return site === 'same-origin' || (origin !== undefined && isOurs(request, origin))
    })

    app.decorate('ownOrigin', ownOrigin)

    app.decorate('refuseForeignLink', request => {
      // A browser sends no `Origin` when it opens a link; `Referer` identifies a page of a listed origin.
      const { referer = '', 'sec-fetch-site': site } = request.headers
      if (site === 'same-origin' || (URL.canParse(referer) && isOurs(request, new URL(referer).origin))) return
      throw refusal(request)
    })

    app.decorate('refuseForeignOrigin', async request => {
      if (request.headers.origin !== undefined && !app.isSameOrigin(request)) throw refusal(request)
    })

    app.addHook('onRequest', (request, _reply, done) => {
      const { authorization, cookie } = request.headers
      if (safeMethods.has(request.method) || authorization !== undefined || !cookie?.includes('session')) return done()
      if (request.routeOptions.config.ignoresCookie || app.isSameOrigin(request)) return done()
      done(refusal(request))
    })
  },
  { name: 'same-origin' },
)

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route ignores the cookie, so it needs no protection. */
    ignoresCookie?: boolean
  }
}
