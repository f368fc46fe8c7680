import { count } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { build, password, signUp } from '../helper.ts'
import { canary, faultsOf } from '../problem.ts'

const json = { 'content-type': 'application/json' }

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

/** Asserts an error in the one form, readable and without what was sent. */
function isProblem(t: Test, answer: LightMyRequestResponse, status: number, path: string, what: string) {
  t.strictSame(faultsOf(answer, status, path), [], what)
}

t.test('security 28: a missing body is refused on every route that needs one', async t => {
  const { routes, send, state } = await setting(t)
  const before = await state()
  for (const route of routes) {
    for (const body of ['', 'null']) {
      if (body === '' && route.url === '/profile') continue
      isProblem(t, await send(route, body), 400, route.url, `${route.method} ${route.url}: ${body}`)
    }
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
    ['timezone', ['Mars/Olympus', '', ' ', '../etc/passwd', canary, 1, {}, long]],
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
    ['username', [null, 1, {}, [], '', ' ', 'no or', 'noor@example.org', '.noor', '-', 'x'.repeat(65)]],
    ['username', ['<script>', 'a/b', 'a\nb', '\u202enoor', 'no\u200bor', `${canary}!`]],
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
