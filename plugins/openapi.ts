import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { withCommonParts, withScopes } from '../src/http/openapi/common-parts.ts'
import { openapiPage } from '../src/http/openapi/page.ts'
import { scopes } from '../src/vocabulary.ts'

const introduction = `Log how you feel, every day, and see your streak.

To try it here: \`POST /signup\` signs you in on this page, by cookie. Or copy \`token\` from its response into **Authorize**.`

/** The groups of operations, in the order in which people need them. */
const tags = [
  { name: 'sign-in', description: 'Sign up, sign in, sign out.' },
  { name: 'mood', description: 'Mood entries and the streak.' },
  { name: 'sync', description: 'For apps that work offline: docs/sync.md.' },
  { name: 'tasks', description: 'Your to-do list.' },
  { name: 'sequences', description: 'Yoga sequences: yours, and those published by others.' },
  { name: 'practices', description: 'Your log of practised sequences.' },
  { name: 'poses', description: 'The catalogue of yoga poses, and your own.' },
  { name: 'profile', description: 'Your profile, avatar and settings.' },
  { name: 'account', description: 'Password, e-mail address, sessions, tokens, export, deletion.' },
  { name: 'admin', description: 'Accounts, roles and statistics; for admins.' },
  { name: 'service', description: 'Health and version of the server.' },
]

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
          description: introduction,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        servers: [{ url: '/', description: 'This server, in production as in development', ...audience }],
        tags,
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              bearerFormat: 'JWT',
              description: `The \`token\` of a sign-in (a JWT, RFC8725), or a personal access token. The scopes required of a personal access token are listed with each operation; operations without one accept no personal access token. Scopes: ${scopes.join(', ')}.`,
            },
            cookie: {
              type: 'apiKey',
              in: 'cookie',
              name: 'session',
              description: 'Set on sign-in; named `__Host-session` over https.',
            },
          },
        },
      },
      transform: withScopes(scopes),
      transformObject: withCommonParts,
      refResolver: {
        buildLocalReference: schema => schema.$id as string,
      },
    })
    await app.register(openapiPage)
    let text: string | undefined
    app.get('/openapi.json', { schema: { hide: true }, config: { compress: 'fixed' } }, async (_request, reply) => {
      // Written once: it takes longer than most answers.
      text ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').send(text)
    })
  },
  { name: 'openapi', dependencies: ['compression'] },
)
