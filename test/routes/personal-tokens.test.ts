import t from 'tap'
import { maxPersonalTokens } from '../../src/auth/personal-tokens.ts'
import { scopes } from '../../src/vocabulary.ts'
import { type App, build, type Person, signUp } from '../helper.ts'

const make = (person: Person, scopes: readonly string[], more: Record<string, unknown> = {}) =>
  person.post('/tokens', { name: 'a script', scopes, ...more })
const using = (app: App, token: string) => ({
  get: (url: string) => app.inject({ url, headers: { authorization: `Bearer ${token}` } }),
  send: (method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
    app.inject({ method, url, headers: { authorization: `Bearer ${token}` }, ...(payload && { payload }) }),
})

t.test('a token is shown once, does what its scopes say, and is refused as soon as it is deleted', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const made = await make(maya, ['mood:read'])
  t.equal(made.statusCode, 201)
  const { id, token } = made.json()
  t.equal(made.headers.location, `/tokens/${id}`)
  t.match(made.json(), {
    name: 'a script',
    scopes: ['mood:read'],
    expires_at: '2026-06-03T12:00:00.000Z',
    last_used_at: null,
  })
  const script = using(app, token)
  t.match((await script.get('/mood')).json(), { moods: [], streak: 0 })
  t.match((await script.get('/me')).json(), { username: 'maya' })
  const refused = await script.send('POST', '/mood', { mood: 5 })
  t.match(refused.json(), { status: 403, code: 'insufficient_scope' })
  t.match(refused.headers['www-authenticate'], /error="insufficient_scope", scope="mood:write"/)

  const list = await maya.get('/tokens')
  t.match(list.json(), { tokens: [{ id, name: 'a script' }] })
  t.notMatch(list.body, new RegExp(token.slice(60)), 'the secret is not shown again')
  t.equal((await maya.delete(`/tokens/${id}`)).statusCode, 204)
  const gone = await script.get('/mood')
  t.match(gone.json(), { status: 401, code: 'invalid_token' })
  t.equal((await maya.delete(`/tokens/${id}`)).statusCode, 404)
})

t.test('security 23: no token manages sessions, tokens or the account, whatever its scopes', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { id, token } = (await make(maya, scopes)).json()
  const script = using(app, token)
  for (const answer of [
    await script.get('/sessions'),
    await script.send('DELETE', '/sessions'),
    await script.send('DELETE', `/sessions/${id}`),
    await script.get('/tokens'),
    await script.send('POST', '/tokens', { name: 'another', scopes: ['mood:read'] }),
    await script.send('DELETE', `/tokens/${id}`),
  ])
    t.match(answer.json(), { status: 403, code: 'insufficient_scope' })
  t.equal((await maya.post('/tokens', { name: 'x', scopes: ['account:manage'] })).statusCode, 400)
  t.equal((await script.send('DELETE', '/logout')).statusCode, 204)
  t.equal((await script.get('/me')).statusCode, 200, 'a logout ends sessions, and a token is none')
})

t.test('security 23: a scope adds nothing to what the role may do', async t => {
  const { app } = await build(t, { own: true })
  app.get('/for-instructors', { onRequest: app.requires('sequences:write') }, async () => ({}))
  const maya = await signUp(app, 'maya')
  const { token } = (await make(maya, ['sequences:write'])).json()
  t.match((await using(app, token).get('/for-instructors')).json(), { status: 403, code: 'forbidden' })
})

t.test('a route that needs the session lets no token in', async t => {
  const { app } = await build(t, { own: true })
  app.get('/by-session', { onRequest: app.requires('mood:read') }, async request => request.session.id)
  const { token } = (await make(await signUp(app, 'maya'), ['mood:read'])).json()
  t.equal((await using(app, token).get('/by-session')).statusCode, 500)
})

t.test('a token ends when it was said to', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const expires_at = new Date(clock.now + 60_000).toISOString()
  const { token } = (await make(maya, ['mood:read'], { expires_at })).json()
  clock.now += 59_999
  t.equal((await using(app, token).get('/mood')).statusCode, 200)
  clock.now += 1
  t.equal((await using(app, token).get('/mood')).statusCode, 401)
  t.equal((await maya.get('/tokens')).json().tokens.length, 1, 'it is still listed')
  t.match((await make(maya, ['mood:read'], { expires_at })).json(), { status: 400, code: 'invalid_request' })
})

t.test('its last use is noted', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const { token } = (await make(maya, ['mood:read'])).json()
  clock.now += 5 * 60_000 + 1
  await using(app, token).get('/mood')
  t.equal((await maya.get('/tokens')).json().tokens[0].last_used_at, new Date(clock.now).toISOString())
})

t.test("security 9: another person's token does not exist, and no credential passes for another kind", async t => {
  const { app } = await build(t)
  const [maya, other] = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const { id, token } = (await make(maya, ['mood:read'])).json()
  t.equal((await other.delete(`/tokens/${id}`)).statusCode, 404)
  t.strictSame((await other.get('/tokens')).json(), { tokens: [] })
  const session = maya.cookie.split('=')[1] as string
  const bearer = async (text: string) => (await using(app, text).get('/me')).statusCode
  t.strictSame(
    [await bearer(session), await bearer(maya.refreshToken), await bearer(`mspat_${maya.token}`)],
    [401, 401, 401],
  )
  const cookie = (value: string) => app.inject({ url: '/me', headers: { cookie: `session=${value}` } })
  const asCookie = [await cookie(token), await cookie(maya.token), await cookie(maya.refreshToken)]
  t.strictSame(
    asCookie.map(answer => answer.statusCode),
    [401, 401, 401],
  )
  const refresh = (refresh_token: string) => app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token } })
  const asRefresh = [await refresh(token), await refresh(session), await refresh(maya.token)]
  t.strictSame(
    asRefresh.map(answer => answer.statusCode).filter(status => status !== 400),
    [401, 401],
  )
})

t.test('there are not more tokens than one can look through', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (let n = 0; n < maxPersonalTokens; n++) await make(maya, ['mood:read'])
  t.match((await make(maya, ['mood:read'])).json(), { status: 409, code: 'too_many_tokens' })
  t.equal((await maya.get('/tokens')).json().tokens.length, maxPersonalTokens)
})
