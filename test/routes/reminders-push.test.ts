import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { idFrom, type UserId } from '../../src/ids.ts'
import { identityStore } from '../../src/users/identity-store.ts'
import { type App, type BuildOptions, build, signUp } from '../helper.ts'
import { mailbox } from '../mailbox.ts'
import { type Intervention, meddling } from '../meddling.ts'
import { standInNameServer } from '../name-server.ts'
import { standInPushService } from '../push-service.ts'

const stopping = new AbortController().signal
const env = { PUBLIC_URL: 'https://mood.example.org', ACCESS_TOKEN_MINUTES: '43200' }
const wrapping = (intervene: Intervention) => meddling({ with: intervene })

/** An app with a push service, and Maya, who wants to be reminded at half past eight in Berlin. */
async function stage(t: Test, options: BuildOptions = {}) {
  const pushes = await standInPushService(t)
  const built = await build(t, { push: { loopback: true }, ...options, env: { ...env, ...options.env } })
  const maya = await signUp(built.app, 'maya', { email: 'maya@example.org', timezone: 'Europe/Berlin' })
  await maya.patch('/profile', { reminder_at: '20:30' })
  await maya.post('/mood', { mood: 5 })
  const sendAt = async (text: string) => {
    built.clock.now = Date.parse(text)
    await built.app.sendReminders(stopping)
  }
  const { database } = built
  const devices = () => database.query(db => db.select().from(database.tables.pushSubscriptions))
  return { ...built, pushes, maya, sendAt, devices }
}

async function verify(app: App, id: string) {
  const write = identityStore(app.database).emailVerificationWrite(idFrom<UserId>(id), 'maya@example.org', app.now())
  await app.commitUnguarded([write])
}

t.test(
  'without a verified address a busy push service is asked again, later each time, while the day lasts',
  async t => {
    const { maya, pushes, sendAt, devices } = await stage(t)
    await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
    pushes.answers.set('/phone', 429)
    await sendAt('2026-03-06T19:30:00Z')
    pushes.answers.set('/phone', 500)
    await sendAt('2026-03-06T19:35:00Z')
    t.match(await devices(), [{ failures: 2 }])
    pushes.answers.delete('/phone')
    await sendAt('2026-03-06T19:44:59Z')
    t.equal(pushes.received.length, 0, 'ten minutes after the second failure at the earliest')
    await sendAt('2026-03-06T19:45:00Z')
    await sendAt('2026-03-06T20:45:00Z')
    t.equal(pushes.received.length, 1)
    t.match(await devices(), [{ failures: 0 }], 'the failures are forgotten')
  },
)

t.test('a device that fails ten times in a row is dropped', async t => {
  const { maya, pushes, sendAt, devices } = await stage(t)
  await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
  pushes.answers.set('/phone', 500)
  // Eight attempts on one evening, and the rest on the next.
  for (let minute = 0; minute < 210; minute += 5)
    await sendAt(new Date(Date.parse('2026-03-06T19:30:00Z') + minute * 60_000).toISOString())
  const [{ failures } = { failures: 0 }] = await devices()
  t.ok(failures > 4 && failures < 10, String(failures))
  await maya.post('/mood', { mood: 5, date: '2026-03-06' })
  for (let minute = 0; minute < 210; minute += 5)
    await sendAt(new Date(Date.parse('2026-03-07T19:30:00Z') + minute * 60_000).toISOString())
  t.strictSame(await devices(), [])
  t.strictSame((await maya.get('/push')).json().subscriptions, [])
})

t.test('a person whose only device is gone, and who has no verified address, gets nothing and no error', async t => {
  const { maya, pushes, sendAt, devices, database } = await stage(t)
  await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
  pushes.answers.set('/phone', 410)
  await sendAt('2026-03-06T19:30:00Z')
  t.strictSame(await devices(), [])
  const rows = await database.query(db => db.select().from(database.tables.reminders))
  t.match(rows, [{ doneFor: '2026-03-06', dueAt: new Date('2026-03-07T19:30:00Z') }])
})

t.test('a push to a person without devices reaches nobody', async t => {
  const { app, maya } = await stage(t)
  const message = { payload: {}, ttlSeconds: 60, topic: 'streak' }
  t.equal(await app.push.send(idFrom<UserId>(maya.id), message), 'gone')
})

t.test('keys of a device that are none, and an address that may not be called any more, are dropped', async t => {
  const { maya, pushes, sendAt, devices, config } = await stage(t)
  const { endpoint, keys } = pushes.subscriptionOf('/phone')
  const wrong = { ...keys, p256dh: 'A'.repeat(87) }
  t.equal((await maya.post('/push/subscriptions', { endpoint, keys: wrong })).statusCode, 201)
  await sendAt('2026-03-06T19:30:00Z')
  t.strictSame(await devices(), [])

  await maya.post('/mood', { mood: 5, date: '2026-03-06' })
  await maya.post('/push/subscriptions', { endpoint, keys })
  const strict = await build(t, { databaseUrl: config.databaseUrl, env, at: '2026-03-07T19:30:00Z' })
  await strict.app.sendReminders(stopping)
  t.strictSame(await devices(), [])
  t.equal(pushes.received.length, 0)
})

/** Counts connections to this machine. */
async function inside(t: Test) {
  const counts = { connections: 0 }
  const server = createServer(socket => void socket.destroy(void counts.connections++)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => void server.close())
  return { counts, port: (server.address() as AddressInfo).port }
}

t.test(
  'security 55: a name that leads to an address of the inside is not connected to; the e-mail is sent',
  async t => {
    const mails = await mailbox(t)
    const { counts, port } = await inside(t)
    const names = await standInNameServer(t, ({ type }) => (type === 'A' ? ['127.0.0.1'] : []))
    const push = { port, nameServers: [names.address] }
    const { app, maya, pushes, sendAt, devices } = await stage(t, { push, env: { SMTP_URL: mails.url } })
    await verify(app, maya.id)
    const { keys } = pushes.subscriptionOf('/')
    const endpoint = `https://push.example.org:${port}/a`
    t.equal((await maya.post('/push/subscriptions', { endpoint, keys })).statusCode, 201)
    await sendAt('2026-03-06T19:30:00Z')
    t.equal(names.asked.length, 2)
    t.equal(counts.connections, 0)
    t.match(await devices(), [{ failures: 1 }])
    t.equal(mails.received.length, 1)
  },
)

t.test(
  'security 55: what is connected to is the address that was checked: the name is not looked up again',
  async t => {
    const { counts, port } = await inside(t)
    // Here this machine is what is allowed. A second answer would lead to another, where nobody listens.
    const names = await standInNameServer(t, ({ type }, before) =>
      type === 'A' ? [before === 0 ? '127.0.0.1' : '127.0.0.2'] : [],
    )
    const push = { loopback: true, port, nameServers: [names.address] }
    const { maya, pushes, sendAt } = await stage(t, { push })
    const { keys } = pushes.subscriptionOf('/')
    await maya.post('/push/subscriptions', { endpoint: `https://push.example.org:${port}/a`, keys })
    await sendAt('2026-03-06T19:30:00Z')
    t.equal(counts.connections, 1)
    t.strictSame(names.asked.map(({ type }) => type).toSorted(), ['A', 'AAAA'])
  },
)

t.test('before the handshake of TLS nothing was sent: the e-mail is; after it nobody knows, and it is not', async t => {
  const mails = await mailbox(t)
  const { app, maya, pushes, sendAt } = await stage(t, { env: { SMTP_URL: mails.url } })
  await verify(app, maya.id)
  // It speaks no TLS.
  const { endpoint, keys } = pushes.subscriptionOf('/phone')
  const made = await maya.post('/push/subscriptions', { endpoint: endpoint.replace('http:', 'https:'), keys })
  await sendAt('2026-03-06T19:30:00Z')
  t.equal(mails.received.length, 1)
  await maya.delete(`/push/subscriptions/${made.json().id}`)

  await maya.post('/mood', { mood: 5, date: '2026-03-06' })
  await maya.post('/push/subscriptions', { endpoint, keys })
  pushes.answers.set('/phone', 0)
  await sendAt('2026-03-07T19:30:00Z')
  await sendAt('2026-03-07T20:30:00Z')
  t.equal(mails.received.length, 1, 'it may have arrived')
})

t.test('a note about a device that fails loses nothing: the e-mail is sent all the same', async t => {
  const mails = await mailbox(t)
  const { app, maya, pushes, sendAt } = await stage(t, {
    env: { SMTP_URL: mails.url },
    wrap: wrapping(name => (name === 'push_subscription_count' ? Promise.reject(new Error('locked')) : undefined)),
  })
  await verify(app, maya.id)
  await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
  pushes.answers.set('/phone', 503)
  await sendAt('2026-03-06T19:30:00Z')
  t.equal(mails.received.length, 1)
})

t.test(
  'push services are told whom to write to: the server where it is https, else the sender of its e-mail',
  async t => {
    for (const [more, contact] of [
      [{ PUBLIC_URL: 'http://localhost:3000' }, 'mailto:no-reply@localhost'],
      [{ PUBLIC_URL: 'http://localhost:3000', MAIL_FROM: 'mood@example.org' }, 'mailto:mood@example.org'],
      [{ PUBLIC_URL: 'http://localhost:3000', MAIL_FROM: 'Mood <mood@example.org>' }, 'mailto:mood@example.org'],
      [{}, 'https://mood.example.org'],
    ] as const) {
      const { maya, pushes, sendAt } = await stage(t, { env: more })
      await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
      await sendAt('2026-03-06T19:30:00Z')
      t.match(pushes.received, [{ contact }])
    }
  },
)

t.test('nodes on one database have one key; with another secret it is a new one', async t => {
  const { app, config } = await build(t, { env })
  const { databaseUrl } = config
  const { app: second } = await build(t, { databaseUrl, env })
  const key = await app.push.publicKey()
  t.equal(await second.push.publicKey(), key)
  const JWT_SECRET = 'another secret that only the tests know, long enough'
  const { app: changed } = await build(t, { databaseUrl, env: { ...env, JWT_SECRET } })
  t.not(await changed.push.publicKey(), key)
})

t.test('when the devices or the key cannot be read after the claim, the e-mail goes instead', async t => {
  for (const broken of ['push_subscriptions_of_user', 'sealed_key']) {
    const mails = await mailbox(t)
    let asked = 0
    const intervene: Intervention = name => {
      // The devices are read before the claim, too, and by nobody else here.
      if (name !== broken || (name === 'push_subscriptions_of_user' && ++asked === 1)) return undefined
      return Promise.reject(new Error('no database'))
    }
    const { app, maya, pushes, sendAt } = await stage(t, {
      env: { SMTP_URL: mails.url },
      wrap: wrapping(intervene),
    })
    await verify(app, maya.id)
    await maya.post('/push/subscriptions', pushes.subscriptionOf('/phone'))
    await sendAt('2026-03-06T19:30:00Z')
    t.equal(pushes.received.length, 0, broken)
    t.ok(
      mails.received.some(({ subject }) => subject.includes('Nothing logged')),
      broken,
    )
  }
})

t.test(
  'an endpoint in another spelling than a browser gives, of a private name or on a port of its own, is refused',
  async t => {
    const { maya, pushes, devices } = await stage(t)
    const { keys } = pushes.subscriptionOf('/')
    const good = 'https://push.example.net/x'
    for (const endpoint of [
      ` ${good}`,
      `${good}\n`,
      'HTTPS://push.example.net/x',
      'https://localhost./',
      'https://a.local/x',
      'https://push.example.net:8443/x',
      'https://push.example.net:22/x',
      'https://push.example.net:443/x',
    ])
      t.match((await maya.post('/push/subscriptions', { endpoint, keys })).json(), {
        code: 'invalid_request',
        errors: ['endpoint must be an https URL with a public host and no port but 443'],
      })
    t.equal((await maya.post('/push/subscriptions', { endpoint: good, keys })).statusCode, 201)
    t.match(await devices(), { length: 1 })
  },
)
