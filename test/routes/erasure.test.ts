import { sql } from 'drizzle-orm'
import t from 'tap'
import { eq } from '../../src/db/conditions.ts'
import type { WritableDatabase } from '../../src/db/database.ts'
import { factsOf } from '../../src/db/described.ts'
import { erasureStore } from '../../src/db/erasure.ts'
import { allTables } from '../../src/db/schema.ts'
import type { UserId } from '../../src/ids.ts'
import type { Job } from '../../src/jobs/job-runner.ts'
import { recurringJobs } from '../../src/server/jobs.ts'
import { build, grant, password, signUp } from '../helper.ts'

/** The number of a user's rows in all tables. */
async function rowsOf({ tables, query }: WritableDatabase, userId: string): Promise<number> {
  let rows = 0
  for (const [, table] of allTables(tables)) {
    const { owner } = factsOf(table)
    if (owner === null) continue
    const column = (table as never)[owner] as typeof tables.users.id
    rows += (
      await query(db =>
        db
          .select({ n: sql`1` })
          .from(table)
          .where(eq(column, userId as UserId)),
      )
    ).length
  }
  return rows
}

t.test('security 50: an account is deleted in small batches, between which others write', async t => {
  const batches: number[] = []
  const { app, database } = await build(t, {
    wrap: real =>
      ({
        ...real,
        async atomic(writes: never, relation: never, guard: never) {
          const results = await real.atomic(writes, relation, guard)
          batches.push(Math.max(0, ...((results ?? []) as unknown[][]).map(rows => rows.length)))
          return results
        },
      }) as WritableDatabase,
  })
  const maya = await signUp(app, 'maya')
  const other = await signUp(app, 'other')
  const { moods, moodTags } = database.tables
  await maya.post('/mood', { mood: 5, note: 'kept in many copies', tags: ['one', 'two'] })
  const [row] = await database.query(db => db.select().from(moods))
  const copies = Array.from({ length: 700 }, (_, n) => ({
    ...(row as NonNullable<typeof row>),
    id: `copy-${n}` as never,
  }))
  await database.query(db => db.insert(moods).values(copies))
  const [tag] = await database.query(db => db.select().from(moodTags))
  await database.query(db =>
    db.insert(moodTags).values(copies.map(({ id }) => ({ ...(tag as NonNullable<typeof tag>), moodId: id }))),
  )

  batches.length = 0
  const [gone, logged] = await Promise.all([maya.delete('/account'), other.post('/mood', { mood: 7 })])
  t.equal(gone.statusCode, 204)
  t.equal(logged.statusCode, 201)
  t.ok(batches.length > 3, 'it takes several')
  t.ok(Math.max(...batches) <= 256, 'each of them is small')
  t.equal(await rowsOf(database, maya.id), 0)
  t.ok((await rowsOf(database, other.id)) > 0)
})

t.test('once its deletion is decided nobody finds the account, and a job finishes what a crash has left', async t => {
  const { app, database } = await build(t)
  const admin = await signUp(app, 'admin')
  await grant(app, admin.id, 'admin')
  const maya = await signUp(app, 'maya', { email: 'maya@example.org' })
  await maya.post('/mood', { mood: 5 })
  const person = { username: 'maya', email: 'maya@example.org', role: 'member', disabled: false } as const
  t.ok(await database.atomic(app.accountRemovalWrites(maya.id as UserId, person)))
  t.ok((await rowsOf(database, maya.id)) > 1)

  t.equal((await maya.get('/me')).statusCode, 401)
  t.equal((await maya.post('/mood', { mood: 5 })).statusCode, 401)
  const signIn = await app.inject({
    method: 'POST',
    url: '/login',
    payload: { username: 'maya', password },
  })
  t.equal(signIn.statusCode, 401)
  t.equal((await admin.get(`/admin/users/${maya.id}`)).statusCode, 404)
  t.equal((await admin.patch(`/admin/users/${maya.id}`, { disabled: false })).statusCode, 404)
  t.notMatch((await admin.get('/admin/users')).body, new RegExp(maya.id))
  const successor = await signUp(app, 'maya', { email: 'maya@example.org' })

  const job = recurringJobs(database, () => {}).find(({ name }) => name === 'finish-deletions') as Job
  const stopped = AbortSignal.abort()
  await job.run(0, stopped)
  t.ok((await rowsOf(database, maya.id)) > 1, 'a stop leaves it for the next time')
  await job.run(0, new AbortController().signal)
  t.equal(await rowsOf(database, maya.id), 0)
  t.equal((await successor.get('/me')).statusCode, 200)
})

t.test('rows are erased of users only who are marked as deleted', async t => {
  const { app, database } = await build(t)
  const maya = await signUp(app, 'maya')
  await erasureStore(database).finishDeletions(database.atomic, new AbortController().signal)
  t.equal((await maya.get('/me')).statusCode, 200)
})
