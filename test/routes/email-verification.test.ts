import t from 'tap'
import { minCodeIntervalMs } from '../../src/auth/one-time-codes.ts'
import { type App, build, type Person, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'

const box = await mailbox(t)
const { app, clock } = await build(t, { env: { SMTP_URL: box.url, PUBLIC_URL: 'https://mood.example.org/' } })

const ask = (person: Person, headers = {}) => person.post('/account/email/verification', undefined, headers)
const confirm = (code: string, to: App = app, headers = {}) =>
  to.inject({ method: 'POST', url: '/account/email/verification/confirm', payload: { code }, headers })
const verified = async (person: Person) => (await person.get('/profile')).json().email_verified
const enter = (name: string, to: App = app) => signUp(to, name, { email: `${name}@example.org` })

t.test('the link that is sent to an address verifies it, once', async t => {
  const maya = await enter('Maya')
  t.equal(await verified(maya), false)
  const asked = await ask(maya)
  t.equal(asked.statusCode, 202)
  t.strictSame(asked.json(), { status: 'accepted' })
  const message = await box.next()
  t.strictSame(message.to, ['Maya@example.org'])
  t.match(message.headers, /^From: moodstreak <no-reply@mood.example.org>/m)
  t.ok(message.text.includes(`\nhttps://mood.example.org/verify-email#${message.code}\n`))
  t.notMatch(message.text, 'Maya', 'nobody can say something to a stranger by way of a name')

  const answer = await confirm(message.code)
  t.strictSame([answer.statusCode, answer.body], [204, ''])
  t.equal(await verified(maya), true)
  t.match((await confirm(message.code)).json(), { status: 400, code: 'invalid_code' })
  t.match((await ask(maya)).json(), { status: 409, code: 'email_verified' })
})

t.test('an account without an address has none to verify, and a stranger no account', async t => {
  const ines = await signUp(app, 'ines')
  t.match((await ask(ines)).json(), { status: 409, code: 'email_missing' })
  t.match((await ask(ines, { authorization: 'Bearer x' })).json(), { status: 401 })
})

t.test('a link is good for a day, also when a newer one was sent', async t => {
  const noor = await enter('noor')
  await ask(noor)
  const first = await box.next()
  clock.now += minCodeIntervalMs
  await ask(noor)
  const second = await box.next()
  clock.now += 86_400_000 - minCodeIntervalMs
  t.equal((await confirm(first.code)).statusCode, 400, 'at the very end')
  clock.now += minCodeIntervalMs - 1
  t.equal((await confirm(second.code)).statusCode, 204)
})

t.test('a code that was sent to another address verifies nothing', async t => {
  const { app, database } = await build(t, { env: { SMTP_URL: box.url } })
  const zoe = await enter('zoe', app)
  await ask(zoe)
  const { code } = await box.next()
  const { users } = database.tables
  await database.query(db => db.update(users).set({ email: 'other@example.org' }))
  t.match((await confirm(code, app)).json(), { code: 'invalid_code' })
  t.equal(await verified(zoe), false)
})

t.test('of parallel uses of one code one succeeds', async t => {
  const { app } = await build(t, { env: { SMTP_URL: box.url } })
  await ask(await enter('kim', app))
  const { code } = await box.next()
  const answers = await Promise.all(Array.from({ length: 8 }, () => confirm(code, app)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [204, ...Array(7).fill(400)])
})

t.test('what is no code is refused, and so is one from a page elsewhere', async t => {
  const maya = await enter('ada')
  await ask(maya)
  const { code } = await box.next()
  const [user, id, secret = ''] = code.split('.')
  const wrong = [
    '',
    'x',
    '…',
    `${user}.${id}`,
    `${code}.x`,
    `${user}.${user}.${secret}`,
    maya.refreshToken,
    maya.token.slice(0, 200),
  ]
  for (const text of [...wrong, `${user}.${id}.${secret.slice(1)}A`, maya.cookie.replace('moodstreak_session=', '')])
    t.match((await confirm(text)).json(), { status: 400, code: 'invalid_code' }, text)
  t.match((await confirm('x'.repeat(201))).json(), { status: 400, code: 'invalid_request' })
  t.match((await confirm(code, app, { origin: 'https://evil.example' })).json(), { code: 'cross_site_request' })
  t.equal((await confirm(code, app, { origin: 'https://mood.example.org', cookie: maya.cookie })).statusCode, 204)
})

t.test('an address that holds a line break or a second address never becomes one', async t => {
  const mail = (email: string) => ({ username: 'evil', password: 'correct horse battery', email })
  for (const email of [
    'a@b.example\r\nBcc: c@d.example',
    'a@b.example,c@d.example',
    'A <a@b.example>',
    'a@b.example\0',
  ])
    t.equal((await app.inject({ method: 'POST', url: '/signup', payload: mail(email) })).statusCode, 400, email)
})

t.test('without a mail server nothing is sent, and the answer says so', async t => {
  const { app } = await build(t)
  t.match((await ask(await enter('maya', app))).json(), { status: 503, code: 'email_not_configured' })
})
