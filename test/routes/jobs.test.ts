import { mock } from 'node:test'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import t from 'tap'
import { authorizationCodeStore, challengeOf } from '../../src/auth/authorization-codes.ts'
import { invitationStore } from '../../src/auth/invitations.ts'
import { oneTimeCodeStore } from '../../src/auth/one-time-codes.ts'
import { throttleStore } from '../../src/auth/throttle.ts'
import type { Wiping, WritableDatabase } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { removeUntil } from '../../src/db/remove-until.ts'
import { type Job, jobRunner } from '../../src/jobs/job-runner.ts'
import { leaseMs } from '../../src/jobs/job-store.ts'
import { stateStore } from '../../src/oauth/states.ts'
import { recurringJobs } from '../../src/server/jobs.ts'
import { build, type Clock, password, signUp } from '../helper.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** A runner of some jobs that records failures. */
function runner(database: WritableDatabase, clock: Clock, jobs: readonly Job[]) {
  const failures: [string, unknown][] = []
  const failed = (error: unknown, job: string) => void failures.push([job, error])
  return { ...jobRunner({ database, jobs, now: () => clock.now, failed }), failures }
}

/** A database shared by several processes. */
async function shared(t: Parameters<typeof build>[0], processes: number) {
  const { config, clock, database } = await build(t)
  const others = Array.from({ length: processes - 1 }, async () => {
    const other = await openDatabase(config.databaseUrl)
    t.teardown(() => other.close())
    return other
  })
  return { clock, databases: [database, ...(await Promise.all(others))] }
}

const rowsOf = (database: WritableDatabase, table: keyof WritableDatabase['tables']) =>
  database.query(db => db.select().from(database.tables[table] as SQLiteTable))

t.test('of many processes that come to a job that is due, one runs it, each time', async t => {
  const { databases, clock } = await shared(t, 4)
  let runs = 0
  const count: Job = { name: 'count', intervalMs: hour, run: async () => runs++ }
  const runners = databases.map(database => runner(database, clock, [count]))
  const tick = () => Promise.all([...runners, ...runners].map(({ tick }) => tick()))
  await tick()
  t.equal(runs, 1)
  clock.now += hour - 1
  await tick()
  t.equal(runs, 1, 'not before its time')
  for (let expected = 2; expected < 6; expected++) {
    clock.now += hour
    await tick()
    t.equal(runs, expected)
  }
  t.strictSame(
    runners.flatMap(({ failures }) => failures),
    [],
  )
})

t.test('a job that died with its process is taken over when its lease has run out, and by one alone', async t => {
  const { databases, clock } = await shared(t, 3)
  const dead = Promise.withResolvers<void>()
  t.teardown(() => dead.resolve())
  let runs = 0
  const dying = runner(databases[0] as WritableDatabase, clock, [
    { name: 'job', intervalMs: hour, run: () => dead.promise },
  ])
  void dying.tick()
  while ((await rowsOf(databases[0] as WritableDatabase, 'jobs')).length === 0) await new Promise(setImmediate)
  const others = databases
    .slice(1)
    .map(database => runner(database, clock, [{ name: 'job', intervalMs: hour, run: async () => runs++ }]))
  const tick = () => Promise.all(others.map(({ tick }) => tick()))
  clock.now += leaseMs - 1
  await tick()
  t.equal(runs, 0, 'it may be at work still')
  clock.now += 1
  await tick()
  t.equal(runs, 1)

  const before = await rowsOf(databases[1] as WritableDatabase, 'jobs')
  dead.resolve()
  await dying.tick()
  t.strictSame(
    await rowsOf(databases[1] as WritableDatabase, 'jobs'),
    before,
    'one that was only slow changes nothing any more',
  )
})

t.test('a job that fails is told of, keeps no other from running, and is tried again after the lease', async t => {
  const { databases, clock } = await shared(t, 1)
  const [database] = databases as [WritableDatabase]
  const runs: string[] = []
  const jobs: Job[] = [
    {
      name: 'fails',
      intervalMs: minute,
      run: async () => {
        runs.push('fails')
        throw new Error('for some reason')
      },
    },
    { name: 'works', intervalMs: hour, run: async () => runs.push('works') },
  ]
  const { tick, failures } = runner(database, clock, jobs)
  await tick()
  t.strictSame(runs, ['fails', 'works'])
  t.match(failures, [['fails', { message: 'for some reason' }]])
  clock.now += minute
  await tick()
  t.equal(runs.length, 2, 'not at its interval')
  clock.now += leaseMs
  await tick()
  t.strictSame(runs, ['fails', 'works', 'fails'])
})

t.test('a database that is away is told of, and no job runs', async t => {
  const { databases, clock } = await shared(t, 1)
  const [database] = databases as [WritableDatabase]
  const gone = () => Promise.reject(new Error('gone'))
  const away: WritableDatabase = { ...database, prepare: () => ({ execute: gone, asWrite: () => ({}) }) }
  const { tick, failures } = runner(away, clock, [{ name: 'job', intervalMs: hour, run: async () => t.fail('it ran') }])
  await tick()
  t.match(failures, [['jobs', { message: 'gone' }]])
})

t.test('a stop in the middle of a job asks it to end and begins no other; what is left is due at once', async t => {
  const { databases, clock } = await shared(t, 2)
  const [database, other] = databases as [WritableDatabase, WritableDatabase]
  const begun = Promise.withResolvers<void>()
  const runs: string[] = []
  const jobs: Job[] = [
    {
      name: 'long',
      intervalMs: hour,
      run: (_at, stopping) => {
        begun.resolve()
        return new Promise<void>(resolve => stopping.addEventListener('abort', () => resolve()))
      },
    },
    { name: 'next', intervalMs: hour, run: async () => runs.push('next') },
  ]
  const stopped = runner(database, clock, jobs)
  const ticking = stopped.tick()
  await begun.promise
  await stopped.stop(hour)
  await ticking
  t.strictSame(runs, [])
  await stopped.tick()
  t.strictSame(runs, [], 'after the stop nothing begins')
  await runner(other, clock, [
    { name: 'long', intervalMs: hour, run: async () => runs.push('long') },
    { name: 'next', intervalMs: hour, run: async () => runs.push('next') },
  ]).tick()
  t.strictSame(runs, ['long', 'next'])
})

t.test('a stop does not wait for ever for a job that does not end', async t => {
  const { databases, clock } = await shared(t, 1)
  const [database] = databases as [WritableDatabase]
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const { tick, stop } = runner(database, clock, [
    {
      name: 'endless',
      intervalMs: hour,
      run: () => {
        begun.resolve()
        return end.promise
      },
    },
  ])
  const ticking = tick()
  await begun.promise
  await Promise.all([stop(1), new Promise(resolve => setTimeout(resolve, 1))])
  end.resolve()
  await ticking
})

t.test('a runner that was started ticks at once and every minute, until it is stopped', async t => {
  const { databases, clock } = await shared(t, 1)
  const [database] = databases as [WritableDatabase]
  let runs = 0
  const { start, stop, tick } = runner(database, clock, [{ name: 'job', intervalMs: 1, run: async () => runs++ }])
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  start()
  await tick()
  t.equal(runs, 1)
  for (let expected = 2; expected < 5; expected++) {
    clock.now += minute
    mock.timers.tick(minute)
    await tick()
    t.equal(runs, expected)
  }
  await stop(0)
  clock.now += minute
  mock.timers.tick(minute)
  await tick()
  t.equal(runs, 4)
})

t.test('each job removes what is out of date, of everybody, and nothing else', async t => {
  const { app, database, clock } = await build(t)
  const people = [await signUp(app, 'maya'), await signUp(app, 'other')]
  const throttle = throttleStore(database, database.atomic, Buffer.from('a key'))
  const states = stateStore(database, secret => secret)
  const flow = {
    nonce: 'n',
    verifier: 'v',
    redirectUri: 'r',
    provider: 'p',
    redirectTo: '/',
    challenge: null,
    invitationHash: null,
    linker: null,
  }
  for (const { id, post } of people) {
    t.equal((await post('/mood', { mood: 7 }, { 'idempotency-key': 'k-1' })).statusCode, 201)
    await throttle.attempt([{ kind: 'name', name: id }], () => clock.now)
    await database.atomic([
      authorizationCodeStore(database).issue(id, challengeOf('verifier'), clock.now).write,
      ...oneTimeCodeStore(database).issue(id, 'verify_email', null, clock.now).writes,
      states.keepingWrite({ state: id, ...flow }, 'binding', clock.now),
      invitationStore(database).issue(clock.now).write,
    ])
  }
  const jobs = new Map(recurringJobs(database, () => {}).map(job => [job.name, job.run]))
  const { signal } = new AbortController()
  for (const [name, table, ms] of [
    ['remove-throttles', 'throttles', day + 15 * minute],
    ['remove-idempotency-keys', 'idempotencyKeys', day],
    ['remove-events', 'events', 365 * day],
    ['remove-sessions', 'sessions', 90 * day],
    ['remove-invitations', 'invitations', 7 * day],
    ['remove-oauth-states', 'oauthStates', 10 * minute],
    ['remove-one-time-codes', 'oneTimeCodes', day],
    ['remove-authorization-codes', 'handoverCodes', minute],
  ] as const) {
    await jobs.get(name)?.(clock.now + ms - 1, signal)
    t.equal((await rowsOf(database, table)).length, 2, `${table} stay till then`)
    await jobs.get(name)?.(clock.now + ms, signal)
    t.equal((await rowsOf(database, table)).length, 0, `${table} are gone`)
  }
  t.equal((await rowsOf(database, 'moods')).length, 2)
  t.equal((await rowsOf(database, 'users')).length, 2)
})

t.test('no request removes what is out of date, and none takes it for good', async t => {
  const { app, database, clock } = await build(t, { env: { RATE_LIMIT: 'on' } })
  const maya = await signUp(app, 'maya')
  const entry = (token: string, mood: number) =>
    app.inject({
      method: 'POST',
      url: '/mood',
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'k-1' },
      payload: { mood },
    })
  t.equal((await entry(maya.token, 7)).statusCode, 201)
  await app.inject({ method: 'POST', url: '/login', payload: { username: 'nobody', password } })
  clock.now += 400 * day
  const again = await app.inject({ method: 'POST', url: '/login', payload: { username: 'maya', password } })
  t.equal((await rowsOf(database, 'sessions')).length, 2)
  t.equal((await rowsOf(database, 'events')).length, 2)
  t.ok((await rowsOf(database, 'throttles')).length > 0)
  t.equal((await entry(again.json().token, 3)).statusCode, 201, 'the same key is good for another request by now')
  t.equal((await entry(again.json().token, 3)).statusCode, 201)
  t.equal((await entry(again.json().token, 4)).statusCode, 422)
  t.equal((await rowsOf(database, 'moods')).length, 2)
  t.equal((await rowsOf(database, 'idempotencyKeys')).length, 1)
})

t.test('much that is out of date goes in steps, the oldest first, and a stop ends them', async t => {
  const { database } = await build(t)
  const { throttles } = database.tables
  const rows = Array.from({ length: 1_200 }, (_, i) => ({
    subject: `s${i}`,
    failures: 1,
    blockedUntil: new Date(0),
    expiresAt: new Date(i),
  }))
  await database.query(db => db.insert(throttles).values(rows))
  const stopping = new AbortController()
  let deletes = 0
  const counting: Pick<WritableDatabase, 'query'> = {
    query: build =>
      database.query(db => {
        const query = build(db)
        if ('returning' in query && ++deletes === 2) stopping.abort()
        return query
      }),
  }
  await removeUntil(counting, throttles.expiresAt, 1_150, stopping.signal)
  const left = async () => (await database.query(db => db.select({ at: throttles.expiresAt }).from(throttles))).length
  t.strictSame([deletes, await left()], [2, 200])
  await removeUntil(database, throttles.expiresAt, 1_150)
  t.equal(await left(), 49)
})

t.test('what deletions left is wiped, and told, only where there is something', async t => {
  const { database } = await build(t)
  const outcomes: (Wiping | undefined)[] = [undefined, { pages: 3, complete: true }]
  const told: Wiping[] = []
  const watched: WritableDatabase = { ...database, wipePending: async () => outcomes.shift() }
  const wipe = recurringJobs(watched, wiping => told.push(wiping)).find(
    ({ name }) => name === 'finish-deletions',
  ) as Job
  const { signal } = new AbortController()
  await wipe.run(0, signal)
  t.strictSame(told, [])
  await wipe.run(0, signal)
  t.strictSame(told, [{ pages: 3, complete: true }])
})

t.test('the log says when the promise to wipe was kept, and when it has to wait', async t => {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const { app } = await build(t, { logger: { level: 'info', stream } })
  app.logWiping({ pages: 3, complete: true })
  app.logWiping({ pages: 0, complete: false })
  app.logWiping({ pages: 0, complete: false, reason: 'SQLITE_CANTOPEN' })
  t.match(lines, [/has been wiped/, /a reader blocked the wiping/, /"reason":"SQLITE_CANTOPEN".*could not be wiped/])
})
