import t from 'tap'
import { type App, build, password, signUp } from '../helper.ts'

const send = (app: App, url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers })

t.test('security 15: the cookie is out of the reach of scripts and other sites', async t => {
  const { app } = await build(t)
  const created = await send(app, '/signup', { username: 'maya', password })
  const entered = await send(app, '/login', { username: 'maya', password })
  for (const { cookies } of [created, entered]) {
    t.strictSame(
      cookies.map(({ name }) => name),
      ['moodstreak_session', 'moodstreak_device'],
    )
    for (const cookie of cookies) {
      t.match(cookie, { httpOnly: true, sameSite: 'Lax', path: '/' })
      t.notHas(cookie, { domain: String })
      t.notOk(cookie.secure, 'on plain http a Secure cookie would not come back')
    }
  }
  t.not(created.cookies[0]?.value, entered.cookies[0]?.value)
})

t.test('security 15: under https the cookie is Secure and bound to the host by its name', async t => {
  const https = { 'x-forwarded-proto': 'https' }
  const cases: [Record<string, string>, Record<string, string>][] = [
    [{ TRUST_PROXY: '127.0.0.1' }, https],
    [{ COOKIE_SECURE: 'on' }, {}],
  ]
  for (const [env, headers] of cases) {
    const { app } = await build(t, { env })
    const { cookies } = await send(app, '/signup', { username: 'maya', password }, headers)
    for (const cookie of cookies)
      t.match(cookie, { name: /^__Host-moodstreak_/, secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
    t.notHas(cookies[0], { domain: String })
    const { name, value } = cookies[0] as { name: string; value: string }
    const withCookie = (as: string) =>
      app.inject({ url: '/check_session', headers: { ...headers, cookie: `${as}=${value}` } })
    t.equal((await withCookie(name)).statusCode, 200)
    for (const set of ['session', 'moodstreak_session'])
      t.equal((await withCookie(set)).statusCode, 401, 'a name that a neighbouring host could set is not read')
    const out = await app.inject({
      method: 'DELETE',
      url: '/logout',
      headers: { ...headers, cookie: `${name}=${value}`, 'sec-fetch-site': 'same-origin' },
    })
    t.match(out.cookies, [{ name, value: '', secure: true, path: '/' }])
  }
})

t.test('security 15: a stranger who claims to be an https proxy is not believed', async t => {
  const { app } = await build(t, { env: { TRUST_PROXY: '10.0.0.0/8' } })
  const answer = await send(app, '/signup', { username: 'maya', password }, { 'x-forwarded-proto': 'https' })
  t.notOk(answer.cookies[0]?.secure)
})

t.test('/me knows the person by the bearer token and by the cookie', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const byBearer = await maya.get('/me')
  const byCookie = await app.inject({ url: '/me', headers: { cookie: maya.cookie } })
  t.equal(byBearer.statusCode, 200)
  t.equal(byBearer.json().id, maya.id)
  t.equal(byCookie.body, byBearer.body)
  t.strictSame(
    Object.keys(byBearer.json()).sort(),
    ['created_at', 'email', 'first_name', 'id', 'last_name', 'role', 'username'],
    'and says nothing else about them',
  )
})

t.test('security 9: an Authorization header decides alone, even a bad one beside a good cookie', async t => {
  const { app } = await build(t)
  const { cookie } = await signUp(app, 'maya')
  for (const authorization of ['Bearer null', 'Bearer undefined', 'Bearer', 'Bearer ', '', 'Basic bWF5YTpwdw==', 'x']) {
    for (const url of ['/me', '/profile', '/mood', '/mood/streak']) {
      const answer = await app.inject({ url, headers: { authorization, cookie } })
      t.equal(answer.statusCode, 401, `${url} with ${authorization}`)
      t.match(answer.headers['content-type'], /^application\/problem\+json/)
      t.match(answer.headers['www-authenticate'], /^Bearer .*error="invalid_token"/)
      t.ok(answer.json().errors.every((sentence: unknown) => typeof sentence === 'string'))
      t.ok(answer.json().errors.length > 0, 'the client that shows errors finds some')
    }
  }
})

t.test('/check_session goes by the cookie alone', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const check = (headers: Record<string, string>) => app.inject({ url: '/check_session', headers })
  t.equal((await check({ cookie: maya.cookie })).json().id, maya.id)
  t.equal((await check({ cookie: maya.cookie, authorization: 'Bearer null' })).statusCode, 200)
  for (const headers of [
    {},
    { authorization: `Bearer ${maya.token}` },
    { cookie: 'moodstreak_session=' },
    { cookie: 'session=' },
    { cookie: 'session=%' },
    { cookie: `${maya.cookie}x` },
    { cookie: maya.cookie.slice(0, -1) },
    { cookie: `other=${maya.cookie.slice('moodstreak_session='.length)}` },
    { cookie: maya.cookie.toUpperCase() },
  ]) {
    const answer = await check(headers)
    t.equal(answer.statusCode, 401, JSON.stringify(headers))
    t.match(answer.headers['www-authenticate'], /^Bearer/)
    t.match(answer.json(), { code: 'authentication_required', errors: [String] })
  }
})

/** Requests with cookies, and whether sessions are alive. */
async function signedInTwice(app: App) {
  await signUp(app, 'maya')
  const enter = async () => {
    const answer = await send(app, '/login', { username: 'maya', password })
    return { value: answer.cookies[0]?.value as string, token: answer.json().token as string }
  }
  const [one, other] = [await enter(), await enter()]
  const alive = async ({ token }: typeof one) =>
    (await app.inject({ url: '/me', headers: { authorization: `Bearer ${token}` } })).statusCode === 200
  const status = async (cookie: string) => (await app.inject({ url: '/me', headers: { cookie } })).statusCode
  const signOut = (cookie: string) =>
    app.inject({ method: 'DELETE', url: '/logout', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
  return { one, other, alive, status, signOut }
}

t.test('field case 14: of several cookies of one name a living one counts, in any order', async t => {
  const { app } = await build(t)
  const { one, other, status, signOut } = await signedInTwice(app)
  await signOut(`moodstreak_session=${one.value}`)
  const foreign = ['of another app', '', '"quoted"', one.value, `${one.value}x`]
  for (const stale of foreign)
    for (const name of ['moodstreak_session', 'session']) {
      t.equal(await status(`${name}=${stale}; moodstreak_session=${other.value}`), 200)
      t.equal(await status(`moodstreak_session=${other.value}; ${name}=${stale}`), 200)
      t.equal(await status(`${name}=${stale}; session=${other.value}`), 200)
    }
  const many = Array.from({ length: 40 }, (_, i) => `session=junk${i}; moodstreak_session=${i}`).join('; ')
  t.equal(await status(`${many}; session=${other.value}`), 200)
})

t.test('field case 14: signing out ends every living one, and clears both names', async t => {
  const { app } = await build(t)
  const { one, other, alive, signOut } = await signedInTwice(app)
  const out = await signOut(`moodstreak_session=${one.value}; session=junk; session=${other.value}`)
  t.strictSame([await alive(one), await alive(other)], [false, false])
  t.match(
    out.cookies.map(({ name, value }) => [name, value]),
    [
      ['moodstreak_session', ''],
      ['session', ''],
    ],
  )
  const theirs = await signOut('session=of another app')
  t.strictSame(
    theirs.cookies.map(({ name }) => name),
    ['moodstreak_session'],
    'the cookie of another app is left alone',
  )
})

t.test(
  'field case 14: a cookie by the old name is read, and set again by the new one, no longer than before',
  async t => {
    const { app, clock } = await build(t)
    const { one, other } = await signedInTwice(app)
    clock.now += 20 * 86_400_000
    for (const url of ['/me', '/check_session', '/mood']) {
      const answer = await app.inject({ url, headers: { cookie: `session=${one.value}` } })
      t.equal(answer.statusCode, 200)
      t.match(answer.cookies, [{ name: 'moodstreak_session', value: one.value, httpOnly: true, maxAge: 70 * 86_400 }])
    }
    const both = await app.inject({
      url: '/sessions',
      headers: { cookie: `session=${one.value}; moodstreak_session=${other.value}` },
    })
    const [newest] = both.json().sessions
    t.equal(newest.current, true, 'of several living ones ours by the new name wins')
    t.equal(both.headers['set-cookie'], undefined)
    const first = await app.inject({
      url: '/sessions',
      headers: { cookie: `moodstreak_session=${one.value}; moodstreak_session=${other.value}` },
    })
    t.equal(first.json().sessions[1].current, true, 'then the first sent')
  },
)
