import { count } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { type App, build, password, signUp } from '../helper.ts'

const send = (app: App, url: string, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url, payload, headers })

/** The parts of an answer that distinguish two failures. */
const seen = ({ statusCode, body, headers: { date: _, ...headers } }: LightMyRequestResponse) => ({
  statusCode,
  body,
  headers,
})

const userKeys = ['id', 'username', 'email', 'first_name', 'last_name', 'role', 'created_at']
const tokenKeys = ['token', 'token_type', 'expires_in', 'refresh_token', 'device_token']

t.test('sign-up and login answer the user twice over with both tokens, and with nothing else', async t => {
  const { app } = await build(t, { at: '2026-03-05T12:00:00Z' })
  const maya = { username: 'maya', email: 'maya@example.org', first_name: 'Maya', last_name: 'Okafor' }
  const created = await send(app, '/signup', { ...maya, password, password_confirmation: password, role: 'instructor' })
  t.equal(created.statusCode, 201)
  t.type(created.headers.location, 'string')
  const entered = await send(app, '/login', { username: 'maya', password })
  t.equal(entered.statusCode, 200)

  for (const answer of [created, entered]) {
    const body = answer.json()
    t.strictSame(Object.keys(body).sort(), [...userKeys, 'user', ...tokenKeys].sort())
    t.strictSame(Object.keys(body.user).sort(), [...userKeys].sort())
    const { user, token, token_type, expires_in, refresh_token, device_token, ...own } = body
    t.strictSame(own, user)
    t.match(user, { ...maya, role: 'instructor', created_at: '2026-03-05T12:00:00.000Z' })
    t.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.strictSame([token_type, expires_in], ['Bearer', 86_400])
    t.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
    t.ok(refresh_token.length > 22)
    t.ok(device_token.length > 22)
    t.notMatch(answer.body, /password|hash/i)
  }
})

t.test('what is not given at sign-up is null, and the role is member', async t => {
  const { app } = await build(t)
  const user = (await send(app, '/signup', { username: 'maya', password, email: null })).json()
  t.match(user, { username: 'maya', email: null, first_name: null, last_name: null, role: 'member' })
})

t.test('a person signs in by username or e-mail in any case, width and composition', async t => {
  const { app } = await build(t)
  const { id } = await signUp(app, 'Zoë.Straße', { email: 'Zoe@Example.org' })
  const ways = [
    { username: 'Zoë.Straße' },
    { username: 'zoe\u0308.STRASSE' },
    { username: 'ＺＯË.straße' },
    { username: 'ZOE@EXAMPLE.ORG' },
    { email: 'zoe@example.org' },
    { email: 'ＺＯＥ@example.org' },
    { email: 'zoe＠example.org' },
  ]
  for (const way of ways) {
    const answer = await send(app, '/login', { ...way, password })
    t.equal(answer.statusCode, 200, JSON.stringify(way))
    t.equal(answer.json().id, id)
  }
})

t.test('security 28: a login with neither or both of username and e-mail is not valid', async t => {
  const { app } = await build(t)
  await signUp(app, 'maya', { email: 'maya@example.org' })
  for (const names of [{}, { username: 'maya', email: 'maya@example.org' }]) {
    const answer = await send(app, '/login', { ...names, password })
    t.equal(answer.statusCode, 400)
    t.match(answer.json(), { code: 'invalid_request', errors: [/username.*email/] })
    t.equal(answer.headers['set-cookie'], undefined)
  }
})

t.test('security 2: a failed login does not tell whether the account exists', async t => {
  const { app } = await build(t)
  await signUp(app, 'maya', { email: 'maya@example.org' })
  const wrong = await send(app, '/login', { username: 'maya', password: 'not the right one' })
  t.equal(wrong.statusCode, 401)
  t.match(wrong.headers['www-authenticate'], /^Bearer/)
  t.equal(wrong.headers['set-cookie'], undefined)
  t.equal(wrong.json().code, 'invalid_credentials')
  const others = [
    { username: 'nobody', password },
    { username: '', password },
    { username: 'maya', password: '' },
    { username: 'maya', password: `${password} ` },
    { username: 'maya', password: password.toUpperCase() },
    { username: 'maya', password: 'x'.repeat(500) },
    { email: 'maya@example.org', password: 'not the right one' },
    { email: 'nobody@example.org', password },
  ]
  for (const other of others)
    t.strictSame(seen(await send(app, '/login', other)), seen(wrong), JSON.stringify(other).slice(0, 80))
})

t.test('security 1: a password has 8 characters to 72 bytes, and every one of them counts', async t => {
  const { app } = await build(t)
  const tooMuch = ['1234567', 'x'.repeat(73), 'ü'.repeat(37), 'with \0 a NUL', '']
  for (const refused of tooMuch) {
    const answer = await send(app, '/signup', { username: 'refused', password: refused })
    t.equal(answer.statusCode, 400, JSON.stringify(refused))
    t.match(answer.json().errors, [/password/])
  }
  const kept = [' 8 chars', '🦊🦊🦊🦊🦊🦊🦊🦊', 'ü'.repeat(36), 'y'.repeat(72), 'Ⅷ ﬁnd me']
  for (const [i, accepted] of kept.entries()) {
    const username = `person${i}`
    t.equal((await send(app, '/signup', { username, password: accepted })).statusCode, 201)
    t.equal((await send(app, '/login', { username, password: accepted })).statusCode, 200)
    for (const near of [`${accepted}z`, ` ${accepted}`, accepted.trim(), accepted.normalize('NFKC')]) {
      if (near !== accepted) t.equal((await send(app, '/login', { username, password: near })).statusCode, 401)
    }
  }
})

t.test('a confirmation that differs from the password makes no account', async t => {
  const { app, database } = await build(t)
  const answer = await send(app, '/signup', { username: 'maya', password, password_confirmation: `${password}!` })
  t.equal(answer.statusCode, 400)
  t.match(answer.json().errors, [/password_confirmation/])
  t.strictSame(await database.query(db => db.select({ n: count() }).from(database.tables.users)), [{ n: 0 }])
})

t.test('security 6: a username or e-mail that differs in case, width or composition only is taken', async t => {
  const { app, database } = await build(t)
  await signUp(app, 'Zoë', { email: 'zoe@example.org' })
  for (const username of ['zoë', 'ZOË', 'Zoe\u0308', 'Ｚoë']) {
    const answer = await send(app, '/signup', { username, password })
    t.match(answer, { statusCode: 409 }, username)
    t.equal(answer.json().code, 'username_taken')
    t.equal(answer.headers['set-cookie'], undefined)
  }
  const answer = await send(app, '/signup', { username: 'other', email: 'ZOE@example.ORG', password })
  t.match(answer, { statusCode: 409 })
  t.equal(answer.json().code, 'email_taken')
  t.equal((await send(app, '/signup', { username: 'other', password })).statusCode, 201, 'its username stayed free')
  t.strictSame(await database.query(db => db.select({ n: count() }).from(database.tables.users)), [{ n: 2 }])
})

t.test('security 6: of 50 parallel sign-ups for one name or address exactly one makes an account', async t => {
  const spellings = ['maya', 'MAYA', 'Maya', 'ｍaya', 'mayA']
  const storms: [code: string, attempt: (i: number) => object][] = [
    ['username_taken', () => ({ username: 'maya', password })],
    ['username_taken', i => ({ username: spellings[i % 5], password })],
    ['email_taken', i => ({ username: `maya${i}`, email: i % 2 ? 'm@example.org' : 'M@Example.Org', password })],
  ]
  for (const [code, attempt] of storms) {
    const { app, database } = await build(t)
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        let answer = await send(app, '/signup', attempt(i))
        // More than a small machine can hash at once are refused with 503; a retry gets the real answer.
        while (answer.statusCode === 503) answer = await send(app, '/signup', attempt(i))
        return answer
      }),
    )
    t.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 1)
    const losers = answers.filter(({ statusCode }) => statusCode !== 201)
    t.ok(losers.every(answer => answer.statusCode === 409 && answer.json().code === code))
    const { users, sessions, usernames, emails } = database.tables
    for (const table of [users, sessions, usernames])
      t.strictSame(await database.query(db => db.select({ n: count() }).from(table)), [{ n: 1 }])
    const addresses = await database.query(db => db.select({ n: count() }).from(emails))
    t.strictSame(addresses, [{ n: code === 'email_taken' ? 1 : 0 }])
  }
})

t.test('security 25: nobody makes themself admin, nor what the configuration does not offer', async t => {
  const { app, database } = await build(t, { env: { SIGNUP_ROLES: 'member' } })
  for (const [role, status] of [
    ['admin', 400],
    ['owner', 400],
    [null, 400],
    ['instructor', 403],
  ] as const) {
    const answer = await send(app, '/signup', { username: 'mallory', password, role })
    t.equal(answer.statusCode, status, String(role))
    t.ok(answer.json().errors.length > 0)
  }
  const studio = await build(t, { env: { SIGNUP_ROLES: 'instructor' } })
  const first = await send(studio.app, '/signup', { username: 'ines', password })
  t.match(first.json(), { role: 'instructor' }, 'who does not choose gets what there is')
  for (const field of ['id', 'user_id', 'created_at', 'password_hash', 'is_admin', 'moodVersion'])
    t.match((await send(app, '/signup', { username: 'mallory', password, [field]: '1' })).json().errors, [
      new RegExp(field),
    ])
  t.strictSame(await database.query(db => db.select({ n: count() }).from(database.tables.users)), [{ n: 0 }])
  t.equal((await send(app, '/signup', { username: 'maya', password, role: 'member' })).statusCode, 201)
})
