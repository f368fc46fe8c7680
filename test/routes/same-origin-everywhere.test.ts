import type { InjectOptions } from 'fastify'
import t from 'tap'
import { sumsOf } from '../../src/db/copy.ts'
import { build, grant } from '../helper.ts'
import { everyRequest, runHttpFile } from '../http-file.ts'
import { mailbox } from '../mailbox.ts'

type Headers = Record<string, string>

const host = 'mood.test'
/** The headers of a browser on a foreign page. */
const fromElsewhere: Headers[] = [
  { origin: 'https://evil.example' },
  { origin: 'null' },
  { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
]
/** No usable headers. Sign-in routes, which ignore the cookie, accept that. */
const fromNowhere: Headers[] = [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]
/** The content types that a form on any page can send. */
const formTypes = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']

t.test(
  'security 16: no unsafe request of any route is done for another page, and the right one is done after it',
  async t => {
    const box = await mailbox(t)
    const { app, database } = await build(t, { at: '2026-03-06T12:00:00Z', env: { SMTP_URL: box.url } })
    const attacked = new Set<string>()

    /** The variants of a request that other pages could send. */
    async function attack({
      method = 'GET',
      url,
      headers: { Authorization, ...rest } = {},
      payload,
      cookies,
    }: InjectOptions) {
      if (method === 'GET') return
      const what = `${method} ${String(url).replace(/[\da-f-]{36}/, ':id')}`
      attacked.add(what)
      const byCookie = (more: Headers, body = payload) =>
        app.inject({
          method,
          url: url as string,
          headers: { ...rest, host, ...more },
          ...(cookies && { cookies }),
          ...(body && { payload: body }),
        })
      const before = await sumsOf(database)
      for (const headers of [...fromElsewhere, ...(Authorization === undefined ? [] : fromNowhere)]) {
        const answer = await byCookie(headers)
        t.equal(answer.statusCode, 403, `${what} from ${JSON.stringify(headers)}`)
        t.match(answer.json(), { code: 'cross_site_request' })
        t.equal(answer.headers['set-cookie'], undefined)
      }
      for (const type of formTypes) {
        const body = typeof payload === 'string' ? payload : '{"x":1}'
        const own = await byCookie({ origin: `http://${host}`, 'Content-Type': type }, body)
        // A picture may come in a form, but this is not one.
        const isForm = what === 'PUT /profile/avatar' && type.startsWith('multipart')
        // The cookie's user may not be an admin, or may be deleted, which is checked first.
        const isForAdmins = /\/admin\/|unpublish|^DELETE \/account$/.test(what)
        const refusals = isForm ? [400] : isForAdmins ? [401, 403, 415] : [415]
        t.ok(refusals.includes(own.statusCode), `${what} as ${type}: ${own.statusCode}`)
        const foreign = await byCookie({ origin: 'https://evil.example', 'Content-Type': type }, body)
        t.equal(foreign.statusCode, 403, `${what} as ${type}, from elsewhere`)
      }
      t.strictSame(await sumsOf(database), before, `${what} has changed nothing`)
    }

    const careful = {
      async inject(options: InjectOptions) {
        await attack(options)
        return app.inject(options)
      },
    }
    const { results } = await runHttpFile(careful, everyRequest(), {
      ask: () => box.nextCode(),
      grant: (userId, role) => grant(app, userId, role),
    })
    for (const { title, status, body } of results) t.ok(status < 300, `${title}: ${status} ${body.slice(0, 200)}`)
    t.ok(attacked.size > 20, [...attacked].join(', '))
  },
)
