import t from 'tap'
import { v7 } from 'uuid'
import { build, grant, password, signUp } from '../helper.ts'

const day = 86_400_000

const { app, clock, database } = await build(t, { at: '2026-03-05T12:00:00Z' })
const ada = await signUp(app, 'Ada', { email: 'ada@example.org' })
await grant(app, ada.id, 'admin')

type Row = Record<string, unknown>
const usernames = async (query: string) =>
  (await ada.get(`/admin/users?${query}`)).json().users.map(({ username }: Row) => username)

t.test('security 23: the desk is for admins by a sign-in, and for nobody else', async t => {
  const member = await signUp(app, 'some-member')
  const instructor = await signUp(app, 'some-instructor', { role: 'instructor' })
  const script = await ada.post('/tokens', { name: 'all', scopes: ['profile:read', 'profile:write', 'account:export'] })
  const requests = [
    ['GET', '/admin/dashboard'],
    ['GET', '/admin/users'],
    ['GET', `/admin/users/${member.id}`],
    ['PATCH', `/admin/users/${member.id}`],
    ['DELETE', `/admin/users/${member.id}`],
    ['DELETE', `/admin/users/${member.id}/sessions`],
    ['GET', '/admin/audit'],
  ] as const
  for (const [method, url] of requests) {
    const payload = method === 'PATCH' ? { role: 'admin' } : undefined
    const ask = async (headers: Record<string, string>, of = url) =>
      app.inject({ method, url: of, headers, ...(payload && { payload }) })
    const what = `${method} ${url}`
    t.match((await ask({})).json(), { status: 401, code: 'authentication_required' }, what)
    for (const { token } of [member, instructor]) {
      const headers = { authorization: `Bearer ${token}` }
      const refused = (await ask(headers)).json()
      t.match(refused, { status: 403, code: 'forbidden' }, what)
      const absent = await ask(headers, url.replace(member.id, v7()) as typeof url)
      t.equal(absent.statusCode, 403, `${what}: whether there is such an account is not said`)
    }
    const byScript = await ask({ authorization: `Bearer ${script.json().token}` })
    t.match(byScript.json(), { status: 403, code: 'insufficient_scope' }, what)
  }
  for (const scope of ['admin:read', 'admin:write'])
    t.equal((await ada.post('/tokens', { name: 'desk', scopes: [scope] })).statusCode, 400)
  t.equal((await ada.get(`/admin/users/${member.id}`)).json().role, 'member')
  for (const person of [member, instructor]) t.equal((await person.get('/me')).statusCode, 200)
})

t.test('security 25: nobody chooses to be an admin', async t => {
  const payload = { username: 'mallory', password: 'correct horse battery', role: 'admin' }
  t.equal((await app.inject({ method: 'POST', url: '/signup', payload })).statusCode, 400)
  const mallory = await signUp(app, 'mallory')
  for (const body of [{ role: 'admin' }, { disabled: false }, { disabled_at: null }])
    t.equal((await mallory.patch('/profile', body)).statusCode, 400)
  t.equal((await mallory.patch(`/admin/users/${mallory.id}`, { role: 'admin' })).statusCode, 403)
  t.match((await mallory.get('/me')).json(), { role: 'member' })
})

t.test('an admin sees whom to help and how much there is of theirs, and nothing they wrote', async t => {
  const names = { first_name: 'Plantedfirst', last_name: 'Plantedlast', timezone: 'Africa/Nairobi' }
  const maya = await signUp(app, 'maya', { email: 'Maya@example.org', ...names })
  await maya.patch('/profile', { occupation: 'planted', home_address: 'planted', description: 'planted' })
  await maya.post('/mood', { mood: 'planted', note: 'planted', tags: ['planted'] })
  await maya.post('/tasks', { title: 'planted', description: 'planted' })
  await maya.post('/tokens', { name: 'planted', scopes: ['mood:read'] })
  const found = await ada.get(`/admin/users/${maya.id.toUpperCase()}`)
  const person = {
    id: maya.id,
    username: 'maya',
    email: 'Maya@example.org',
    email_verified: false,
    role: 'member',
    disabled: false,
    created_at: '2026-03-05T12:00:00.000Z',
    last_signed_in_at: '2026-03-05T12:00:00.000Z',
  }
  t.strictSame(found.json(), { ...person, counts: { entries: 1, tasks: 1, tokens: 1, sessions: 1 } })
  const listed = await ada.get('/admin/users?q=MAYA')
  t.strictSame(listed.json().users, [person])
  await ada.patch(`/admin/users/${maya.id}`, { role: 'instructor' })
  for (const url of ['/admin/dashboard', '/admin/audit', '/admin/users']) {
    const { statusCode, body, headers } = await ada.get(url)
    t.equal(statusCode, 200)
    t.equal(headers['cache-control'], 'no-store')
    t.notMatch(body, /planted|Nairobi|203\.0\.113/i, url)
  }
  t.notMatch(found.body + listed.body, /planted|Nairobi|password|hash/i)
})

t.test('accounts are found by a part of the username or address, whatever the case, and by role and state', async t => {
  const odd = await signUp(app, 'x.Straße_1', { email: 'straNGE+x@example.net' })
  await signUp(app, 'x.strasse-2', { role: 'instructor' })
  const gone = await signUp(app, 'x.gone')
  await ada.patch(`/admin/users/${gone.id}`, { disabled: true })
  t.strictSame(await usernames('q=STRASSE'), ['x.strasse-2', 'x.Straße_1'])
  t.strictSame(await usernames('q=Strange%2B'), ['x.Straße_1'])
  t.strictSame(await usernames('q=_'), ['x.Straße_1'], 'a wildcard of the database is a letter like any other')
  t.strictSame(await usernames('q=%25'), [])
  t.strictSame(await usernames('q=%5C'), [])
  t.strictSame(await usernames("q='"), [])
  t.strictSame(await usernames('q=x.&role=instructor'), ['x.strasse-2'])
  t.strictSame(await usernames('q=x.&state=disabled'), ['x.gone'])
  t.strictSame(await usernames('q=x.&state=active&sort=created_at'), ['x.Straße_1', 'x.strasse-2'])
  t.strictSame(await usernames('q=x.&sort=username'), ['x.gone', 'x.strasse-2', 'x.Straße_1'])
  t.strictSame(await usernames('q=x.&sort=-username'), ['x.Straße_1', 'x.strasse-2', 'x.gone'])
  t.strictSame(await usernames('role=admin'), ['Ada'])

  const page = await ada.get('/admin/users?q=x.&per_page=2&page=2&sort=created_at')
  t.match(page.json(), { page: 2, per_page: 2, total: 3, total_pages: 2, users: [{ id: gone.id, disabled: true }] })
  t.match(page.headers.link, /<\/admin\/users\?q=x.&per_page=2&page=1&sort=created_at>; rel="prev"/)
  t.strictSame((await ada.get('/admin/users?page=9999')).json().users, [])
  for (const query of ['sort=email', 'sort=last_signed_in_at', 'role=root', 'state=x', 'q=', 'per_page=101', 'typo=1'])
    t.equal((await ada.get(`/admin/users?${query}`)).statusCode, 400, query)
  t.equal((await ada.get(`/admin/users/${odd.id}`)).json().email, 'straNGE+x@example.net')
})

t.test('a change says only what it changes, and what is not allowed changes nothing', async t => {
  const maya = await signUp(app, 'changed')
  const url = `/admin/users/${maya.id}`
  t.match((await ada.patch(url, { role: 'instructor', disabled: true })).json(), { role: 'instructor', disabled: true })
  t.match((await ada.patch(url, { role: 'member' })).json(), { role: 'member', disabled: true }, 'what is absent stays')
  t.match((await ada.patch(url, { disabled: false })).json(), { role: 'member', disabled: false })
  const before = (await ada.get('/admin/audit')).json().total
  for (const body of [{}, { role: 'member' }, { disabled: false }])
    t.equal((await ada.patch(url, body)).statusCode, 200)
  t.equal((await ada.get('/admin/audit')).json().total, before, 'what is so already is no action')
  const wrong = [
    { role: null },
    { role: 'root' },
    { disabled: null },
    { disabled: 'true' },
    { username: 'x' },
    { id: v7() },
  ]
  for (const body of [...wrong, { password_hash: 'x' }, { created_at: '2026-03-01T00:00:00Z' }, [], null])
    t.equal((await ada.patch(url, body)).statusCode, 400, JSON.stringify(body))
  for (const [method, of] of [
    ['get', ''],
    ['delete', ''],
    ['delete', '/sessions'],
  ] as const)
    t.match((await ada[method](`/admin/users/${v7()}${of}`)).json(), { status: 404, code: 'not_found' })
  t.equal((await ada.patch(`/admin/users/${v7()}`, { disabled: true })).statusCode, 404)
  t.equal((await ada.get('/admin/users/nobody')).statusCode, 400)
})

/** The headers of a new sign-in: a token does not last until tomorrow. */
async function signIn(username: string) {
  const payload = { username, password }
  const { token } = (await app.inject({ method: 'POST', url: '/login', payload })).json()
  return { authorization: `Bearer ${token}` }
}

t.test('every action is kept with its actor, for other admins and for the person', async t => {
  const [ben, maya] = [await signUp(app, 'ben'), await signUp(app, 'audited')]
  await grant(app, ben.id, 'admin')
  const url = `/admin/users/${maya.id}`
  await ada.patch(url, { role: 'instructor' })
  clock.now += day
  const [byAda, byBen] = [await signIn('ada'), await signIn('ben')]
  await ben.patch(url, { disabled: true }, byBen)
  await ben.patch(url, { disabled: false }, byBen)
  await ada.delete(`${url}/sessions`, byAda)
  const about = async (query: string) => (await ada.get(`/admin/audit?${query}`, byAda)).json()
  const done = await about(`user=${maya.id.toUpperCase()}`)
  const row = (kind: string, actor: string, date: string, role: string | null = null) => ({
    at: `${date}T12:00:00.000Z`,
    kind,
    actor_id: actor,
    target_id: maya.id,
    role,
  })
  t.strictSame(
    done.audit.map(({ id, ...rest }: Row) => rest),
    [
      row('sessions_ended', ada.id, '2026-03-06'),
      row('account_enabled', ben.id, '2026-03-06'),
      row('account_disabled', ben.id, '2026-03-06'),
      row('role_changed', ada.id, '2026-03-05', 'instructor'),
    ],
  )
  const both = `user=${maya.id}`
  const kinds = async (query: string) => (await about(`${both}&${query}`)).audit.map(({ kind }: Row) => kind)
  t.strictSame(await kinds(`actor=${ben.id.toUpperCase()}`), ['account_enabled', 'account_disabled'])
  t.strictSame(await kinds('kind=role_changed'), ['role_changed'])
  t.strictSame(await kinds('to=2026-03-05'), ['role_changed'])
  t.equal((await kinds('from=2026-03-06&to=2026-03-06')).length, 3)
  t.strictSame(await kinds('from=2026-03-07'), [])
  t.match(await about(`${both}&per_page=3&page=2`), { page: 2, total: 4, total_pages: 2, audit: [done.audit[3]] })
  for (const query of ['from=2026-03-02&to=2026-03-01', 'kind=signed_in', 'user=ada', 'from=yesterday', 'typo=1'])
    t.equal((await ada.get(`/admin/audit?${query}`, byAda)).statusCode, 400, query)

  const { events } = (await maya.get('/account/events', await signIn('audited'))).json()
  t.strictSame(
    events.slice(1).map(({ kind, actor_id, ip }: Row) => [kind, actor_id, ip]),
    [
      ['sessions_ended', ada.id, null],
      ['account_enabled', ben.id, null],
      ['account_disabled', ben.id, null],
      ['role_changed', ada.id, null],
      ['signed_up', maya.id, '127.0.0.1'],
    ],
    'and where the admin sat is left out',
  )
  clock.now -= day
})

t.test('security 27: who deletes their own account leaves no trace among what admins did; an admin does', async t => {
  const [ben, maya] = [await signUp(app, 'leaving-admin'), await signUp(app, 'leaving')]
  await grant(app, ben.id, 'admin')
  await ben.patch(`/admin/users/${maya.id}`, { role: 'instructor' })
  t.equal((await maya.delete('/account')).statusCode, 204)
  const rows = async (query: string) => (await ada.get(`/admin/audit?${query}`)).json()
  t.equal((await rows(`user=${maya.id}`)).total, 0)
  t.match((await rows(`actor=${ben.id}`)).audit, [{ kind: 'role_changed', target_id: null }])
  t.equal((await ben.delete('/account')).statusCode, 204)
  t.equal((await rows(`actor=${ben.id}`)).total, 1, 'what an admin did is not undone by leaving')
  const { tables, query } = database
  for (const [name, table] of Object.entries(tables)) {
    const all = JSON.stringify(await query(db => db.select().from(table)))
    t.notOk(all.includes(maya.id), name)
    t.equal(all.includes(ben.id), name === 'adminAudit', name)
  }
})
