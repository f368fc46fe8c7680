import t, { type Test } from 'tap'
import { idFrom, type UserId } from '../../src/ids.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { freePort } from '../free-port.ts'
import { type App, type BuildOptions, build, password, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'
import { type Intervention, meddling } from '../meddling.ts'
import { standInPushService } from '../push-service.ts'

const stopping = new AbortController().signal
const minuteMs = 60_000
const at = (text: string) => Date.parse(text)
const metricsToken = 'a token of the metrics, which is long enough'

const env = {
  PUBLIC_URL: 'https://mood.example.org',
  ACCESS_TOKEN_MINUTES: '43200',
  METRICS: 'on',
  METRICS_TOKEN: metricsToken,
}

/** An app with a mail server, a push service, and what happens just before the next claim. */
async function stage(t: Test, options: BuildOptions & { intervene?: Intervention } = {}) {
  const mails = await mailbox(t)
  const pushes = await standInPushService(t)
  const before: { claim: (() => Promise<unknown>) | undefined } = { claim: undefined }
  const { intervene = () => undefined, ...others } = options
  const built = await build(t, {
    push: { loopback: true },
    at: '2026-03-05T12:00:00Z',
    wrap: real => {
      const meddled = meddling({ with: intervene })(real)
      return {
        ...meddled,
        async atomic(...batch) {
          // The person, the address and the reminder itself.
          const first = batch[0].length === 3 ? before.claim : undefined
          if (first) before.claim = undefined
          await first?.()
          return meddled.atomic(...batch)
        },
      }
    },
    ...others,
    env: { SMTP_URL: mails.url, ...env, ...options.env },
  })
  const { app, clock, database } = built
  const sendAt = async (text: string) => {
    clock.now = at(text)
    await app.sendReminders(stopping)
  }
  const rows = () => database.query(db => db.select().from(database.tables.reminders))
  return { ...built, mails, pushes, before, sendAt, rows }
}

/** Somebody with a verified address in Berlin, who has logged and wants to be reminded. */
async function someone(app: App, name: string, reminder_at: string | null = '20:30', timezone = 'Europe/Berlin') {
  const email = `${name}@example.org`
  const person = await signUp(app, name, { email, ...(timezone !== '' && { timezone }) })
  const write = identityStore(app.database).emailVerificationWrite(idFrom<UserId>(person.id), email, app.now())
  await app.commitUnguarded([write])
  await person.patch('/profile', { reminder_at })
  await person.post('/mood', { mood: 5 })
  return person
}

/** What became of reminders, as an operator reads it. */
async function counted(app: App): Promise<Record<string, number>> {
  const answer = await app.inject({ url: '/metrics', headers: { authorization: `Bearer ${metricsToken}` } })
  const samples = answer.body.matchAll(/^moodstreak_reminders_total\{outcome="(\w+)"\} (\d+)$/gm)
  return Object.fromEntries([...samples].map(([, outcome, value]) => [outcome as string, Number(value)]))
}

t.test('while the mail server is down everybody is put off, but who has a device is reminded on it', async t => {
  const { app, rows, sendAt, pushes, clock } = await stage(t, {
    env: { SMTP_URL: `smtp://127.0.0.1:${await freePort()}` },
  })
  // More than are sent to at a time.
  for (let i = 0; i < 10; i++) await someone(app, `person${i}`)
  const phoned = await someone(app, 'phoned', '20:31')
  await phoned.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
  await sendAt('2026-03-06T19:31:00Z')
  const later = (await rows()).filter(({ userId }) => userId !== phoned.id)
  t.equal(later.length, 10)
  for (const row of later)
    t.match(
      row,
      { doneFor: null, dueAt: new Date(clock.now + 5 * minuteMs) },
      'nothing is lost, and no attempt counted',
    )
  t.equal(pushes.received.length, 1)
  t.match(await counted(app), { delayed: 10, sent: 1, not_needed: 0, given_up: 0 })
})

t.test('an outage on a second evening gives the reminder back as it was after the first', async t => {
  let isDown = false
  const failing = Object.assign(new Error('no'), { responseCode: 451 })
  const mails = await mailbox(t, { onRcptTo: (_address, _session, done) => done(isDown ? failing : null) })
  const { app, rows, sendAt } = await stage(t, { env: { SMTP_URL: mails.url } })
  const maya = await someone(app, 'maya')
  await sendAt('2026-03-06T19:30:00Z')
  await maya.post('/mood', { mood: 5 })
  isDown = true
  await sendAt('2026-03-07T19:30:00Z')
  t.match(await rows(), [{ doneFor: '2026-03-06', attempts: 1, dueAt: new Date('2026-03-07T19:35:00Z') }])
  isDown = false
  await sendAt('2026-03-07T19:35:00Z')
  t.match(await rows(), [{ doneFor: '2026-03-07', attempts: 0 }], 'the failure is forgotten')
  await sendAt('2026-03-07T20:35:00Z')
  t.equal(mails.received.length, 2, 'one an evening')
})

t.test('a mood logged, an account deleted, an address changed just before it is sent: it is not', async t => {
  const { app, before, sendAt, mails, rows } = await stage(t)
  const maya = await someone(app, 'maya')
  before.claim = () => maya.post('/mood', { mood: 5 })
  await sendAt('2026-03-06T19:30:00Z')
  t.match(await rows(), [{ doneFor: null }])
  await sendAt('2026-03-06T19:31:00Z')
  t.equal(mails.received.length, 0, 'logged')

  before.claim = () => maya.put('/account/email', { email: 'new@example.org', current_password: password })
  await sendAt('2026-03-07T19:30:00Z')
  await sendAt('2026-03-07T19:31:00Z')
  t.notOk(
    mails.received.some(({ subject }) => subject.includes('Nothing logged')),
    'to neither address',
  )

  const noor = await someone(app, 'noor')
  before.claim = async () => {
    const headers = { authorization: `Bearer ${noor.token}` }
    const payload = { current_password: password }
    t.equal((await app.inject({ method: 'DELETE', url: '/account', headers, payload })).statusCode, 204)
  }
  await sendAt('2026-03-08T19:30:00Z')
  t.notOk(
    mails.received.some(({ to }) => to.includes('noor@example.org')),
    'deleted',
  )
})

t.test('of two nodes that look at once one sends', async t => {
  const first = await stage(t)
  await someone(first.app, 'maya')
  const { app: second, clock } = await build(t, {
    databaseUrl: first.config.databaseUrl,
    env: { SMTP_URL: first.mails.url, ...env },
    at: '2026-03-06T19:30:00Z',
  })
  clock.now = at('2026-03-06T19:30:00Z')
  first.before.claim = () => second.sendReminders(stopping)
  await first.sendAt('2026-03-06T19:30:00Z')
  t.equal(first.mails.received.length, 1)
  t.match(await counted(first.app), { sent: 0 })
  t.match(await counted(second), { sent: 1 })
})

t.test('an account that is deleted while its streak is read gets nothing', async t => {
  let gone = false
  const { app, sendAt, mails } = await stage(t, {
    intervene: name => (gone && name === 'mood_days' ? Promise.resolve([]) : undefined),
  })
  await someone(app, 'maya')
  await app.database.query(db => db.update(app.database.tables.users).set({ moodHistory: null }))
  gone = true
  await sendAt('2026-03-06T19:30:00Z')
  t.equal(mails.received.length, 0)
  t.match(await counted(app), { not_needed: 1 })
})

t.test('what fails for one person is logged and tried in an hour; the others get theirs', async t => {
  const lines: string[] = []
  const { Writable } = await import('node:stream')
  const stream = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) })
  let broken: string | undefined
  const { app, sendAt, mails, rows } = await stage(t, {
    intervene: (name, params) =>
      name === 'push_subscriptions_of_user' && (params as { userId: string }).userId === broken
        ? Promise.reject(new Error('a broken row'))
        : undefined,
    env: { LOG_LEVEL: 'error' },
    logger: { level: 'error', stream },
  })
  const maya = await someone(app, 'maya')
  const noor = await someone(app, 'noor')
  broken = maya.id
  await sendAt('2026-03-06T19:30:00Z')
  t.strictSame(
    mails.received.map(({ to }) => to),
    [['noor@example.org']],
  )
  t.match(lines.join(''), /a broken row[\s\S]*a reminder failed; retrying in an hour/)
  t.notMatch(lines.join(''), /maya@|noor@/)
  const dueOf = async (id: string) => (await rows()).find(({ userId }) => userId === id)?.dueAt
  t.strictSame(await dueOf(maya.id), new Date('2026-03-06T20:30:00Z'))
  t.strictSame(await dueOf(noor.id), new Date('2026-03-07T19:30:00Z'))
  broken = undefined
  await sendAt('2026-03-06T20:30:00Z')
  t.equal(mails.received.length, 2)
})

t.test('a server that is stopping sends no more', async t => {
  const { app, clock, mails } = await stage(t)
  await someone(app, 'maya')
  clock.now = at('2026-03-06T19:30:00Z')
  await app.sendReminders(AbortSignal.abort())
  t.equal(mails.received.length, 0)
  await app.sendReminders(stopping)
  t.equal(mails.received.length, 1)
})

t.test('a time that is changed after a reminder brings none again on that day, nor does off and on', async t => {
  const { app, sendAt, mails, rows } = await stage(t)
  const maya = await someone(app, 'maya')
  await sendAt('2026-03-06T19:30:00Z')
  t.equal(mails.received.length, 1)
  await maya.patch('/profile', { reminder_at: '21:00' })
  t.match(await rows(), [{ dueAt: new Date('2026-03-07T20:00:00Z') }])
  await maya.patch('/profile', { reminder_at: null })
  await maya.patch('/profile', { reminder_at: '21:00' })
  await sendAt('2026-03-06T20:00:00Z')
  t.equal(mails.received.length, 1)
})

t.test('a reminder moves with its person: to another zone, and when it is due already', async t => {
  const { app, sendAt, mails, rows, clock } = await stage(t)
  const maya = await someone(app, 'maya')
  await maya.patch('/profile', { timezone: 'America/New_York' })
  t.match(await rows(), [{ dueAt: new Date('2026-03-06T01:30:00Z') }], 'half past eight in New York')
  clock.now = at('2026-03-07T01:30:00Z')
  await maya.patch('/profile', { timezone: 'America/Chicago' })
  t.match(await rows(), [{ dueAt: new Date(clock.now) }], 'it was due, and is looked at in the new days')
  await sendAt('2026-03-07T01:31:00Z')
  t.equal(mails.received.length, 0, 'not yet half past eight in Chicago')
  await sendAt('2026-03-07T02:30:00Z')
  t.equal(mails.received.length, 1)
})

t.test('a time before the day starts is at the end of the day; without a zone it is of UTC', async t => {
  const { app, sendAt, mails } = await stage(t)
  const owl = await someone(app, 'owl', '01:30')
  await owl.patch('/profile', { day_starts_at: 4 })
  await someone(app, 'utc', '20:30', '')
  await sendAt('2026-03-06T00:30:00Z')
  t.equal(mails.received.length, 0, 'the day that they logged on lasts until four')
  await sendAt('2026-03-06T20:30:00Z')
  t.strictSame(
    mails.received.map(({ to }) => to),
    [['utc@example.org']],
  )
  await sendAt('2026-03-07T00:30:00Z')
  t.match(mails.received[1], { to: ['owl@example.org'] })
})
