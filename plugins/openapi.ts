import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { withCommonParts } from './openapi-common.ts'

/** Linters want it said; the types know no extensions here. */
const audience = { 'x-internal': false }

/** OpenAPI 3.1 from the routes' own schemas, at /openapi.json, and Swagger UI to try it out, at /docs. */
export default fp<{ version: string }>(
  async (app, { version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'moodstreak',
          version,
          description:
            'Log how you feel, every day, and see your streak.\n\nTo try it here: `POST /signup`, which also sets a cookie that this page then uses; or copy `token` from the answer into **Authorize**.',
          license: { name: 'MIT', identifier: 'MIT' },
        },
        servers: [{ url: '/', description: 'This server, in production as in development', ...audience }],
        tags: [
          { name: 'accounts', description: 'Sign up, sign in, sign out.' },
          {
            name: 'profile',
            description: 'Who the person is, their picture, and the settings that moods and streaks depend on.',
          },
          { name: 'mood', description: 'Entries and streaks.' },
          { name: 'tasks', description: 'What there is to do.' },
          { name: 'poses', description: 'The catalogue of yoga poses, and own ones.' },
          { name: 'sequences', description: 'Yoga poses one after the other.' },
          { name: 'practices', description: 'What one practised.' },
          { name: 'admin', description: 'Who is here, what they may do, and how much there is; for admins.' },
          { name: 'service', description: 'Whether the server is well.' },
        ],
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: 'The `token` of a sign-in: a JWT as RFC8725 wants it, good for minutes.',
            },
            cookie: {
              type: 'apiKey',
              in: 'cookie',
              name: 'session',
              description: 'Set by a sign-in; `__Host-session` under https.',
            },
          },
        },
      },
      transformObject: withCommonParts,
      refResolver: {
        buildLocalReference: schema => schema.$id as string,
      },
    })
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
      uiConfig: { deepLinking: true, persistAuthorization: false, tryItOutEnabled: true, displayRequestDuration: true },
    })
    // The address that a person types first.
    app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/docs'))
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  },
  { name: 'openapi' },
)
