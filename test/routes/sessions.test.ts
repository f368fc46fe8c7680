import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { type App, build, type Person, password, signUp } from '../helper.ts'

const refresh = (app: App, refreshToken: unknown) =>
  app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token: refreshToken } })
const logout = (app: App, headers: Record<string, string>) => app.inject({ method: 'DELETE', url: '/logout', headers })
const ownPage = { 'sec-fetch-site': 'same-origin' }

/** The statuses for each credential of a sign-in: bearer, cookie and refresh. */
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

t.test('security 12: a logout ends every credential of its sign-in at the next request, and no other', async t => {
  for (const by of ['cookie', 'bearer'] as const) {
    const { app } = await build(t)
    const maya = await signUp(app, 'maya')
    const elsewhere = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
    const headers: Record<string, string> =
      by === 'cookie' ? { cookie: maya.cookie, ...ownPage } : { authorization: `Bearer ${maya.token}` }
    const answer = await logout(app, headers)
    t.equal(answer.statusCode, 204)
    t.equal(answer.body, '')
    t.match(answer.cookies, [{ name: 'moodstreak_session', value: '', path: '/' }], 'and clears the cookie')
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
  const { app, clock } = await build(t, { env: { ACCESS_TOKEN_MINUTES: '15' } })
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
  t.match(next, { token_type: 'Bearer', expires_in: 86_400 })
  t.not(next.refresh_token, maya.refreshToken)
  t.equal(answer.headers['set-cookie'], undefined)
  t.strictSame(await alive(app, { ...maya, token: next.token, refreshToken: next.refresh_token }), [200, 200, 200])
})

t.test('security 10: a refresh token sent again within 10 seconds gives the same successor', async t => {
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const first = (await refresh(app, maya.refreshToken)).json()
  clock.now += 9_999
  const again = await refresh(app, maya.refreshToken)
  t.equal(again.statusCode, 200)
  t.equal(again.json().refresh_token, first.refresh_token)
  t.equal((await refresh(app, first.refresh_token)).statusCode, 200)
})

t.test('security 10: of 50 parallel refreshes with one token all get one successor', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(app, maya.refreshToken)))
  t.ok(answers.every(({ statusCode }) => statusCode === 200))
  t.equal(new Set(answers.map(answer => answer.json().refresh_token)).size, 1)
})

t.test('security 10: a refresh token sent again later ends the session with everything that came of it', async t => {
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

t.test('security 10: a refresh token two generations old ends the session too', async t => {
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
  for (const token of [null, 1, {}, ['x'], 'x'.repeat(3_000)]) t.equal((await refresh(app, token)).statusCode, 400)
  t.strictSame(await alive(app, maya), [200, 200, 200])
  t.strictSame(await alive(app, other), [200, 200, 200])
})

t.test('with ACCESS_TOKEN_MINUTES=15 the cookie and the refresh token outlive the access token', async t => {
  const { app, clock } = await build(t, { env: { ACCESS_TOKEN_MINUTES: '15' } })
  const maya = await signUp(app, 'maya')
  clock.now += 15 * 60_000 - 1_000
  t.equal((await maya.get('/me')).statusCode, 200)
  clock.now += 1_000
  isRefusal(t, await maya.get('/me'), 'after 15 minutes')
  t.strictSame(await alive(app, maya), [401, 200, 200])
})

t.test(
  'field case 23: a client that knows no refresh token stays signed in for a day, and until it signs out',
  async t => {
    const { app, clock } = await build(t)
    const maya = await signUp(app, 'maya')
    clock.now += 16 * 60_000
    t.equal((await maya.get('/me')).statusCode, 200)
    clock.now += (1440 - 16) * 60_000 - 1_000
    t.equal((await maya.get('/me')).statusCode, 200)
    const other = (await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })).json()
    await app.inject({ method: 'DELETE', url: '/logout', headers: { authorization: `Bearer ${maya.token}` } })
    isRefusal(t, await maya.get('/me'), 'the session is checked on each request')
    const headers = { authorization: `Bearer ${other.token}` }
    t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
    clock.now += 86_400_000
    isRefusal(t, await app.inject({ url: '/me', headers }), 'after a day')
  },
)

t.test('field case 23: a shorter ACCESS_TOKEN_MINUTES holds for tokens that were made before', async t => {
  const { app, config } = await build(t)
  const maya = await signUp(app, 'maya')
  const strict = await build(t, { databaseUrl: config.databaseUrl, env: { ACCESS_TOKEN_MINUTES: '15' } })
  t.strictSame(await alive(strict.app, maya), [401, 200, 200])
})

t.test('a session ends 90 days after the sign-in', async t => {
  const day = 86_400_000
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const start = clock.now
  const byCookie = async () => (await app.inject({ url: '/me', headers: { cookie: maya.cookie } })).statusCode
  for (const days of [25, 50, 75]) {
    clock.now = start + days * day
    t.equal(await byCookie(), 200)
  }
  clock.now = start + 90 * day - 1_000
  t.equal(await byCookie(), 200)
  const { token } = (await refresh(app, maya.refreshToken)).json()
  clock.now = start + 90 * day
  t.strictSame(await alive(app, { ...maya, token }), [401, 401, 401], 'and an access token does not outlive it')
})

t.test('a session ends when it was not used for 30 days, however it is used then', async t => {
  const day = 86_400_000
  const { app, clock } = await build(t)
  const maya = await signUp(app, 'maya')
  const start = clock.now
  clock.now = start + 30 * day - 1_000
  t.equal((await app.inject({ url: '/me', headers: { cookie: maya.cookie } })).statusCode, 200)
  clock.now += 30 * day - 1_000
  const next = await refresh(app, maya.refreshToken)
  t.equal(next.statusCode, 200, 'a use begins the 30 days anew')
  clock.now += 30 * day
  const { token, refresh_token: refreshToken } = next.json()
  t.strictSame(await alive(app, { cookie: maya.cookie, token, refreshToken }), [401, 401, 401])
})

t.test(
  'security 17: a use is noted once in five minutes, and a failure to note it is no failure of the request',
  async t => {
    const minute = 60_000
    let notes = 0
    let fails = false
    const { app, clock } = await build(t, {
      wrap: database => ({
        ...database,
        prepare(name, values, build) {
          const prepared = database.prepare(name, values, build)
          if (name !== 'session_note_use') return prepared
          const noting: typeof prepared.asWrite = params => {
            notes++
            if (fails) throw new Error('the disk is full')
            return prepared.asWrite(params)
          }
          return { ...prepared, asWrite: noting }
        },
      }),
    })
    const maya = await signUp(app, 'maya')
    const lastUsed = async () => (await maya.get('/sessions')).json().sessions[0].last_used_at
    const start = clock.now
    const iso = (at: number) => new Date(at).toISOString()
    t.equal(await lastUsed(), iso(start))
    clock.now = start + 5 * minute
    t.equal(await lastUsed(), iso(start))
    t.equal(notes, 0)
    clock.now = start + 5 * minute + 1
    await lastUsed()
    t.equal(await lastUsed(), iso(start + 5 * minute + 1))
    t.equal(notes, 1)
    fails = true
    clock.now = start + 11 * minute
    t.equal((await maya.get('/me')).statusCode, 200)
    t.equal(notes, 2)
  },
)

t.test('security 13: a person sees where they are signed in, and signs out there', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const login = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password },
    headers: { 'user-agent': 'moodapp/2.1 (Android)' },
    remoteAddress: '203.0.113.7',
  })
  const { token } = login.json()
  const list = async () => (await maya.get('/sessions')).json().sessions
  const [second, first] = await list()
  t.match(second, { current: false, device: 'moodapp/2.1 (Android)', ip: '203.0.113.7', expires_at: /^2026-06-03T/ })
  t.match(first, { current: true })
  t.strictSame(
    Object.keys(first).sort(),
    ['created_at', 'current', 'device', 'expires_at', 'id', 'ip', 'last_used_at'],
    'and no hash of a secret',
  )

  const foreign = (await other.get('/sessions')).json().sessions[0].id
  const [absent, theirs] = [
    await maya.delete(`/sessions/${crypto.randomUUID()}`),
    await maya.delete(`/sessions/${foreign}`),
  ]
  t.equal(absent.statusCode, 404)
  t.equal(
    absent.body.replace(/[\w-]{36}/, ''),
    theirs.body.replace(/[\w-]{36}/, ''),
    'a foreign session does not exist',
  )
  t.equal((await other.get('/me')).statusCode, 200)

  t.equal((await maya.delete(`/sessions/${second.id.toUpperCase()}`)).statusCode, 204)
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode, 401)
  t.equal((await maya.delete(`/sessions/${second.id}`)).statusCode, 404)
  const own = await maya.delete(`/sessions/${first.id}`)
  t.match(own.cookies, [{ name: 'moodstreak_session', value: '' }], 'the own one can be ended too')
  t.strictSame(await alive(app, maya), [401, 401, 401])
})

t.test('security 13: all other sessions end at once', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const login = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  const { token, refresh_token: refreshToken } = login.json()
  const [cookie] = login.cookies
  t.equal((await maya.delete('/sessions')).statusCode, 204)
  t.strictSame(await alive(app, { token, refreshToken, cookie: `session=${cookie?.value}` }), [401, 401, 401])
  t.equal((await maya.get('/sessions')).json().sessions.length, 1)
  t.strictSame(await alive(app, maya), [200, 200, 200])
  t.equal((await other.get('/me')).statusCode, 200)
})

t.test('a hundred sessions are enough: a sign-in ends the least recently used beyond, not the oldest', async t => {
  const { app, clock, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const elsewhere = { ip: '203.0.113.7', device: null }
  for (let n = 0; n < 99; n++) await database.atomic(app.sessions.begin(maya.id, clock.now, elsewhere).writes)
  clock.now += 6 * 60_000
  t.equal((await maya.get('/me')).statusCode, 200, 'the oldest one is the phone in use')
  await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.equal((await maya.get('/sessions')).json().sessions.length, 100)
})

t.test('of a hundred equally old sessions a sign-in ends the first', async t => {
  const { app, clock, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const elsewhere = { ip: '203.0.113.7', device: null }
  for (let n = 0; n < 99; n++) await database.atomic(app.sessions.begin(maya.id, clock.now, elsewhere).writes)
  t.equal((await maya.get('/sessions')).json().sessions.length, 100)
  await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.strictSame(await alive(app, maya), [401, 401, 401])
})

t.test('a new key signs nobody out while the server still knows the old one', async t => {
  const first = await build(t)
  const { DATABASE_URL, JWT_SECRET } = {
    DATABASE_URL: first.config.databaseUrl,
    JWT_SECRET: 'another secret, just as long as the first',
  }
  const maya = await signUp(first.app, 'maya')
  const { app } = await build(t, {
    databaseUrl: DATABASE_URL,
    env: { JWT_SECRET, JWT_SECRET_PREVIOUS: first.config.jwtSecret as string },
  })
  const swapped = (await refresh(app, maya.refreshToken)).json()
  t.strictSame(await alive(app, { ...maya, refreshToken: swapped.refresh_token }), [200, 200, 200])
  t.not(kidOf(swapped.token), kidOf(maya.token))

  const later = await build(t, { databaseUrl: DATABASE_URL, env: { JWT_SECRET } })
  const [old, current] = [maya.token, swapped.token].map(token =>
    later.app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } }),
  )
  t.equal((await old)?.statusCode, 401)
  t.equal((await current)?.statusCode, 200)
})

const kidOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString()).kid
