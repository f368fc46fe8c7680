import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { type App, build, type Person, password, signUp } from '../helper.ts'

const refresh = (app: App, refreshToken: unknown) =>
  app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: refreshToken } })
const logout = (app: App, headers: Record<string, string>) => app.inject({ method: 'DELETE', url: '/logout', headers })
const ownPage = { 'sec-fetch-site': 'same-origin' }

/** What each credential of a sign-in is still good for: the statuses by bearer, by cookie and of a refresh. */
async function alive(app: App, { token, cookie, refreshToken }: Pick<Person, 'token' | 'cookie' | 'refreshToken'>) {
  const [byBearer, byCookie] = await Promise.all([
    app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } }),
    app.inject({ url: '/me', headers: { cookie } }),
  ])
  const refreshed = await refresh(app, refreshToken)
  return [byBearer.statusCode, byCookie.statusCode, refreshed.statusCode]
}

const isRefusal = (t: Test, answer: LightMyRequestResponse, what: string) => {
  t.equal(answer.statusCode, 401, what)
  t.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/)
  t.match(answer.json(), { status: 401, code: 'invalid_token', errors: [String] })
}

t.test('a logout ends every credential of its sign-in at the next request, and no other', async t => {
  for (const by of ['cookie', 'bearer'] as const) {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya')
    const elsewhere = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
    const headers: Record<string, string> =
      by === 'cookie' ? { cookie: maya.cookie, ...ownPage } : { authorization: `Bearer ${maya.token}` }
    const answer = await logout(app, headers)
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.match(answer.cookies, [{ name: 'session', value: '', path: '/' }], 'and clears the cookie')
    t.strictSame(await alive(app, maya), [401, 401, 401], `by ${by}`)
    const other = { authorization: `Bearer ${elsewhere.json().token}` }
    t.equal((await app.inject({ url: '/me', headers: other })).statusCode, 200)
  }
})

t.test('a logout is 204 whoever asks, again and again', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (const headers of [
    {},
    { authorization: 'Bearer null' },
    { authorization: 'Basic x' },
    { 'content-type': 'application/json' },
    { cookie: 'session=nonsense', ...ownPage },
    { cookie: maya.cookie, 'content-type': 'application/json', ...ownPage },
    { cookie: maya.cookie, ...ownPage },
    { authorization: `Bearer ${maya.token}` },
  ]) {
    t.equal((await logout(app, headers as Record<string, string>)).statusCode, 204, JSON.stringify(headers))
  }
})

t.test('a page that signs out with an expired token ends the session of its cookie too', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  clock.now += 16 * 60_000
  const both = { authorization: `Bearer ${maya.token}`, cookie: maya.cookie }
  t.equal((await logout(app, both)).statusCode, 204, 'without saying where it comes from')
  t.equal((await app.inject({ url: '/me', headers: { cookie: maya.cookie } })).statusCode, 200, 'only the token counts')
  t.equal((await logout(app, { ...both, ...ownPage })).statusCode, 204)
  t.equal((await app.inject({ url: '/me', headers: { cookie: maya.cookie } })).statusCode, 401)
})

t.test('an invented refresh token does no harm to the session it names', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const [user, session] = maya.refreshToken.split('.')
  const other = await signUp(app, 'other')
  const theirs = other.refreshToken.split('.').at(-1)
  for (const secret of ['x'.repeat(65), 'x'.repeat(43), maya.cookie.split('.').at(-1), theirs]) {
    isRefusal(t, await refresh(app, `${user}.${session}.${secret}`), 'invented')
  }
  t.strictSame(await alive(app, maya), [200, 200, 200])
})

t.test(
  'an old refresh token that was overtaken by two retries is refused, and ends nothing for ten seconds',
  async t => {
    const { app, clock } = await build(t)
    const maya = await signUp(app, 'maya')
    clock.now += 1_000
    const second = (await refresh(app, maya.refreshToken)).json().refresh_token
    clock.now += 1_000
    const third = (await refresh(app, second)).json().refresh_token
    clock.now += 1_000
    isRefusal(t, await refresh(app, maya.refreshToken), 'overtaken')
    t.equal((await maya.get('/me')).statusCode, 200)
    clock.now += 10_000
    isRefusal(t, await refresh(app, maya.refreshToken), 'stolen')
    isRefusal(t, await refresh(app, third), 'the session is over')
  },
)

t.test('another site cannot log anyone out', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }, {}]) {
    const answer = await logout(app, { cookie: maya.cookie, ...headers } as Record<string, string>)
    t.equal(answer.statusCode, 403)
    t.equal(answer.json().code, 'cross_site_request')
    t.equal(answer.headers['set-cookie'], undefined)
  }
  t.strictSame(await alive(app, maya), [200, 200, 200])
})

t.test('a refresh answers the next pair of tokens, and both work', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  clock.now += 60_000
  const answer = await refresh(app, maya.refreshToken)
  t.equal(answer.statusCode, 200)
  const next = answer.json()
  t.strictSame(Object.keys(next).sort(), ['expires_in', 'refresh_token', 'token', 'token_type'])
  t.match(next, { token_type: 'Bearer', expires_in: 900 })
  t.not(next.refresh_token, maya.refreshToken)
  t.equal(answer.headers['set-cookie'], undefined)
  t.strictSame(await alive(app, { ...maya, token: next.token, refreshToken: next.refresh_token }), [200, 200, 200])
})

t.test('a refresh token sent again within 10 seconds gives the same successor', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const first = (await refresh(app, maya.refreshToken)).json()
  clock.now += 9_999
  const again = await refresh(app, maya.refreshToken)
  t.equal(again.statusCode, 200)
  t.equal(again.json().refresh_token, first.refresh_token)
  t.equal((await refresh(app, first.refresh_token)).statusCode, 200)
})

t.test('of 50 parallel refreshes with one token all get one successor', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(app, maya.refreshToken)))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.equal(new Set(answers.map(answer => answer.json().refresh_token)).size, 1)
})

t.test('a refresh token sent again later ends the session with everything that came of it', async t => {
  for (const wait of [10_000, 60_000, 86_400_000]) {
    const { app, clock } = await build(t)
    const maya = await signUp(app, 'maya')
    const next = (await refresh(app, maya.refreshToken)).json()
    clock.now += wait
    isRefusal(t, await refresh(app, maya.refreshToken), `after ${wait} ms`)
    const successors = { ...maya, token: next.token, refreshToken: next.refresh_token }
    t.strictSame(await alive(app, successors), [401, 401, 401])
    t.equal((await maya.get('/me')).statusCode, 401)
  }
})

t.test('a refresh token two generations old ends the session too', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const second = (await refresh(app, maya.refreshToken)).json()
  clock.now += 3_600_000
  const third = (await refresh(app, second.refresh_token)).json()
  clock.now += 3_600_000
  isRefusal(t, await refresh(app, maya.refreshToken), 'the first one')
  t.strictSame(await alive(app, { ...maya, token: third.token, refreshToken: third.refresh_token }), [401, 401, 401])
})

t.test('what is no refresh token is refused, and harms nobody', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const [user, session, secret] = maya.refreshToken.split('.')
  const [foreigner] = other.refreshToken.split('.')
  for (const token of ['', 'null', 'x', '..', `${user}.${session}`, `${maya.refreshToken}.x`, ` ${maya.refreshToken}`])
    isRefusal(t, await refresh(app, token), token)
  isRefusal(t, await refresh(app, `${foreigner}.${session}.${secret}`), 'the session of somebody else')
  isRefusal(t, await refresh(app, `${user}.${user}.${secret}`), 'a session that never was')
  for (const token of [null, 1, {}, ['x'], 'x'.repeat(5_000)]) t.equal((await refresh(app, token)).statusCode, 400)
  t.strictSame(await alive(app, maya), [200, 200, 200])
  t.strictSame(await alive(app, other), [200, 200, 200])
})

t.test('an access token is good for 15 minutes; the cookie and the refresh token outlive it', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  clock.now += 15 * 60_000 - 1_000
  t.equal((await maya.get('/me')).statusCode, 200)
  clock.now += 1_000
  isRefusal(t, await maya.get('/me'), 'after 15 minutes')
  t.strictSame(await alive(app, maya), [401, 200, 200])
})

t.test('a session ends 90 days after the sign-in', async t => {
  const day = 86_400_000
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const start = clock.now
  const byCookie = async () => (await app.inject({ url: '/me', headers: { cookie: maya.cookie } })).statusCode
  clock.now = start + 90 * day - 1_000
  t.equal(await byCookie(), 200)
  const { token } = (await refresh(app, maya.refreshToken)).json()
  clock.now = start + 90 * day
  t.strictSame(await alive(app, { ...maya, token }), [401, 401, 401], 'and an access token does not outlive it')
})
