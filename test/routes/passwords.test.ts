import { eq } from 'drizzle-orm'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { startPasswords } from '../../src/auth/passwords.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import type { UserId } from '../../src/ids.ts'
import { type App, build, grant, password, signUp } from '../helper.ts'

const send = (app: App, url: string, payload: object) => app.inject({ method: 'POST', url, payload })
const login = (app: App, username: string, password: string) => send(app, '/login', { username, password })

/** Changes a user's row directly. */
const change = (
  { query, tables: { users } }: WritableDatabase,
  id: UserId,
  fields: { passwordHash?: string | null; disabledAt?: Date | null },
) => query(db => db.update(users).set(fields).where(eq(users.id, id)))

const hashOf = async ({ query, tables: { users } }: WritableDatabase, id: UserId) =>
  (await query(db => db.select({ hash: users.passwordHash }).from(users).where(eq(users.id, id))))[0]?.hash

/** The parts of an answer that distinguish two failures. */
const seen = ({ statusCode, body, headers: { date: _, ...headers } }: LightMyRequestResponse) => ({
  statusCode,
  body,
  headers,
})

t.test('security 1: sign-up refuses a password that would be guessed, and says why in a sentence', async t => {
  const { app } = await build(t)
  const person = { username: 'maya.okafor', email: 'okafor.maya@example.org' }
  for (const guessable of ['password', 'Password1', 'Maya.Okafor', 'okafor.maya@example.org', 'okafor.maya']) {
    const answer = await send(app, '/signup', { ...person, password: guessable })
    t.match(answer.json(), { status: 400, code: 'password_too_common', errors: [/^password /] }, guessable)
    t.equal(answer.headers['set-cookie'], undefined)
  }
  const tooLong = await send(app, '/signup', { ...person, password: 'ä'.repeat(37) })
  t.match(tooLong.json(), { status: 400, code: 'invalid_request', errors: ['password must be at most 72 bytes long'] })
  t.equal((await send(app, '/signup', { ...person, password })).statusCode, 201, 'and nothing was taken by then')
})

t.test('security 2: unknown, wrong, no password, disabled: the same status, headers, body and work', async t => {
  const { app, database } = await build(t)
  await signUp(app, 'maya')
  await change(database, (await signUp(app, 'without')).id, { passwordHash: null })
  await change(database, (await signUp(app, 'disabled', { email: 'd@example.org' })).id, { disabledAt: new Date(0) })
  const compared: string[] = []
  const { verify } = app.passwords
  app.passwords.verify = (...args) => {
    compared.push(args[0])
    return verify(...args)
  }
  const wrong = seen(await login(app, 'maya', 'not the right one'))
  t.equal(wrong.statusCode, 401)
  for (const name of ['nobody', 'without', 'disabled', 'd@example.org'])
    for (const guess of [password, 'not the right one', '']) {
      compared.length = 0
      t.strictSame(seen(await login(app, name, guess)), wrong, `${name} ${guess}`)
      t.strictSame(compared, [guess], 'a password was compared, once')
    }
})

t.test('security 2: whoever is disabled has no session any more, and both again when they no longer are', async t => {
  const { app, database } = await build(t)
  const maya = await signUp(app, 'maya')
  const byCookie = () => app.inject({ url: '/check_session', headers: { cookie: maya.cookie } })
  await change(database, maya.id, { disabledAt: new Date(0) })
  t.equal((await maya.get('/me')).statusCode, 401)
  t.equal((await byCookie()).statusCode, 401)
  await change(database, maya.id, { disabledAt: null })
  t.equal((await maya.get('/me')).statusCode, 200)
  t.equal((await byCookie()).statusCode, 200)
  t.equal((await login(app, 'maya', password)).statusCode, 200)
})

t.test('security 3: a hash of a lower cost is replaced at the next login, and only by the right password', async t => {
  const { app, database } = await build(t, { env: { BCRYPT_COST: '5' } })
  const { id } = await signUp(app, 'maya')
  const cheap = startPasswords(4)
  t.teardown(() => cheap.close())
  const old = await cheap.hash(password)
  await change(database, id, { passwordHash: old })
  t.equal((await login(app, 'maya', 'not the right one')).statusCode, 401)
  t.equal(await hashOf(database, id), old)
  t.equal((await login(app, 'maya', password)).statusCode, 200)
  const renewed = await hashOf(database, id)
  t.match(renewed, /^\$2b\$05\$/)
  t.equal((await login(app, 'maya', password)).statusCode, 200)
  t.equal(await hashOf(database, id), renewed, 'a hash of our cost stays')
})

t.test('security 3: a corrupt hash, or none, is a 401 like any other', async t => {
  const { app, database } = await build(t)
  const { id } = await signUp(app, 'maya')
  const wrong = seen(await login(app, 'maya', 'not the right one'))
  for (const passwordHash of [null, '', 'not a hash', '$2b$04$abcdefghijklmnopqrstuu', `$2b$99$${'a'.repeat(53)}`]) {
    await change(database, id, { passwordHash })
    t.strictSame(seen(await login(app, 'maya', password)), wrong, String(passwordHash))
    t.equal(await hashOf(database, id), passwordHash, 'and it is left as it is')
  }
})

t.test(
  'a password that was changed, or an account disabled, while the old password was compared lets nobody in',
  async t => {
    let meanwhile: () => Promise<unknown> = async () => {}
    const wrap = (database: WritableDatabase): WritableDatabase => ({
      ...database,
      prepare(name, values, build, json) {
        const prepared = database.prepare(name, values, build, json)
        if (name !== 'user_login') return prepared
        return { ...prepared, execute: params => prepared.execute(params).finally(() => meanwhile()) }
      },
    })
    const { app, database } = await build(t, { wrap, env: { BCRYPT_COST: '5' } })
    const { id } = await signUp(app, 'maya')
    const other = await app.passwords.hash('another long password')
    const sessions = async () =>
      (await database.query(db => db.select({ id: database.tables.sessions.id }).from(database.tables.sessions))).length
    for (const fields of [{ passwordHash: other }, { disabledAt: new Date(0) }]) {
      const before = await hashOf(database, id)
      meanwhile = () => change(database, id, fields)
      t.match((await login(app, 'maya', password)).json(), { status: 401, code: 'invalid_credentials' })
      meanwhile = () => change(database, id, { passwordHash: before ?? null, disabledAt: null })
      await login(app, 'maya', 'not the right one')
    }
    t.equal(await sessions(), 1, 'the one of the sign-up')
  },
)

t.test('security 1: the same is asked of a password wherever one is set, and it is kept as it was typed', async t => {
  const { app, clock, database } = await build(t)
  const person = { username: 'maya.okafor', email: 'okafor.maya@example.org' }
  const maya = await signUp(app, person.username, { email: person.email })
  const codes = oneTimeCodeStore({
    ...database,
    prepare: (name, values, build, json) => database.prepare(`other_${name}`, values, build, json),
  })
  const code = async () => {
    const { code, writes } = codes.issue(maya.id, 'reset_password', null, clock.now)
    await database.atomic(writes)
    return code
  }
  const places: Record<string, (password: string) => Promise<LightMyRequestResponse>> = {
    'at sign-up': async password =>
      send(app, '/signup', { username: 'noor', email: 'okafor.maya@example.net', password }),
    'as a change': async new_password => maya.put('/account/password', { new_password }),
    'by code': async new_password => send(app, '/password/reset', { code: await code(), new_password }),
  }
  const refused: Record<string, string[]> = {
    invalid_request: [
      'seven77',
      'x'.repeat(73),
      'ä'.repeat(37),
      `${'x'.repeat(72)} `,
      'with a \0 inside',
      '\ud800 half a pair',
    ],
    password_too_common: ['password', 'PASSWORD1', '12345678', 'qwertyuiop', 'ｐａｓｓｗｏｒｄ', 'iloveyou'],
  }
  for (const [where, set] of Object.entries(places)) {
    for (const [code, passwords] of Object.entries(refused))
      for (const bad of passwords) t.match((await set(bad)).json(), { status: 400, code }, `${where}: ${bad}`)
    const own = where === 'at sign-up' ? ['okafor.maya', 'OKAFOR.MAYA@example.net'] : [person.username, person.email]
    for (const bad of own) t.match((await set(bad)).json(), { code: 'password_too_common' }, `${where}: ${bad}`)
  }
  t.equal((await login(app, 'maya.okafor', password)).statusCode, 200, 'all that has changed nothing')

  const odd = [
    ' blanks stay ',
    '\tÅngström\n',
    '        ',
    'aaaaaaab',
    `${'ä'.repeat(36)}`,
    '00000000000000000000000000',
  ]
  for (const [n, typed] of odd.entries()) {
    const username = `odd-${n}`
    t.equal((await send(app, '/signup', { username, password: typed })).statusCode, 201, JSON.stringify(typed))
    t.equal((await login(app, username, typed)).statusCode, 200)
    for (const other of [typed.trim(), typed.normalize('NFD'), typed.toUpperCase(), `${typed}x`, typed.slice(0, -1)])
      if (other !== typed) t.equal((await login(app, username, other)).statusCode, 401, JSON.stringify(other))
  }
})

t.test('security 5: of 200 logins at once the surplus is told when to come back, and nothing else waits', async t => {
  const { app } = await build(t)
  await signUp(app, 'maya')
  let open = 200
  const logins = Array.from({ length: open }, () => login(app, 'maya', password).finally(() => open--))
  t.equal((await app.inject('/health')).statusCode, 200)
  t.ok(open > 0, 'answered before them')
  const answers = await Promise.all(logins)
  const surplus = answers.filter(({ statusCode }) => statusCode !== 200)
  t.ok(surplus.length > 0 && surplus.length < answers.length, `${surplus.length}`)
  for (const answer of surplus) {
    t.match(answer.json(), { status: 503, code: 'too_busy' })
    t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
  }
})

t.test('security 39: a password that was changed meanwhile proves nothing', async t => {
  const { app, database } = await build(t)
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  const attempts = Array.from({ length: 5 }, (_, i) =>
    maya.put('/account/password', { current_password: password, new_password: `another good one ${i}` }),
  )
  const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode)
  t.strictSame(statuses.toSorted(), [204, 403, 403, 403, 403])

  const hash = await app.passwords.hash('the last of all')
  await change(database, maya.id, { passwordHash: hash })
  const { verify } = app.passwords
  app.passwords.verify = async (...args) => {
    const right = await verify(...args)
    await change(database, maya.id, { passwordHash: await app.passwords.hash('changed by another device') })
    return right
  }
  const late = await maya.put('/account/email', { email: 'else@example.org', current_password: 'the last of all' })
  t.match(late.json(), { status: 403, code: 'wrong_password' })
  t.equal((await maya.get('/me')).json().email, 'maya@example.org')
})

t.test('a right password does not overrule what else keeps a batch from being written', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  await grant(app, maya.id, 'admin')
  const answer = await app.inject({
    method: 'DELETE',
    url: '/account',
    headers: { authorization: `Bearer ${maya.token}` },
    payload: { current_password: password },
  })
  t.match(answer.json(), { status: 409, code: 'last_admin' })
})
