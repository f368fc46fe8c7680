import t from 'tap'
import { type App, build, type Person, password, signUp } from '../helper.ts'

const minute = 60_000
const next = 'a better horse battery'

/** A user with the requests of this file; by cookie, which lasts longer than a token. */
async function owner(app: App, username: string, more: Record<string, unknown> = {}) {
  const person = await signUp(app, username, more)
  const headers = { cookie: person.cookie, 'sec-fetch-site': 'same-origin' }
  const send = (method: 'PUT' | 'DELETE', url: string, payload?: object) =>
    app.inject({ method, url, headers, ...(payload && { payload }) })
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, headers, payload })
  return { ...person, post, put: (url: string, payload: object) => send('PUT', url, payload), send }
}

const login = (app: App, username: string, password: string) =>
  app.inject({ method: 'POST', url: '/login', payload: { username, password } })
const works = async (person: Person) => (await person.get('/me')).statusCode === 200

t.test('security 7: what could be turned against the owner takes the password or a fresh sign-in', async t => {
  const { app, clock } = await build(t)
  const maya = await owner(app, 'maya')
  const requests: [string, 'PUT' | 'DELETE', string, object][] = [
    ['password', 'PUT', '/account/password', { new_password: next }],
    ['email', 'PUT', '/account/email', { email: 'maya@example.org' }],
    ['deletion', 'DELETE', '/account', {}],
  ]
  for (const [what, method, url, payload] of requests) {
    const wrong = await maya.send(method, url, { ...payload, current_password: 'wrong horse battery' })
    t.match(wrong.json(), { status: 403, code: 'wrong_password' }, `${what}: a password that is sent must be right`)
  }
  clock.now += 10 * minute
  for (const [what, method, url, payload] of requests) {
    const stale = await maya.send(method, url, payload)
    t.match(stale.json(), { status: 403, code: 'reauthentication_required' }, what)
  }
  t.match((await maya.get('/me')).json(), { email: null })
  t.match((await maya.post('/account/confirm', { current_password: 'wrong' })).json(), { code: 'wrong_password' })
  t.equal((await maya.put('/account/email', { email: 'maya@example.org' })).statusCode, 403)
  t.equal((await maya.post('/account/confirm', { current_password: password })).statusCode, 204)
  clock.now += 10 * minute - 1
  t.match((await maya.put('/account/email', { email: 'maya@example.org' })).json(), { email: 'maya@example.org' })
  clock.now += 1
  t.equal((await maya.put('/account/email', { email: null })).statusCode, 403)
  t.equal((await maya.put('/account/email', { email: null, current_password: password })).statusCode, 200)
})

t.test('security 12: a new password ends every other sign-in and token, and keeps the one that asks', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya')
  const elsewhere = (await login(app, 'maya', password)).json()
  const script = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  t.equal((await maya.put('/account/password', { new_password: next, current_password: password })).statusCode, 204)
  t.ok(await works(maya))
  for (const { token } of [elsewhere, script]) {
    t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode, 401)
  }
  t.equal((await login(app, 'maya', password)).statusCode, 401)
  t.equal((await login(app, 'maya', next)).statusCode, 200)
  const long = await maya.put('/account/password', { new_password: 'ä'.repeat(37) })
  t.match(long.json(), { status: 400, errors: ['new_password must be at most 72 bytes long'] })
})

t.test('an e-mail address is changed, removed, and free for others then', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya', { email: 'maya@example.org' })
  const other = await owner(app, 'other')
  const taken = await other.put('/account/email', { email: 'MAYA@example.org' })
  t.match(taken.json(), { status: 409, code: 'email_taken' })
  t.match((await other.get('/me')).json(), { email: null })
  t.match((await maya.put('/account/email', { email: 'Maya@example.org' })).json(), { email: 'Maya@example.org' })
  t.match((await maya.put('/account/email', { email: 'm@example.org' })).json(), { email: 'm@example.org' })
  t.equal((await other.put('/account/email', { email: 'maya@example.org' })).statusCode, 200)
  t.equal((await maya.put('/account/email', { email: null })).json().email, null)
  t.equal((await login(app, 'm@example.org', password)).statusCode, 401)
  t.equal((await login(app, 'maya@example.org', password)).json().username, 'other')
})

t.test('a username is changed, and the old one is free for others then', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya')
  const other = await owner(app, 'other')
  t.match((await other.put('/account/username', { username: 'MAYA' })).json(), { status: 409, code: 'username_taken' })
  t.match((await maya.put('/account/username', { username: 'Maya' })).json(), { id: maya.id, username: 'Maya' })
  t.match((await maya.put('/account/username', { username: 'noor' })).json(), { id: maya.id, username: 'noor' })
  t.equal((await other.put('/account/username', { username: 'maya' })).statusCode, 200)
  t.equal((await login(app, 'noor', password)).json().id, maya.id)
  t.equal((await login(app, 'maya', password)).json().id, other.id)
})

t.test('of two changes made from the same name one happens, and the name it did not take stays free', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya')
  const answers = await Promise.all(['noor', 'ines'].map(username => maya.put('/account/username', { username })))
  const statuses = answers.map(answer => answer.statusCode)
  const { username } = (await maya.get('/me')).json()
  for (const name of ['maya', 'noor', 'ines']) {
    const { available } = (await app.inject(`/availability?username=${name}`)).json()
    t.equal(available, name !== username, name)
  }
  t.ok(statuses.every(status => status === 200 || status === 409))
})

t.test('a form can ask whether a name is free', async t => {
  const { app } = await build(t)
  await owner(app, 'maya', { email: 'maya@example.org' })
  const available = async (query: string) => (await app.inject(`/availability?${query}`)).json().available
  t.equal(await available('username=MAYA'), false)
  t.equal(await available('username=noor'), true)
  t.equal(await available('email=Maya@Example.org'), false)
  t.equal(await available('email=noor@example.org'), true)
  for (const query of ['', 'username=a&email=a@example.org', 'username=', 'username=a%20b', 'email=x', 'name=x'])
    t.equal((await app.inject(`/availability?${query}`)).statusCode, 400, query)
})

t.test('security 27: a deleted account is gone at once, with every credential, and its names are free', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya', { email: 'maya@example.org' })
  const other = await owner(app, 'other')
  const { token: script } = (await maya.post('/tokens', { name: 'script', scopes: ['mood:read'] })).json()
  await maya.post('/mood', { mood: 7, tags: ['walk'] })
  await other.post('/mood', { mood: 7, tags: ['walk'] })
  const gone = await maya.send('DELETE', '/account', { current_password: password })
  t.equal(gone.statusCode, 204)
  t.match(gone.cookies, [{ name: 'moodstreak_session', value: '' }])
  const credentials = [
    { authorization: `Bearer ${maya.token}` },
    { authorization: `Bearer ${script}` },
    { cookie: maya.cookie },
  ]
  for (const headers of credentials) t.equal((await app.inject({ url: '/me', headers })).statusCode, 401)
  const refreshed = await app.inject({
    method: 'POST',
    url: '/refresh',
    payload: { refresh_token: maya.refreshToken },
  })
  t.equal(refreshed.statusCode, 401)
  t.equal((await login(app, 'maya', password)).statusCode, 401)
  t.equal((await other.get('/mood')).json().total, 1)
  const again = await owner(app, 'maya', { email: 'maya@example.org' })
  t.not(again.id, maya.id)
  t.strictSame((await again.get('/mood')).json().moods, [])
})

t.test('whoever was renamed at the same moment is not half deleted', async t => {
  const { app } = await build(t)
  const maya = await owner(app, 'maya')
  const [renamed, deleted] = await Promise.all([
    maya.put('/account/username', { username: 'noor' }),
    maya.send('DELETE', '/account', {}),
  ])
  const alive = await works(maya)
  t.equal(deleted.statusCode, alive ? 409 : 204)
  t.ok([200, 401, 409].includes(renamed.statusCode))
  const free = async (name: string) => (await app.inject(`/availability?username=${name}`)).json().available
  t.strictSame([await free('maya'), await free('noor')], [true, !alive])
})
