import { gzipSync } from 'node:zlib'
import { count } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { build, password, signUp } from '../helper.ts'

const json = { 'content-type': 'application/json' }
const unknownId = '019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11'

async function setting(t: Test) {
  const { app, database } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya', { role: 'instructor' })
  const { id } = (await maya.post('/mood', { mood: 5 })).json().mood
  const task = (await maya.post('/tasks', { title: 'mine' })).json()
  const pose = (await maya.post('/poses', { name: 'Mine' })).json()
  const sequence = (await maya.post('/sequences', { title: 'Mine', poses: [{ pose_id: pose.id }] })).json()
  const practice = (await maya.post(`/sequences/${sequence.id}/practices`, {})).json()
  const { users, sessions, moods, tasks, poses, sequences, practices } = database.tables
  const tables = [users, sessions, moods, tasks, poses, sequences, practices]
  const state = async () => [
    await Promise.all(tables.map(table => database.query(db => db.select({ n: count() }).from(table)))),
    (await maya.get('/mood')).body,
    (await maya.get('/profile')).body,
  ]
  /** Every personal route, with a request that succeeds. */
  const routes = [
    { method: 'GET', url: '/me' },
    { method: 'GET', url: '/check_session' },
    { method: 'GET', url: '/profile' },
    { method: 'PATCH', url: '/profile', payload: {} },
    { method: 'DELETE', url: '/profile/avatar' },
    { method: 'GET', url: '/mood' },
    { method: 'POST', url: '/mood', payload: { mood: 5 } },
    { method: 'GET', url: `/mood/${id}` },
    { method: 'PATCH', url: `/mood/${id}`, payload: {} },
    { method: 'GET', url: '/mood/streak' },
    { method: 'GET', url: '/mood/streak/explain' },
    { method: 'DELETE', url: `/mood/${id}` },
    { method: 'GET', url: '/tasks' },
    { method: 'POST', url: '/tasks', payload: { title: 'x' } },
    { method: 'POST', url: '/tasks/complete', payload: { ids: [task.id], completed: true } },
    { method: 'POST', url: '/tasks/delete', payload: { ids: [] } },
    { method: 'GET', url: `/tasks/${task.id}` },
    { method: 'PATCH', url: `/tasks/${task.id}`, payload: {} },
    { method: 'DELETE', url: `/tasks/${task.id}` },
    { method: 'GET', url: '/poses' },
    { method: 'POST', url: '/poses', payload: { name: 'x' } },
    { method: 'GET', url: '/poses/tree' },
    { method: 'PATCH', url: `/poses/${pose.id}`, payload: {} },
    { method: 'DELETE', url: `/poses/${pose.id}` },
    { method: 'GET', url: '/sequences' },
    { method: 'POST', url: '/sequences', payload: { title: 'x' } },
    { method: 'GET', url: `/sequences/${sequence.id}` },
    { method: 'PATCH', url: `/sequences/${sequence.id}`, payload: {} },
    { method: 'GET', url: `/sequences/${sequence.id}/check` },
    { method: 'PUT', url: `/sequences/${sequence.id}/poses`, payload: { order: [1] } },
    { method: 'PATCH', url: `/sequences/${sequence.id}/poses/1`, payload: {} },
    { method: 'POST', url: `/sequences/${sequence.id}/copy` },
    { method: 'POST', url: `/sequences/${sequence.id}/practices` },
    { method: 'GET', url: `/sequences/${sequence.id}/practices` },
    { method: 'GET', url: '/practices' },
    { method: 'GET', url: `/practices/${practice.id}` },
    { method: 'DELETE', url: `/practices/${practice.id}` },
    { method: 'DELETE', url: `/sequences/${sequence.id}` },
    { method: 'POST', url: '/signup', payload: { username: 'noor', password } },
    { method: 'POST', url: '/login', payload: { username: 'maya', password } },
    { method: 'POST', url: '/refresh', payload: { refresh_token: maya.refreshToken } },
    { method: 'DELETE', url: '/logout' },
  ] as const
  const send = (request: (typeof routes)[number], suffix = '', headers: Record<string, string> = {}) =>
    app.inject({
      ...request,
      url: request.url + suffix,
      headers: { authorization: `Bearer ${maya.token}`, cookie: maya.cookie, ...headers },
    })
  return { app, maya, id, routes, send, state }
}

t.test('a trailing slash makes no difference', async t => {
  const { routes, send } = await setting(t)
  for (const route of routes.slice(0, -1)) {
    const { statusCode } = await send(route, '/')
    t.ok(statusCode < 300, `${route.method} ${route.url}/: ${statusCode}`)
  }
})

t.test('security 28: an unknown query parameter is refused by name on every route, and nothing is done', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  // Without /logout, which is always 204.
  for (const route of routes.slice(0, -1)) {
    for (const query of ['?typo=canary4711', '?typo', '?Page=1', '?__proto__=canary4711', '?constructor=canary4711']) {
      const answer = await send(route, query)
      const what = `${route.method} ${route.url}${query}`
      t.equal(answer.statusCode, 400, what)
      t.match(answer.json(), { instance: route.url, errors: [new RegExp(/\w+/.exec(query)?.[0] as string)] }, what)
      t.notMatch(answer.body, /canary4711/, what)
    }
  }
  t.strictSame(await state(), before)
})

t.test('security 28: a query that says nothing clear is refused by name', async t => {
  const { maya } = await setting(t)
  const queries: Record<string, string[]> = {
    page: [
      'page=1&page=2',
      'page=',
      'page=0',
      'page=-1',
      'page=1.5',
      'page=one',
      'page=1;drop',
      'page=null',
      'page[]=1',
    ],
    per_page: ['per_page=0', 'per_page=101', 'per_page=1e9', 'per_page=5&per_page=5'],
    from: [
      'from=2023-02-29',
      'from=',
      'from=2026-03-05&from=2026-03-05',
      'from=yesterday',
      'from=2026-03-05T00:00:00Z',
    ],
    to: ['to=2026-02-30', 'to=9', 'from=2026-03-05&to=2026-03-04'],
    as_of: ['as_of=2023-02-29', 'as_of=today', 'as_of=2026-03-05&as_of=2026-03-06'],
    tag: ['tag=', 'tag=a&tag=b', `tag=${'x'.repeat(65)}`, 'tag=%20'],
    order: ['order=up', 'order=ASC', 'order=', 'order=asc&order=desc'],
  }
  for (const [name, list] of Object.entries(queries)) {
    for (const query of list) {
      const answer = await maya.get(`/mood?${query}`)
      t.equal(answer.statusCode, 400, query)
      t.match(answer.json(), { instance: '/mood', errors: [new RegExp(`\\b${name}\\b`)] }, query)
    }
  }
  for (const bytes of ['tag=%00', 'tag=%ff', 'tag=%ed%a0%80', 'tag=%zz', '%00=1'])
    t.equal((await maya.get(`/mood?${bytes}`)).statusCode, 400, bytes)
})

t.test('security 28: an id that is none is a problem of the client, never of the server', async t => {
  const { app, maya, state } = await setting(t)
  const before = await state()
  const ids = [
    'x',
    '1',
    'null',
    `${unknownId}x`,
    unknownId.slice(1),
    '%00',
    '%ud800',
    '%ff',
    '%zz',
    '..%2f..',
    "'%20or%201=1",
  ]
  for (const id of [...ids, 'x'.repeat(300), 'x'.repeat(10_000), '__proto__', '%F0%9F%A6%8A']) {
    for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
      const answer = await app.inject({
        method,
        url: `/mood/${id}?page=1`,
        headers: { authorization: `Bearer ${maya.token}` },
        ...(method === 'PATCH' && { payload: { mood: 1 } }),
      })
      const what = `${method} ${id.slice(0, 40)}: ${answer.statusCode}`
      t.ok([400, 404, 414].includes(answer.statusCode), what)
      t.match(answer.headers['content-type'], /^application\/problem\+json/, what)
      t.equal(answer.headers['x-content-type-options'], 'nosniff', what)
      t.match(answer.json(), { errors: [/\w \w/], instance: /^\/mood\/[^?]+$/ }, what)
    }
  }
  t.strictSame(await state(), before)
})

t.test('security 29: a body that is too large or not JSON is refused before anything is done', async t => {
  const { app, maya, id, state } = await setting(t)
  const before = await state()
  const writes = [
    { method: 'POST', url: '/mood' },
    { method: 'PATCH', url: `/mood/${id}` },
    { method: 'POST', url: '/tasks' },
    { method: 'POST', url: '/tasks/delete' },
    { method: 'PATCH', url: '/profile' },
    { method: 'POST', url: '/poses' },
    { method: 'POST', url: '/sequences' },
    { method: 'PUT', url: `/sequences/${id}/poses` },
    { method: 'POST', url: `/sequences/${id}/copy` },
    { method: 'POST', url: `/sequences/${id}/practices` },
    { method: 'POST', url: '/signup' },
    { method: 'POST', url: '/login' },
    { method: 'POST', url: '/refresh' },
  ] as const
  const authorization = `Bearer ${maya.token}`
  for (const write of writes) {
    const what = `${write.method} ${write.url}`
    const payload = `{"mood":5,"note":"${'canary4711'.repeat(100_000)}"}`
    const large = await app.inject({ ...write, payload, headers: { ...json, authorization } })
    t.match([large.statusCode, large.json().code], [413, 'body_too_large'], what)
    for (const type of [
      'text/plain',
      'application/xml',
      'application/x-www-form-urlencoded',
      'text/json',
      'nonsense',
    ]) {
      const other = await app.inject({
        ...write,
        payload: '{"mood":5}',
        headers: { 'content-type': type, authorization },
      })
      t.match([other.statusCode, other.json().code], [415, 'unsupported_media_type'], `${what} as ${type}`)
    }
    const untyped = await app.inject({ ...write, payload: Buffer.from('{"mood":5}'), headers: { authorization } })
    t.equal(untyped.statusCode, 415, `${what} without a type`)
  }
  t.strictSame(await state(), before)
})

t.test('JSON by its full name is JSON, and a DELETE may name a type and send nothing', async t => {
  const { app, maya, id } = await setting(t)
  const headers = { authorization: `Bearer ${maya.token}`, 'content-type': 'application/json; charset=utf-8' }
  t.equal((await app.inject({ method: 'POST', url: '/mood', payload: '{"mood":5}', headers })).statusCode, 201)
  t.equal((await app.inject({ method: 'DELETE', url: `/mood/${id}`, headers })).statusCode, 200)
  t.equal((await app.inject({ method: 'DELETE', url: '/logout', headers })).statusCode, 204)
})

t.test('a text with a NUL within a list is refused by its place', async t => {
  const { app } = await build(t)
  const payload = { username: 'maya', more: ['fine', { texts: ['fine', 'a\0'] }] }
  const answer = await app.inject({ method: 'POST', url: '/login', payload })
  t.match(answer.json(), { status: 400, errors: [/^more\.1\.texts\.1 contains NUL/] })
})

t.test('security 28: a body that is nothing but a string with a NUL is refused by name', async t => {
  const { app } = await build(t)
  const answer = await app.inject({
    method: 'POST',
    url: '/login',
    payload: '"a\\u0000"',
    headers: { 'content-type': 'application/json' },
  })
  t.match(answer.json(), { status: 400, errors: [/^The body contains NUL/] })
})

t.test(
  'a route without authentication takes 4 KiB: what strangers send is parsed before anything is known',
  async t => {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya')
    const payload = JSON.stringify({ x: 'y'.repeat(4 * 1024) })
    const headers = { 'content-type': 'application/json' }
    for (const url of [
      '/signup',
      '/login',
      '/refresh',
      '/password/forgot',
      '/password/reset',
      '/account/email/verification/confirm',
      '/oauth/exchange',
    ]) {
      const answer = await app.inject({ method: 'POST', url, headers, payload })
      t.match(answer.json(), { status: 413, errors: ['The body must be at most 4 KiB.'] }, url)
    }
    t.equal((await maya.post('/mood', { mood: 5, note: 'y'.repeat(5_000) })).statusCode, 201)
    const longest = {
      username: 'x'.repeat(32),
      email: `${'x'.repeat(60)}@${'x'.repeat(60)}.org`,
      password: 'é'.repeat(36),
    }
    const names = { first_name: '語'.repeat(100), last_name: '語'.repeat(100), timezone: 'Europe/Berlin' }
    const asciiOnly = JSON.stringify({ ...longest, ...names }).replace(
      /[^ -~]/g,
      letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    t.equal((await app.inject({ method: 'POST', url: '/signup', headers, payload: asciiOnly })).statusCode, 201)
  },
)

t.test('field case 13: a compressed body is 415 with the encoding that is taken, on every kind of route', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const plain = JSON.stringify({ mood: 5 })
  for (const [method, url, type] of [
    ['POST', '/mood', 'application/json'],
    ['POST', '/login', 'application/json'],
    ['PATCH', '/profile', 'application/json'],
    ['PUT', '/profile/avatar', 'image/png'],
  ] as const)
    for (const [encoding, payload] of [
      ['gzip', gzipSync(plain)],
      ['gzip', plain],
      ['br', plain],
      ['gzip, identity', plain],
    ] as const) {
      const headers = { authorization: `Bearer ${maya.token}`, 'content-type': type, 'content-encoding': encoding }
      const answer = await app.inject({ method, url, headers, payload })
      t.match(answer.json(), { status: 415, code: 'unsupported_media_type' }, `${method} ${url} ${encoding}`)
      t.equal(answer.headers['accept-encoding'], 'identity')
    }
  t.equal((await maya.post('/mood', { mood: 5 }, { 'content-encoding': 'identity' })).statusCode, 201)
  t.equal((await maya.get('/mood', { 'content-encoding': 'gzip' })).statusCode, 200, 'there is no body')
})
