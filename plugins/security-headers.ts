import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'

/** What browsers are told: who may read answers, that nothing in them is a page, and that nobody keeps them. */
export default fp<{ corsOrigins: readonly string[] }>(
  async (app, { corsOrigins }) => {
    // Without helmet's `upgrade-insecure-requests`, which breaks Swagger UI on plain http.
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
      },
    })
    // Before everything that can fail, so that errors carry the headers too and a page can read them.
    if (corsOrigins.length > 0) {
      await app.register(cors, {
        origin: [...corsOrigins],
        credentials: true,
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
        exposedHeaders: ['ETag', 'Link', 'Location', 'Retry-After'],
        maxAge: 600,
        strictPreflight: false,
      })
    }
    app.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-store'))
  },
  { name: 'security-headers' },
)
