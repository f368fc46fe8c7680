import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { appPolicy, policyText } from '../../src/http/app-policy.ts'
import { appPath, type BuiltApp } from '../../src/http/built-app.ts'
import { prefersHtml } from '../../src/http/negotiation.ts'

export interface WebOptions {
  webApp: BuiltApp
  version: string
}

/** The app for people at /app/, and `/`, which leads browsers there (docs/decisions/the-app.md). */
const web: FastifyPluginAsync<WebOptions> = async (app, { webApp, version }) => {
  await app.register(fastifyStatic, {
    root: webApp.folder,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    // By the ETag alone: a build that replaces a newer one is older.
    lastModified: false,
    suppressWarning: true,
  })
  const hidden = { schema: { hide: true } }

  // The address that a person types first.
  app.get('/', hidden, async ({ headers }, reply) => {
    reply.header('Vary', 'Accept')
    if (prefersHtml(headers.accept)) return reply.redirect(webApp.exists() ? appPath : '/docs', 303)
    return { name: 'moodstreak', version, docs: '/docs' }
  })

  // It answers `/app/` too. Addresses within the app, and the reach of its service worker, begin with the slash.
  app.get('/app', { ...hidden, config: { limit: 'none' } }, async ({ url }, reply) =>
    url.startsWith(appPath) ? sendShell(reply) : reply.redirect(appPath, 303),
  )
  app.get('/app/*', { ...hidden, config: { limit: 'none' } }, async ({ params }, reply) => {
    const { '*': path } = params as { '*': string }
    if (!path.includes('.') && !`${path}/`.startsWith(assets)) return sendShell(reply)
    // Also where a folder has no such file: a browser would take the shell for a script.
    return filePath.test(path) ? reply.headers(headersOf(path)).sendFile(path) : reply.callNotFound()
  })

  /** The page that shows all addresses within the app. */
  function sendShell(reply: FastifyReply) {
    if (!webApp.exists()) return reply.code(404).type('text/plain; charset=utf-8').send(notBuilt)
    return reply.headers(headersOf('index.html')).sendFile('index.html')
  }
}
export default web

const notBuilt =
  'The app is not built: run "npm ci" and then "npm run bundle" where the server is installed, and reload.\n'

/** Files whose names hold a hash of their content. */
const assets = 'assets/'
/** Paths of files, of the characters that builds give them: none leads out of the folder. */
const filePath = /^(?:[\w-]+\/)*[\w-]+(?:\.[\w-]+)+$/

/** Everything but the assets is asked for again, by its ETag. */
function headersOf(path: string) {
  const lasts = path.startsWith(assets)
  return { ...fixedHeaders, 'Cache-Control': lasts ? 'public, max-age=31536000, immutable' : 'no-cache' }
}

/** Of every file: the service worker has a policy too. */
const fixedHeaders = {
  'Content-Security-Policy': policyText(appPolicy),
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}
