import { createHash } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { throttleStore } from '../../src/auth/throttle.ts'
import { Unavailable, type WritableDatabase } from '../../src/db/database.ts'
import { ApiError } from '../../src/errors.ts'
import { type App, type BuildOptions, build, password, signUp } from '../helper.ts'

const limited = (t: Test, { env = {}, ...more }: BuildOptions = {}) =>
  build(t, { ...more, env: { RATE_LIMIT: 'on', ...env } })

let addresses = 0
function freshAddress(): string {
  addresses++
  return `10.0.${addresses >> 8}.${addresses & 255}`
}

/** From an unused address, so that only the name counts. */
const login = (app: App, username: string, secret = 'not the right one', remoteAddress?: string) =>
  app.inject({
    method: 'POST',
    url: '/login',
    payload: { username, password: secret },
    remoteAddress: remoteAddress ?? freshAddress(),
  })

async function fail(app: App, username: string, times: number) {
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push((await login(app, username)).statusCode)
  return statuses
}

/** The error for a guess that has to wait. */
const waiting = (seconds: string) =>
  new ApiError('too_many_requests', `Too many failed attempts. Try again in ${seconds} seconds.`, {
    retryAfterMs: Number(seconds) * 1000,
  })

const rowsOf = ({ query, tables: { throttles } }: Awaited<ReturnType<typeof limited>>['database']) =>
  query(db => db.select().from(throttles).orderBy(throttles.subject))

t.test(
  'security 4: after 5 failures the waits grow to 15 minutes, and what comes meanwhile does not extend them',
  async t => {
    const { app, clock } = await limited(t)
    await signUp(app, 'maya')
    t.strictSame(await fail(app, 'maya', 5), [401, 401, 401, 401, 401])
    for (const wait of [30, 60, 120, 240, 480, 900, 900, 900]) {
      const answer = await login(app, 'maya')
      t.match(answer.json(), { status: 429, code: 'too_many_requests', errors: [new RegExp(`${wait} seconds`)] })
      t.equal(answer.headers['retry-after'], String(wait))
      clock.now += wait * 1000 - 1
      const early = await login(app, 'maya', password)
      t.strictSame([early.statusCode, early.headers['retry-after']], [429, '1'], 'even the right password has to wait')
      clock.now += 1
      t.equal((await login(app, 'maya')).statusCode, 401)
    }
  },
)

t.test('security 4: the right password works after the wait and clears the count; sessions never noticed', async t => {
  const { app, clock } = await limited(t)
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  await fail(app, 'maya', 5)
  t.equal((await login(app, 'maya', password)).statusCode, 429)
  t.equal((await maya.get('/me')).statusCode, 200)
  t.equal((await login(app, 'maya@example.org', password)).statusCode, 200, 'nor did another way in')
  clock.now += 30_000
  t.equal((await login(app, 'MAYA', password)).statusCode, 200)
  t.strictSame(await fail(app, 'maya', 6), [401, 401, 401, 401, 401, 429], 'and there are five again')
})

t.test('security 4: spellings of a name share one count', async t => {
  const { app } = await limited(t)
  await signUp(app, 'maya')
  for (const name of ['maya', 'MAYA', 'Maya', 'ｍaya', 'mAYa']) t.equal((await login(app, name)).statusCode, 401)
  t.equal((await login(app, 'maYA')).statusCode, 429)
})

t.test('security 4: unknown names are counted like known ones', async t => {
  const { app, clock } = await limited(t)
  await signUp(app, 'maya')
  const seen = ({ statusCode, body, headers: { date: _, ratelimit: __, ...headers } }: LightMyRequestResponse) => ({
    statusCode,
    body,
    headers,
  })
  for (const step of [0, 0, 0, 0, 0, 0, 30_000, 0, 60_000, 0]) {
    clock.now += step
    t.strictSame(seen(await login(app, 'nobody')), seen(await login(app, 'maya')))
  }
})

t.test('security 4: of 50 wrong guesses at once five are compared, and while a name is blocked none is', async t => {
  const { app } = await limited(t)
  await signUp(app, 'maya')
  let compared = 0
  const { verify } = app.passwords
  app.passwords.verify = (...args) => {
    compared++
    return verify(...args)
  }
  const answers = await Promise.all(Array.from({ length: 50 }, () => login(app, 'maya')))
  const statuses = answers.map(({ statusCode }) => statusCode).toSorted()
  t.strictSame(statuses, [...Array(5).fill(401), ...Array(45).fill(429)])
  t.equal(compared, 5)
  const waits = new Set(answers.map(({ headers }) => headers['retry-after']))
  t.strictSame(waits, new Set([undefined, '30']))
  await login(app, 'maya', password)
  t.equal(compared, 5)
})

t.test('security 4: two servers on one database count together', async t => {
  const first = await limited(t)
  const second = await limited(t, { databaseUrl: first.config.databaseUrl })
  await signUp(first.app, 'maya')
  const both = Array.from({ length: 40 }, (_, i) => login((i % 2 ? first : second).app, 'maya'))
  const statuses = (await Promise.all(both)).map(({ statusCode }) => statusCode)
  t.equal(statuses.filter(status => status === 401).length, 5)
  t.equal((await login(first.app, 'maya', password)).statusCode, 429)
  t.equal((await login(second.app, 'maya', password)).statusCode, 429)
})

t.test('security 4: what is kept are hashes under a key of the server, no names and no addresses', async t => {
  const { app, database, config } = await limited(t)
  await login(app, 'canary-name', undefined, '192.0.2.77')
  const rows = await rowsOf(database)
  t.equal(rows.length, 2)
  for (const { subject } of rows) t.match(subject, /^[\w-]{43}$/)
  const plain = ['canary-name', 'name canary-name', '192.0.2.77', 'network 192.0.2.77']
  const digests = plain.map(text => createHash('sha256').update(text).digest('base64url'))
  t.notOk(rows.some(({ subject }) => digests.includes(subject)))
  await fail(app, 'canary-name', 4)
  const other = await limited(t, {
    databaseUrl: config.databaseUrl,
    env: { JWT_SECRET: 'another secret, which makes other hashes of it all' },
  })
  t.equal((await login(other.app, 'canary-name')).statusCode, 401)
  t.equal((await login(app, 'canary-name')).statusCode, 429)
})

t.test(
  'security 4: a network has a hundred failures an hour, for whatever names, and a success takes back one',
  async t => {
    const { database, clock } = await limited(t)
    const store = throttleStore(database, database.atomic, Buffer.from('a key'))
    let names = 0
    const begin = (network: string) =>
      store.attempt(
        [
          { kind: 'name', name: `name-${names++}` },
          { kind: 'network', name: network },
        ],
        () => clock.now,
      )
    const guess = async (network: string) => (await begin(network)).failed()
    for (let i = 0; i < 99; i++) await guess('192.0.2.1')
    const right = await begin('192.0.2.1')
    await right.succeeded()
    await guess('192.0.2.1')
    await t.rejects(guess('192.0.2.1'), waiting('30'), 'the success gave back no more than itself')
    await guess('192.0.2.2')
    clock.now += 30_000
    const late = await begin('192.0.2.1')
    await late.failed()
    await t.rejects(guess('192.0.2.1'), waiting('60'))
    clock.now += 60_000
    const lucky = await begin('192.0.2.1')
    await lucky.succeeded()
    await guess('192.0.2.1')
    await t.rejects(guess('192.0.2.1'), waiting('120'), 'a success does not lift what others caused')
    clock.now += 3_600_000
    for (let i = 0; i < 100; i++) await guess('192.0.2.1')
    await t.rejects(guess('192.0.2.1'), waiting('30'), 'after an hour it has a hundred again')
  },
)

t.test('security 4: a blocked network counts for no name, and a blocked name for no network', async t => {
  const { database, clock } = await limited(t)
  const store = throttleStore(database, database.atomic, Buffer.from('a key'))
  const guess = async (name: string, network: string) => {
    const subjects = [
      { kind: 'name', name },
      { kind: 'network', name: network },
    ] as const
    await (await store.attempt([...subjects], () => clock.now)).failed()
  }
  for (let i = 0; i < 5; i++) await guess('maya', `192.0.2.${i}`)
  const before = await rowsOf(database)
  for (let i = 0; i < 5; i++) await t.rejects(guess('maya', '192.0.2.200'), { code: 'too_many_requests' })
  t.strictSame(await rowsOf(database), before)
})

t.test('security 4: whom the server was too busy to serve has not failed', async t => {
  const { app } = await limited(t)
  await signUp(app, 'maya')
  const { verify } = app.passwords
  app.passwords.verify = () => Promise.reject(new ApiError('too_busy'))
  t.strictSame(await fail(app, 'maya', 10), Array(10).fill(503))
  app.passwords.verify = verify
  t.strictSame(await fail(app, 'maya', 6), [401, 401, 401, 401, 401, 429])
})

t.test('counts are forgotten after a day', async t => {
  const { app, clock } = await limited(t)
  await fail(app, 'nobody', 4)
  clock.now += 86_400_000 - 1
  t.strictSame(await fail(app, 'nobody', 2), [401, 429], 'not before')
  clock.now += 30_000
  t.strictSame(await fail(app, 'nobody', 6), [401, 401, 401, 401, 401, 429])
})

t.test('a login does not believe a stranger about where it comes from', async t => {
  const { app, database } = await limited(t)
  for (const stranger of ['198.51.100.1', '198.51.100.2'])
    await app.inject({
      method: 'POST',
      url: '/login',
      payload: { username: 'nobody', password },
      remoteAddress: '192.0.2.1',
      headers: { 'x-forwarded-for': stranger },
    })
  t.equal((await rowsOf(database)).length, 2, 'one name, one network')
})

t.test('with RATE_LIMIT=off nothing is counted', async t => {
  const { app, database } = await build(t)
  t.strictSame(await fail(app, 'nobody', 10), Array(10).fill(401))
  app.passwords.verify = () => Promise.reject(new ApiError('too_busy'))
  t.equal((await login(app, 'nobody')).statusCode, 503)
  t.strictSame(await rowsOf(database), [])
})

t.test(
  'security 47: a guess that was under way when its process died counts as wrong, half a minute later',
  async t => {
    const { database, clock } = await limited(t)
    const store = throttleStore(database, database.atomic, Buffer.from('a key'), { maxWaitMs: 0 })
    const begin = () => store.attempt([{ kind: 'name', name: 'maya' }], () => clock.now)
    for (let i = 0; i < 5; i++) await begin()
    await t.rejects(begin(), { code: 'too_busy' }, 'five are under way')
    clock.now += 30_000
    const sixth = await begin()
    await t.rejects(begin(), { code: 'too_busy' }, 'five have failed: from now on one at a time')
    await sixth.failed()
    await t.rejects(begin(), waiting('60'))
  },
)

t.test('while the database cannot count, the process does, says so once a minute, and keeps nobody out', async t => {
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
  const meddle: { down?: RegExp } = {}
  // The machine of the counters is down, and no other.
  const wrap = (database: WritableDatabase): WritableDatabase => {
    const names = new WeakMap<object, string>()
    const isDown = (writes: readonly object[]) => writes.some(write => meddle.down?.test(names.get(write) ?? ''))
    return {
      ...database,
      prepare(name, values, build, json) {
        const prepared = database.prepare(name, values, build, json)
        return {
          ...prepared,
          asWrite(params) {
            const write = prepared.asWrite(params)
            names.set(write, name)
            return write
          },
        }
      },
      atomic: (writes, ...more) =>
        isDown(writes) ? Promise.reject(new Unavailable('08006')) : database.atomic(writes, ...more),
    }
  }
  const { app, clock, database } = await limited(t, { wrap, logger })
  const maya = await signUp(app, 'maya')
  meddle.down = /^throttle_/
  t.equal((await login(app, 'maya', password)).statusCode, 200)
  t.equal((await maya.post('/account/confirm', { current_password: password })).statusCode, 204)
  t.strictSame(await fail(app, 'maya', 6), [401, 401, 401, 401, 401, 429], 'it counts by the same rules')
  t.strictSame(await rowsOf(database), [])
  t.match(lines, { length: 1 })
  t.match(JSON.parse(lines[0] as string), { database: '08006', msg: /this process counts them/ })

  clock.now += 60_000
  t.equal((await login(app, 'maya', password)).statusCode, 200, 'after the wait')
  t.equal(lines.length, 2)
  const { verify } = app.passwords
  app.passwords.verify = () => Promise.reject(new ApiError('too_busy'))
  t.strictSame(await fail(app, 'maya', 6), Array(6).fill(503), 'a guess that was not compared is taken back')
  app.passwords.verify = verify
  // Let in by the database, which is gone when the guess turns out wrong.
  meddle.down = /^throttle_fail/
  t.strictSame(await fail(app, 'maya', 5), [401, 401, 401, 401, 401])
  delete meddle.down
  t.equal((await login(app, 'maya')).statusCode, 429, 'and what it counted holds when the database is back')
  const silent = throttleStore(database, () => Promise.reject(new Unavailable('08006')), Buffer.from('a key'))
  await (await silent.attempt([{ kind: 'name', name: 'maya' }], () => clock.now)).succeeded()
  const store = throttleStore(database, () => Promise.reject(new Error('a bug')), Buffer.from('a key'))
  await t.rejects(
    store.attempt([{ kind: 'name', name: 'maya' }], () => clock.now),
    { message: 'a bug' },
  )

  meddle.down = /^throttle_/
  await app.throttle.forgive({ kind: 'name', name: 'maya' })
  t.equal((await login(app, 'maya', password)).statusCode, 200, 'what is forgiven is forgiven here')
})
