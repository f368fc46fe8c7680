import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Swagger UI at /docs. */
export async function openapiPage(app: FastifyInstance) {
  app.addHook('onSend', async (_request, reply, page) =>
    String(reply.getHeader('content-type')).startsWith('text/html') ? forPhones(String(page)) : page,
  )
  app.addHook('onRoute', route => {
    if (route.url === '/docs/yaml') route.handler = asYaml
    app.compress(route, /^\/docs\/(?:static\/|yaml$)/.test(route.url) ? 'fixed' : 'public')
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP:
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    theme: {
      title: 'moodstreak API',
      favicon: [{ filename: 'icon.svg', rel: 'icon', sizes: 'any', type: 'image/svg+xml', content: read('icon.svg') }],
      css: [{ filename: 'page.css', content: read('page.css') }],
      js: [{ filename: 'page.js', content: read('page.js') }],
    },
    uiConfig: {
      layout: 'BaseLayout',
      deepLinking: true,
      docExpansion: 'none',
      defaultModelsExpandDepth: -1,
      persistAuthorization: true,
      tryItOutEnabled: true,
      displayRequestDuration: true,
    },
    transformSpecification: document => forPage(document as unknown as PageDocument),
  })
}

/** The document as YAML, written once: Swagger UI's own handler writes it for every request, which takes 0.1 s. */
async function asYaml({ server }: FastifyRequest, reply: FastifyReply) {
  return reply.type('application/x-yaml').send(server.swagger({ yaml: true }))
}

const read = (name: string) => readFileSync(new URL(`./docs-page/${name}`, import.meta.url), 'utf8')

const forPhones = (html: string) =>
  html.replace(
    '<meta charset="UTF-8">',
    '$&\n      <meta name="viewport" content="width=device-width, initial-scale=1">',
  )

interface PageDocument {
  components: {
    securitySchemes: Record<string, unknown>
    schemas: Record<string, { examples?: { username?: string }[] }>
  }
  paths: Record<string, Record<string, PageOperation>>
}
interface PageOperation {
  security?: Record<string, unknown>[] | undefined
  requestBody?: { content: Record<string, { example?: { username?: string } }> }
}

/**
 * The document for the page: without the cookie, which the browser sends by itself and no script can set, and with a
 * random username in the example of a sign-up.
 */
function forPage(document: PageDocument): PageDocument {
  const { components, paths } = document
  delete components.securitySchemes.cookie
  for (const operation of Object.values(paths).flatMap(path => Object.values(path))) {
    operation.security = operation.security?.filter(scheme => !('cookie' in scheme))
  }
  const username = `noor-${randomBytes(3).toString('hex')}`
  const body = paths['/signup']?.post?.requestBody?.content['application/json']
  if (body?.example) body.example.username = username
  const [example] = components.schemas.SignUp?.examples ?? []
  if (example) example.username = username
  return document
}
