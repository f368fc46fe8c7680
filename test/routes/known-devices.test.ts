import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { limits } from '../../plugins/rate-limits.ts'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { deriveKey } from '../../src/auth/secrets.ts'
import { throttleStore } from '../../src/auth/throttle.ts'
import { type App, type BuildOptions, build, password, signUp } from '../helper.ts'

const limited = (t: Test, options: BuildOptions = {}) => build(t, { ...options, env: { RATE_LIMIT: 'on' } })

let addresses = 0
function freshAddress(): string {
  addresses++
  return `10.1.${addresses >> 8}.${addresses & 255}`
}

/** From an unused address, so that only the name counts. */
const login = (app: App, username: string, secret = 'not the right one') => signIn(app, { username, password: secret })

async function fail(app: App, username: string, times: number) {
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push((await login(app, username)).statusCode)
  return statuses
}

/** A sign-in from an unused address, by a device that has signed in before where there is a token or a cookie. */
const signIn = (app: App, payload: Record<string, unknown>, cookie?: string, remoteAddress = freshAddress()) =>
  app.inject({ method: 'POST', url: '/login', payload, remoteAddress, ...(cookie && { headers: { cookie } }) })

/** The device cookie of an answer, as a browser sends it. */
function deviceCookieOf({ cookies }: LightMyRequestResponse): string {
  const device = cookies.find(({ name }) => name.endsWith('moodstreak_device'))
  return `${device?.name}=${device?.value}`
}

t.test(
  'security 41: a device that has signed in still does while a stranger fails on the name without end',
  async t => {
    const { app, clock } = await limited(t)
    await signUp(app, 'maya', { email: 'maya@example.org' })
    const before = await login(app, 'maya', password)
    const [token, cookie] = [before.json().device_token, deviceCookieOf(before)]
    await fail(app, 'maya', 5)
    for (let hours = 0; hours < 3; hours++) {
      t.equal((await login(app, 'maya', password)).statusCode, 429, 'by the name there is a wait')
      const ways = [
        await signIn(app, { username: 'maya', password, device_token: token }),
        await signIn(app, { email: 'MAYA@example.org', password }, cookie),
        await signIn(app, { username: 'maya', password, device_token: 'junk' }, `x=y; ${cookie}`),
      ]
      for (const answer of ways) t.match(answer, { statusCode: 200, body: /"device_token":/ })
      clock.now += 3_600_000
      await fail(app, 'maya', 1)
    }
  },
)

t.test('security 41: nor does it matter that the stranger is in the same network', async t => {
  const { app, database, config, clock } = await limited(t)
  await signUp(app, 'maya')
  const { device_token: token } = (await login(app, 'maya', password)).json()
  const store = throttleStore(database, database.atomic, deriveKey(config.jwtSecret as string, 'throttle'))
  for (let i = 0; i < 100; i++)
    await (await store.attempt([{ kind: 'network', name: '192.0.2.9' }], () => clock.now)).failed()
  const from = async (payload: Record<string, unknown>) =>
    (await signIn(app, payload, undefined, '192.0.2.9')).statusCode
  t.equal(await from({ username: 'maya', password }), 429)
  t.equal(await from({ username: 'maya', password, device_token: token }), 200)
})

t.test(
  'security 41: the token is no credential: a device has five failures of its own, and waits like a name',
  async t => {
    const { app, clock } = await limited(t)
    await signUp(app, 'maya')
    const { device_token: token } = (await login(app, 'maya', password)).json()
    const guess = async (secret: string) =>
      (await signIn(app, { username: 'maya', password: secret, device_token: token })).statusCode
    for (let i = 0; i < 5; i++) t.equal(await guess('not the right one'), 401)
    t.equal(await guess(password), 429)
    t.equal((await login(app, 'maya', password)).statusCode, 200, 'the name has not failed')
    clock.now += 30_000
    t.equal(await guess(password), 200)
    for (const url of ['/me', '/check_session'])
      for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `moodstreak_session=${token}` }] as Record<
        string,
        string
      >[])
        t.equal((await app.inject({ url, headers })).statusCode, 401)
  },
)

t.test('security 41: it is bound to the account, and ends with a change of the password', async t => {
  const { app } = await limited(t)
  const maya = await signUp(app, 'maya')
  await signUp(app, 'noor')
  const { device_token: token } = (await login(app, 'maya', password)).json()
  await fail(app, 'noor', 5)
  t.equal(
    (await signIn(app, { username: 'noor', password, device_token: token })).statusCode,
    429,
    'of another account',
  )
  await maya.put('/account/password', { current_password: password, new_password: 'another horse battery' })
  await fail(app, 'maya', 5)
  const late = { username: 'maya', password: 'another horse battery', device_token: token }
  t.equal((await signIn(app, late)).statusCode, 429)
})

t.test('security 41: the cookie is httpOnly, stays a year and after signing out; a device keeps its id', async t => {
  const { app } = await limited(t)
  const maya = await signUp(app, 'maya')
  const first = await login(app, 'maya', password)
  t.match(
    first.cookies.find(({ name }) => name === 'moodstreak_device'),
    { httpOnly: true, sameSite: 'Lax', path: '/', maxAge: 365 * 86_400 },
  )
  const cookie = deviceCookieOf(first)
  const second = await signIn(app, { username: 'maya', password }, cookie)
  t.equal(second.json().device_token, first.json().device_token)
  const out = await app.inject({
    method: 'DELETE',
    url: '/logout',
    headers: { cookie: `${maya.cookie}; ${cookie}`, 'sec-fetch-site': 'same-origin' },
  })
  t.notOk(out.cookies.some(({ name }) => name.includes('device')))
})

t.test('security 47: of 50 right passwords of one name at once none is told that it failed', async t => {
  const { app } = await limited(t)
  await signUp(app, 'maya')
  await fail(app, 'maya', 3)
  const answers = await Promise.all(Array.from({ length: 50 }, () => login(app, 'maya', password)))
  for (const { statusCode, headers } of answers) {
    t.ok(statusCode === 200 || (statusCode === 503 && headers['retry-after']), String(statusCode))
  }
  t.ok(answers.filter(({ statusCode }) => statusCode === 200).length > 5)
  t.strictSame(await fail(app, 'maya', 6), [401, 401, 401, 401, 401, 429], 'and no failure is left over')
})

t.test('security 47: nor when they meet at several processes', async t => {
  const first = await limited(t)
  const apps = [first.app]
  for (let i = 1; i < 4; i++) apps.push((await limited(t, { databaseUrl: first.config.databaseUrl })).app)
  await signUp(first.app, 'maya')
  const answers = await Promise.all(Array.from({ length: 24 }, (_, i) => login(apps[i % 4] as App, 'maya', password)))
  for (const { statusCode } of answers) t.ok([200, 503].includes(statusCode), String(statusCode))
})

t.test('security 41: a reset of the password clears the failures of the name', async t => {
  const { app, database } = await limited(t)
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  for (const name of ['maya', 'MAYA@example.org']) await fail(app, name, 5)
  const { code, writes } = oneTimeCodeStore(database).issue(
    maya.id,
    'reset_password',
    null,
    Date.parse('2026-03-05T12:00:00Z'),
  )
  await database.atomic(writes)
  const payload = { code, new_password: 'another horse battery' }
  t.equal((await app.inject({ method: 'POST', url: '/password/reset', payload })).statusCode, 204)
  for (const name of ['maya', 'maya@example.org'])
    t.equal((await login(app, name, 'another horse battery')).statusCode, 200)
})

t.test('security 41: nor that the network has sent too many sign-ins, up to ten times as many', async t => {
  const { app } = await limited(t)
  await signUp(app, 'maya')
  const { device_token: token } = (await login(app, 'maya', password)).json()
  const from = async (payload?: Record<string, unknown>, cookie?: string) =>
    (await signIn(app, payload as Record<string, unknown>, cookie, '192.0.2.7')).statusCode
  const known = { username: 'maya', password, device_token: token }
  const { requests } = limits.login
  for (let sent = 0; sent < requests; sent++) await from({})
  t.equal(await from(known), 200)
  t.equal(await from({ username: 'maya', password }), 429)
  t.equal(await from({ username: 'maya', password }, 'moodstreak_device=junk'), 429)
  t.equal(await from({ username: 'maya', password, device_token: 'junk' }), 429)
  t.equal(await from({ username: 'nobody', password, device_token: token }), 429)
  t.equal(await from(), 429)
  for (let sent = 0; sent < 9 * requests - 7; sent++) await from({})
  t.equal(await from(known), 200)
  t.equal(await from(known), 429, 'whoever it is')
})
