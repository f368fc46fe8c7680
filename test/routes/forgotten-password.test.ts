import { createServer } from 'node:net'
import t from 'tap'
import { minCodeIntervalMs, oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import type { UserId } from '../../src/ids.ts'
import { freePort } from '../free-port.ts'
import { type App, type BuildOptions, build, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const box = await mailbox(t)
const env = { SMTP_URL: box.url, PUBLIC_URL: 'https://mood.example.org' }
const { app } = await build(t, { env: { ...env, HOST: '0.0.0.0' } })

const newPassword = 'another horse battery'
const forgot = (payload: object, to: App = app, headers = {}) =>
  to.inject({ method: 'POST', url: '/password/forgot', payload, headers })
const reset = (code: string, new_password = newPassword, to: App = app, headers = {}) =>
  to.inject({ method: 'POST', url: '/password/reset', payload: { code, new_password }, headers })
const login = (username: string, password: string, to: App = app) =>
  to.inject({ method: 'POST', url: '/login', payload: { username, password } })
const enter = (name: string, to: App = app) => signUp(to, name, { email: `${name}@example.org` })

t.test('the link that is sent sets a new password once, ends every session, and its use is told', async t => {
  const maya = await enter('maya')
  const noor = await enter('noor')
  const phone = (await login('maya', password)).json()
  const asked = await forgot({ email: 'MAYA@example.org' }, app, { host: 'evil.example' })
  t.equal(asked.statusCode, 202)
  const message = await box.next()
  t.strictSame(message.to, ['maya@example.org'])
  t.ok(
    message.text.includes(`\nhttps://mood.example.org/reset-password#${message.code}\n`),
    'never the Host of a request',
  )
  t.equal((await maya.get('/me')).statusCode, 200, 'asking changes nothing')

  const answer = await reset(message.code)
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  t.equal((await login('maya', password)).statusCode, 401)
  t.equal((await maya.get('/me')).statusCode, 401)
  t.equal((await maya.get('/me', { authorization: `Bearer ${phone.token}` })).statusCode, 401)
  t.equal((await app.inject({ url: '/check_session', headers: { cookie: maya.cookie } })).statusCode, 401)
  for (const refresh_token of [maya.refreshToken, phone.refresh_token]) {
    const answer = await app.inject({ method: 'POST', url: '/refresh', payload: { refresh_token } })
    t.equal(answer.statusCode, 401)
  }
  t.equal((await noor.get('/me')).statusCode, 200, 'nobody else is signed out')
  t.match((await reset(message.code)).json(), { status: 400, code: 'invalid_code' })

  const notice = await box.next()
  t.strictSame([notice.to, notice.subject], [['maya@example.org'], 'Your moodstreak password was changed'])
  for (const secret of [message.code, password, newPassword]) t.notOk(notice.text.includes(secret))

  const again = (await login('maya', newPassword)).json()
  const profile = await maya.get('/profile', { authorization: `Bearer ${again.token}` })
  t.equal(profile.json().email_verified, true, 'who reads mail at an address owns it')
})

t.test('a username will do instead of an address, and only one of them', async t => {
  await enter('ines')
  await forgot({ username: 'Ines' })
  t.strictSame((await box.next()).to, ['ines@example.org'])
  for (const payload of [{}, { username: 'ines', email: 'ines@example.org' }])
    t.match((await forgot(payload)).json(), { status: 400, code: 'invalid_request' })
})

t.test('security 41: a reset link is good for its half hour, whoever asks for more of them', async t => {
  const { app, clock } = await build(t, { env })
  await enter('kim', app)
  await forgot({ username: 'kim' }, app)
  const first = await box.next()
  const others = []
  for (let minute = 1; minute < 30; minute++) {
    clock.now += minCodeIntervalMs
    await forgot({ username: 'KIM' }, app)
    if (others.length < 3) others.push(await box.next())
  }
  clock.now += minCodeIntervalMs - 1
  t.equal((await reset(first.code, newPassword, app)).statusCode, 204)
  for (const { code } of others) t.equal((await reset(code, newPassword, app)).statusCode, 400, 'one of them is enough')
  t.strictSame((await box.next()).subject, 'Your moodstreak password was changed')

  await enter('lea', app)
  await forgot({ username: 'lea' }, app)
  const { code } = await box.next()
  clock.now += 30 * 60_000
  t.equal((await reset(code, newPassword, app)).statusCode, 400, 'at the very end')
})

t.test('of parallel uses of one code one succeeds, and its password is the one that counts', async t => {
  await enter('lea')
  await forgot({ username: 'lea' })
  const { code } = await box.next()
  const passwords = Array.from({ length: 5 }, (_, i) => `password number ${i}`)
  const answers = await Promise.all(passwords.map(password => reset(code, password)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [204, ...Array(4).fill(400)])
  const winner = passwords[answers.findIndex(({ statusCode }) => statusCode === 204)] as string
  for (const password of passwords) t.equal((await login('lea', password)).statusCode, password === winner ? 200 : 401)
  await box.next()
})

t.test('a code that is used up while its password is hashed sets nothing', async t => {
  const guarded = { fails: false }
  const wrap = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    atomic: async writes => (guarded.fails ? undefined : database.atomic(writes)),
  })
  const { app, database, clock } = await build(t, { wrap })
  const { id } = await enter('mia', app)
  const code = await handed(database, id, clock.now)
  guarded.fails = true
  t.match((await reset(code, newPassword, app)).json(), { code: 'invalid_code' })
  guarded.fails = false
  t.equal((await reset(code, newPassword, app)).statusCode, 204)
})

t.test('a password that is none leaves the code as it was', async t => {
  await enter('nia')
  await forgot({ username: 'nia' })
  const { code } = await box.next()
  for (const bad of ['', '1234567', 'x'.repeat(73), 'ä'.repeat(37), 'with a \0 in it'])
    t.match((await reset(code, bad)).json(), { status: 400, code: 'invalid_request' }, bad)
  t.equal((await reset(code, 'ä'.repeat(36))).statusCode, 204)
  await box.next()
})

t.test(
  'a code is worth nothing for another purpose, for another person, or once the account has another address',
  async t => {
    const { app, database } = await build(t, { env })
    const ona = await enter('ona', app)
    const pia = await enter('pia', app)
    await ona.post('/account/email/verification', undefined)
    const verification = await box.next()
    t.match((await reset(verification.code, newPassword, app)).json(), { code: 'invalid_code' })

    await forgot({ username: 'ona' }, app)
    const { code } = await box.next()
    const confirmed = await app.inject({
      method: 'POST',
      url: '/account/email/verification/confirm',
      payload: { code },
    })
    t.match(confirmed.json(), { code: 'invalid_code' })
    t.match((await reset(code.replace(ona.id, pia.id), newPassword, app)).json(), { code: 'invalid_code' })

    const { users } = database.tables
    await database.query(db => db.update(users).set({ email: 'somewhere@else.example' }))
    t.match((await reset(code, newPassword, app)).json(), { code: 'invalid_code' })
    t.equal((await login('ona', password, app)).statusCode, 200)
  },
)

t.test('security 4: whoever asks for messages to somebody else again and again causes one a minute', async t => {
  const { app, clock } = await build(t, { env })
  await enter('uma', app)
  await enter('wim', app)
  await forgot({ username: 'uma' }, app)
  const { code } = await box.next()
  const flood = async () => {
    for (let i = 0; i < 5; i++) t.equal((await forgot({ email: 'uma@example.org' }, app)).statusCode, 202)
    await forgot({ username: 'wim' }, app)
    t.strictSame((await box.next()).to, ['wim@example.org'], 'messages go in the order in which they are asked for')
  }
  clock.now += minCodeIntervalMs - 1
  await flood()
  clock.now += minCodeIntervalMs
  await forgot({ username: 'uma' }, app)
  const newer = await box.next()
  t.strictSame(newer.to, ['uma@example.org'])
  t.equal((await reset(newer.code, newPassword, app)).statusCode, 204)
  t.match((await reset(code, newPassword, app)).json(), { code: 'invalid_code' }, 'one of them is enough')
  await box.next()
  await forgot({ username: 'uma' }, app)
  t.strictSame((await box.next()).to, ['uma@example.org'], 'and once it is used, the next one can come at once')
})

t.test('security 4: of requests for messages to somebody that come at once one causes one', async t => {
  const messages = await mailbox(t)
  const { app } = await build(t, { env: { ...env, SMTP_URL: messages.url }, timeouts: { mailDrainMs: 600_000 } })
  const names = ['uma', 'wim', 'zoe']
  for (const name of names) await enter(name, app)
  await Promise.all(names.flatMap(username => Array.from({ length: 10 }, () => forgot({ username }, app))))
  // Not before the last message is sent.
  await app.close()
  t.strictSame(
    messages.received.map(({ to }) => to[0]).toSorted(),
    names.map(name => `${name}@example.org`),
  )
})

t.test('security 11: the database holds nothing that could be used as a code', async t => {
  const { app, database } = await build(t, { env })
  await enter('rosa', app)
  await forgot({ username: 'rosa' }, app)
  const code = await box.nextCode('rosa@example.org')
  const rows = await database.query(db => db.select().from(database.tables.oneTimeCodes))
  t.equal(rows.length, 1)
  const [row] = rows
  t.notOk(JSON.stringify(row).includes(code.split('.').at(-1) as string))
  const stolen = `${row?.userId}.${row?.id}.${row?.secretHash}`
  t.match((await reset(stolen, newPassword, app)).json(), { code: 'invalid_code' })
  t.equal((await reset(code, newPassword, app)).statusCode, 204)
  await box.next()
  t.strictSame(await database.query(db => db.select().from(database.tables.oneTimeCodes)), [])
})

t.test(
  'security 2: nobody learns whether there is an account: one answer for all, given before anybody is looked up',
  async t => {
    const asked: string[] = []
    const { wrap, held, release } = holding(name => asked.push(name))
    const messages = await mailbox(t)
    const { app } = await build(t, { env: { SMTP_URL: messages.url }, wrap })
    await enter('sara', app)
    await signUp(app, 'without')
    asked.length = 0
    held.on = true
    const kinds = [
      { username: 'sara' },
      { email: 'sara@example.org' },
      { username: 'without' },
      { username: 'nobody' },
      { email: 'nobody@example.org' },
      { email: 'no address at all' },
    ]
    const answers = []
    // With every query held back, the answer cannot have waited for one.
    for (const payload of kinds) answers.push(await forgot(payload, app))
    for (const { statusCode, body, headers } of answers) {
      t.strictSame([statusCode, body], [202, '{"status":"accepted"}'])
      t.strictSame({ ...headers, date: '' }, { ...answers[0]?.headers, date: '' })
    }
    release()
    // One or two of them, depending on whether the second is requested before the first is written.
    t.strictSame((await messages.next()).to, ['sara@example.org'])
  },
)

t.test('a mail server that is away or says nothing neither fails nor delays an answer', async t => {
  let hangUp = () => {}
  let connected = () => {}
  const connection = new Promise<void>(resolve => (connected = resolve))
  const silent = createServer(socket => {
    connected()
    hangUp = () => socket.destroy()
  }).listen(0, '127.0.0.1')
  await new Promise(resolve => silent.once('listening', resolve))
  const { port } = silent.address() as { port: number }
  for (const smtp of [await freePort(), port]) {
    const lines: string[] = []
    const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
    const env = { SMTP_URL: `smtp://127.0.0.1:${smtp}` }
    const { app, database, clock } = await build(t, { env, logger, timeouts: { mailDrainMs: 600_000 } })
    const { id } = await enter('tea', app)
    t.equal((await reset(await handed(database, id, clock.now), newPassword, app)).statusCode, 204)
    t.equal((await forgot({ username: 'tea' }, app)).statusCode, 202)
    if (smtp === port) {
      await connection
      hangUp()
      silent.close()
    }
    await app.close()
    t.match(lines.join(''), /could not be sent/)
    t.notMatch(lines.join(''), /tea@|example/)
  }
})

t.test('when too many e-mails wait, that is said; a notice is left out and logged', async t => {
  const lines: string[] = []
  const logger = { level: 'info', stream: { write: (line: string) => void lines.push(line) } }
  const { wrap, held, release } = holding()
  const { app, database, clock } = await build(t, { env, wrap, logger })
  const { id } = await enter('una', app)
  const code = await handed(database, id, clock.now)
  held.on = true
  let answer = await forgot({ username: 'nobody' }, app)
  for (let i = 0; i < 200 && answer.statusCode === 202; i++) answer = await forgot({ username: 'nobody' }, app)
  t.match(answer.json(), { status: 503, code: 'email_busy' })
  t.equal(answer.headers['retry-after'], '60')

  held.only = name => name === 'user_login'
  t.equal((await reset(code, newPassword, app)).statusCode, 204)
  t.match(lines.join(''), /email_busy/)
  t.notMatch(lines.join(''), /una@|example/)
  release()
})

t.test('a page elsewhere can neither ask nor set', async t => {
  const origin = { origin: 'https://evil.example' }
  t.match((await forgot({ username: 'maya' }, app, origin)).json(), { code: 'cross_site_request' })
  t.match((await reset('x', newPassword, app, origin)).json(), { code: 'cross_site_request' })
})

t.test('without a mail server nobody can ask, and a code from the server itself works', async t => {
  const { app, database, clock } = await build(t)
  const vera = await signUp(app, 'vera')
  t.match((await forgot({ username: 'vera' }, app)).json(), { status: 503, code: 'email_not_configured' })
  const code = await handed(database, vera.id, clock.now)
  t.equal((await reset(code, newPassword, app)).statusCode, 204)
  t.equal((await login('vera', newPassword, app)).statusCode, 200)
  t.equal((await vera.get('/me')).statusCode, 401)
})

/** A code that is not mailed, as the operator's command makes it. */
async function handed(database: WritableDatabase, user: UserId, at: number): Promise<string> {
  const { code, writes } = oneTimeCodeStore(database).issue(user, 'reset_password', null, at)
  await database.atomic(writes)
  return code
}

/** Holds back the prepared queries of an app on demand, and lists those that were requested. */
function holding(tell: (name: string) => void = () => {}) {
  const held = { on: false, only: (_name: string) => true }
  let release = () => {}
  const released = new Promise<void>(resolve => (release = resolve))
  const wrap: NonNullable<BuildOptions['wrap']> = database => ({
    ...database,
    prepare(name, values, build, json) {
      const prepared = database.prepare(name, values, build, json)
      return {
        ...prepared,
        async execute(params: Parameters<typeof prepared.execute>[0]) {
          tell(name)
          if (held.on && held.only(name)) await released
          return prepared.execute(params)
        },
      }
    },
  })
  return { wrap, held, release }
}

t.test('nobody is sent more than a few messages, and names that nobody has are counted alike', async t => {
  const messages = await mailbox(t)
  const { app, clock } = await build(t, { env: { SMTP_URL: messages.url, RATE_LIMIT: 'on' } })
  const mia = await signUp(app, 'mia', { email: 'mia@example.org' })
  const ask = (username: string) => app.inject({ method: 'POST', url: '/password/forgot', payload: { username } })
  for (const name of ['mia', 'nobody']) {
    for (let n = 0; n < 5; n++) t.equal((await ask(name)).statusCode, 202)
    const sixth = await ask(name.toUpperCase())
    t.match(sixth.json(), { status: 429, code: 'too_many_requests' })
    t.equal(sixth.headers['retry-after'], '30')
  }
  clock.now += 30_000
  t.equal((await ask('mia')).statusCode, 202)
  for (let n = 0; n < 5; n++) t.equal((await mia.post('/account/email/verification', undefined)).statusCode, 202)
  t.equal((await mia.post('/account/email/verification', undefined)).statusCode, 429)
  await signUp(app, 'ada', { email: 'ada@example.org' })
  await ask('ada')
  const recipients = [await messages.next(), await messages.next(), await messages.next()].map(({ to }) => to[0])
  t.strictSame(
    recipients.sort(),
    ['ada@example.org', 'mia@example.org', 'mia@example.org'],
    'one a minute of each kind',
  )
  t.equal(messages.received.length, 3)
})
