import { createHash } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ApiError } from '../../src/errors.ts'
import { reminderSettings } from '../../src/reminders/reminder-settings.ts'
import { unsubscribePath } from '../../src/reminders/unsubscribing.ts'
import type { ReminderKind } from '../../src/vocabulary.ts'

/**
 * Where the links in reminders lead (RFC 8058). A POST turns that kind of e-mail off, without a session and whatever page it
 * comes from: mail programs send it by themselves. A GET shows a page with a button and changes nothing, as scanners of
 * e-mails open every link.
 */
const unsubscribe: FastifyPluginAsyncTypebox = async app => {
  const reminders = reminderSettings(app.database)
  const Code = Type.Object({ code: Type.String({ maxLength: 200, pattern: '^[\\w-]+$' }) })
  const NoQuery = Type.Object({}, { additionalProperties: false })
  const route = {
    config: { ignoresCookie: true, isSecret: true },
    schema: { hide: true, params: Code, querystring: NoQuery },
  }
  app.removeAllContentTypeParsers()
  // `List-Unsubscribe=One-Click`, as a form of either kind: the code alone says what to do.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async () => undefined)

  app.get(`${unsubscribePath}:code`, route, async (request, reply) =>
    reply.headers(pageHeaders).send(pageOf(question(kindOf(request.params.code)), true)),
  )

  app.post(`${unsubscribePath}:code`, route, async (request, reply) => {
    const { user, kind } = read(request.params.code)
    await app.commitUnguarded([reminders.turnOffWrite(user, kind)])
    return reply.headers(pageHeaders).send(pageOf(`${words[kind]} is off. You can turn it on again in the app.`, false))
  })

  function read(code: string) {
    const found = app.readUnsubscribing(code)
    if (!found) throw new ApiError('not_found', 'This link is not one of ours, or is incomplete.')
    return found
  }

  const kindOf = (code: string): ReminderKind => read(code).kind
}
export default unsubscribe

const words: Record<ReminderKind, string> = { digest: 'The weekly digest', streak_at_risk: 'The streak reminder' }
const question = (kind: ReminderKind) => `Turn off ${words[kind].replace('The', 'the')}?`

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark;color:#1f252d;background:#fff}button{font:inherit;font-weight:600;padding:.6rem 1.2rem;border:0;border-radius:.6rem;background:#1d3270;color:#fff}@media(prefers-color-scheme:dark){body{color:#e8ecf1;background:#14181d}button{background:#a9e0ff;color:#14181d}}'

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src '${hashOf(style)}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  // The address is the secret.
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
}

/** @param asks whether it has the button; the form goes to the page's own address. */
function pageOf(sentence: string, asks: boolean): string {
  const button =
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Turn it off</button></form>'
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>moodstreak</title><style>${style}</style></head><body><main><h1>moodstreak</h1><p>${sentence}</p>${asks ? button : ''}</main></body></html>`
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
