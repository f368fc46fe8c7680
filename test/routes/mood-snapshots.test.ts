import { sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import { checkDatabase } from '../../src/commands/check-database.ts'
import { eq } from '../../src/db/conditions.ts'
import { Unavailable, type WritableDatabase } from '../../src/db/database.ts'
import type { UserId } from '../../src/ids.ts'
import { dayOf } from '../../src/moods/calendar.ts'
import { checkSnapshots } from '../../src/moods/check-snapshots.ts'
import { snapshotOf } from '../../src/moods/snapshot.ts'
import { historyOf } from '../../src/moods/streak.ts'
import { build, type Person, signUp, until } from '../helper.ts'

/** A database that notes which statements are run. */
function noting(names: string[]) {
  return (database: WritableDatabase): WritableDatabase => ({
    ...database,
    prepare(name, values, make, json) {
      const prepared = database.prepare(name, values, make, json)
      return {
        ...prepared,
        execute: params => {
          names.push(name)
          return prepared.execute(params)
        },
      }
    },
  })
}

/** Two servers over one database, the second with nothing in its caches, and what it runs. */
async function two(t: Test) {
  const { app, database, config } = await build(t)
  const ran: string[] = []
  const other = await build(t, { databaseUrl: config.databaseUrl, wrap: noting(ran) })
  const maya = await signUp(app, 'maya')
  const elsewhere = (person: Person, url: string, payload?: object) =>
    other.app.inject({
      method: payload ? 'POST' : 'GET',
      url,
      headers: { authorization: `Bearer ${person.token}` },
      ...(payload && { payload }),
    })
  return { app, other, database, ran, maya, elsewhere }
}

const log = async (person: Person, date: string): Promise<string> =>
  (await person.post('/mood', { mood: 5, date })).json().mood.id

const keptOf = async ({ query, tables: { users } }: WritableDatabase, user: UserId) =>
  (await query(db => db.select({ kept: users.moodHistory }).from(users).where(eq(users.id, user))))[0]?.kept

/** The date of the tests' clock: what is logged for another one is not in time. */
const today = '2026-03-05'

const of = (version: number, ...dates: string[]) =>
  snapshotOf(
    historyOf(
      dates.map(dayOf),
      dates.map(() => 1),
      [],
      dates.map(date => (date === today ? 1 : 0)),
    ),
    version,
  )

t.test('a write keeps the history beside the user, and another process serves the first page by it', async t => {
  const { database, maya, ran, elsewhere } = await two(t)
  await log(maya, '2026-03-01')
  t.equal(await keptOf(database, maya.id), of(1, '2026-03-01'), 'the first one follows nothing')
  for (const date of ['2026-03-02', '2026-03-04', '2026-03-05']) await log(maya, date)
  t.equal(await keptOf(database, maya.id), of(4, '2026-03-01', '2026-03-02', '2026-03-04', '2026-03-05'))

  for (const url of ['/mood?per_page=20', '/mood?page=2&per_page=3', '/mood', '/mood?order=asc&per_page=2'])
    t.equal((await elsewhere(maya, url)).json().streak, 2, url)
  t.equal((await elsewhere(maya, '/mood/streak')).json().streak, 2)
  t.notOk(ran.includes('mood_days'), 'nothing was derived')
  const [page] = (await elsewhere(maya, '/mood?page=2&per_page=3')).json().moods
  t.equal(page.date, '2026-03-01')

  const filtered = await elsewhere(maya, '/mood?from=2026-03-02&to=2026-03-04&per_page=20')
  t.match(filtered.json(), { total: 2, streak: 2 })
  t.ok(ran.includes('mood_days'), 'a filter takes the days')
})

t.test('a page far behind is located by the days, and one past the end is empty', async t => {
  const { maya, elsewhere, ran } = await two(t)
  for (let day = 1; day <= 28; day++) await log(maya, `2026-02-${String(day).padStart(2, '0')}`)
  const past = await elsewhere(maya, '/mood?page=2&per_page=30')
  t.match(past.json(), { moods: [], total: 28 })
  t.notOk(ran.includes('mood_days'))
  t.match((await elsewhere(maya, '/mood?page=100&per_page=30')).json(), { moods: [], total: 28 })
  t.ok(ran.includes('mood_days'))
})

t.test('two processes that write in turns never carry over what they have not seen', async t => {
  const { database, maya, elsewhere } = await two(t)
  const days = Array.from({ length: 12 }, (_, n) => `2026-02-${String(2 * n + 1).padStart(2, '0')}`)
  for (const [n, date] of days.entries()) {
    const answer =
      n % 3 === 0 ? await elsewhere(maya, '/mood', { mood: 5, date }) : await maya.post('/mood', { mood: 5, date })
    t.equal(answer.statusCode, 201)
    t.match(await checkSnapshots(database), { wrong: [] })
  }
  t.equal(await keptOf(database, maya.id), of(12, ...days), 'each had it from the row that it had just read')
})

t.test('many writes at once leave a history that is right, or none', async t => {
  const { database, maya, elsewhere } = await two(t)
  const bodies = Array.from({ length: 20 }, (_, n) => ({ mood: 5, date: `2026-02-${String((n % 9) + 10)}` }))
  await Promise.all(bodies.map((body, n) => (n % 2 ? elsewhere(maya, '/mood', body) : maya.post('/mood', body))))
  t.match(await checkSnapshots(database), { wrong: [] })
  const answers = await Promise.all([elsewhere(maya, '/mood?per_page=20'), maya.get('/mood?per_page=20')])
  for (const answer of answers) t.equal(answer.json().total, 20)
  t.match(await checkSnapshots(database), { wrong: [] })
})

t.test('an edit within its day carries the history over; a deleted or moved entry has the days read', async t => {
  const { database, maya, elsewhere, ran } = await two(t)
  const first = await log(maya, '2026-03-01')
  const second = await log(maya, '2026-03-02')
  await elsewhere(maya, '/mood?per_page=20')
  const days = ['2026-03-01', '2026-03-02']
  await maya.patch(`/mood/${first}`, { note: 'slept' })
  t.equal(await keptOf(database, maya.id), of(3, ...days))
  t.equal((await maya.delete(`/mood/${second}`)).json().streak, 0)
  await until(async () => (await keptOf(database, maya.id)) === of(4, '2026-03-01'))
  t.equal((await maya.patch(`/mood/${first}`, { date: '2026-03-03' })).json().streak, 0)
  t.equal(await keptOf(database, maya.id), of(5, '2026-03-03'))
  t.notOk(ran.includes('mood_days'))
  t.equal((await elsewhere(maya, '/mood/streak')).json().streak_details.last_logged_on, '2026-03-03')
})

t.test('another time zone makes what is kept worthless: it may have skipped a day', async t => {
  const { maya, elsewhere, ran, database } = await two(t)
  await log(maya, '2011-12-29')
  await log(maya, '2011-12-31')
  await maya.patch('/profile', { timezone: 'Pacific/Apia' })
  t.match((await elsewhere(maya, '/mood/streak')).json().streak_details.longest, { length: 2 })
  t.ok(ran.includes('mood_days'))
  const skipped = [dayOf('2011-12-30')]
  const joined = historyOf([dayOf('2011-12-29'), dayOf('2011-12-31')], [1, 1], skipped, [0, 0])
  await until(async () => (await keptOf(database, maya.id)) === snapshotOf(joined, 3))
  await log(maya, '2012-01-01')
  t.match((await elsewhere(maya, '/mood/streak')).json().streak_details.longest, { length: 3 })
  t.match(await checkSnapshots(database), { right: 1, outdated: 0, wrong: [] })
})

t.test('a history that cannot be kept is read all the same', async t => {
  const { app, config } = await build(t)
  const maya = await signUp(app, 'maya')
  await log(maya, '2026-03-04')
  await maya.patch('/profile', { timezone: 'UTC' })
  const full = (database: WritableDatabase): WritableDatabase => ({
    ...database,
    atomic: async () => {
      throw new Unavailable('SQLITE_FULL')
    },
  })
  const other = await build(t, { databaseUrl: config.databaseUrl, wrap: full })
  const answer = await other.app.inject({ url: '/mood', headers: { authorization: `Bearer ${maya.token}` } })
  t.match(answer.json(), { streak: 1, total: 1 })
})

t.test(
  'a wrong snapshot is found, whatever is wrong with it, and one of another version counts as missing',
  async t => {
    const { app, database } = await build(t)
    const [maya, noor, sam] = [await signUp(app, 'maya'), await signUp(app, 'noor'), await signUp(app, 'sam')]
    for (const person of [maya, noor]) for (const date of ['2026-03-01', '2026-03-02']) await log(person, date)
    t.strictSame(await checkSnapshots(database), { right: 2, outdated: 0, wrong: [] })

    const plant = (snapshot: string | null, user = maya) =>
      database.query(db =>
        db
          .update(database.tables.users)
          .set({ moodHistory: sql`${snapshot}` })
          .where(eq(database.tables.users.id, user.id)),
      )
    const twice = snapshotOf(historyOf([dayOf('2026-03-01'), dayOf('2026-03-02')], [1, 2], [], [0, 0]), 2)
    for (const wrong of [of(2, '2026-03-01'), of(2, '2026-03-01', '2026-03-03'), of(2), twice]) {
      await plant(wrong)
      t.strictSame(await checkSnapshots(database), { right: 1, outdated: 0, wrong: [maya.id] }, String(wrong))
    }
    await plant(of(1, '2026-03-09'))
    await plant(of(0), sam)
    t.strictSame(await checkSnapshots(database), { right: 2, outdated: 1, wrong: [] })
    await plant(null)
    t.strictSame(await checkSnapshots(database), { right: 2, outdated: 0, wrong: [] })
    t.match((await maya.get('/mood')).json(), { streak: 0, total: 2 })
  },
)

t.test('db:check derives every history anew, on either engine, and names the fault', async t => {
  const { app, database, config } = await build(t)
  const maya = await signUp(app, 'maya')
  await log(maya, '2026-03-01')
  const env = { DATABASE_URL: config.databaseUrl, JWT_SECRET: config.jwtSecret }
  const lines: string[] = []
  await checkDatabase([], env, line => lines.push(line))
  t.equal(lines.at(-1), 'Histories derived again and compared: 1 correct, 0 outdated (not used).')
  await database.query(db => db.update(database.tables.users).set({ moodHistory: of(1, '2026-03-02') }))
  const message = '1 users have a history that does not match their entries'
  await t.rejects(
    checkDatabase([], env, () => t.fail('it says that something is right')),
    { message },
  )
})

t.test('an export says nothing of what is derived, and an account that is deleted leaves none', async t => {
  const { app, database } = await build(t)
  const maya = await signUp(app, 'maya')
  await log(maya, '2026-03-01')
  const kept = (await keptOf(database, maya.id)) as string
  const exported = await maya.get('/account/export')
  t.equal(exported.statusCode, 200)
  t.notOk(exported.body.includes(kept))
  t.notOk(/mood_?history/i.test(exported.body))
  t.equal((await maya.get('/me')).body.includes(kept), false)
})
