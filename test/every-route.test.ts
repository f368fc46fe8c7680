import { Writable } from 'node:stream'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { logOptions } from '../src/server/log.ts'
import { matrix, type Row, withMetrics } from './access-matrix.ts'
import { textOf } from './decoded.ts'
import {
  bearer,
  dump,
  elsewhere,
  type Headers,
  ownPage,
  prepare,
  requestOf,
  send,
  somebody,
  unusedName,
  watchRoutes,
} from './every-route.ts'
import { build } from './helper.ts'
import { canary, faultsOf } from './problem.ts'

/** Properties of every route, tried on every line of the access matrix. */

const listed = 'https://app.example'
const json = { 'content-type': 'application/json' }
const routes = watchRoutes()
const lines: string[] = []
const logger = {
  ...(logOptions({ logLevel: 'trace' }) as object),
  stream: new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) }),
}
const env = { ...withMetrics, HOST: '0.0.0.0', CORS_ORIGINS: listed, LOG_LEVEL: 'trace' }
const { app, database } = await build(t, { env, logger })
const maya = await somebody(app, database, 'admin', { email: `${canary}@example.org` })
const asMaya = bearer(maya.token)
const ids = new Map<string, string>()
for (const row of matrix) ids.set(row.route, await prepare(app, row, maya))

const idOf = ({ route }: Row) => ids.get(route) as string
const ask = (row: Row, more: InjectOptions = {}) =>
  send(app, row, maya, idOf(row), { ...more, headers: { ...asMaya, ...more.headers } })
const reads = matrix.filter(({ route }) => route.startsWith('GET'))
/** What mail programs send by themselves, from no page: its code is all it takes (security 51). */
const isOfMailPrograms = ({ route }: Row) => route === 'POST /email/unsubscribe/:code'
const writes = matrix.filter(row => !reads.includes(row) && !isOfMailPrograms(row))
/** Routes with a JSON object as body. */
const withObject = writes.filter(({ body }) => body !== undefined && !/avatar/.test(body.toString()) && isObject(body))
const isHidden = ({ route }: Row) =>
  /^GET \/($|app|docs|metrics|openapi|verify-email|reset-password)|^\w+ \/email\/unsubscribe/.test(route)
/** Routes with personal answers. */
const isPersonal = ({ asks, body }: Row) => asks !== 'nothing' || body !== undefined
/** Routes that show the effects of others. */
const isOfAll = ({ asks }: Row) => asks === 'admin:read' || asks === 'metrics'
/** The one read that leaves an event: the owner should see that the data was exported. */
const isNoted = ({ route }: Row) => route === 'GET /account/export'
const good = (row: Row) => requestOf(row, maya, idOf(row)).payload as Record<string, unknown>

function isObject(body: Row['body']): boolean {
  return !Buffer.isBuffer(typeof body === 'function' ? body({ id: '', self: maya }) : body)
}

/**
 * A test of what is decided before a statement is sent, or after the last one: on SQLite alone. Bad input is for both: a
 * value that a check misses may be refused by one engine and stored by the other.
 */
const onOneEngine = {
  test: (name: string, run: (t: Test) => Promise<void>) =>
    process.env.TEST_DATABASE_URL ? undefined : t.test(name, run),
}

onOneEngine.test(
  'security 31: the document describes every route but the metrics and the pages for people',
  async t => {
    const { paths } = (await app.inject('/openapi.json')).json() as { paths: Record<string, object> }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    )
    t.strictSame(described.sort(), matrix.flatMap(row => (isHidden(row) ? [] : [row.route])).sort())
  },
)

onOneEngine.test(
  'security 16: by cookie nothing is done for another page, nor with a body that a form could send',
  async t => {
    const own = { host: 'mood.test', cookie: maya.cookie }
    const foreign: Headers[] = [
      { ...own, ...elsewhere },
      { ...own, origin: 'null' },
      { ...own, origin: '' },
      { ...own, origin: 'https://mood.test' },
      { ...own, origin: 'http://mood.test.evil.example' },
      { ...own, origin: `${listed}.evil.example` },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...own, 'sec-fetch-site': 'none' },
      own,
    ]
    const before = await dump(database)
    for (const row of writes) {
      // A route without a requirement ignores the cookie, so an absent Origin is harmless there. Logout is the exception.
      const refused =
        row.asks === 'nothing' && row.body ? foreign.filter(({ origin }) => origin !== undefined) : foreign
      for (const headers of refused) {
        const answer = await send(app, row, maya, idOf(row), { headers })
        const { origin, 'sec-fetch-site': site } = headers
        t.match(
          { ...answer.json(), cookie: answer.headers['set-cookie'] },
          { status: 403, code: 'cross_site_request', cookie: undefined },
          `${row.route} ${origin} ${site}`,
        )
      }
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const headers = { ...own, ...ownPage, 'content-type': type }
        const answer = await send(app, row, maya, idOf(row), { headers, payload: '{"mood":1}' })
        // A picture may come in a form, but this is none; a file of any type is read, but this is none either.
        const isFile = row.route.endsWith('/import')
        const status = isFile || (row.route === 'PUT /profile/avatar' && type.startsWith('multipart')) ? 400 : 415
        t.match(answer.json(), { status, code: /_/ }, `security 29: ${row.route} as ${type}`)
        const theirs = await send(app, row, maya, idOf(row), { headers: { ...headers, ...elsewhere }, payload: '{}' })
        t.match(theirs.json(), { status: 403 }, `${row.route} as ${type}, from elsewhere`)
      }
    }
    t.equal(await dump(database), before)
  },
)

t.test('security 17: GET, HEAD and OPTIONS change nothing at any address', async t => {
  const before = await dump(database)
  for (const row of matrix.filter(row => !isNoted(row))) {
    if (reads.includes(row)) await ask(row)
    for (const method of ['HEAD', 'OPTIONS'] as const) {
      const answer = await ask(row, { method, headers: { cookie: maya.cookie, ...elsewhere } })
      t.ok(answer.statusCode < 500, `${method} ${row.route}`)
    }
  }
  t.equal(await dump(database), before)
})

onOneEngine.test('security 17: a listed page may read every error, and no other page may', async t => {
  const refusals: InjectOptions[] = [
    { headers: bearer('null') },
    { query: { typo: '1' } },
    { method: 'TRACE' as 'GET' },
    { headers: json, payload: '{' },
  ]
  const others = ['https://evil.example', 'null', '*']
  for (const row of matrix) {
    const allowed: unknown[] = []
    for (const refusal of refusals) {
      // One plugin compares them, whatever the route.
      for (const origin of row === matrix[0] ? [listed, ...others] : [listed, 'https://evil.example']) {
        const answer = await send(app, row, maya, idOf(row), { ...refusal, headers: { ...refusal.headers, origin } })
        allowed.push(answer.headers['access-control-allow-origin'])
      }
    }
    const once = [listed, ...(row === matrix[0] ? others : ['https://evil.example']).map(() => undefined)]
    t.strictSame(
      allowed,
      refusals.flatMap(() => once),
      row.route,
    )
  }
})

onOneEngine.test('security 18: every answer says what a browser may do with it, and none what runs here', async t => {
  for (const row of matrix) {
    for (const answer of [
      ...(reads.includes(row) ? [await ask(row)] : []),
      await ask(row, { headers: bearer('null'), ...(row.body && { payload: {} }) }),
    ]) {
      const { headers } = answer
      const what = `${row.route}: ${answer.statusCode}`
      t.equal(headers['x-content-type-options'], 'nosniff', what)
      t.match(headers['content-security-policy'], /frame-ancestors 'none'|default-src 'self'/, what)
      t.strictSame([headers.server, headers['x-powered-by']], [undefined, undefined], what)
      if (isPersonal(row)) {
        t.match(headers['cache-control'], /^no-store$|^private, no-cache$/, what)
        t.ok(headers['cache-control'] === 'no-store' || headers.etag, what)
      }
    }
  }
})

/** Whose answers may be compressed. Read docs/decisions/compression.md before another one is added. */
const compressing = [
  'GET /account/export',
  'GET /docs',
  'GET /docs/json',
  'GET /docs/static/*',
  'GET /docs/static/index.html',
  'GET /docs/static/swagger-initializer.js',
  'GET /docs/static/theme/icon.svg',
  'GET /docs/static/theme/page.css',
  'GET /docs/static/theme/page.js',
  'GET /docs/yaml',
  'GET /mood',
  'GET /mood/:id',
  'GET /mood/calendar',
  'GET /mood/calendar.svg',
  'GET /mood/export',
  'GET /mood/labels',
  'GET /mood/on-this-day',
  'GET /mood/stats',
  'GET /mood/streak/explain',
  'GET /openapi.json',
  'GET /poses',
  'GET /poses/:id',
  'GET /practices',
  'GET /practices/:id',
  'GET /practices/export',
  'GET /reset-password',
  'GET /sequences',
  'GET /sequences/:id',
  'GET /sequences/:id/check',
  'GET /sequences/:id/practices',
  'GET /sync',
  'GET /tasks',
  'GET /tasks/:id',
  'GET /tasks/export',
  'GET /verify-email',
  'POST /sync',
]
/** A token, a secret, or a code, as they are made here. */
const credential = /eyJ[\w-]+\.[\w-]+\.[\w-]+|mspat_|"[\w.-]*[\w-]{43,}"/

/** The cursor of a sync is long and opens nothing: it is of use to its owner only, who has to be signed in. A public key is no secret. */
const withoutCursor = (text: string) => text.replace(/"cursor":"[^"]*"/, '').replace(/"public_key":"[^"]*"/, '')

onOneEngine.test(
  'security 54: no answer with a credential in it is compressed, and only those of the list are',
  async t => {
    const person = await somebody(app, database, 'admin', { email: `${unusedName()}@example.org` })
    const varying: string[] = []
    const secretive: string[] = []
    for (const row of matrix) {
      const id = await prepare(app, row, person)
      const answer = await send(app, row, person, id, {
        headers: { ...bearer(person.token), 'accept-encoding': 'gzip, br, zstd' },
      })
      if (String(answer.headers.vary).includes('Accept-Encoding')) varying.push(row.route)
      const isText = !String(answer.headers['content-type']).startsWith('image/')
      if (row.asks !== 'nothing' || row.body)
        if (isText && credential.test(withoutCursor(textOf(answer)))) secretive.push(row.route)
      if (/^DELETE \/(account|logout|sessions)$/.test(row.route))
        Object.assign(person, await somebody(app, database, 'admin'))
    }
    t.strictSame(varying.toSorted(), compressing)
    t.strictSame(
      secretive.filter(route => compressing.includes(route)),
      [],
    )
    t.strictSame(secretive.toSorted(), ['POST /login', 'POST /refresh', 'POST /signup', 'POST /tokens'])
  },
)

t.test('security 24: whatever another person does, what one reads stays the same to the byte', async t => {
  const view = async () => {
    const seen: unknown[] = []
    for (const row of reads.filter(row => isPersonal(row) && !isNoted(row) && !isOfAll(row))) {
      const { statusCode, headers, body } = await ask(row)
      seen.push([row.route, statusCode, headers.etag, headers.link, body])
    }
    return seen
  }
  const before = await view()
  t.ok(before.every(seen => (seen as unknown[])[1] === 200 || (seen as unknown[])[0] === 'GET /check_session'))
  for (const role of ['member', 'admin'] as const) {
    // An admin can unpublish a shared sequence.
    for (const row of writes.filter(({ foreign }) => foreign !== 'shared')) {
      const other = await somebody(app, database, role)
      await send(app, row, other, await prepare(app, row, other), { headers: bearer(other.token) })
      if (row.of)
        await send(app, row, other, idOf(row), { headers: bearer((await somebody(app, database, role)).token) })
    }
  }
  t.strictSame(await view(), before)
})

onOneEngine.test('security 25: no request writes what is not the person’s to write', async t => {
  const id = (await somebody(app, database, 'admin')).id
  const unwritable = {
    role: 'admin',
    id,
    user_id: id,
    created_at: '2020-01-01T00:00:00.000Z',
    updated_at: '2020-01-01T00:00:00.000Z',
  }
  const hidden = {
    password_hash: '$2b$04$',
    cookie_hash: 'x',
    refresh_hash: 'x',
    secret_hash: 'x',
    disabled_at: null,
    email_verified_at: '2020-01-01T00:00:00.000Z',
    mood_version: 0,
  }
  /** Fields with one of these names that are harmless in their request, or are meant for admins. */
  const own: Record<string, string[]> = {
    'POST /mood': ['id'],
    'POST /tasks': ['id'],
    'POST /sequences/:id/practices': ['id'],
    'PATCH /admin/users/:id': ['role'],
  }
  const before = await dump(database)
  for (const row of withObject) {
    for (const [field, value] of Object.entries({ ...unwritable, ...hidden })) {
      if (own[row.route]?.includes(field)) continue
      const answer = await ask(row, { payload: { ...good(row), [field]: value } })
      t.match(answer.json(), { status: 400, errors: [new RegExp(`\\b${field}\\b`)] }, `${row.route}: ${field}`)
    }
  }
  // Providers may send extra parameters.
  const isArrival = ({ route }: Row) => route.startsWith('GET /oauth/:provider')
  for (const row of matrix.filter(row => !isHidden(row) && !isArrival(row) && row.route !== 'DELETE /logout')) {
    for (const field of ['user_id', 'role']) {
      const answer = await ask(row, { query: { [field]: id } })
      t.match(answer.json(), { status: 400, errors: [new RegExp(field)] }, `${row.route}?${field}`)
    }
  }
  t.equal(await dump(database), before)
})

t.test('security 28: a hostile body is a 400 in the one form on every route, and nothing is done', async t => {
  const deep = 25_000
  const bytes = (...inner: number[]) => Buffer.concat([Buffer.from('{"x":"'), Buffer.from(inner), Buffer.from('"}')])
  const whole: (string | Buffer)[] = [
    '  ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '{}{}',
    '{"a":NaN}',
    '[]',
    '"x"',
    '1',
    '1e400',
    'true',
    '['.repeat(deep) + ']'.repeat(deep),
    '{"a":'.repeat(5_000),
    '['.repeat(2_000) + ']'.repeat(2_000),
    '{"a":'.repeat(800),
    '{"__proto__":{"role":"admin"}}',
    '{"\\u005f_proto__":{"role":"admin"}}',
    '{"constructor":{"prototype":{"x":1}}}',
    bytes(0xc3, 0x28),
    bytes(0xc0, 0x80),
    bytes(0xed, 0xa0, 0x80),
    Buffer.from('{"a":1}', 'utf16le'),
    Buffer.from('{"x":"ü"}', 'latin1'),
  ]
  const added = [
    '"typo":1',
    '"":1',
    '"toString":1',
    '"x":"\\u0000"',
    '"x\\u0000":1',
    '"x":"\\ud800"',
    '"x":"\\udc00"',
    '"x":"\\udc00\\ud800"',
    '"x\\udfff":1',
    '"x":1e400',
    `"x":${'['.repeat(deep)}${']'.repeat(deep)}`,
    '"x":[{"y":["\\u0000"]}]',
    '"x":{"__proto__":1}',
  ]
  const before = await dump(database)
  for (const row of withObject) {
    const fields = JSON.stringify(good(row)).slice(1, -1)
    const start = fields === '' ? '{' : `{${fields},`
    const { url } = requestOf(row, maya, idOf(row))
    const faults: string[] = []
    const wrongTypes = Object.keys(good(row)).flatMap(key =>
      [[], {}, [{}], 1e308, -0.5].map(value => JSON.stringify({ ...good(row), [key]: value })),
    )
    // The whole ones are refused by the parser, or because they are no such object, before an engine is asked.
    for (const payload of [
      ...(process.env.TEST_DATABASE_URL ? [] : whole),
      ...added.map(field => `${start}${field}}`),
      ...wrongTypes,
    ]) {
      // Deleting nothing is not an error, nor is a sequence without poses.
      if (/"(ids|poses)":\[\]/.test(String(payload))) continue
      const answer = await ask(row, { headers: json, payload })
      // Routes without a guard take 4 KiB.
      const status = row.asks === 'nothing' && Buffer.byteLength(payload) > 4 * 1024 ? 413 : 400
      for (const fault of faultsOf(answer, status, url)) faults.push(`${String(payload).slice(0, 80)}: ${fault}`)
    }
    t.strictSame(faults, [], row.route)
    const named = (await ask(row, { headers: json, payload: `${start}"typo":1}` })).json().errors.join()
    t.match(named, 'typo', `${row.route}: an unknown field is named`)
  }
  t.equal(await dump(database), before)
})

t.test('security 28: a hostile address is no failure of the server on any route', async t => {
  const ids = [
    '%00',
    '%ed%a0%80',
    '%zz',
    '..%2f..%2fetc',
    '__proto__',
    'x'.repeat(250),
    "'%20or%201=1--",
    '-1',
    '1e400',
  ]
  for (const row of matrix) {
    const { url } = requestOf(row, maya, idOf(row))
    const failures: string[] = []
    for (const id of ids) {
      const answers: LightMyRequestResponse[] = []
      // Nothing of an unknown parameter reaches an engine.
      if (!process.env.TEST_DATABASE_URL)
        answers.push(await ask(row, { url: `${url}?${id}=${id}`, headers: bearer('null') }))
      if (row.of) answers.push(await send(app, row, maya, id, { headers: asMaya }))
      for (const { statusCode } of answers) if (statusCode >= 500) failures.push(`${id}: ${statusCode}`)
    }
    t.strictSame(failures, [], row.route)
  }
})

onOneEngine.test('security 28: a hostile header is no failure of the server on any route', async t => {
  const values = ['\u00ff\u00fe', ',', '"', 'x'.repeat(8_000), '*', 'W/"', '__proto__']
  const names = [
    'authorization',
    'x-timezone',
    'cookie',
    'if-match',
    'if-none-match',
    'idempotency-key',
    'accept',
    'origin',
  ]
  const groupsFor = (row: Row) => {
    if (isHidden(row)) return [names]
    // Where one of them may end the request before the others are read.
    if (row.asks === 'nothing') return names.map(name => [name])
    // Routes that ask for the same have the same guard, which alone reads this one.
    const guard = matrix.find(({ asks }) => asks === row.asks) === row ? [['authorization']] : []
    // What writes reads no other header without a sign-in.
    return reads.includes(row) ? [...guard, ['x-timezone'], names.slice(2)] : [...guard, names.slice(1)]
  }
  for (const row of matrix) {
    const base = reads.includes(row) ? asMaya : bearer('null')
    const failures: string[] = []
    for (const value of values) {
      for (const group of groupsFor(row)) {
        const hostile = Object.fromEntries(group.map(name => [name, value]))
        const { statusCode } = await ask(row, { headers: { ...base, ...hostile } })
        if (statusCode >= 500 && !row.answers) failures.push(`${group} ${value}: ${statusCode}`)
      }
    }
    t.strictSame(failures, [], row.route)
  }
})

onOneEngine.test('security 29: every address names what it knows when it is asked for something else', async t => {
  const headless = new Set(matrix.flatMap(row => (row.headless ? [row.route.slice('GET '.length)] : [])))
  const known = [...routes].map(name => name.split(' ') as [string, string])
  for (const pattern of new Set(known.map(([, pattern]) => pattern))) {
    const url = pattern
      .replace(/:(id|position)/g, maya.id)
      .replace(':provider', 'nobody')
      .replace('*', 'x')
    const fitting = known.filter(([, other]) => fits(other, url))
    const answersHead = fitting.some(([method, other]) => method === 'GET' && !headless.has(other))
    const methods = new Set([...fitting.map(([method]) => method), ...(answersHead ? ['HEAD'] : [])])
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      if (methods.has(method)) continue
      const allow = [...methods].sort().join(', ')
      for (const headers of [{}, asMaya] as Headers[]) {
        const answer = await app.inject({ method, url, headers })
        const { status, code } = answer.json()
        t.strictSame([status, code, answer.headers.allow], [405, 'method_not_allowed', allow], `${method} ${pattern}`)
      }
    }
  }
})

/** Whether a URL matches a pattern: `/tasks/complete` matches `/tasks/:id` too. */
function fits(pattern: string, url: string): boolean {
  return new RegExp(`^${pattern.replace(/:\w+|\*/g, '[^/]+')}$`).test(url)
}

onOneEngine.test(
  'security 29: what is too large is 413 on every route that reads a body, and nothing is done',
  async t => {
    const before = await dump(database)
    for (const row of writes.filter(({ body }) => body)) {
      const { headers } = requestOf(row, maya, idOf(row))
      // What a phone did in months is large.
      const limit = (row.route === 'POST /sync' ? 4 : 1) * 1024 * 1024
      const answer = await ask(row, { headers: { ...json, ...headers }, payload: Buffer.alloc(limit + 1, '"') })
      // A file may be longer, and this is none.
      const isFile = row.route.endsWith('/import')
      t.match(answer.json(), isFile ? { status: 400 } : { status: 413, code: 'body_too_large' }, row.route)
    }
    t.equal(await dump(database), before)
  },
)

// The last one, because some of its requests have effects.
onOneEngine.test('security 19: nothing that is sent comes back in an error, a header or the log', async t => {
  lines.length = 0
  const secrets = [
    canary,
    ...[maya.token, maya.refreshToken, maya.cookie].map(text => text.split('.').at(-1) as string),
  ]
  const broken = `{"password":"${canary}","note":"${canary}`
  for (const row of matrix) {
    const attempts: InjectOptions[] = [
      {},
      { headers: bearer(`${maya.token}${canary}`) },
      { headers: bearer(`mspat_${canary}`) },
      { headers: { authorization: '', cookie: `session=${canary}; other=${maya.cookie}` } },
      { query: { typo: canary, token: maya.token } },
      { headers: { 'x-timezone': canary, 'if-match': canary, 'user-agent': canary, referer: `https://x/${canary}` } },
      { headers: { ...asMaya, 'idempotency-key': `${canary} ${canary}` } },
      ...(row.body
        ? [
            { headers: json, payload: broken },
            { headers: { 'content-type': 'text/plain' }, payload: broken },
          ]
        : []),
      ...(withObject.includes(row) ? spoiled(good(row)).map(payload => ({ payload })) : []),
    ]
    const faults: string[] = []
    // Requests that would end this test's session are tested elsewhere.
    for (const attempt of attempts.slice(reads.includes(row) ? 0 : 1)) {
      const answer = await ask(
        row,
        /account$|logout|sessions$/.test(row.route)
          ? { ...attempt, headers: { ...attempt.headers, authorization: 'Bearer null' } }
          : attempt,
      )
      if (answer.statusCode >= 500 && !row.answers) faults.push(String(answer.statusCode))
      const { 'access-control-allow-origin': _, ...headers } = answer.headers
      const told = JSON.stringify([headers, answer.statusCode >= 400 ? answer.body : ''])
      // Links to pages may repeat the query, which is the caller's own.
      if (isHidden(row)) continue
      if (secrets.some(secret => told.includes(secret))) faults.push(JSON.stringify(attempt).slice(0, 200))
    }
    t.strictSame(faults, [], row.route)
  }
  const log = lines.join('')
  t.ok(lines.length > matrix.length)
  for (const secret of secrets) t.notOk(log.includes(secret), 'the log')
})

/** A valid body with each value in turn, and an extra field, replaced by a text that must not be echoed. */
function spoiled(body: Record<string, unknown>): object[] {
  const keys = [...Object.keys(body), 'typo', 'password', 'note', 'email']
  return keys.flatMap(key => [
    { ...body, [key]: [canary] },
    { ...body, [key]: `${canary}\0` },
    { ...body, [key]: { [key]: canary } },
  ])
}
