import t, { type Test } from 'tap'
import { idFrom, type UserId } from '../../src/ids.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { type App, type BuildOptions, build, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'
import { standInPushService } from '../push-service.ts'

const stopping = new AbortController().signal
const hourMs = 3_600_000
const at = (text: string) => Date.parse(text)

/** Verifies the address of an account, as its owner does by a mailed code. */
async function verify(app: App, id: string, email: string) {
  const write = identityStore(app.database).emailVerificationWrite(idFrom<UserId>(id), email, app.now())
  await app.commitUnguarded([write])
}

/** An app with a mail server and a push service, and Maya, who lives in Berlin and has a verified address. */
async function stage(t: Test, options: BuildOptions = {}) {
  const mails = await mailbox(t)
  const pushes = await standInPushService(t)
  const env = {
    SMTP_URL: mails.url,
    PUBLIC_URL: 'https://mood.example.org',
    APP_URL: 'https://app.example.org',
    ACCESS_TOKEN_MINUTES: '43200',
  }
  const built = await build(t, { push: { loopback: true }, ...options, env: { ...env, ...options.env } })
  const maya = await signUp(built.app, 'maya', { email: 'maya@example.org', timezone: 'Europe/Berlin' })
  await verify(built.app, maya.id, 'maya@example.org')
  const sendAt = async (text: string) => {
    built.clock.now = at(text)
    await built.app.sendReminders(stopping)
  }
  return { ...built, mails, pushes, maya, sendAt }
}

t.test('both are off until they are turned on, and null turns them off', async t => {
  const { maya } = await stage(t)
  const fields = async () => {
    const { digest, reminder_at } = (await maya.get('/profile')).json()
    return [digest, reminder_at]
  }
  t.strictSame(await fields(), ['off', null])
  t.match((await maya.patch('/profile', { digest: 'weekly', reminder_at: '20:30' })).json(), {
    digest: 'weekly',
    reminder_at: '20:30',
  })
  t.strictSame(await fields(), ['weekly', '20:30'])
  await maya.patch('/profile', { digest: 'off' })
  t.strictSame(await fields(), ['off', '20:30'])
  await maya.patch('/profile', { digest: null, reminder_at: null })
  t.strictSame(await fields(), ['off', null])
  for (const wrong of ['24:00', '8:30', '20:60', '20:30:00', ''])
    t.equal((await maya.patch('/profile', { reminder_at: wrong })).statusCode, 400, wrong)
  t.equal((await maya.patch('/profile', { digest: 'daily' })).statusCode, 400)
})

t.test('the digest needs a mail server and a verified address; a reminder may also be pushed', async t => {
  const { app } = await stage(t)
  const noor = await signUp(app, 'noor', { email: 'noor@example.org' })
  const refused = await noor.patch('/profile', { digest: 'weekly' })
  t.equal(refused.statusCode, 409)
  t.equal(refused.json().code, 'email_unverified')
  t.equal((await noor.patch('/profile', { reminder_at: '20:30' })).statusCode, 200)
  const without = await build(t)
  const ines = await signUp(without.app, 'ines')
  t.equal((await ines.patch('/profile', { digest: 'weekly' })).json().code, 'email_not_configured')
})

t.test('a reminder is mailed in the evening of a day without an entry while the streak lives, once', async t => {
  const { maya, mails, sendAt } = await stage(t, { at: '2026-03-05T12:00:00Z' })
  await maya.patch('/profile', { reminder_at: '20:30' })
  await maya.post('/mood', { mood: 5 })
  await sendAt('2026-03-05T19:31:00Z')
  t.equal(mails.received.length, 0, 'today is logged')
  await sendAt('2026-03-06T19:29:59Z')
  t.equal(mails.received.length, 0, 'not yet half past eight in Berlin')
  await sendAt('2026-03-06T19:30:00Z')
  const [mail] = mails.received
  t.strictSame(mail?.to, ['maya@example.org'])
  t.match(mail?.text, /streak of 1 day goes on[\s\S]*https:\/\/app\.example\.org\n[\s\S]*20:30/)
  t.notMatch(mail?.subject, /\d/)
  await sendAt('2026-03-06T20:30:00Z')
  await sendAt('2026-03-07T19:30:00Z')
  t.equal(mails.received.length, 1, 'never twice, and not when the streak is broken')
})

t.test('the digest comes on Monday morning, with the week in seven pixels as text and as HTML', async t => {
  const { maya, mails, sendAt, clock } = await stage(t, { at: '2026-03-02T12:00:00Z' })
  for (const [day, mood] of [2, 9, 5].entries()) {
    clock.now = at('2026-03-02T12:00:00Z') + day * 24 * hourMs
    await maya.post('/mood', { mood, tags: ['walk'] })
  }
  await maya.post('/mood', { mood: 'fine', date: '2026-03-06' })
  await maya.patch('/profile', { digest: 'weekly' })
  await sendAt('2026-03-09T06:59:00Z')
  t.equal(mails.received.length, 0)
  await sendAt('2026-03-09T07:00:00Z')
  const [mail] = mails.received
  t.match(mail?.headers, /multipart\/alternative/)
  t.match(mail?.text, /🟫 🔵 🟪 ⬜ 🔳 ⬜ ⬜|Monday, 2 March: low \(1 entry\)/)
  t.match(mail?.text, /aria-label="Tuesday, 3 March: very good \(1 entry\)"/)
  t.match(mail?.text, /Your longest: 3 days/)
  await sendAt('2026-03-09T09:00:00Z')
  t.equal(mails.received.length, 1)
  await sendAt('2026-03-16T09:00:00Z')
  t.equal(mails.received.length, 1, 'nothing was logged in the week after')
})

t.test('security 51: one POST without a session turns one kind off; GET changes nothing', async t => {
  const lines: string[] = []
  const { Writable } = await import('node:stream')
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  const { app, maya, mails, sendAt } = await stage(t, {
    at: '2026-03-05T12:00:00Z',
    env: { LOG_LEVEL: 'info' },
    logger: { level: 'info', stream },
  })
  await maya.patch('/profile', { reminder_at: '20:30', digest: 'weekly' })
  await maya.post('/mood', { mood: 5 })
  await sendAt('2026-03-06T19:30:00Z')
  const unfolded = mails.received[0]?.headers.replaceAll(/\r\n\s+/g, ' ') ?? ''
  const link = /List-Unsubscribe: <(https:\/\/mood\.example\.org\/email\/unsubscribe\/([\w-]+))>/.exec(unfolded)
  t.match(unfolded, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/)
  const [, url = '', code = ''] = link ?? []
  t.match(mails.received[0]?.text.replaceAll('\n', ''), url)
  t.notMatch(Buffer.from(code, 'base64url').toString('latin1'), maya.id)
  const path = new URL(url).pathname
  const times = async () => {
    const { digest, reminder_at } = (await maya.get('/profile')).json()
    return [digest, reminder_at]
  }

  const page = await app.inject({ url: path })
  t.equal(page.statusCode, 200)
  t.match(page.body, /<form method="post">/)
  t.match(page.headers['content-security-policy'], /form-action 'self'/)
  await app.inject({ method: 'HEAD', url: path })
  t.strictSame(await times(), ['weekly', '20:30'])

  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const changed = `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`
  const send = (url: string, headers: Record<string, string> = form, payload = 'List-Unsubscribe=One-Click') =>
    app.inject({ method: 'POST', url, headers, payload })
  for (const wrong of [path.slice(0, -4), `${path.slice(0, -9)}AAAAAAAAA`, changed.slice(0, 40)])
    t.equal((await send(wrong)).statusCode, 404, wrong)
  t.strictSame(await times(), ['weekly', '20:30'])
  const done = await send(path, { ...form, origin: 'https://mail.example', cookie: maya.cookie })
  t.equal(done.statusCode, 200)
  t.strictSame(await times(), ['weekly', null], 'the other kind stays on')
  const boundary = { 'content-type': 'multipart/form-data; boundary=x' }
  t.equal((await send(path, boundary, '--x--')).statusCode, 200, 'again, as the other kind of form')
  t.equal((await send(path, {}, '')).statusCode, 200)
  t.notMatch(lines.join(''), code.slice(0, 30), 'no log has the code')
  t.match(lines.join(''), '/email/unsubscribe/:code')
})

t.test(
  'nothing is sent to an address that is not verified, or no longer, or to a disabled or deleted account',
  async t => {
    const { app, maya, mails, sendAt, database } = await stage(t, { at: '2026-03-05T12:00:00Z' })
    const users = database.tables.users
    const change = (changes: Partial<typeof users.$inferInsert>) => database.query(db => db.update(users).set(changes))
    await maya.patch('/profile', { reminder_at: '20:30' })
    await maya.post('/mood', { mood: 5 })
    await change({ emailVerifiedAt: null })
    await sendAt('2026-03-06T19:30:00Z')
    await maya.post('/mood', { mood: 5, date: '2026-03-06' })
    await change({ emailVerifiedAt: new Date(), disabledAt: new Date() })
    await sendAt('2026-03-07T19:30:00Z')
    await change({ disabledAt: null })
    await maya.post('/mood', { mood: 5, date: '2026-03-07' })
    const gone = await app.inject({
      method: 'DELETE',
      url: '/account',
      headers: { authorization: `Bearer ${maya.token}` },
      payload: { current_password: 'correct horse battery' },
    })
    t.equal(gone.statusCode, 204)
    await sendAt('2026-03-08T19:30:00Z')
    t.equal(mails.received.length, 0)
  },
)

t.test('a mail server that is down delays and loses nothing; one that refuses for good gets no second try', async t => {
  const mails = await mailbox(t)
  await mails.close()
  const { maya, sendAt, app, clock } = await stage(t, { at: '2026-03-02T12:00:00Z', env: { SMTP_URL: mails.url } })
  await maya.post('/mood', { mood: 5 })
  await maya.patch('/profile', { digest: 'weekly', reminder_at: '20:30' })
  await sendAt('2026-03-09T07:00:00Z')
  const dueOf = async () => {
    const rows = await app.database.query(db => db.select().from(app.database.tables.reminders))
    return rows.find(({ kind }) => kind === 'digest')
  }
  t.match(await dueOf(), { doneFor: null, dueAt: new Date(clock.now + 5 * 60_000) })
  await sendAt('2026-03-10T07:00:00Z')
  t.match(await dueOf(), { doneFor: null, dueAt: new Date(clock.now + 5 * 60_000) })
})

for (const [responseCode, attempts] of [
  [451, 2],
  [550, 1],
] as const) {
  t.test(`a refusal with ${responseCode} is tried ${attempts} times while the day lasts`, async t => {
    let asked = 0
    const refusing = await mailbox(t, {
      onRcptTo: (_address, _session, done) => {
        asked++
        done(Object.assign(new Error('no'), { responseCode }))
      },
    })
    const { maya, sendAt } = await stage(t, { at: '2026-03-05T12:00:00Z', env: { SMTP_URL: refusing.url } })
    await maya.patch('/profile', { reminder_at: '23:50' })
    await maya.post('/mood', { mood: 5 })
    await sendAt('2026-03-06T22:50:00Z')
    await sendAt('2026-03-06T22:54:59Z')
    await sendAt('2026-03-06T22:55:00Z')
    await sendAt('2026-03-06T23:10:00Z')
    t.equal(asked, attempts)
  })
}

t.test('security 55: a push is signed and encrypted, names no content, and is sent instead of an e-mail', async t => {
  const { app, maya, mails, pushes, sendAt } = await stage(t, { at: '2026-03-05T12:00:00Z' })
  await maya.patch('/profile', { reminder_at: '20:30' })
  await maya.post('/mood', { mood: 5, note: 'a secret note' })
  const made = await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
  t.equal(made.statusCode, 201)
  t.equal((await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))).json().id, made.json().id)
  const { public_key, subscriptions } = (await maya.get('/push')).json()
  t.equal(subscriptions.length, 1)
  await sendAt('2026-03-06T19:30:00Z')
  t.strictSame(pushes.problems, [])
  t.match(pushes.received, [
    { path: '/phone', signedBy: public_key, contact: 'https://mood.example.org', topic: 'streak', urgency: 'normal' },
  ])
  t.equal(pushes.received[0]?.ttl, 3.5 * 3_600, 'until the day is over in Berlin')
  t.strictSame(pushes.received[0]?.payload, {
    kind: 'streak_at_risk',
    title: 'Your streak is at risk',
    body: 'Nothing is logged for today yet.',
  })
  t.equal(mails.received.length, 0)
  const other = await signUp(app, 'other')
  t.equal((await other.delete(`/push/subscriptions/${made.json().id}`)).statusCode, 404)
  t.equal((await maya.delete(`/push/subscriptions/${made.json().id}`)).statusCode, 204)
  t.equal((await maya.delete(`/push/subscriptions/${made.json().id}`)).statusCode, 404)
})

t.test('devices that are gone are dropped; where no push service takes it the e-mail is sent', async t => {
  const { maya, mails, pushes, sendAt } = await stage(t, { at: '2026-03-05T12:00:00Z' })
  await maya.patch('/profile', { reminder_at: '20:30' })
  await maya.post('/mood', { mood: 5 })
  for (const [path, status] of [
    ['/gone', 410],
    ['/unknown', 404],
    ['/busy', 429],
    ['/redirects', 302],
  ] as const) {
    pushes.answers.set(path, status)
    await maya.post('/push/subscriptions', pushes.subscriptionOf(path))
  }
  await sendAt('2026-03-06T19:30:00Z')
  t.equal(mails.received.length, 1)
  t.equal((await maya.get('/push')).json().subscriptions.length, 2, 'those that may work again')
})

t.test('security 55: only public https addresses can be subscribed', async t => {
  const { app } = await build(t)
  const maya = await signUp(app, 'maya')
  const { keys } = (await standInPushService(t)).subscriptionOf('/')
  const status = async (endpoint: string) => (await maya.post('/push/subscriptions', { endpoint, keys })).statusCode
  for (const endpoint of [
    'http://push.example.org/a',
    'https://localhost/a',
    'https://127.0.0.1/a',
    'https://[::1]/a',
    'https://10.1.2.3/a',
    'https://169.254.169.254/latest',
    'https://[fd00::1]/a',
    'https://intranet/a',
    'https://user:pass@push.example.org/a',
    'ftp://push.example.org/a',
    'nonsense',
  ])
    t.equal(await status(endpoint), 400, endpoint)
  t.equal(await status('https://push.example.org/a'), 201)
  for (let i = 0; i < 20; i++) await status(`https://push.example.org/${i}`)
  t.equal((await maya.get('/push')).json().subscriptions.length, 20, 'at most twenty')
})
