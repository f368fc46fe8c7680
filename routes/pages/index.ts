import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyPluginAsync } from 'fastify'
import { codePages } from '../../src/auth/one-time-codes.ts'
import { appPath, type BuiltApp } from '../../src/http/built-app.ts'

/**
 * The two pages that links in e-mails lead to: the app's, or where it is not built each is one file that loads nothing.
 * The code comes in the fragment of the address, which browsers keep in a redirect, so no log, proxy or other site sees
 * it.
 */
const pages: FastifyPluginAsync<{ webApp: BuiltApp }> = async (app, { webApp }) => {
  for (const path of new Set(Object.values(codePages))) {
    const html = readFileSync(new URL(`.${path}.html`, import.meta.url), 'utf8')
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policyFor(html) }
    app.get(path, { schema: { hide: true }, config: { compress: 'fixed' } }, async (_request, reply) =>
      webApp.exists() ? reply.redirect(`${appPath}${path.slice(1)}`, 303) : reply.headers(headers).send(html),
    )
  }
}
export default pages

/** Only the page's own script and style, by their hashes, and calls to this API. */
function policyFor(html: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf('script', html)}`,
    `style-src ${hashOf('style', html)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join(';')
}

/** The source expression that allows the text of the page's only such element. */
function hashOf(element: 'script' | 'style', html: string): string {
  // The pages are ours; without the element the start fails.
  const [, text] = new RegExp(`<${element}[^>]*>(.*)</${element}>`, 's').exec(html) as unknown as [string, string]
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
