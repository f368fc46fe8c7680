import { count, eq, sql } from 'drizzle-orm'
import t, { type Test } from 'tap'
import type { Db, Query } from '../../src/db/database.ts'
import { openDatabase } from '../../src/db/open.ts'
import { textFor, valueFor } from '../../src/db/placeholder.ts'
import { ownPostgres, postgresDatabase, startPostgres } from '../postgres-server.ts'

const server = await startPostgres(t)

async function open(t: Test, url?: string) {
  const database = await openDatabase(url ?? (await postgresDatabase(t, server)))
  t.teardown(() => database.close())
  return database
}

const now = new Date('2026-02-03T04:05:06.789Z')

/** Two people: one with a mood and a picture, the other with neither. */
async function withPeople(t: Test) {
  const database = await open(t)
  const { query, tables } = database
  const { users, moods, avatars } = tables
  const settings = { dayStartsAt: 0, moodMin: 0, moodMax: 10, moodVersion: 1 }
  const person = { role: 'member', createdAt: now, updatedAt: now, ...settings } as const
  const mood = { date: '2026-02-03', dateSource: 'date', occurredAt: now, timezone: 'UTC', revision: 1 } as const
  await query(db => db.insert(users).values(['a', 'b'].map(id => ({ ...person, id, username: id }))))
  await query(db =>
    db.insert(moods).values({
      ...mood,
      userId: 'a',
      id: 'm',
      mood: '1e1',
      valence: 0.25,
      note: null,
      tags: ['"', 'ü'],
      createdAt: now,
      updatedAt: now,
    }),
  )
  const picture = { bytes: Buffer.from([0, 255, 39]), digest: 'd', updatedAt: now }
  await query(db => db.insert(avatars).values({ userId: 'a', ...picture }))
  return database
}

t.test('rows are what drizzle makes of them', async t => {
  const { prepare, query, tables } = await withPeople(t)
  const { users, moods, avatars } = tables
  const selects: ((db: Db) => Query)[] = [
    db => db.select().from(users).orderBy(users.id),
    db => db.select().from(moods),
    db => db.select().from(avatars),
    // Objects of columns, one of which is null as a whole for the second person.
    db => db.select().from(users).leftJoin(moods, eq(moods.userId, users.id)).orderBy(users.id),
    db =>
      db
        .select({ id: users.id, mood: { note: moods.note, tags: moods.tags, at: moods.occurredAt } })
        .from(users)
        .innerJoin(moods, eq(moods.userId, users.id)),
    db =>
      db
        .select({ date: moods.date, n: count(moods.id) })
        .from(users)
        .leftJoin(moods, eq(moods.userId, users.id))
        .groupBy(moods.date)
        .orderBy(moods.date),
    db =>
      db
        .select({ big: sql<string>`count(*)`.as('big'), at: sql`max(${users.createdAt})`.mapWith(users.createdAt) })
        .from(users),
    db => db.select().from(users).where(eq(users.id, 'nobody')),
  ]
  for (const [i, build] of selects.entries()) {
    const prepared = prepare(`test_${i}`, build)
    const expected = await query(build)
    t.strictSame(await prepared.execute({}), expected)
    t.strictSame(await prepared.execute({}), expected, 'also when the server does not describe them')
  }
})

t.test('values are what drizzle and the driver make of them', async t => {
  const { prepare, query, tables } = await withPeople(t)
  const { moods, avatars } = tables
  const set = prepare('test_set', db =>
    db
      .update(moods)
      .set({
        mood: valueFor('mood', moods.mood),
        valence: valueFor('valence', moods.valence),
        note: valueFor('note', moods.note),
        tags: valueFor('tags', moods.tags),
        occurredAt: valueFor('at', moods.occurredAt),
        revision: 7,
      })
      .where(eq(moods.id, textFor('id'))),
  )
  const at = new Date('0099-12-31T23:59:59.001Z')
  const values = { mood: { score: 1e21 }, valence: -0.1, note: "'\\\n\u{1F600}", tags: ['{a,"b"}', '\\N'], at }
  t.strictSame(await set.execute({ id: 'm', ...values }), [], 'a write without "returning" answers with no row')
  const { at: occurredAt, ...others } = values
  t.match(await query(db => db.select().from(moods)), [{ ...others, occurredAt, revision: 7 }])
  const draw = prepare('test_draw', db => db.update(avatars).set({ bytes: valueFor('bytes', avatars.bytes) }))
  const bytes = Buffer.from([92, 120, 0])
  await draw.execute({ bytes })
  t.match(await query(db => db.select().from(avatars)), [{ bytes }])
  t.strictSame(await set.execute({ id: 'm', ...values, note: null }), [])
  t.match(await query(db => db.select().from(moods)), [{ note: null }])
})

/** Answers with the transaction that it runs in, and fails for 0. */
function transactionOf(
  { prepare, tables: { usernames } }: Awaited<ReturnType<typeof open>>,
  name = 'test_transaction',
) {
  return prepare(name, db =>
    db
      .select({
        id: sql<string>`pg_current_xact_id()::text`,
        n: sql<number>`10 / cast(${sql.placeholder('by')} as integer)`,
      })
      .from(sql`(values (1)) as "one"` as unknown as typeof usernames),
  )
}

t.test('executions of one statement that come together share a packet, others do not', async t => {
  const database = await open(t)
  const one = transactionOf(database)
  const other = transactionOf(database, 'test_other')
  const answers = await Promise.all([
    ...Array.from({ length: 17 }, (_, i) => one.execute({ by: i + 1 })),
    other.execute({ by: 1 }),
  ])
  t.strictSame(
    answers.slice(0, 17).map(([row]) => row?.n),
    Array.from({ length: 17 }, (_, i) => Math.trunc(10 / (i + 1))),
  )
  const transactions = answers.map(([row]) => row?.id)
  t.equal(new Set(transactions.slice(0, 16)).size, 1)
  t.equal(new Set(transactions).size, 3, 'a packet has an end')
})

t.test('one that fails does so alone', async t => {
  const one = transactionOf(await open(t))
  const outcomes = await Promise.allSettled([1, 0, 2, 'no number'].map(by => one.execute({ by })))
  t.match(
    outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value[0]?.n : outcome.reason)),
    [10, { message: 'the database failed: 22012' }, 5, { message: 'the database failed: 22P02' }],
  )
})

t.test('writes do not share: each ends by itself', async t => {
  const { prepare, query, tables } = await open(t)
  const { usernames } = tables
  const add = prepare('test_add', db => db.insert(usernames).values({ folded: sql.placeholder('folded'), userId: '1' }))
  await Promise.all(['a', 'b', 'c'].map(folded => add.execute({ folded })))
  const transactions = await query(db => db.selectDistinct({ xmin: sql`xmin::text` }).from(usernames))
  t.equal(transactions.length, 3)
})

t.test('without a server everybody is told', async t => {
  const own = await ownPostgres(t)
  const one = transactionOf(await open(t, own.url))
  await own.stop()
  const outcomes = await Promise.allSettled([one.execute({ by: 1 }), one.execute({ by: 2 })])
  t.match(outcomes, [{ reason: { name: 'Unavailable' } }, { reason: { name: 'Unavailable' } }])
  await own.start()
})
