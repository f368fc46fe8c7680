import { createReadStream, existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../helper.ts'

/** Serves the built app as the server does, until it does. */

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}
const policy = `default-src 'none';script-src 'self';style-src 'self';img-src 'self' blob: data:;font-src 'self';media-src 'self';connect-src 'self';worker-src 'self';manifest-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'`

export function serveApp(app: App, folder: string): void {
  if (app.hasRoute({ method: 'GET', url: '/app/*' })) return
  app.get('/app', { schema: { hide: true } }, send)
  app.get('/app/*', { schema: { hide: true } }, send)

  function send(request: FastifyRequest, reply: FastifyReply) {
    const asked = join(folder, decodeURIComponent(request.url.replace(/\?.*$/, '')).slice('/app'.length))
    const file = extname(asked) !== '' && existsSync(asked) ? asked : join(folder, 'index.html')
    return reply
      .headers({
        'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': policy,
        'Cache-Control': 'no-cache',
      })
      .send(createReadStream(file))
  }
}
