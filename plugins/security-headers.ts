import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import cors from '@fastify/cors'
import fp from 'fastify-plugin'
import helmet from 'helmet'

export interface SecurityHeadersOptions {
  /** Origins whose pages may call the API with the cookie. */
  corsOrigins: readonly string[]
  /** Whether pages of any origin may call it with a bearer token. */
  corsAnyOrigin: boolean
}

/** Headers for browsers: who may read answers, that none of them is a page, and that none is cached. */
export default fp<SecurityHeadersOptions>(
  async (app, { corsOrigins, corsAnyOrigin }) => {
    const fixed = { ...helmetHeaders(), 'cache-control': 'no-store' }
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(fixed)
      done()
    })
    // Before anything that can fail, so that errors carry the headers too and a page can read them.
    if (corsOrigins.length > 0 || corsAnyOrigin) {
      const shared = {
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        exposedHeaders: ['ETag', 'Link', 'Location', 'RateLimit', 'RateLimit-Policy', 'Retry-After'],
        maxAge: 600,
        strictPreflight: false,
      }
      const withCookie = { ...shared, origin: [...corsOrigins], credentials: true }
      // A browser does not show a page an answer with `*` when the request carried the cookie.
      const others = corsAnyOrigin ? { ...shared, origin: '*' } : { origin: false }
      await app.register(cors, {
        delegator: ({ headers: { origin = '' } }, done) =>
          done(null, corsOrigins.includes(origin) ? withCookie : others),
      })
    }
  },
  { name: 'security-headers' },
)

/**
 * The headers that helmet sets, computed once: they are the same for every answer, and setting a dozen of them by a
 * dozen middlewares costs a tenth of a request. Without `upgrade-insecure-requests`, which breaks Swagger UI on plain
 * http.
 */
function helmetHeaders(): Record<string, string> {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const directives = { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] }
  // Sub-domains may belong to others: this server speaks for its own name only.
  const strictTransportSecurity = { includeSubDomains: false }
  const set = helmet({ contentSecurityPolicy: { useDefaults: false, directives }, strictTransportSecurity })
  set(response.req, response, () => {})
  return response.getHeaders() as Record<string, string>
}
