import { count } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { build, password, signUp } from '../helper.ts'

const json = { 'content-type': 'application/json' }
/** Part of values that must never be echoed in an error. */
const canary = 'canary4711'

async function setting(t: Test) {
  const { app, database } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = await signUp(app, 'maya', { email: 'maya@example.org', role: 'instructor' })
  const { id } = (await maya.post('/mood', { mood: 5, note: 'mine', tags: ['walk'] })).json().mood
  const task = (await maya.post('/tasks', { title: 'mine' })).json()
  const pose = (await maya.post('/poses', { name: 'Mine' })).json()
  const sequence = (await maya.post('/sequences', { title: 'Mine', poses: [{ pose_id: pose.id }] })).json()
  const { users, usernames, emails, sessions, moods, moodTags, tasks, poses, sequences } = database.tables
  const state = async () => [
    await Promise.all(
      [users, usernames, emails, sessions, moods, moodTags, tasks, poses, sequences].map(table =>
        database.query(db => db.select({ n: count() }).from(table)),
      ),
    ),
    (await maya.get('/mood')).body,
    (await maya.get('/profile')).body,
    (await maya.get('/tasks')).body,
    (await maya.get(`/sequences/${sequence.id}`)).body,
  ]
  /** Every route with a body, and a valid one. */
  const routes = [
    { method: 'POST', url: '/mood', good: { mood: 7 } },
    { method: 'PATCH', url: `/mood/${id}`, good: { mood: 7 } },
    { method: 'PATCH', url: '/profile', good: { first_name: 'Maya' } },
    { method: 'POST', url: '/signup', good: { username: 'noor', password } },
    { method: 'POST', url: '/login', good: { username: 'maya', password } },
    { method: 'POST', url: '/refresh', good: { refresh_token: maya.refreshToken } },
    { method: 'POST', url: '/tasks', good: { title: 'Call the dentist' } },
    { method: 'PATCH', url: `/tasks/${task.id}`, good: { completed: true } },
    { method: 'POST', url: '/tasks/complete', good: { ids: [task.id], completed: true } },
    { method: 'POST', url: '/tasks/delete', good: { ids: [task.id] } },
    { method: 'POST', url: '/poses', good: { name: 'Mine' } },
    { method: 'PATCH', url: `/poses/${pose.id}`, good: { name: 'Mine' } },
    { method: 'POST', url: '/sequences', good: { title: 'Mine' } },
    { method: 'PATCH', url: `/sequences/${sequence.id}`, good: { title: 'Mine' } },
    { method: 'PUT', url: `/sequences/${sequence.id}/poses`, good: { poses: [] } },
    { method: 'PATCH', url: `/sequences/${sequence.id}/poses/1`, good: { cue: 'Mine' } },
  ] as const
  const send = (
    { method, url }: { method: 'POST' | 'PATCH' | 'PUT'; url: string },
    payload: string | Buffer | object,
    headers: Record<string, string> = json,
  ) => app.inject({ method, url, payload, headers: { authorization: `Bearer ${maya.token}`, ...headers } })
  return { app, maya, id, routes, send, state }
}

/** The answer is problem+json, readable and without the submitted values. */
function isProblem(t: Test, answer: LightMyRequestResponse, status: number, path: string, what: string) {
  t.equal(answer.statusCode, status, what)
  t.match(answer.headers['content-type'], /^application\/problem\+json/, what)
  t.equal(answer.headers['x-content-type-options'], 'nosniff', what)
  t.equal(answer.headers['cache-control'], 'no-store', what)
  const body = answer.json()
  t.strictSame(Object.keys(body).sort(), ['code', 'detail', 'errors', 'instance', 'status', 'title', 'type'], what)
  t.match(
    body,
    { type: /./, title: /\w \w/, status, detail: /\w \w/, instance: path, code: /^[a-z]+(_[a-z]+)*$/ },
    what,
  )
  t.ok(body.errors.length > 0, what)
  const unreadable = body.errors.filter(
    (sentence: string) => !/\w \w/.test(sentence) || /pattern|[\n{}\\]/.test(sentence),
  )
  t.strictSame(unreadable, [], what)
  t.notMatch(answer.body, new RegExp(`${canary}|SQLITE|node_modules|\\.ts\\b|at \\w+ \\(`), what)
}

t.test('security 28: a body that is no good JSON object is refused on every route, and nothing is done', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  const deep = 30_000
  const bodies: Record<string, string | Buffer> = {
    'no body': '',
    blank: '  ',
    broken: `{"mood":"${canary}`,
    'single quotes': `{'mood':'${canary}'}`,
    'two values': '{}{}',
    'a trailing comma': '{"mood":1,}',
    NaN: '{"mood":NaN}',
    null: 'null',
    'a list': '[]',
    'a string': `"${canary}"`,
    'a number': '1',
    '1e400': '1e400',
    'deep lists': '['.repeat(deep) + ']'.repeat(deep),
    'deep and broken': '['.repeat(deep),
    'a field __proto__': `{"__proto__":{"mood":"${canary}"}}`,
    'a field __proto__, escaped': `{"\\u005f_proto__":{"mood":"${canary}"}}`,
    'a field constructor': `{"constructor":{"prototype":{"mood":"${canary}"}}}`,
    'bytes that are no UTF-8': Buffer.concat([Buffer.from('{"mood":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    'UTF-16': Buffer.from('{"mood":7}', 'utf16le'),
    'Latin-1': Buffer.from('{"note":"für"}', 'latin1'),
    'an overlong NUL': Buffer.concat([Buffer.from('{"mood":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')]),
    'a surrogate in bytes': Buffer.concat([
      Buffer.from('{"mood":"'),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  }
  for (const route of routes) {
    for (const [what, body] of Object.entries(bodies)) {
      if (what === 'no body' && route.url === '/profile') continue
      isProblem(t, await send(route, body), 400, route.url, `${route.method} ${route.url}: ${what}`)
    }
  }
  t.strictSame(await state(), before)
})

t.test('security 28: a field too many, NUL, half a surrogate pair or depth is refused on every route', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  const additions: Record<string, string> = {
    'an unknown field': `"typo":"${canary}"`,
    'an unknown field in another case': `"MOOD":"${canary}"`,
    'the name of a method of objects': `"toString":"${canary}"`,
    'an empty name': `"":"${canary}"`,
    'a nested __proto__': `"note":{"__proto__":"${canary}"}`,
    'NUL in a value': `"note":"${canary}\\u0000"`,
    'half a pair in a value': `"note":"${canary}\\ud800"`,
    'the other half in a value': `"note":"\\udc00${canary}"`,
    'halves in the wrong order': `"note":"\\udc00\\ud800${canary}"`,
    'NUL in a name': '"no\\u0000te":1',
    'half a pair in a name': '"note\\ud800":1',
    'NUL far down': `"typo":{"a":[{"b":["\\u0000${canary}"]}]}`,
    'a deep field': `"note":${'['.repeat(25_000)}${']'.repeat(25_000)}`,
    '1e400': '"day_starts_at":1e400',
  }
  for (const route of routes) {
    for (const [what, addition] of Object.entries(additions)) {
      const body = `${JSON.stringify(route.good).slice(0, -1)},${addition}}`
      isProblem(t, await send(route, body), 400, route.url, `${route.method} ${route.url}: ${what}`)
    }
    const typo = (await send(route, { ...route.good, typo: 1 })).json()
    t.ok(
      typo.errors.some((sentence: string) => sentence.includes('typo')),
      'an unknown field is named',
    )
  }
  t.strictSame(await state(), before)
})

t.test('what an entry cannot be is refused by name when it is logged and when it is changed', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  const long = 'x'.repeat(20_000)
  const bad: [field: string, values: unknown[]][] = [
    ['mood', [11, -1, 10.000001, '11', '-0.5', null, '', '   ', true, {}, [], [5], canary.repeat(10), '9'.repeat(64)]],
    ['note', [1, true, {}, ['x'], canary + long]],
    ['tags', ['walk', {}, [1], [null], [''], [' '], [['x']], [canary.repeat(10)], Array.from('abcdefghijklmnopqrstu')]],
    ['date', ['2023-02-29', '2026-02-30', '2026-13-01', '2026-00-10', '2026-3-5', '05.03.2026', '20260305', '', 5, {}]],
    ['date', ['2026-03-05T00:00:00Z', '2026-W10', '0000-01-01', '+002026-03-05', '-2026-03-05', '2026-03-05 ', canary]],
    ['occurred_at', ['2026-03-05', '2026-03-05T12:00:00', '2023-02-29T12:00:00Z', '2026-03-05T24:00:00Z', canary, 1]],
    ['occurred_at', ['2026-03-05T12:60:00Z', '2026-03-05T12:00:00+25:00', '2026-03-05T12:00:00+0100', '', {}, long]],
    ['timezone', ['Mars/Olympus', '', ' ', 'UTC ', '../etc/passwd', canary, 1, {}, long]],
  ]
  const [logging, changing] = routes
  for (const [field, values] of bad) {
    for (const value of values) {
      for (const route of [logging, changing]) {
        const answer = await send(route, { ...route.good, [field]: value })
        isProblem(t, answer, 400, route.url, `${route.method} ${field}: ${JSON.stringify(value).slice(0, 60)}`)
        t.match(answer.json().errors, [new RegExp(`\\b${field}\\b`)])
      }
    }
  }
  for (const body of [{}, { note: canary }]) {
    const answer = await send(logging, body)
    isProblem(t, answer, 400, '/mood', 'a mood is missing')
    t.match(answer.json().errors, [/\bmood\b.*required/])
  }
  for (const field of ['id', 'user_id', 'created_at', 'updated_at', 'streak', 'valence', 'revision', 'date_source']) {
    const answer = await send(changing, { [field]: canary })
    isProblem(t, answer, 400, changing.url, `PATCH ${field}`)
    t.match(answer.json().errors, [new RegExp(`\\b${field}\\b`)])
    if (field !== 'id') isProblem(t, await send(logging, { mood: 5, [field]: canary }), 400, '/mood', `POST ${field}`)
  }
  for (const id of [
    '',
    'x',
    1,
    null,
    canary,
    '019a9f3e7c1b7d529b0a3f2f5d1c8e11',
    '{019a9f3e-7c1b-7d52-9b0a-3f2f5d1c8e11}',
  ])
    isProblem(t, await send(logging, { mood: 5, id }), 400, '/mood', `POST id ${id}`)
  t.strictSame(await state(), before)
})

t.test('a day that has not begun anywhere on earth is refused, however it is written', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  const later = [
    { date: '2026-03-12' },
    { date: '2026-03-07' },
    { date: '9999-12-31' },
    { occurred_at: '2026-03-12T12:00:00Z' },
    { occurred_at: '2026-03-07T00:00:00+14:00', date: '2026-03-07' },
    { occurred_at: '9999-12-31T23:59:59Z' },
  ]
  for (const when of later) {
    for (const route of routes.slice(0, 2)) {
      const answer = await send(route, { mood: 5, ...when })
      isProblem(t, answer, 400, route.url, `${route.method} ${JSON.stringify(when)}`)
      t.equal(answer.json().code, 'date_in_future')
    }
  }
  t.strictSame(await state(), before)
})

t.test('what an account cannot be is refused by name', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  const [, , , signup, login] = routes
  const bad: [field: string, values: unknown[]][] = [
    [
      'username',
      [null, 1, {}, [], '', ' ', ' noor', 'noor ', 'no or', 'noor@example.org', '.noor', '-', 'x'.repeat(65)],
    ],
    ['username', ['<script>', 'a/b', 'a\nb', '\u202enoor', '\u200bnoor', `${canary}!`]],
    ['password', [null, 1, {}, 'short', `${canary}\0long enough`]],
    ['password_confirmation', ['another password', 1, {}]],
    ['email', ['', 'noor', 'noor@', '@example.org', 'a b@example.org', 'a@b@c.org', `${canary}@`, 1, {}, ['x@y.org']]],
    ['email', ['noor@example.org\r\nBcc: x@y.org', `${'x'.repeat(250)}@example.org`]],
    ['first_name', [1, {}, 'x'.repeat(101)]],
    ['last_name', [true, [], 'x'.repeat(101)]],
    ['timezone', ['Mars/Olympus', '', 1]],
  ]
  for (const [field, values] of bad) {
    for (const value of values) {
      const answer = await send(signup, { ...signup.good, [field]: value })
      isProblem(t, answer, 400, '/signup', `${field}: ${JSON.stringify(value).slice(0, 60)}`)
      t.match(answer.json().errors, [new RegExp(`\\b${field}\\b`)])
    }
  }
  for (const field of ['username', 'password']) {
    const { [field]: _, ...rest } = signup.good as Record<string, unknown>
    t.match((await send(signup, rest)).json().errors, [new RegExp(`^${field} is required`)])
  }
  for (const names of [{ username: 1 }, { username: null }, { username: ['maya'] }, { email: {} }, { email: null }])
    isProblem(t, await send(login, { ...names, password }), 400, '/login', JSON.stringify(names))
  for (const wrong of [null, 1, {}, [password]])
    isProblem(t, await send(login, { username: 'maya', password: wrong }), 400, '/login', JSON.stringify(wrong))
  t.strictSame(await state(), before)
})

t.test('security 28: an error stays small however much is wrong', async t => {
  const { routes, send } = await setting(t)
  const fields = Array.from({ length: 7_000 }, (_, i) => `"${i.toString(36)}":1`).join()
  for (const body of [`{${fields}}`, `{"mood":1,"tags":[${'1,'.repeat(20_000)}1]}`, `{"${'x'.repeat(60_000)}":1}`]) {
    const answer = await send(routes[0], body)
    t.equal(answer.statusCode, 400)
    t.ok(answer.body.length < 64 * 1024, `${answer.body.length} bytes for a body of ${body.length}`)
  }
  const deep = `${'{"key":'.repeat(7_000)}"\\u0000"${'}'.repeat(7_000)}`
  t.ok((await send(routes[0], deep)).body.length < 4_096, 'a deep path is not told in full')
})
